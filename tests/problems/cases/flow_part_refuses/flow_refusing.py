from piped import flows
from piped.exceptions import ConfigurationError
from piped.flow_part import TubePart


class Picky(TubePart):
    """It does not like its options."""

    name = "picky"

    def __init__(self, how: str) -> None:
        if how == "badly":
            raise ConfigurationError("that is no way to do it", hint="Do it `well`.")
        raise ValueError("it broke")


class Needy(TubePart):
    """It needs what nobody has installed."""

    name = "needy"
    extra = "needy"
    requires = ("a_module_that_nobody_has",)


@flows.tube
def spelled(number: int) -> str:
    """As text."""
    return str(number)
