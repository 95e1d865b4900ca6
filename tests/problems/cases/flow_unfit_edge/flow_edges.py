from piped import flows
from piped.flow_part import FountPart


class Numbers(FountPart):
    """Numbers."""

    name = "numbers"
    output = int


@flows.tube
def spelled(number: int) -> str:
    """As text."""
    return str(number)


@flows.drain
def printed(text: str) -> None:
    """On standard output."""
