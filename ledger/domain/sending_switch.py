"""The sending switch: turns the sending of all campaigns off and on, and knows its account.

Staff can turn it off, and the program does so when the ledger is shorter than it was. A ledger
belongs to one account at the provider, because only that account has records of its texts. Standard
library only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.domain.aggregate import Aggregate
from ledger.domain.events import (
    Event,
    SendingAccountSet,
    SendingAllowed,
    SendingStopped,
    TextsReconciled,
)
from ledger.domain.vocabulary import StopCause
from ledger.errors import Refused

STREAM = "sending"


@dataclass(frozen=True)
class SendingAccount:
    """An account at the provider: of a ledger, or of the program that wants to send."""

    account_sid: str
    is_demonstration: bool = False
    """Whether it is that of the stand-in which `up --simulate` starts."""


@dataclass(frozen=True, kw_only=True)
class SendingSwitch(Aggregate):
    """The sending switch at one version of its stream."""

    cause: StopCause | None = None
    """Why sending is off; None while it is on."""
    lost_since: datetime | None = None
    """Texts sent after this time may be missing in the ledger; None where nothing was lost."""
    is_reconciled: bool = False
    """Whether Twilio's records were reconciled with the ledger since sending was stopped."""
    account: SendingAccount | None = None
    """None until the first attempt since ledgers know their account."""

    def _changes(self, event: Event) -> Mapping[str, Any]:
        match event:
            case SendingStopped(cause=cause, lost_since=lost_since):
                return {"cause": cause, "lost_since": lost_since, "is_reconciled": False}
            case TextsReconciled():
                return {"is_reconciled": True}
            case SendingAllowed():
                return {"cause": None, "lost_since": None}
            case SendingAccountSet(account_sid=account_sid, is_demonstration=is_demonstration):
                return {"account": SendingAccount(account_sid, is_demonstration)}
            case _:
                raise TypeError(f"{event.topic} is not an event of the sending switch")

    @property
    def is_off(self) -> bool:
        """Whether no attempt may start."""
        return self.cause is not None

    @property
    def needs_reconciliation(self) -> bool:
        """Whether Twilio's records must be reconciled before sending may go on."""
        return self.cause is StopCause.LEDGER_CUT and not self.is_reconciled

    def stop(self, actor: str, cause: StopCause, lost_since: datetime | None) -> SendingStopped:
        """Turn all sending off. Raises `Refused` where it is off already.

        A ledger that was cut short is recorded even then, as it needs a reconciliation.
        """
        is_cut_again = cause is StopCause.LEDGER_CUT and not self.needs_reconciliation
        if self.is_off and not is_cut_again:
            raise Refused("Sending is off already.")
        return SendingStopped(**self.header(actor), cause=cause, lost_since=lost_since)

    def record_reconciliation(
        self, actor: str, *, texts: int, attached: int, unplaced: int
    ) -> TextsReconciled:
        """Record that Twilio's records since the loss were reconciled with the ledger."""
        return TextsReconciled(
            **self.header(actor), texts=texts, attached=attached, unplaced=unplaced
        )

    def allow(self, actor: str) -> SendingAllowed:
        """Turn sending on. Raises `Refused` where it is on, or needs a reconciliation first."""
        if not self.is_off:
            raise Refused("Sending is on already.")
        if self.needs_reconciliation:
            raise Refused(
                "The ledger was cut short, and nobody has asked Twilio yet what was sent since. "
                "Run `delivery-ledger reconcile` first; otherwise somebody could be texted twice."
            )
        return SendingAllowed(**self.header(actor))

    # The account.

    def check_account(self, account: SendingAccount) -> None:
        """Raise `Refused` where the ledger belongs to another account, or to another world.

        Demonstrations are all the same world, whatever account their stand-in has.
        """
        own = self.account
        if own is None or own == account or (own.is_demonstration and account.is_demonstration):
            return
        if account.is_demonstration:
            raise Refused(
                f"This ledger sends from the Twilio account {own.account_sid}. With --simulate its "
                "contacts would be shown as delivered, and nobody would have been texted. Set "
                "LEDGER_DATABASE_URL to another file for a demonstration."
            )
        if own.is_demonstration:
            raise Refused(
                "This ledger is a demonstration, made by `up --simulate`: it is never sent for "
                "real. Set LEDGER_DATABASE_URL to another file or database."
            )
        raise Refused(
            f"This ledger sends from the Twilio account {own.account_sid}, but "
            f"TWILIO_ACCOUNT_SID is {account.account_sid}, which has no records of its texts. "
            "Correct TWILIO_ACCOUNT_SID, or move the ledger to that account with "
            "`delivery-ledger sending account --change`."
        )

    def set_account(self, actor: str, account: SendingAccount) -> SendingAccountSet:
        """Give the ledger its account. Raises `Refused` where it has another one."""
        self.check_account(account)
        return self._account_set(actor, account)

    def change_account(self, actor: str, account: SendingAccount) -> SendingAccountSet:
        """Move the ledger to another account. Raises `Refused` for a demonstration."""
        if self.account == account:
            raise Refused(f"This ledger sends from the Twilio account {account.account_sid} now.")
        if self.account and self.account.is_demonstration:
            self.check_account(account)
        return self._account_set(actor, account)

    def _account_set(self, actor: str, account: SendingAccount) -> SendingAccountSet:
        return SendingAccountSet(
            **self.header(actor),
            account_sid=account.account_sid,
            is_demonstration=account.is_demonstration,
        )
