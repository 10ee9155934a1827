"""The verify mark on every page: when the ledger was last verified, and when that is not enough."""

import threading
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from kit.clock import MONDAY, Passes
from kit.forging import forging
from kit.staff import Staff, served, sign_in
from kit.store import ledger_file
from kit.world import ADA, World, environment
from webapp.background.commands import keep_verified
from webapp.explain.verifications import Tone, verify_mark
from webapp.parts.proof import verify_ledger
from webapp.processes import errors_of_command
from webapp.verifications import Verification, VerificationState


@pytest.fixture
def staff(world):
    world.launch([ADA], name="Fall aid")
    return Staff(world)


def verify(world: World, **outside: str) -> None:
    verify_ledger(world.app.settings, outside, lambda _done, _total: None, clock=world.clock)


def foot(staff: Staff, path: str = "/campaigns") -> str:
    return staff.open(path).text.partition('<footer class="foot">')[2]


def mark(staff: Staff) -> str:
    """The tone and the words of the mark."""
    opened = foot(staff).partition('class="verify-mark verify-')[2]
    tone, _, rest = opened.partition('"')
    return f"{tone.split()[0]}: {rest.partition('>')[2].partition('<')[0].strip()}"


def test_a_ledger_that_nobody_verified_says_so(staff):
    assert mark(staff) == "wait: Not verified yet"


def test_every_page_of_staff_has_the_mark_and_no_other_page(world, staff):
    verify(world)
    for path in ("/campaigns", "/conversations", "/audit", "/audit/1", "/statuses", "/nothing"):
        assert "Verified up to #3, just now" in foot(staff, path), path
    assert "Verified" not in staff.app.test_client().get("/sign-in").text


def test_the_mark_is_green_for_less_than_five_minutes(world, staff):
    verify(world)
    assert mark(staff) == "good: Verified up to #3, just now"
    world.clock.advance(minutes=4, seconds=59)
    assert mark(staff) == "good: Verified up to #3, 4 min ago"
    world.clock.advance(seconds=1)
    assert mark(staff) == "wait: Verified up to #3, 5 min ago"


def test_the_mark_is_not_green_behind_the_newest_checkpoint(world, staff):
    verify(world)
    world.opt_out(ADA)
    assert mark(staff) == "good: Verified up to #3, just now"
    world.app.checkpoints.make()
    world.clock.advance(seconds=3)
    assert mark(staff) == "wait: Verified up to #3, just now; the newest checkpoint is at #5"
    verify(world)
    world.clock.advance(seconds=3)
    assert mark(staff) == "good: Verified up to #5, just now"


def test_the_mark_names_the_first_fault_and_leads_to_its_event(world, staff):
    world.close()
    with forging(ledger_file(world.folder)) as file:
        file.execute("UPDATE events SET actor = 'x' WHERE seq IN (2, 3)")
    verify(world)
    world.clock.advance(minutes=1)
    again = Staff(world.again())
    words = "Verification found 2 faults 1 min ago: what it says is not what was recorded."
    assert mark(again) == f"bad: {words}"
    assert 'href="/audit/2">#2</a>' in foot(again)


def test_the_faults_of_an_outside_checkpoint_are_not_those_of_the_ledger(world, staff):
    verify(world)
    other = world.app.checkpoints.make().note.replace("delivery-ledger/", "other/", 1)
    verify(world, other=other)
    assert mark(staff) == "good: Verified up to #3, just now"


@pytest.mark.browser
def test_an_open_page_does_not_stay_green_without_script(world, staff, browser):
    verify(world)
    world.clock.advance(minutes=4, seconds=30)
    with served(staff.app) as site, browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page, site, world)
        page.goto(f"{site}/campaigns")
        shown = page.locator(".verify-good")
        expect(shown).to_have_css("color", "rgb(11, 107, 58)")
        expect(shown).to_have_css("color", "rgb(107, 71, 0)")


def test_the_mark_turns_before_five_minutes_have_passed():
    """The class says after how many minutes the style turns: never later than five in all."""
    fresh = [
        (seconds, verify_mark(state_of(seconds), 41, MONDAY).fresh_minutes)
        for seconds in (0, 59, 60, 61, 120, 181, 241, 299)
    ]
    assert all(seconds + 60 * minutes <= 300 for seconds, minutes in fresh)
    assert [minutes for _, minutes in fresh] == [4, 4, 4, 3, 3, 1, 0, 0]


def state_of(age: int, *, took: float = 1.0, size: int = 41) -> VerificationState:
    """A verification that began this number of seconds ago; the newest checkpoint is at #41."""
    began_at = MONDAY - timedelta(seconds=age)
    return VerificationState(Verification(began_at=began_at, seconds=took, size=size), 41)


@pytest.mark.parametrize(
    ("head", "seconds"), [(40, 0), (41, -1), (41, -86400)], ids=["shorter", "clock", "clock a day"]
)
def test_a_ledger_that_is_shorter_or_a_clock_that_went_back_is_not_green(head, seconds):
    assert verify_mark(state_of(seconds), head, MONDAY).tone is not Tone.GOOD


def test_the_ledger_is_verified_again_by_age_by_duration_and_for_a_newer_checkpoint():
    assert VerificationState(None, 0).is_due(MONDAY)
    due = {
        "fresh": state_of(119).is_due(MONDAY),
        "old": state_of(120).is_due(MONDAY),
        "old, but it takes long": state_of(299, took=30.0).is_due(MONDAY),
        "rested": state_of(300, took=30.0).is_due(MONDAY),
        "a newer checkpoint": state_of(11, size=40).is_due(MONDAY),
        "a newer checkpoint at once": state_of(9, size=40).is_due(MONDAY),
        "the clock went back": state_of(-1).is_due(MONDAY),
    }
    assert [name for name, is_due in due.items() if is_due] == [
        *("old", "rested", "a newer checkpoint", "the clock went back")
    ]


def test_health_says_when_the_ledger_was_verified(world, staff):
    assert staff.open("/health").json["verified"] is None
    verify(world)
    world.clock.advance(seconds=3)
    assert staff.open("/health").json["verified"] == {
        "at": "2026-03-02T09:00:00+00:00",
        "size": 3,
        "faults": 0,
    }


def test_a_server_verifies_in_another_process_that_keeps_its_result(world, staff, monkeypatch):
    for name, value in environment(world.url).items():
        monkeypatch.setenv(name, value)
    passes = Passes(1)
    keep_verified(world.app, passes)
    assert passes.pauses == [5.0, 30.0]
    assert world.again().app.verifications.state().last.size == 3


def test_a_command_beside_the_server_returns_its_errors_and_ends_with_it():
    stop = threading.Event()
    assert "No such command" in errors_of_command(["dance"], stop)
    stop.set()
    assert errors_of_command(["serve"], stop) == ""
