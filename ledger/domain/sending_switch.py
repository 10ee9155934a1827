"""The sending switch: turns the sending of all campaigns off and on, and knows its account.

Staff can turn it off, and the program does so when the ledger lost its end. A cap that
the sender reached holds all texts for a time. A ledger belongs to one account at the provider,
because only that account has records of its texts. Standard library only.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from ledger.domain.aggregate import Aggregate, with_request
from ledger.domain.events import (
    Event,
    SenderHeld,
    SendingAccountSet,
    SendingAllowed,
    SendingStopped,
    TextsReconciled,
)
from ledger.domain.vocabulary import StopCause
from ledger.errors import Refused

STREAM = "sending"

_NEGLIGIBLE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class ReconciliationCounts:
    """What comparing Twilio's records with a ledger that lost its end brought."""

    texts: int
    attached: int
    """How many were texts of deliveries that waited here for an attempt."""
    unplaced: int
    """How many belong to no delivery of this ledger."""
    undecided: int = 0
    """How many could belong to a delivery that waited here; staff decide."""
    missing: int = 0
    """Of how many lost attempts Twilio has no text."""


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
    lost_attempts: int = 0
    """How many attempts are known to be missing in the ledger."""
    is_reconciled: bool = False
    """Whether Twilio's records were reconciled with the ledger since sending was stopped."""
    missing: int = 0
    """Of how many lost attempts Twilio's records have no text."""
    held_until: datetime | None = None
    """When the last cap that the sender reached ends; it may be past. None before the first."""
    held_code: str | None = None
    """The provider's code of that cap."""
    account: SendingAccount | None = None
    """None until the first attempt since ledgers know their account."""
    requests: frozenset[str] = frozenset()
    """The requests that turned sending off or on."""
    stated_reason: str | None = None
    """Why staff turned sending off or on the last time, in their own words."""

    def _changes(self, event: Event) -> Mapping[str, Any]:
        match event:
            case SendingStopped(request=request) as stopped:
                return {
                    "cause": stopped.cause,
                    "lost_since": stopped.lost_since,
                    "lost_attempts": stopped.lost_attempts,
                    "stated_reason": stopped.stated_reason,
                    "requests": with_request(self.requests, request),
                    "is_reconciled": False,
                    "missing": 0,
                }
            case SenderHeld(code=code, until=until):
                return {"held_until": until, "held_code": code}
            case TextsReconciled(missing=missing):
                return {"is_reconciled": True, "missing": missing}
            case SendingAllowed(request=request, stated_reason=stated_reason):
                return {
                    "cause": None,
                    "stated_reason": stated_reason,
                    "lost_since": None,
                    "lost_attempts": 0,
                    "missing": 0,
                    "requests": with_request(self.requests, request),
                }
            case SendingAccountSet(account_sid=account_sid, is_demonstration=is_demonstration):
                return {"account": SendingAccount(account_sid, is_demonstration)}
            case _:
                raise self.not_found("the sending switch")

    @property
    def is_off(self) -> bool:
        """Whether no attempt may start."""
        return self.cause is not None

    def allows_attempts(self, now: datetime) -> bool:
        """Whether an attempt may start: sending is on, and no cap holds it."""
        return not self.is_off and not self.is_sender_held(now)

    def is_sender_held(self, now: datetime) -> bool:
        """Whether a cap that the sender reached keeps every attempt waiting."""
        return self.held_until is not None and self.held_until > now

    def is_sender_held_until(self, moment: datetime) -> bool:
        """Whether the sender is held until then, or for less than a minute less.

        Without that minute, each of many refusals in a second would lengthen the hold.
        """
        return self.is_sender_held(moment - _NEGLIGIBLE)

    @property
    def needs_reconciliation(self) -> bool:
        """Whether Twilio's records must be reconciled before sending may go on."""
        return self.cause is StopCause.LEDGER_CUT and not self.is_reconciled

    def stop(
        self,
        actor: str,
        cause: StopCause,
        lost_since: datetime | None,
        lost_attempts: int = 0,
        *,
        request: str | None = None,
    ) -> SendingStopped:
        """Turn all sending off. Raises `Refused` where it is off already.

        A ledger that lost its end is recorded even then, as it needs a reconciliation.
        """
        is_cut_again = cause is StopCause.LEDGER_CUT and not self.needs_reconciliation
        if self.is_off and not is_cut_again:
            raise Refused("Sending is off already.")
        return SendingStopped(
            **self.header(actor),
            cause=cause,
            lost_since=lost_since,
            lost_attempts=lost_attempts,
            request=request,
        )

    def hold_sender(self, actor: str, code: str, until: datetime) -> SenderHeld:
        """Keep all texts waiting until a cap ends."""
        return SenderHeld(**self.header(actor), code=code, until=until)

    def record_reconciliation(self, actor: str, counts: ReconciliationCounts) -> TextsReconciled:
        """Record that Twilio's records since the loss were reconciled with the ledger."""
        return TextsReconciled(**self.header(actor), **asdict(counts))

    def allow(
        self, actor: str, *, despite_missing: bool = False, request: str | None = None
    ) -> SendingAllowed:
        """Turn sending on. Raises `Refused` where it is on, or needs a reconciliation first.

        While texts of lost attempts are missing in Twilio's records, staff must insist.
        """
        if not self.is_off:
            raise Refused("Sending is on already.")
        if self.needs_reconciliation:
            raise Refused(
                "The ledger lost its end, and nobody has asked Twilio yet what was sent since. "
                "Run `delivery-ledger reconcile` first; otherwise somebody could be texted twice."
            )
        if self.missing and not despite_missing:
            raise Refused(
                f"The ledger lost attempts, and Twilio's records have no text of {self.missing} of "
                "them: those people may have been texted, and would be texted again. Look at the "
                "messages in Twilio's console. If you are sure that they were not sent, run "
                "`delivery-ledger sending allow --despite-missing`, or press "
                '"Allow sending, they were not sent" on the page "Sending is off".'
            )
        return SendingAllowed(
            **self.header(actor), despite_missing=despite_missing, request=request
        )

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
