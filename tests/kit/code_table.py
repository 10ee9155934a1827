"""What staff read of a contact after each of Twilio's codes, and what the program plans.

`python -m kit.code_table`, run in `tests/`, writes `tests/web/code_table.txt` again; read the
difference before it is committed, for it is what staff will read.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from kit import stories
from kit.clock import MONDAY
from kit.entries import streams_of
from ledger.domain.error_codes import ErrorCode, load_codes
from ledger.domain.holds import NextAttempt, SendingConditions, next_attempt
from ledger.domain.outcome_classifier import AttemptContext, Classification, OutcomeClassifier
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.vocabulary import Outcome, Reason
from webapp.explain.delivery_history import DeliveryHistory, history_of
from webapp.explain.reasons import consequence, failure_sentence
from webapp.explain.sentences import plain
from webapp.explain.statuses import STATUS_LABELS, stage_detail
from webapp.explain.waits import wait_name
from webapp.explain.why import explain

GOLDEN = Path(__file__).parent.parent / "web" / "code_table.txt"
CODES = load_codes()
ZONE = "America/New_York"
LOCAL = ZoneInfo(ZONE)

NOW = MONDAY + timedelta(hours=17, minutes=30)
"""Tuesday, 02:30 UTC: 21:30 on Monday for the contact, 18:30 for the carriers' caps."""

_ATTEMPT = AttemptContext(delivery_id=stories.DELIVERY, turn=1, tries=1, zone=ZONE)


@dataclass(frozen=True)
class Case:
    """One code, as an answer to a request or as a later report, and what staff read of it."""

    code: ErrorCode
    outcome: Classification
    history: DeliveryHistory

    @property
    def upcoming(self) -> NextAttempt:
        """The next attempt, right after the code came."""
        return next_attempt(self.history.standing, self.history.context(SendingConditions()), NOW)

    @property
    def sentence(self) -> str:
        """The sentence of the contact page."""
        return plain(explain(self.history, CODES, NOW, SendingConditions()).sentence)

    @property
    def detail(self) -> str:
        """The words beside the status in the Contacts tab, the CSV and the JSON."""
        standing, upcoming = self.history.standing, self.upcoming
        if standing.failed_reason:
            return failure_sentence(standing.failed_reason, standing.code, standing.attempts, CODES)
        return stage_detail(standing.stage, upcoming, wait_name(standing.code, upcoming, CODES))

    @property
    def cell(self) -> str:
        """The Contacts tab."""
        at = f"; next attempt {_local(self.upcoming.at)}" if self.upcoming.at else ""
        return f"{STATUS_LABELS[self.history.standing.status]}, {self.detail}{at}"


def cases(code: ErrorCode) -> Iterator[tuple[str, Case]]:
    """The cases of a code: "refused" and "reported"."""
    classifier = OutcomeClassifier(ResendPolicy(), CODES)
    refused = classifier.classify_refusal(400, code.code, _ATTEMPT, NOW)
    if refused.outcome is not Outcome.UNKNOWN:
        event = replace(
            stories.refused(code=code.code),
            rank=refused.rank,
            outcome=refused.outcome,
            reason=refused.reason or Reason.UNKNOWN,
            next_at=refused.next_at,
        )
        yield "refused", Case(code, refused, _history(stories.started(), event))
    reported = classifier.classify_report("failed", code.code, _ATTEMPT, NOW)
    report = replace(
        stories.bounced(code=code.code),
        rank=reported.rank,
        status="failed",
        reason=reported.reason,
        next_at=reported.next_at,
    )
    yield "reported", Case(code, reported, _history(stories.started(), stories.accepted(), report))


def table() -> str:
    """The whole table as text, for people to read; codes with the same words stand together."""
    lines = [
        "What staff read of a contact in New York after each code of Twilio's, at 02:30 UTC (21:30",
        "for the contact, 18:30 Pacific time). Under each code: what it means and what follows;",
        "the sentence of the contact page; and behind a bar the Contacts tab, with local times.",
    ]
    for code in CODES:
        lines += ["", f"{code.code} {code.title}", f"  {code.sentence} {consequence(code)}."]
        for (sentence, cell), group in groupby(cases(code), lambda each: _words(each[1])):
            names = " or ".join(name for name, _ in group)
            lines += [f"    {names}: {sentence}", f"    | {cell}"]
    return "\n".join(lines) + "\n"


def _words(case: Case) -> tuple[str, str]:
    return case.sentence, case.cell


def _history(*events: object) -> DeliveryHistory:
    enrolled = replace(stories.enrolled(), zone=ZONE)
    return history_of(
        *streams_of([stories.created(), enrolled, stories.launched(), *events])  # type: ignore[list-item]
    )


def _local(at: datetime) -> str:
    return f"{at.astimezone(LOCAL):%a %H:%M}"


if __name__ == "__main__":
    GOLDEN.write_text(table())
