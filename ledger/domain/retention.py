"""The retention rule: after how many days contacts are forgotten by themselves.

A new rule waits for a week, so that somebody can read first what it will do. Standard library only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from ledger.domain.aggregate import Aggregate, with_request
from ledger.domain.contact import Contact
from ledger.domain.events import Event, RetentionConfirmed, RetentionSet
from ledger.errors import BadInput, Refused

STREAM = "retention"

FEWEST_DAYS, MOST_DAYS = 7, 36_500
"""Twilio may report on a text, and people may answer it, for days."""

REPORTED_FOR = timedelta(days=7)
"""How long the report of a new rule can be read before it begins."""


class KeptBecause(StrEnum):
    """What keeps a contact that is due."""

    LEGAL_HOLD = "legal_hold"
    CAMPAIGN_LEGAL_HOLD = "campaign_legal_hold"
    POSSIBLE_OPT_OUT = "possible_opt_out"


def kept_because(contact: Contact, *, is_campaign_held: bool) -> KeptBecause | None:
    """Return what keeps the contact from being forgotten by a rule; None if nothing does.

    `is_campaign_held` says whether a legal hold is on any campaign of the contact.
    """
    if contact.legal_holds.in_force:
        return KeptBecause.LEGAL_HOLD
    if is_campaign_held:
        return KeptBecause.CAMPAIGN_LEGAL_HOLD
    return KeptBecause.POSSIBLE_OPT_OUT if contact.possible_opt_outs else None


@dataclass(frozen=True, kw_only=True)
class Retention(Aggregate):
    """The rule at one version of its stream."""

    rule: int = 0
    """The number of the rule; 0 before the first."""
    days: int | None = None
    """None: nobody is forgotten by themselves."""
    begins_at: datetime | None = None
    """When it begins, or began; None while it is off."""
    requests: frozenset[str] = frozenset()
    """The requests that set the rule."""

    def _changes(self, event: Event) -> Mapping[str, Any]:
        match event:
            case RetentionSet(days=days, begins_at=begins_at, request=request):
                return {
                    "rule": event.originator_version,
                    "days": days,
                    "begins_at": begins_at,
                    "requests": with_request(self.requests, request),
                }
            case RetentionConfirmed():
                return {"begins_at": None}
            case _:
                raise self.not_found("the retention rule")

    def is_running(self, now: datetime) -> bool:
        """Whether contacts are forgotten now."""
        return self.days is not None and (self.begins_at is None or self.begins_at <= now)

    def cutoff(self, now: datetime) -> datetime | None:
        """Return the time before which a contact's last campaign ended, to be forgotten now."""
        return None if self.days is None else now - timedelta(days=self.days)

    def set(self, actor: str, days: int | None, now: datetime) -> RetentionSet:
        """Set the rule, or turn it off with None.

        A rule that keeps data longer than the running rule begins at once. Raises `BadInput` for
        a number of days that cannot be, and `Refused` where nothing would change.
        """
        if days is not None and not FEWEST_DAYS <= days <= MOST_DAYS:
            raise BadInput(f"Give a number of days from {FEWEST_DAYS} to {MOST_DAYS:,}, or `off`.")
        if days == self.days:
            raise Refused("Nothing changes: this is the rule already.")
        return RetentionSet(**self.header(actor), days=days, begins_at=self._begin(days, now))

    def _begin(self, days: int | None, now: datetime) -> datetime | None:
        if days is None:
            return None
        is_longer = self.days is not None and days > self.days
        return now if is_longer and self.is_running(now) else now + REPORTED_FOR

    def confirm(self, actor: str, rule: int, now: datetime) -> RetentionConfirmed:
        """Let the rule begin at once. Raises `Refused` where it is off, runs, or is another one."""
        if self.days is None:
            raise Refused("There is no retention rule. Set the number of days first.")
        if rule != self.rule:
            raise Refused("The rule was changed meanwhile. Read the report again.")
        if self.is_running(now):
            raise Refused("The rule has begun already.")
        return RetentionConfirmed(**self.header(actor), rule=rule)
