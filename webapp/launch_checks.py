"""What a launch of a certain size would need and cost, by the rules of the ledger, for readers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.commands.launch_rules import spent_of
from ledger.domain.campaign import Campaign
from ledger.domain.launch_rules import STREAM, LaunchRules, Spent
from ledger.domain.vocabulary import ApprovalCause
from ledger.errors import EventProblemFound, Refused
from ledger.reader import LedgerReader
from webapp.explain.launch_requests import spending_left
from webapp.sound_aggregates import SoundAggregates


@dataclass(frozen=True)
class LaunchCheck:
    """Why a launch needs somebody else's approval, and what it leaves of the spending limits."""

    causes: Sequence[ApprovalCause]
    spending_left: Sequence[str]


def launch_check(reader: LedgerReader, contacts: int, segments: int, now: datetime) -> LaunchCheck:
    """Check a launch of this size; the launch itself is decided under the writer's lock."""
    rules = SoundAggregates(reader).load(LaunchRules, STREAM)
    spent = _spent(reader, rules, now)
    return LaunchCheck(
        causes=rules.causes(contacts, segments, spent),
        spending_left=spending_left(rules.spending, spent, segments),
    )


@dataclass(frozen=True)
class ResendCheck:
    """Whether somebody may do a resend, by the rules of the ledger."""

    refusal: str
    """Why they may not, and what to do; blank where they may."""
    has_spending_limit: bool


def resend_check(
    reader: LedgerReader, campaign: Campaign, contacts: int, by: str, *, may_approve: bool
) -> ResendCheck:
    """Check a resend to as many contacts; the resend itself is decided under the writer's lock."""
    rules = SoundAggregates(reader).load(LaunchRules, STREAM)
    is_second = campaign.is_second_person(by, may_approve=may_approve)
    refusal = ""
    try:
        rules.check_resend(contacts, is_by_second_person=is_second)
    except Refused as refused:
        refusal = str(refused)
    return ResendCheck(refusal, rules.spending.is_set)


def spending_today(reader: LedgerReader, now: datetime) -> Sequence[str]:
    """Return what stays of each spending limit; empty where there is none.

    Where the limits cannot be read, that is what it returns: the page has more to show.
    """
    try:
        rules = SoundAggregates(reader).load(LaunchRules, STREAM)
    except EventProblemFound as error:
        return [f"It is not known what may be spent: {str(error).rstrip('.')}"]
    return spending_left(rules.spending, _spent(reader, rules, now))


def _spent(reader: LedgerReader, rules: LaunchRules, now: datetime) -> Spent:
    return spent_of(reader, rules.spending, now) if rules.spending.is_set else Spent()
