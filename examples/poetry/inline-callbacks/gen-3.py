"""Part 17: several generators are under way at once, each at a place of its own."""


def my_generator(name):
    for n in (1, 2, 3):
        print(name, "works")
        yield n
    print(name, "is done")


waiting = [my_generator("one"), my_generator("two")]

while waiting:
    gen = waiting.pop(0)
    for n in gen:
        print(n)
        waiting.append(gen)
        break
