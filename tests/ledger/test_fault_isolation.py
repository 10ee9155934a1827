"""One contact's oddity never stops the rest: not the sender, not the maintenance, not a page."""

import logging
import threading

import pytest

from kit.provider import provider_record
from kit.world import ADA, BEN, CLEO
from ledger.errors import LedgerError, StoreRejected, StoreUnavailable, UnreadableRecord
from ledger.providers.contract import Accepted, Refusal, UnknownOutcome
from ledger.sending.fault_isolation import isolated

ODD_ANSWERS = {
    "half a surrogate pair in the SID": Accepted(sid="SM\ud83d", status="queued"),
    "half a surrogate pair in the status": Accepted(sid="SM1", status="\ud83d"),
    "half a surrogate pair in the message": Refusal(
        http_status=400, code="21211", message="\udcff"
    ),
    "an answer of another type": None,
}
"""What the provider itself never returns; the sender survives it all the same."""


@pytest.mark.both_databases
@pytest.mark.parametrize("odd", ODD_ANSWERS)
def test_an_answer_that_cannot_be_recorded_stops_no_other_text(world, provider, odd):
    provider.will_answer(ADA, ODD_ANSWERS[odd])
    campaign_id = world.launch([ADA, BEN, CLEO])
    assert world.send() == 3
    assert [text.to for text in provider.sent] == [ADA, BEN, CLEO]
    topics = [world.topics(world.delivery(campaign_id, phone))[-1] for phone in (ADA, BEN, CLEO)]
    assert topics[1:] == ["AttemptAccepted"] * 2
    assert topics[0] in {"AttemptOutcomeUnknown", "AttemptStarted"}
    assert world.send() == 0


def test_an_answer_that_cannot_be_recorded_is_an_unknown_outcome(world, provider):
    provider.will_answer(ADA, ODD_ANSWERS["half a surrogate pair in the SID"])
    delivery_id = world.delivery(world.launch())
    world.send()
    assert world.last(delivery_id).event.cause == "the answer could not be recorded"


def test_a_call_that_raises_is_an_unknown_outcome_and_stops_no_other_text(world, provider, caplog):
    def fail(text):
        if text.to == ADA:
            raise RuntimeError(text.to)

    provider.when_asked = fail
    campaign_id = world.launch([ADA, BEN])
    assert world.send() == 2
    ada = world.last(world.delivery(campaign_id, ADA)).event
    assert (ada.topic, ada.cause) == ("AttemptOutcomeUnknown", "the call failed")
    assert world.topics(world.delivery(campaign_id, BEN))[-1] == "AttemptAccepted"
    assert "RuntimeError" in caplog.text
    assert ADA not in caplog.text


class Failing:
    """A worklist that fails at first, and then ends the sender."""

    def __init__(self, stop):
        self.stop, self.looks = stop, 0

    def due(self, _now, _limit, _excluded):
        self.looks += 1
        if self.looks == 1:
            raise ValueError("something nobody thought of")
        self.stop.set()
        return []


def test_a_sender_goes_on_after_an_error_that_nobody_thought_of(world):
    sender = world.sender(threading.Event())
    sender.poll_seconds = 0.01
    sender.worklist = Failing(sender.stop)
    sender.run()
    assert sender.worklist.looks == 2


def test_one_unknown_outcome_that_cannot_be_queried_keeps_no_other_from_it(
    world, provider, clock, monkeypatch
):
    texts_to = provider.texts_to

    def fail_for_ada(number, *more):
        if number == ADA:
            raise RuntimeError(number)
        return texts_to(number, *more)

    monkeypatch.setattr(provider, "texts_to", fail_for_ada)
    for phone in (ADA, BEN):
        provider.will_answer(phone, UnknownOutcome(cause="no readable answer"))
    campaign_id = world.launch([ADA, BEN])
    world.send()
    provider.records[BEN] = [provider_record(clock.now(), to=BEN, body="Hello Ben")]
    clock.advance(minutes=1)
    world.send()
    assert world.topics(world.delivery(campaign_id, BEN))[-1] == "StatusFetched"


@pytest.mark.parametrize("record", [UnreadableRecord("no time"), provider_record])
def test_one_record_that_makes_no_sense_keeps_no_other_from_reconciliation(
    world, provider, clock, monkeypatch, record
):
    campaign_id = world.launch([ADA, BEN])
    world.send()
    clock.advance(hours=2)
    ada, ben = (world.sid_of(world.delivery(campaign_id, phone)) for phone in (ADA, BEN))

    def text(asked):
        if asked == ben:
            return provider_record(clock.now(), sid=ben, to=BEN, status="delivered")
        if isinstance(record, Exception):
            raise record
        return record(clock.now(), sid=ada, price="\ud83d", status="sent")

    monkeypatch.setattr(provider, "text", text)
    world.maintenance().run_once()
    assert world.topics(world.delivery(campaign_id, BEN))[-1] == "StatusFetched"


def test_the_log_names_the_item_and_no_words_that_are_not_the_ledgers_own(caplog):
    caplog.set_level(logging.ERROR)
    with isolated("The answer", "del_1"):
        raise KeyError("+14155550101")
    with isolated("The answer", "del_2"):
        raise LedgerError("Version 3 of del_2 cannot be read.")
    assert caplog.messages == [
        "The answer of del_1 failed: KeyError",
        "The answer of del_2 failed: Version 3 of del_2 cannot be read.",
    ]


def test_rows_that_the_store_rejects_are_one_items_fault():
    with isolated("The answer", "del_1"):
        raise StoreRejected("The database refused what was to be written.")


def test_a_store_that_is_unavailable_is_nobodys_fault_alone():
    with pytest.raises(StoreUnavailable), isolated("The answer", "del_1"):
        raise StoreUnavailable("away")


def test_an_interruption_passes():
    with pytest.raises(KeyboardInterrupt), isolated("The answer", "del_1"):
        raise KeyboardInterrupt
