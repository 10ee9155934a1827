"""Given a campaign's events, an act returns the next event or is refused."""

from dataclasses import replace

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
    Failures,
)
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Schedule
from ledger.domain.vocabulary import CampaignState, Reason, Settlement
from ledger.errors import NotFound, Refused

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
def test_events_determine_the_state(events, state):
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
def test_an_allowed_act_is_done(act, events):
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
def test_an_act_in_another_state_is_refused(act, events):
    with pytest.raises(Refused, match=f"Cannot {act} this campaign"):
        getattr(given(events), act)("staff")


REFUSALS = [
    (CLOSED, "close", "Cannot close this campaign: it is closed, and must be sending or paused."),
    (BEGUN, "pause", "Cannot pause this campaign: it is not launched yet, and must be sending."),
    (SENDING, "resume", "Cannot resume this campaign: it is sending, and must be paused."),
    (
        ARCHIVED,
        "archive",
        "Cannot archive this campaign: it is archived, and must be sending or paused or closed.",
    ),
    (SENDING, "sweep", "Only a launch that never ended can be swept."),
]


@pytest.mark.parametrize(("events", "act", "sentence"), REFUSALS)
def test_a_refusal_names_the_present_and_the_required_state(events, act, sentence):
    assert refusal(events, act, "staff") == sentence


def refusal(events, act, *arguments, **options):
    with pytest.raises(Refused) as refused:
        getattr(given(events), act)(*arguments, **options)
    return str(refused.value)


ANSWERS = [replace(created(), is_listed=False), launched()]


@pytest.mark.parametrize("act", ["close", "archive"])
def test_the_replies_of_staff_are_never_closed_or_archived(act):
    assert refusal(ANSWERS, act, "staff") == (
        f"Cannot {act} the answers of staff: they are no campaign."
    )


def test_the_replies_of_staff_can_be_paused():
    assert given(ANSWERS).pause("staff").actor == "staff"


def test_a_campaign_is_created_as_not_listed():
    assert given([]).create("staff", TEXT, is_listed=False).is_listed is False
    assert given([]).create("staff", TEXT).is_listed is True


@pytest.mark.parametrize("decision", Settlement)
@pytest.mark.parametrize("events", [SENDING, PAUSED])
def test_staff_may_decide_about_an_unknown_outcome_while_the_campaign_is_open(events, decision):
    given(events).check_settlement(decision)


def test_an_unknown_outcome_in_a_closed_campaign_may_be_let_be_but_not_resent():
    given(CLOSED).check_settlement(Settlement.LET_BE)
    assert refusal(CLOSED, "check_settlement", Settlement.RESEND) == (
        "Cannot resend in this campaign: it is closed, and must be sending or paused."
    )


def test_nothing_is_decided_about_an_unknown_outcome_in_an_archived_campaign():
    assert refusal(ARCHIVED, "check_settlement", Settlement.LET_BE) == (
        "Cannot settle a text of this campaign: it is archived, "
        "and must be sending or paused or closed."
    )


def test_a_pause_keeps_its_reason():
    failures = Failures(count=6, of_last=10, codes={"30007": 6})
    event = given(SENDING).pause("sender", reason=Reason.ACCOUNT, code="20003", failures=failures)
    assert (event.reason, event.code, event.failures) == (Reason.ACCOUNT, "20003", failures)


def test_a_close_keeps_its_reason():
    assert given(SENDING).close("sender", reason=Reason.TOO_LATE).reason is Reason.TOO_LATE


def test_a_launch_begins_with_the_text():
    assert given([]).create("staff", TEXT) == story(created())[0]


def test_the_same_launch_begun_twice_is_refused():
    assert refusal(BEGUN, "create", "staff", TEXT) == (
        "This campaign was launched already; nothing was done twice."
    )


def test_a_launch_ends_with_the_count_the_policy_and_the_text():
    policy, timing = ResendPolicy(attempt_limit=2), Schedule(starts_at=MONDAY)
    event = given(BEGUN).launch("staff", 7, policy=policy, timing=timing, text=TEXT)
    assert isinstance(event, CampaignLaunched)
    assert (event.contact_count, event.policy, event.private) == (7, policy, TEXT)
    assert (event.timing, event.actor) == (timing, "staff")


@pytest.mark.parametrize("events", [SENDING, SWEPT, CLOSED])
def test_a_launch_that_ended_cannot_end_again(events):
    settings = {"policy": ResendPolicy(), "timing": Schedule(), "text": TEXT}
    assert refusal(events, "launch", "staff", 1, **settings) == (
        "This launch was given up or done already; start a new campaign."
    )


def test_a_launch_that_never_ended_is_swept():
    event = given(BEGUN).sweep("sender")
    assert (type(event), event.actor) == (CampaignClosed, "sender")


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
    is_sending = {name: given(events).is_sending for name, events in ALL.items()}
    assert is_sending == {name: name == "sending" for name in ALL}


def test_an_event_of_another_kind_of_stream_raises():
    with pytest.raises(NotFound, match=r" is not the id of a campaign\. Check the id\.$"):
        given([created(), delivered()])


def test_a_created_campaign_has_its_name():
    assert isinstance(BEGUN[0], CampaignCreated)
    assert given(BEGUN).text.name == "Spring fair"
