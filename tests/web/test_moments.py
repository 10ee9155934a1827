"""The words for a moment, the steps from one to another, and what the time bar says of them."""

import re
from datetime import UTC, datetime

import pytest

from kit.clock import MONDAY
from kit.staff import words_of
from kit.world import ADA, BEN
from webapp.as_of import BadMoment, is_present, past_of

NOW = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
TIMES = {
    "2h ago": "2026-11-26 13:00",
    "1 h 30 min ago": "2026-11-26 13:30",
    "1 hour and 5 minutes ago": "2026-11-26 13:55",
    "3 days ago": "2026-11-23 15:00",
    "2 weeks ago": "2026-11-12 15:00",
    "10:31": "2026-11-26 10:31",
    "9am": "2026-11-26 09:00",
    "12 am": "2026-11-26 00:00",
    "today 9:05 am": "2026-11-26 09:05",
    "Yesterday 17:00": "2026-11-25 17:00",
    "yesterday at 5 pm": "2026-11-25 17:00",
    "21 Nov 14:05": "2026-11-21 14:05",
    "Nov 21, 2026 14:05": "2026-11-21 14:05",
    "30 Dec 12:00": "2025-12-30 12:00",
    "21 Nov 2026, 10:31 UTC": "2026-11-21 10:31",
    "2026-11-21T10:31": "2026-11-21 10:31",
    " 2026-11-21 10:31 ": "2026-11-21 10:31",
    "2026-11-21T10:31-05:00": "2026-11-21 15:31",
}
DAYS = {
    "yesterday": "25 Nov 2026",
    "21 nov": "21 Nov 2026",
    "November 21": "21 Nov 2026",
    "2026-11-21": "21 Nov 2026",
    "30 Dec": "30 Dec 2025",
}
NO_MOMENTS = [
    *("tuesday", "soon", "-1", "#", "1e5", "13 pm", "24:00", "10:61", "2026-13-01", "30 Feb 10:00"),
    *("1 fortnight ago", "99999999999 days ago", "999999999 weeks ago", "21 Nov 14", "x" * 5000),
]


class Reader:
    """A ledger of 50,000 events, which remembers the time that it is asked for."""

    def __init__(self) -> None:
        self.asked: datetime | None = None

    def head(self) -> int:
        return 50_000

    def seq_at(self, moment: datetime) -> int:
        self.asked = moment
        return 41

    def event(self, _seq: int) -> "Reader":
        return self

    recorded_at = MONDAY
    is_altered = False


@pytest.mark.parametrize(("words", "time"), TIMES.items())
def test_words_for_a_time_name_it_in_utc(words, time):
    reader = Reader()
    assert past_of(reader, words, NOW).meaning == ""
    assert f"{reader.asked:%Y-%m-%d %H:%M}" == time


@pytest.mark.parametrize(("words", "day"), DAYS.items())
def test_a_day_is_its_end_and_says_so(words, day):
    reader = Reader()
    meaning = past_of(reader, words, NOW).meaning
    assert meaning == f"{day} means the end of that day, 23:59:59 UTC."
    assert (reader.asked.hour, reader.asked.minute, reader.asked.second) == (23, 59, 59)


@pytest.mark.parametrize(
    ("now", "words", "utc"),
    [
        ("2026-03-08 08:00", "2h ago", "06:00"),
        ("2026-11-01 07:30", "2h ago", "05:30"),
        ("2026-11-26 15:00", "10:31", "15:31"),
        ("2026-11-26 15:00", "10:31 UTC", "10:31"),
        ("2026-11-26 15:00", "21 Nov 2026, 10:31 UTC", "10:31"),
    ],
)
def test_a_time_of_the_school_is_right_when_its_clocks_change(now, words, utc):
    reader = Reader()
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    past_of(reader, words, at, "America/New_York")
    assert f"{reader.asked.astimezone(UTC):%H:%M}" == utc


def test_a_time_of_the_hour_that_comes_twice_has_come():
    now = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)  # 01:30 for the second time
    assert past_of(Reader(), "01:45", now, "America/New_York").meaning == ""


@pytest.mark.parametrize("words", ["900", "#900", " # 900", "00900"])
def test_an_event_is_named_with_or_without_its_sign(words):
    assert past_of(Reader(), words, NOW).seq == 900


@pytest.mark.parametrize("words", ["48,210", "#48,210", "48 210"])
def test_an_event_is_named_as_pages_show_it(words):
    assert past_of(Reader(), words, NOW).seq == 48_210


def test_a_time_that_has_not_come_is_the_newest_event_and_says_so():
    meanings = [past_of(Reader(), words, NOW).meaning for words in ("27 Nov 2026 10:00", "today")]
    assert meanings == [
        "27 Nov 2026, 10:00:00 UTC has not come yet; #41 is the newest event.",
        "26 Nov 2026 is not over yet; #41 is the newest event.",
    ]


@pytest.mark.parametrize("words", NO_MOMENTS)
def test_anything_else_is_refused_with_what_to_write(words):
    with pytest.raises(BadMoment) as refused:
        past_of(Reader(), words, NOW)
    assert str(refused.value).endswith(
        " is not a moment. Write an event, such as #41, or a time (UTC), such as 21 Nov 14:05, "
        "yesterday 17:00, 2h ago or 2026-11-21T10:31."
    )


def test_an_event_that_is_not_recorded_yet_is_refused():
    with pytest.raises(BadMoment) as refused:
        past_of(Reader(), "#50001", NOW)
    assert str(refused.value) == "The ledger ends at #50,000; there is no #50,001 yet."


@pytest.mark.parametrize("words", [None, "", "  ", "now", "Live"])
def test_the_present_has_words_too(words):
    assert is_present(words)


# On a page.


@pytest.fixture
def campaign_id(world, staff, clock):
    """Launched by #8, paused at #9 while another campaign follows, resumed last."""
    campaign_id = world.launch([ADA, BEN])
    clock.advance(minutes=1)
    world.pause(campaign_id)
    world.launch([ADA], name="Another")
    world.resume(campaign_id)
    return campaign_id


def seqs_of(world, campaign_id):
    """The seqs of launch, pause and resumption."""
    topics = ("CampaignLaunched", "CampaignPaused", "CampaignResumed")
    stream = world.app.ledger.reader.stream(campaign_id)
    return [recorded.seq for recorded in stream if recorded.topic in topics]


def test_the_steps_of_a_campaign_lead_along_its_own_events(world, staff, campaign_id):
    launch, pause, resumption = seqs_of(world, campaign_id)
    steps = [
        (launch, "next", pause),
        (pause, "next", resumption),
        (pause + 1, "next", resumption),
        (resumption, "previous", pause),
        (pause + 1, "previous", launch),
        (launch, "previous", launch),
        (resumption, "first", launch),
        (launch, "last", resumption),
        (resumption, "next", resumption),
    ]
    path = f"/campaigns/{campaign_id}"
    for seq, step, to in steps:
        answer = staff.open(f"{path}?status=pending&as_of={seq}&step={step}")
        assert answer.status_code == 302
        assert answer.location == f"{path}?status=pending&as_of={to}", (seq, step)


def test_the_steps_of_other_pages_lead_along_the_ledger(world, staff, campaign_id):
    head = world.app.ledger.reader.head()
    steps = [(1, "previous", 1), (1, "next", 2), (5, "first", 1), (5, "last", head)]
    for seq, step, to in [*steps, (head, "next", head), (head, "previous", head - 1)]:
        assert staff.open(f"/audit?as_of={seq}&step={step}").location == f"/audit?as_of={to}"


def test_the_present_steps_back_from_its_newest_event(world, staff, campaign_id):
    path = f"/campaigns/{campaign_id}"
    html = staff.open(path).text
    head = world.app.ledger.reader.head()
    (back,) = re.findall(r'href="([^"]*)" title="Previous event"', html)
    assert back.replace("&amp;", "&") == f"{path}?as_of={head}&step=previous"
    assert 'title="Next event"' not in html
    assert "Live" in html


def test_a_date_says_on_the_page_what_it_means(world, staff, campaign_id, clock):
    clock.advance(hours=48)
    html = staff.open("/campaigns?as_of=2 Mar 2026").text
    assert "2 Mar 2026 means the end of that day, 23:59:59 UTC." in html
    assert "Spring fair" in html


def test_before_the_first_event_there_is_nothing(staff, campaign_id):
    answer = staff.open("/campaigns?as_of=2001-01-01")
    assert "You see the ledger as of <strong>before the first event</strong>" in answer.text
    assert "Nothing was recorded by 1 Jan 2001, 23:59:59 UTC." in answer.text
    assert "No campaigns then" in answer.text


def test_what_is_no_moment_is_refused_in_the_bar_with_a_way_to_the_present(staff, campaign_id):
    answer = staff.open("/audit?type=CampaignPaused&as_of=tuesday")
    assert answer.status_code == 422
    assert words_of(answer.text).startswith(
        "That is not a moment “tuesday” is not a moment. Write an event, such as #41"
    )
    assert 'value="tuesday"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert 'href="/audit?type=CampaignPaused">Show this page now' in answer.text


def test_the_forms_of_the_bar_keep_a_filter_and_not_a_place_in_a_list(staff, campaign_id):
    html = staff.open("/audit?type=CampaignPaused&before=9&as_of=9").text
    bar = html.partition('<section class="time-bar')[2].partition("</section>")[0]
    assert bar.count('<form class="time-form') == 2
    assert bar.count('<input type="hidden" name="type" value="CampaignPaused">') == 2
    assert 'name="before"' not in bar


def test_the_bar_of_a_form_leads_to_the_page_that_has_a_past(world, staff, campaign_id):
    paths = {
        "/campaigns/new": "/campaigns",
        f"/campaigns/{campaign_id}/close": f"/campaigns/{campaign_id}",
        f"/deliveries/{world.delivery(campaign_id)}/forget": (
            f"/deliveries/{world.delivery(campaign_id)}"
        ),
    }
    for path, action in paths.items():
        assert f'method="get" action="{action}"' in staff.open(path).text


def test_nobody_who_is_not_signed_in_sees_a_time_bar(staff, campaign_id):
    assert "time-bar" not in staff.app.test_client().get("/sign-in").text
