"""A test that changes what others use, and puts it back."""

from fractions import Fraction

from twisted.trial import unittest


class TestFractionMethodCalled(unittest.TestCase):
    """What `+` calls."""

    def setUp(self):
        self.counter = 0

        def called(*args, **kwargs):
            self.counter += 1

        # Whatever happens from here on, other tests get the method that was there.
        self.patch(Fraction, "__add__", called)

    def test_add_calls_fraction_add(self):
        """Adding two fractions calls the method `__add__` of `Fraction`."""
        Fraction(1, 1) + Fraction(1, 1)
        self.assertEqual(1, self.counter)
