"""The boxes of AMP: keys and values, each with its length before it. An empty key ends a box."""

from __future__ import annotations

from piped.exceptions import Malformed

__all__ = ["LONGEST_VALUE", "Box", "Boxes", "written"]

LONGEST_KEY, LONGEST_VALUE = 255, 65535
_MOST_KEYS = 16

Box = dict[str, bytes]


def written(box: Box) -> bytes:
    """A box, as it goes over the wire."""
    parts = []
    for key, value in box.items():
        name = key.encode("ascii")
        assert 0 < len(name) <= LONGEST_KEY, key
        assert len(value) <= LONGEST_VALUE, "who sends it cuts it into pieces"
        parts += [len(name).to_bytes(2), name, len(value).to_bytes(2), value]
    parts.append(b"\0\0")
    return b"".join(parts)


class Boxes:
    """Makes boxes of bytes, however these were split."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Box]:
        """Take bytes. Gives the boxes that are whole now. Raises `Malformed`."""
        data = self._rest + data if self._rest else data
        boxes: list[Box] = []
        start = 0
        while True:
            box, end = _read(data, start)
            if box is None:
                self._rest = data[start:]
                return boxes
            boxes.append(box)
            start = end


def _read(data: bytes, at: int) -> tuple[Box | None, int]:
    """The box that begins there, if it is whole, and where it ends."""
    box: Box = {}
    size = len(data)
    while at + 2 <= size:
        length = data[at] << 8 | data[at + 1]
        at += 2
        if length > LONGEST_KEY or len(box) > _MOST_KEYS:
            raise Malformed("what came is no box of AMP")
        if length == 0:
            return box, at
        key, at = data[at : at + length], at + length
        if at + 2 > size:
            break
        length = data[at] << 8 | data[at + 1]
        at += 2
        if at + length > size:
            break
        try:
            box[key.decode("ascii")] = data[at : at + length]
        except UnicodeDecodeError:
            raise Malformed("the key of a box is no ASCII") from None
        at += length
    return None, at
