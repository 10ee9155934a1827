"""The account of a ledger: mark a demonstration, or move the ledger to another account.

The first attempt records the account of any other ledger; see `StartAttempt`.
"""

from collections.abc import Collection
from dataclasses import dataclass

from ledger.commands.repository import sending_switch
from ledger.domain.campaign import Campaign
from ledger.domain.delivery import Delivery
from ledger.domain.sending_switch import STREAM, SendingAccount
from ledger.domain.vocabulary import CampaignState
from ledger.errors import Refused
from ledger.reader import LedgerReader
from ledger.unit_of_work import Command, UnitOfWork


@dataclass(frozen=True)
class MarkDemonstration(Command[None]):
    """Make a new ledger a demonstration; one that is a demonstration stays as it is.

    Refused for a ledger in use. `is_earlier` says that an earlier version of the program made this
    ledger for a demonstration, when ledgers did not record it.
    """

    account: SendingAccount
    by: str
    is_earlier: bool

    @property
    def streams(self) -> Collection[str]:
        return [STREAM]

    def decide(self, work: UnitOfWork) -> None:
        switch = sending_switch(work)
        switch.check_account(self.account)
        if switch.account is not None:
            return
        if work.next_seq() > 1 and not self.is_earlier:
            raise Refused(
                "This ledger is in use, and is no demonstration. With --simulate its contacts "
                "would be shown as delivered, and nobody would have been texted. Set "
                "LEDGER_DATABASE_URL to another file for a demonstration."
            )
        work.append(switch.set_account(self.by, self.account))


@dataclass(frozen=True)
class ChangeAccount(Command[None]):
    """Move the ledger to another account. Refused for a demonstration, and for the same account.

    See `check_changeable`.
    """

    account: SendingAccount
    by: str

    @property
    def streams(self) -> Collection[str]:
        return [STREAM]

    def decide(self, work: UnitOfWork) -> None:
        work.append(sending_switch(work).change_account(self.by, self.account))


def check_changeable(
    reader: LedgerReader, account: SendingAccount, unsettled_ids: Collection[str]
) -> None:
    """Raise `Refused` while a text whose outcome is unknown could be sent again.

    Only its present account can say whether it was sent. `unsettled_ids` are the deliveries with an
    attempt that has no outcome.
    """
    sending_switch(reader).change_account("", account)
    deliveries = reader.load_all(Delivery, unsettled_ids).values()
    campaigns = reader.load_all(Campaign, {delivery.campaign_id for delivery in deliveries})
    open_states = {CampaignState.SENDING, CampaignState.PAUSED}
    count = sum(campaigns[delivery.campaign_id].state in open_states for delivery in deliveries)
    if count:
        raise Refused(
            f"{count} of the texts have no outcome yet, and only the present account can say "
            "whether they were sent. Change the account when they have one; or close their "
            "campaigns first, so that they are not sent again."
        )
