"""The legal holds of a contact, which keep it from being forgotten. Standard library only."""

from dataclasses import dataclass

from ledger.domain.events import Event, LegalHoldPlaced, LegalHoldReleased
from ledger.errors import Refused


@dataclass(frozen=True, kw_only=True)
class LegalHolds:
    """The legal holds of one contact, by their numbers."""

    in_force: tuple[int, ...] = ()
    last: int = 0
    """The number of the last one that was placed, in force or not; 0 for none."""

    def apply(self, event: Event) -> "LegalHolds":
        """Return the legal holds after one more event of the contact."""
        match event:
            case LegalHoldPlaced(number=number):
                return LegalHolds(in_force=(*self.in_force, number), last=number)
            case LegalHoldReleased(number=number):
                rest = tuple(each for each in self.in_force if each != number)
                return LegalHolds(in_force=rest, last=self.last)
            case _:
                return self

    def check_forgettable(self) -> None:
        """Raise `Refused`, with the numbers, while a legal hold is in force."""
        if not self.in_force:
            return
        numbers = " and ".join(map(str, self.in_force))
        subject = f"hold {numbers} keeps" if len(self.in_force) == 1 else f"holds {numbers} keep"
        raise Refused(
            f"Legal {subject} this contact from being forgotten. Release every legal hold first, "
            "when its reason has ended."
        )


NO_LEGAL_HOLDS = LegalHolds()
