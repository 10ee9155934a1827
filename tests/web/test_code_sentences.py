"""Every code of Twilio's: what staff read about the future is what the program then does."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kit import code_table
from kit.code_table import CODES, GOLDEN, LOCAL, NOW, cases
from kit.provider import refusal
from kit.world import ADA, BEN
from ledger.domain.vocabulary import DeliveryStatus
from webapp.documents import contact_document
from webapp.explain.reasons import consequence

PACIFIC = ZoneInfo("America/Los_Angeles")
SOFT = [code.code for code in CODES if code.is_soft_bounce]
UNCOUNTED = [code.code for code in CODES if not code.is_counted]
FUTURE = re.compile(r"\b(again|later|tomorrow|will|shortly|continues?)\b")
UNITS = {"minute": 60, "hour": 3600}
every_code = pytest.mark.parametrize("code", list(CODES), ids=lambda code: code.code)


def test_the_table_that_people_read_is_what_the_program_says():
    assert code_table.table() == GOLDEN.read_text()


@every_code
def test_the_sentence_of_a_code_promises_nothing_by_itself(code):
    """What follows is said from the plan: a sentence of its own could promise something else."""
    advice = "please review the message before sending it again"
    assert FUTURE.findall(code.sentence.replace(advice, "")) == []


@every_code
def test_what_follows_in_the_glossary_is_what_is_planned(code):
    words = consequence(code)
    for name, case in cases(code):
        if case.outcome.next_at is None:
            assert not words.startswith("Tried again"), name
        elif words.startswith("Tried again"):
            assert ends_as_said(words, case.outcome.next_at, LOCAL), (name, words)


@every_code
def test_what_a_contact_waits_for_is_what_is_planned(code):
    for _, case in cases(code):
        for words in (case.sentence, case.detail):
            if "midnight Pacific" in words:
                assert is_after_midnight_pacific(case.upcoming.at)
            elif "the law allows" in words:
                assert is_at_allowed_hour(case.upcoming.at, LOCAL)
        is_awaited = case.history.standing.awaits_attempt
        assert ("is planned for" in case.sentence) is is_awaited
        if case.code.wait and is_awaited:
            known = {"next_day_pacific": "midnight Pacific", "allowed_hours": "the law allows"}
            words = known.get(case.code.wait.kind)
            assert words is None or (words in case.sentence and words in case.detail)


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
