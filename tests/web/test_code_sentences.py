"""Every code of Twilio's: what staff read about the future is what the program then does."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from kit import code_table
from kit.code_table import CODES, GOLDEN, LOCAL, NOW, Case, cases
from kit.provider import refusal
from kit.world import ADA, BEN
from ledger.domain.vocabulary import DeliveryStatus
from webapp.documents import contact_document
from webapp.explain.reasons import consequence

PACIFIC = ZoneInfo("America/Los_Angeles")
ALIKE = {
    (consequence(code), code.is_soft_bounce, code.is_counted): code
    for code in reversed(list(CODES))
}
"""One code for each consequence that staff read. Every code has one of these plans, as is tested
for all codes below; what the sender does depends on the plan alone."""
SOFT = [code.code for code in ALIKE.values() if code.is_soft_bounce]
UNCOUNTED = [code.code for code in ALIKE.values() if not code.is_counted]
FUTURE = re.compile(r"\b(again|later|tomorrow|will|shortly|continues?)\b")
UNITS = {"minute": 60, "hour": 3600}


def test_the_table_that_people_read_is_what_the_program_says():
    assert code_table.table() == GOLDEN.read_text()


def test_the_sentence_of_a_code_promises_nothing_by_itself():
    """What follows is said from the plan: a sentence of its own could promise something else."""
    advice = "please review the message before sending it again"
    assert [c.code for c in CODES if FUTURE.search(c.sentence.replace(advice, ""))] == []


def test_what_follows_in_the_glossary_is_what_is_planned():
    wrong = [name for name, case in all_cases().items() if not follows_as_said(case)]
    assert wrong == []


def test_what_a_contact_waits_for_is_what_is_planned():
    wrong = [name for name, case in all_cases().items() if not waits_as_said(case)]
    assert wrong == []


def test_a_planned_attempt_is_announced():
    every = all_cases().items()
    announced = [name for name, case in every if "is planned for" in case.sentence]
    assert announced == [name for name, case in every if case.history.standing.awaits_attempt]


@pytest.mark.parametrize(
    ("code", "is_refused"),
    [*((code, False) for code in SOFT), *((code, True) for code in UNCOUNTED)],
)
def test_the_sender_does_what_is_read(world, provider, clock, code, *, is_refused):
    """Ada's text meets the code; it is attempted at the time that is read, and no second before."""
    clock.advance(NOW - clock.now())
    if is_refused:
        provider.will_answer(ADA, refusal(int(code)))
    delivery_id = world.delivery(world.launch([ADA]))
    other = world.delivery(world.launch([BEN], name="another"), BEN)
    world.pause(world.row(other).campaign_id)
    world.send()
    if not is_refused:
        world.callback(delivery_id, 1, "failed", code)
    world.resume(world.row(other).campaign_id)
    document = contact_document(world.row(delivery_id), world.app.codes)
    at = datetime.fromisoformat(document["next_attempt_at"])
    assert document["status"] == DeliveryStatus.PENDING
    assert ends_as_said(consequence(CODES.find(code)), at, PACIFIC)
    is_other_held = "all other texts wait" in consequence(CODES.find(code))
    assert (world.row(other).next_attempt_at is not None) is is_other_held
    clock.advance(at - clock.now() - timedelta(seconds=1))
    assert world.start(delivery_id) is None
    assert (world.start(other) is None) is is_other_held
    clock.advance(seconds=1)
    assert world.start(delivery_id) is not None


@cache
def all_cases() -> Mapping[str, Case]:
    """The cases of every code, by names such as "30003 reported"."""
    return {f"{code.code} {name}": case for code in CODES for name, case in cases(code)}


def follows_as_said(case: Case) -> bool:
    """Whether the glossary's words about a code are what is planned after it."""
    words, next_at = consequence(case.code), case.outcome.next_at
    if not words.startswith("Tried again"):
        return True
    return next_at is not None and ends_as_said(words, next_at, LOCAL)


def waits_as_said(case: Case) -> bool:
    """Whether the contact page and the tab name the wait of a code, and it ends as they say."""
    ends = {
        "midnight Pacific": is_after_midnight_pacific,
        "the law allows": is_at_allowed_hour_here,
    }
    known = {"next_day_pacific": "midnight Pacific", "allowed_hours": "the law allows"}
    is_waiting = case.code.wait and case.history.standing.awaits_attempt
    needed = known.get(case.code.wait.kind, "") if is_waiting else ""
    return all(
        needed in text
        and all(is_end(case.upcoming.at) for words, is_end in ends.items() if words in text)
        for text in (case.sentence, case.detail)
    )


def ends_as_said(words: str, at: datetime, zone: ZoneInfo) -> bool:
    """Whether a wait of a contact in the zone that began at `NOW` ends when these words say."""
    after = re.search(r"after (\d+) (minute|hour)s?", words)
    if after:
        return at - NOW == timedelta(seconds=int(after[1]) * UNITS[after[2]])
    if "midnight Pacific" in words:
        return is_after_midnight_pacific(at) and at - NOW < timedelta(hours=25)
    if "the law allows" in words:
        return is_at_allowed_hour(at, zone) and at - NOW < timedelta(hours=25)
    assert "a wait that grows each time" in words
    return timedelta(0) < at - NOW <= timedelta(minutes=5)


def is_after_midnight_pacific(at: datetime) -> bool:
    """Whether this is at the very beginning of another Pacific day than now."""
    there = at.astimezone(PACIFIC)
    return there.date() > NOW.astimezone(PACIFIC).date() and there.hour == 0


def is_at_allowed_hour(at: datetime, zone: ZoneInfo) -> bool:
    """Whether US law allows a text at that time to a contact in the zone."""
    return 8 <= at.astimezone(zone).hour < 21


def is_at_allowed_hour_here(at: datetime) -> bool:
    """The same of a contact of the table."""
    return is_at_allowed_hour(at, LOCAL)
