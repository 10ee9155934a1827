"""What a launch says about its first texts is what is then planned, whatever holds them back."""

from datetime import UTC, datetime, timedelta

import pytest

from kit.staff import Staff, words_of
from kit.world import ADA, BEN, CLEO, STAFF, World, row
from ledger.commands.launch import launch
from ledger.commands.launch_order import LaunchOrder
from ledger.domain.local_times import in_words
from ledger.domain.schedule import Schedule, SendWindow
from webapp.explain.first_texts import first_texts_sentence
from webapp.pages.uploads import ContactFile

CHICAGO = "America/Chicago"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""03:00 in Chicago, 01:00 where the contacts live."""
SIX = NOW + timedelta(hours=3)
DAY = SendWindow.parse("08:00-21:00")
START = "The start is 2 Mar 2026, 06:00 in America/Chicago. "
HOURS = "The first texts go out on 2 Mar 2026, 10:00 in America/Chicago, when the hours begin."
AT_ONCE = "The first texts go out at once."
CAP = "The first texts go out on 3 Mar 2026, 02:15 in America/Chicago, when a limit on the school's"


def order(phone: str = ADA, *, is_urgent: bool = False, **timing: object) -> LaunchOrder:
    return LaunchOrder(
        name="Storm closure",
        message="School is closed",
        rows=[row(phone)],
        timing=Schedule(**timing),
        zone=CHICAGO,
        is_urgent=is_urgent,
    )


def hold_sender(world: World) -> None:
    """Let a carrier's daily cap stop a text of another campaign."""
    delivery_id = world.delivery(world.launch([BEN], name="Fair"), BEN)
    world.send()
    world.callback(delivery_id, 1, "undelivered", 30023)


def said(world: World, launched: LaunchOrder) -> str:
    """The sentence of the launch, after the plan of the contact was compared with it."""
    sentence = first_texts_sentence(launched, world.app.sending_conditions(), world.clock.now())
    campaign_id = launch(world.app.ledger, launched, STAFF, again=True)
    world.catch_up()
    planned = world.rows(campaign_id)[0].next_attempt
    assert planned.is_due == (sentence == AT_ONCE)
    assert planned.is_ruled_out == ("too late" in sentence)
    if planned.at and not planned.is_ruled_out:
        assert f"go out on {in_words(planned.at, CHICAGO)}, " in sentence
    return sentence


@pytest.mark.parametrize(
    ("launched", "sentence"),
    [
        (order(), AT_ONCE),
        (order(is_urgent=True, window=DAY), AT_ONCE),
        (
            order(starts_at=SIX),
            "The first texts go out on 2 Mar 2026, 06:00 in America/Chicago, at the start.",
        ),
        (
            order(window=DAY),
            HOURS,
        ),
        (
            order(starts_at=SIX, window=DAY),
            f"{START}{HOURS}",
        ),
    ],
)
def test_the_first_texts_go_out_when_the_launch_says(world, launched, sentence):
    assert said(world, launched) == sentence


@pytest.mark.parametrize(
    ("launched", "sentence"),
    [
        (order(), f"{CAP} sender ends."),
        (
            order(is_urgent=True, window=DAY),
            f"{CAP} sender ends. Urgent texts wait for that limit too.",
        ),
        (
            order(starts_at=SIX),
            f"{START}{CAP} sender ends.",
        ),
        (
            order(window=DAY),
            "The first texts go out on 3 Mar 2026, 10:00 in America/Chicago, when the hours begin.",
        ),
        (
            order(is_urgent=True, send_before=SIX),
            "No text can go out before it is too late.",
        ),
    ],
)
def test_a_cap_of_the_carrier_holds_urgent_texts_too(world, launched, sentence):
    hold_sender(world)
    assert said(world, launched) == sentence


def test_nothing_is_promised_while_sending_is_off(world):
    world.stop_sending()
    sentence = said(world, order(starts_at=SIX))
    assert sentence == f"{START}Nothing is sent until all sending is allowed again."


def test_the_first_contact_who_can_be_texted_decides(world):
    eastern = row("+12125550199")
    both = LaunchOrder(
        name="Fair", message="Hello", rows=[row(CLEO), eastern], timing=Schedule(window=DAY)
    )
    sentence = first_texts_sentence(both, world.app.sending_conditions(), world.clock.now())
    assert sentence == "The first texts go out on 2 Mar 2026, 13:00 in UTC, when the hours begin."


def test_the_check_and_the_launch_of_an_urgent_campaign_say_it(world):
    hold_sender(world)
    staff = Staff(world)
    fields = {"name": "Storm closure", "message": "Closed", "first_wait": "60", "urgent": "y"}
    file = {
        "kept_name": "4b.csv",
        "kept_file": ContactFile("4b.csv", b"Phone\n4155550101\n").packed,
    }
    expected = (
        "The first texts go out on 3 Mar 2026, 08:15 in UTC, when a limit on the school's sender "
        "ends. Urgent texts wait for that limit too."
    )
    checked = staff.press("/campaigns/new", **fields, **file, step="check")
    assert words_of(checked.text).count(expected) == 2
    assert "at once" not in words_of(checked.text)
    launched = staff.press("/campaigns/new", **fields, **file, step="launch")
    assert f"Launched to 1 contact. {expected}" in staff.read(launched.location)
