"""Accounting for texts that were sent and that no carrier will confirm."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from ledger.commands.delivery_command import DeliveryCommand
from ledger.commands.repository import campaign_of_delivery, delivery_of
from ledger.domain.standing import Stage
from ledger.domain.vocabulary import CampaignState
from ledger.errors import Refused
from ledger.ledger import Ledger
from ledger.unit_of_work import UnitOfWork

_PART = 100


@dataclass(frozen=True)
class AccountFor(DeliveryCommand[bool]):
    """Record that staff expect no report on the text of this turn; returns whether that is new.

    Nothing is recorded where a report came meanwhile. Refused in an archived campaign, whose
    statuses are final.
    """

    turn: int
    by: str

    def decide(self, work: UnitOfWork) -> bool:
        delivery = delivery_of(work, self.delivery_id)
        if campaign_of_delivery(work, delivery).state is CampaignState.ARCHIVED:
            raise Refused("The campaign is archived: every status stays as it is.")
        is_sent = delivery.standing.stage is Stage.ACCEPTED and delivery.standing.turn == self.turn
        if not is_sent or self.turn in delivery.accounted_turns:
            return False
        work.append(delivery.account_for(self.by))
        return True


def account_for(ledger: Ledger, texts: Iterable[tuple[str, int]], by: str) -> int:
    """Account for the texts, each a delivery and its turn; returns for how many that is new.

    Done in parts, so that no commit keeps callbacks waiting. A repeat does what is left.
    """
    left, done = iter(texts), 0
    while part := list(islice(left, _PART)):
        recording = [
            ledger.execute(AccountFor(delivery_id, turn, by)) for delivery_id, turn in part
        ]
        done += sum(recorded.result() for recorded in recording)
    return done
