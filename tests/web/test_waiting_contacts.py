"""What a contact waits for is the same on its page, in the Contacts tab, as CSV and as JSON."""

import csv
from datetime import UTC, datetime, time, timedelta

import pytest

from kit.provider import refusal
from kit.staff import Staff
from kit.world import ADA, BEN, World
from ledger.domain.schedule import Schedule, SendWindow
from webapp.documents import contact_document

AT_FIVE_PAST = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)


def bounced(world: World, timing: Schedule | None = None) -> tuple[str, str]:
    """A campaign and its only delivery, which bounced at nine and waits for five minutes."""
    campaign_id = world.launch(timing=timing, first_wait_seconds=300)
    delivery_id = world.delivery(campaign_id)
    world.send()
    world.callback(delivery_id, status="undelivered", code="30008")
    return campaign_id, delivery_id


def stop(world: World, _campaign_id: str) -> None:
    world.stop_sending()


def pause_and_stop(world: World, campaign_id: str) -> None:
    world.pause(campaign_id)
    stop(world, campaign_id)


@pytest.mark.parametrize(
    ("act", "sentence", "detail"),
    [
        (
            stop,
            "but all sending is off, so attempt 2 waits until somebody allows it again.",
            "waiting until all sending is allowed again",
        ),
        (
            World.pause,
            "but the campaign was paused at 09:00, so attempt 2 waits until somebody resumes it.",
            "waiting until the campaign is resumed",
        ),
        (
            pause_and_stop,
            (
                "but the campaign was paused at 09:00 and all sending is off, so attempt 2 waits "
                "until somebody resumes the campaign and allows sending again."
            ),
            "waiting until the campaign is resumed and all sending is allowed again",
        ),
        (
            World.close_campaign,
            "but the campaign was closed at 09:00, so there will be no attempt 2.",
            "no further attempts: the campaign is closed",
        ),
        (
            World.archive,
            "but the campaign was archived at 09:00, so the contact stays Pending for good.",
            "no further attempts: the campaign is archived",
        ),
    ],
)
def test_no_next_attempt_is_shown_while_a_hold_has_no_end(
    world, staff, clock, *, act, sentence, detail
):
    campaign_id, delivery_id = bounced(world)
    act(world, campaign_id)
    assert seen(world, staff, campaign_id, delivery_id) == (detail, None)
    assert sentence in staff.read(f"/deliveries/{delivery_id}")
    clock.advance(hours=1)
    assert seen(world, staff, campaign_id, delivery_id) == (detail, None)


def test_a_known_next_attempt_is_shown_everywhere_until_it_is_due(world, staff, clock):
    campaign_id, delivery_id = bounced(world)
    detail, at = seen(world, staff, campaign_id, delivery_id)
    assert detail == "waiting for the next attempt"
    assert AT_FIVE_PAST - timedelta(seconds=30) <= at <= AT_FIVE_PAST
    clock.advance(minutes=5)
    assert seen(world, staff, campaign_id, delivery_id) == (detail, None)
    assert "so attempt 2 is due now." in staff.read(f"/deliveries/{delivery_id}")
    assert "Next attempt now" in staff.read(f"/deliveries/{delivery_id}")


def test_an_attempt_that_would_be_too_late_is_announced_nowhere(world, staff):
    timing = Schedule(send_before=datetime(2026, 3, 2, 9, 3, tzinfo=UTC))
    campaign_id, delivery_id = bounced(world, timing)
    detail = "no further attempts: it is too late to send"
    assert seen(world, staff, campaign_id, delivery_id) == (detail, None)
    assert (
        "but texts of this campaign can go out only before 09:03, so there will be no attempt 2."
    ) in staff.read(f"/deliveries/{delivery_id}")


def test_the_hours_and_the_start_give_the_first_moment_everywhere(world, staff):
    starts_at = datetime(2026, 3, 2, 10, tzinfo=UTC)
    hours = SendWindow(opens=time(8), closes=time(20))
    campaign_id = world.launch(timing=Schedule(starts_at=starts_at, window=hours))
    delivery_id = world.delivery(campaign_id)
    at_eight_in_los_angeles = datetime(2026, 3, 2, 16, tzinfo=UTC)
    assert seen(world, staff, campaign_id, delivery_id) == (
        "waiting for the campaign's start",
        at_eight_in_los_angeles,
    )
    assert (
        "attempt 1 waits for the campaign's start and for the hours of sending (08:00-20:00, "
        "America/Los_Angeles) and is planned for 16:00."
    ) in staff.read(f"/deliveries/{delivery_id}")


def test_a_rate_limit_of_twilio_holds_all_other_texts_back(world, staff, provider, clock):
    provider.will_answer(ADA, refusal(20429, 429, retry_after=600))
    first = world.launch([ADA])
    world.send()
    second = world.launch([BEN])
    delivery_id = world.delivery(second, BEN)
    assert seen(world, staff, second, delivery_id) == (
        "waiting for the end of Twilio's rate limit",
        datetime(2026, 3, 2, 9, 10, tzinfo=UTC),
    )
    assert (
        "attempt 1 waits for the end of Twilio's rate limit and is planned for 09:10."
    ) in staff.read(f"/deliveries/{delivery_id}")
    clock.advance(minutes=10)
    assert seen(world, staff, second, delivery_id) == ("queued", None)
    assert world.rows(first)


def test_the_past_shows_whether_sending_was_off_then(world, staff):
    campaign_id, delivery_id = bounced(world)
    before = world.app.ledger.reader.head()
    stop(world, campaign_id)
    off = world.app.ledger.reader.head()
    world.allow_sending()
    world.catch_up()
    reads = [world.app.status.as_of(seq) for seq in (before, off)]
    assert [bool(each.contact(delivery_id).next_attempt_at) for each in reads] == [True, False]
    page = f"/deliveries/{delivery_id}?as_of="
    assert "is planned for 09:0" in staff.read(f"{page}{before}")
    assert "all sending is off" in staff.read(f"{page}{off}")


def test_a_resend_says_when_it_goes_out(world, staff):
    campaign_id, delivery_id = bounced(world)
    world.callback(delivery_id, status="undelivered", code="30006")
    page = f"/campaigns/{campaign_id}/resend?delivery_id={delivery_id}"
    assert "is tried at once" in staff.read(page)
    pause_and_stop(world, campaign_id)
    assert ("is tried once the campaign is resumed and all sending is allowed again") in staff.read(
        page
    )


def seen(
    world: World, staff: Staff, campaign_id: str, delivery_id: str
) -> tuple[str, datetime | None]:
    """Detail and next attempt of a contact, found to be the same wherever they are shown."""
    world.catch_up()
    row = world.app.status.contact(delivery_id)
    document = contact_document(row, world.app.codes)
    lines = staff.open(f"/campaigns/{campaign_id}/contacts.csv").text.lstrip("\ufeff")
    (in_csv,) = csv.DictReader(lines.splitlines())
    at = document["next_attempt_at"]
    assert in_csv["detail"] == document["detail"]
    assert in_csv["next_attempt_at"] == (at or "")
    tab = staff.read(f"/campaigns/{campaign_id}")
    assert f"Pending, {document['detail']}" in tab
    assert ("next try" in tab) == bool(at)
    page = staff.read(f"/deliveries/{delivery_id}")
    assert ("is planned for" in page.partition("What happened")[0]) == bool(at)
    return document["detail"], datetime.fromisoformat(at) if at else None
