"""What a launch of a certain size would need and cost, by the rules of the ledger, for readers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.commands.launch_rules import spent_of
from ledger.domain.launch_rules import STREAM, LaunchRules, LaunchSize, Spent
from ledger.domain.offices import EVERYTHING, Offices, Scope
from ledger.domain.offices import STREAM as OFFICES
from ledger.domain.vocabulary import ApprovalCause
from ledger.errors import EventProblemFound
from ledger.reader import LedgerReader
from webapp.explain.launch_requests import spending_left
from webapp.sound_aggregates import SoundAggregates


@dataclass(frozen=True)
class LaunchCheck:
    """Why a launch needs somebody else's approval, and what it leaves of the spending limits."""

    causes: Sequence[ApprovalCause]
    spending_left: Sequence[str]


def launch_check(reader: LedgerReader, size: LaunchSize, now: datetime) -> LaunchCheck:
    """Check a launch of this size; the launch itself is decided under the writer's lock."""
    rules = SoundAggregates(reader).load(LaunchRules, STREAM)
    spent = {
        office_id: _spent(reader, rules, now, office_id) for office_id in {None, size.office_id}
    }
    return LaunchCheck(
        causes=rules.causes(size, spent),
        spending_left=[
            sentence
            for office_id, name in _whose(reader, size.office_id)
            for sentence in spending_left(
                rules.limits_of(office_id), spent[office_id], size.segments, name
            )
        ],
    )


@dataclass(frozen=True)
class ResendCheck:
    """What the rules of the ledger say of a resend."""

    needs_approval: bool
    """Whether it waits for somebody else's approval."""
    approval_limit: int | None
    has_spending_limit: bool


def resend_check(reader: LedgerReader, contacts: int) -> ResendCheck:
    """Check a resend to as many contacts; the resend itself is decided under the writer's lock."""
    rules = SoundAggregates(reader).load(LaunchRules, STREAM)
    return ResendCheck(
        needs_approval=rules.needs_approval(contacts),
        approval_limit=rules.approval_limit,
        has_spending_limit=rules.has_spending_limit,
    )


def spending_today(reader: LedgerReader, now: datetime, scope: Scope = EVERYTHING) -> Sequence[str]:
    """Return what stays of each spending limit that concerns somebody; empty where there is none.

    Where the limits cannot be read, that is what it returns: the page has more to show.
    """
    try:
        rules = SoundAggregates(reader).load(LaunchRules, STREAM)
    except EventProblemFound as error:
        return [f"It is not known what may be spent: {str(error).rstrip('.')}"]
    return [
        sentence
        for office_id in (None, *rules.of_offices)
        if office_id is None or scope.sees(office_id)
        for _, name in _whose(reader, office_id)[-1:]
        for sentence in spending_left(
            rules.limits_of(office_id),
            _spent(reader, rules, now, office_id),
            office=name,
        )
    ]


def _spent(reader: LedgerReader, rules: LaunchRules, now: datetime, office_id: str | None) -> Spent:
    """Return what was spent of a limit; nothing is counted where there is none."""
    limits = rules.limits_of(office_id)
    return spent_of(reader, limits, now, office_id) if limits.is_set else Spent()


def _whose(reader: LedgerReader, office_id: str | None) -> list[tuple[str | None, str]]:
    """Return whose limits concern an office, with the name: those of all, then its own."""
    if office_id is None:
        return [(None, "")]
    return [(None, ""), (office_id, reader.load(Offices, OFFICES).office(office_id).name)]
