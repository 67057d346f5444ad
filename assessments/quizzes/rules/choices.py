"""What can be answered, part by part: the rows of the answer analysis. No Django."""

from dataclasses import dataclass
from string import ascii_uppercase


@dataclass(frozen=True)
class Choice:
    """One thing somebody can answer. given: the option, the left side, the item or the response; taken: what was put to
    it, a right side's key, a place, an end ("best") or a step of the scale; "" for an option, which is only ticked."""

    given: str
    taken: str = ""


@dataclass(frozen=True)
class Offered:
    """A choice that there was. name: "A", "B" … for options, and for responses of which one is best and one worst.
    said: what was said of it, a text for the translators."""

    choice: Choice
    name: str
    text: str
    is_right: bool
    said: str = ""

    @property
    def is_option(self) -> bool:
        """Ticked or not, rather than put somewhere."""
        return not self.choice.taken


def letter(at: int) -> str:
    return ascii_uppercase[at] if at < len(ascii_uppercase) else str(at + 1)
