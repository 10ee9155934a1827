"""Legal holds of a contact or a campaign, which keep contacts from being forgotten.

Standard library only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ledger.domain.events import (
    CampaignLegalHoldPlaced,
    CampaignLegalHoldReleased,
    Event,
    LegalHoldPlaced,
    LegalHoldReleased,
)
from ledger.errors import BadInput, Refused


@dataclass(frozen=True, kw_only=True)
class LegalHolds:
    """The legal holds of one contact or campaign, by their numbers."""

    in_force: tuple[int, ...] = ()
    last: int = 0
    """The number of the last one that was placed, in force or not; 0 for none."""
    done: Mapping[str, int] = field(default_factory=dict)
    """Request of another program → the number of the legal hold that it placed or released."""

    def apply(self, event: Event) -> "LegalHolds":
        """Return the legal holds after one more event of the contact or campaign."""
        match event:
            case LegalHoldPlaced() | CampaignLegalHoldPlaced():
                in_force, last = (*self.in_force, event.number), event.number
            case LegalHoldReleased() | CampaignLegalHoldReleased():
                in_force = tuple(each for each in self.in_force if each != event.number)
                last = self.last
            case _:
                return self
        done = {**self.done, event.request: event.number} if event.request else self.done
        return LegalHolds(in_force=in_force, last=last, done=done)

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


def chosen_legal_hold(number: int | None, in_force: Sequence[int], whose: str) -> int:
    """Return which legal hold is to be released; without `number`, the only one in force.

    `whose` is "contact" or "campaign".

    Raises `BadInput` where several are in force and none is named, and `Refused` where the legal
    hold is not in force.
    """
    numbers = " and ".join(map(str, in_force))
    if not in_force:
        raise Refused(f"No legal hold is in force for this {whose}.")
    if number is None and len(in_force) > 1:
        raise BadInput(f"The legal holds {numbers} are in force. Say which one has ended.")
    if number is not None and number not in in_force:
        raise Refused(f"Legal hold {number} is not in force for this {whose}. In force: {numbers}.")
    return in_force[0] if number is None else number


NO_LEGAL_HOLDS = LegalHolds()
