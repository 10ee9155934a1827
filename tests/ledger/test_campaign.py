"""Given a campaign's events, an act gives the next event or is refused."""

import pytest

from kit.clock import MONDAY
from kit.stories import (
    CAMPAIGN,
    TEXT,
    archived,
    closed,
    created,
    delivered,
    launched,
    paused,
    resumed,
    story,
)
from ledger.domain.campaign import Campaign
from ledger.domain.events import (
    CampaignArchived,
    CampaignClosed,
    CampaignCreated,
    CampaignLaunched,
    CampaignPaused,
    CampaignResumed,
)
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Schedule
from ledger.domain.vocabulary import CampaignState, Reason
from ledger.errors import Refused

BEGUN = [created()]
SENDING = [created(), launched()]
PAUSED = [*SENDING, paused()]
CLOSED = [*SENDING, closed()]
ARCHIVED = [*SENDING, archived()]
SWEPT = [*BEGUN, closed()]
ALL = {"begun": BEGUN, "sending": SENDING, "paused": PAUSED, "closed": CLOSED, "archived": ARCHIVED}


def given(events):
    return Campaign.from_events(CAMPAIGN, story(*events))


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([], None),
        (BEGUN, None),
        (SWEPT, None),
        (SENDING, CampaignState.SENDING),
        (PAUSED, CampaignState.PAUSED),
        ([*PAUSED, resumed()], CampaignState.SENDING),
        (CLOSED, CampaignState.CLOSED),
        ([*PAUSED, closed()], CampaignState.CLOSED),
        (ARCHIVED, CampaignState.ARCHIVED),
        ([*CLOSED, archived()], CampaignState.ARCHIVED),
    ],
)
def test_its_events_tell_its_state(events, state):
    assert given(events).state is state


ACTS = {"pause": CampaignPaused, "resume": CampaignResumed, "close": CampaignClosed}
ACTS |= {"archive": CampaignArchived}


@pytest.mark.parametrize(
    ("act", "events"),
    [
        ("pause", SENDING),
        ("resume", PAUSED),
        ("close", SENDING),
        ("close", PAUSED),
        ("archive", SENDING),
        ("archive", PAUSED),
        ("archive", CLOSED),
    ],
)
def test_staff_may(act, events):
    event = getattr(given(events), act)("staff")
    assert type(event) is ACTS[act]
    assert (event.originator_version, event.actor) == (len(events) + 1, "staff")


@pytest.mark.parametrize(
    ("act", "events"),
    [
        ("pause", PAUSED),
        ("pause", CLOSED),
        ("pause", ARCHIVED),
        ("pause", BEGUN),
        ("resume", SENDING),
        ("resume", CLOSED),
        ("resume", ARCHIVED),
        ("close", CLOSED),
        ("close", ARCHIVED),
        ("close", BEGUN),
        ("archive", ARCHIVED),
        ("archive", BEGUN),
        ("archive", SWEPT),
    ],
)
def test_staff_may_not(act, events):
    with pytest.raises(Refused, match=f"Cannot {act} this campaign"):
        getattr(given(events), act)("staff")


def test_a_refusal_says_what_the_campaign_is_and_must_be():
    with pytest.raises(Refused, match="it is closed, and must be sending or paused"):
        given(CLOSED).close("staff")


def test_a_pause_keeps_why_it_was_paused():
    event = given(SENDING).pause("sender", reason=Reason.ACCOUNT, code="20003")
    assert (event.reason, event.code) == (Reason.ACCOUNT, "20003")


def test_a_launch_begins_with_the_text():
    assert given([]).create("staff", TEXT) == story(created())[0]


def test_the_same_launch_begun_twice_is_refused():
    with pytest.raises(Refused, match="nothing was done twice"):
        given(BEGUN).create("staff", TEXT)


def test_a_launch_ends_with_the_count_the_policy_and_the_text():
    policy, timing = ResendPolicy(attempt_limit=2), Schedule(starts_at=MONDAY)
    event = given(BEGUN).launch("staff", 7, policy, timing, TEXT)
    assert isinstance(event, CampaignLaunched)
    assert (event.contact_count, event.policy, event.private) == (7, policy, TEXT)
    assert event.timing == timing


@pytest.mark.parametrize("events", [SENDING, SWEPT, CLOSED])
def test_a_launch_given_up_or_done_cannot_end_again(events):
    with pytest.raises(Refused, match="start a new campaign"):
        given(events).launch("staff", 1, ResendPolicy(), Schedule(), TEXT)


def test_a_launch_that_never_ended_is_swept():
    assert isinstance(given(BEGUN).sweep("sender"), CampaignClosed)


@pytest.mark.parametrize("events", [SENDING, SWEPT])
def test_only_a_launch_that_never_ended_is_swept(events):
    with pytest.raises(Refused, match="never ended"):
        given(events).sweep("sender")


def test_the_policy_of_the_launch_is_kept():
    campaign = given([created(), launched(attempt_limit=4), paused()])
    assert campaign.policy.attempt_limit == 4


@pytest.mark.parametrize("events", [SENDING, PAUSED])
def test_r18_staff_may_resend_in_a_campaign_that_is_open(events):
    given(events).check_resend()


@pytest.mark.parametrize("events", [CLOSED, ARCHIVED, BEGUN])
def test_r18_no_resend_in_a_campaign_that_is_not(events):
    with pytest.raises(Refused, match="Cannot resend in this campaign"):
        given(events).check_resend()


def test_only_a_sending_campaign_lets_attempts_start():
    told = {name: given(events).is_sending for name, events in ALL.items()}
    assert told == {name: name == "sending" for name in ALL}


def test_an_event_of_another_kind_of_stream_is_a_fault_of_ours():
    with pytest.raises(TypeError, match="is not an event of a campaign"):
        given([created(), delivered()])


def test_a_created_campaign_has_its_name():
    assert isinstance(BEGUN[0], CampaignCreated)
    assert given(BEGUN).text.name == "Spring fair"
