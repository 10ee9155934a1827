"""The Health page: what it says of each part, in which order, and of which processes."""

import re

import pytest

from kit.staff import Staff
from kit.world import ADA, BEN, World
from ledger.errors import StoreUnavailable
from ledger.providers.contract import NotReached
from webapp.callback_problems import Problem
from webapp.explain.health import PLACES
from webapp.metrics.processes import Numbers, Processes
from webapp.metrics.roles import Role
from webapp.store_checks import Place
from webapp.verifications import Verification, keep_verification

PAGE = "/health-page"


@pytest.fixture
def sender(world: World, clock) -> Processes:
    return Processes(world.app.sending_engine, clock)


@pytest.fixture
def healthy(world: World, clock, sender: Processes) -> World:
    """A ledger with a checkpoint and a verification, and a process that sends."""
    world.launch([ADA, BEN])
    world.app.checkpoints.make()
    head = world.app.ledger.reader.head()
    verification = Verification(began_at=clock.now(), seconds=0.1, size=head)
    keep_verification(world.app.sending_engine, verification)
    sender.write(sender.this({Role.SENDING}, Numbers(answers={"accepted": 1804, "refused": 3})))
    return world


def lines(staff: Staff) -> dict[str, tuple[str, str]]:
    """Part → state and words, of the first line that has it."""
    html = staff.open(PAGE).text
    found: dict[str, tuple[str, str]] = {}
    for row in re.findall(r'<tr role="row">\s*<th role="rowheader".*?</tr>', html, re.DOTALL):
        text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "|", row)).replace("&#39;", "'")
        name, state, *words = [part.strip() for part in text.split("|") if part.strip()]
        found.setdefault(name, (state, " ".join(words)))
    return found


def test_nothing_needs_attention_where_everything_works(healthy, staff):
    page = staff.read(PAGE)
    assert "Everything works, in all processes of this ledger." in page
    assert {state for state, _ in lines(staff).values()} == {"Works"}
    assert "Twilio was asked to send 1,807 texts: it took 1,804, refused 3," in page


def test_it_says_what_each_process_does(healthy, staff):
    page = staff.read(PAGE)
    assert "It sends texts, since 2 Mar 2026, 09:00." in page
    assert "It shows pages, since 2 Mar 2026, 09:00." in page


def test_a_process_that_says_nothing_is_named_for_an_hour(healthy, staff, clock):
    clock.advance(seconds=90)
    assert "It sends texts, and has said nothing since 2 Mar 2026, 09:00" in staff.read(PAGE)
    clock.advance(seconds=3600)
    assert "has said nothing" not in staff.read(PAGE)


def test_campaigns_that_may_send_need_a_process_that_sends(healthy, staff, sender):
    sender.remove()
    assert lines(staff)["Sending"] == (
        "Problem",
        "No process sends texts. Start `delivery-ledger send`, or `delivery-ledger up`.",
    )


def test_a_sender_without_answers_is_a_problem(healthy, staff, sender):
    sender.write(sender.this({Role.SENDING}, Numbers(is_breaker_open=True)))
    state, words = lines(staff)["Sending"]
    assert state == "Problem"
    assert words.startswith("Twilio cannot be reached, refuses requests, or gives no readable")


def test_texts_that_are_due_for_long_are_worth_a_look(healthy, staff, clock, sender):
    for minutes, state in ((10, "Works"), (10, "Look at this")):
        clock.advance(minutes=minutes)
        sender.write(sender.this({Role.SENDING}, Numbers()))
        found, words = lines(staff)["Sending"]
        assert (found, words[:27]) == (state, "Texts are due, the oldest f")
    assert "for 20 minutes. With a low LEDGER_SEGMENTS_PER_SECOND" in words


def test_a_checkpoint_is_old_after_two_hours_with_new_events(healthy, staff, clock):
    clock.advance(hours=3)
    assert lines(staff)["Checkpoint"][0] == "Works"
    healthy.launch([ADA], name="Other")
    assert lines(staff)["Checkpoint"][0] == "Look at this"


def test_sending_that_is_off_leads_to_its_page(healthy, staff):
    healthy.stop_sending()
    assert lines(staff)["Sending"][0] == "Look at this"
    assert 'href="/sending">Go there</a>' in staff.open(PAGE).text


def test_what_is_wrong_comes_before_what_waits(healthy, staff, sender):
    sender.remove()
    healthy.inbound("please no more of these, I think")
    healthy.catch_up()
    page = staff.read(PAGE)
    assert "2 parts of the program need attention." in page
    assert page.index("No process sends texts.") < page.index("1 text possibly asks for an opt-out")


def test_requests_of_twilio_that_were_refused_are_named_with_the_cure(healthy, staff):
    healthy.app.callback_problems.add(Problem.WRONG_SIGNATURE)
    state, words = lines(staff)["Requests of Twilio are refused"]
    assert state == "Look at this"
    assert "Check that TWILIO_AUTH_TOKEN is the token of this account" in words


def test_a_verification_with_faults_is_a_problem(healthy, staff, clock):
    fault = Verification(
        began_at=clock.now(), seconds=1, size=2, fault_count=1, first_fault="event #2 was changed"
    )
    keep_verification(healthy.app.sending_engine, fault)
    clock.advance(seconds=3)
    state, words = lines(staff)["Verification"]
    assert state == "Problem"
    assert words == (
        "1 fault found 3 seconds ago: event #2 was changed. Keep the database as it is, and run "
        "`delivery-ledger verify`."
    )


def test_a_database_that_is_away_is_named_with_what_does_not_work(healthy, staff, monkeypatch):
    def away(*_: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(type(healthy.app.callback_problems), "recent", away)
    state, words = lines(staff)["Senders' database"]
    assert state == "Problem"
    assert words.startswith("It cannot be read. Nothing is sent. Callbacks are recorded.")


def test_attempts_without_an_outcome_are_counted_with_their_age(healthy, staff, provider, clock):
    provider.will_answer(ADA, NotReached(cause="no route"))
    healthy.start(healthy.delivery(healthy.launch([ADA], name="Other")))
    healthy.catch_up()
    clock.advance(seconds=20 * 60)
    state, words = lines(staff)["Outcomes"]
    assert (state, words) == (
        "Look at this",
        "1 attempt has no outcome yet, the oldest for 20 minutes. Twilio is asked about it.",
    )


def test_every_place_that_must_be_writable_has_a_name():
    assert set(PLACES) == set(Place)
