"""A server that is not Twilio answers, by real HTTP: what becomes of a campaign, and what is read.

A redirect certainly took no text. A page with a success may stand in place of Twilio's answer.
"""

from dataclasses import replace

import pytest

from kit.raw_http import RawTwilio, http, say
from kit.staff import Staff
from kit.world import World, environment
from ledger.domain.standing import Stage
from ledger.domain.vocabulary import CampaignState
from ledger.providers.twilio import TwilioProvider
from ledger.sending.sender import IN_FLIGHT
from webapp.settings import read_settings

MANY = [f"+1415559{number:04}" for number in range(60)]
PAGE = "<html><body>Welcome to the school's network</body></html>"
PAUSED = (
    "Not Twilio's answer: Something between this program and Twilio answered in Twilio's place. "
    "Check the address in LEDGER_TWILIO_API_URL, the proxy, and whether this network asks for a "
    "sign-in before it lets anything out; then resume the campaign."
)


@pytest.fixture
def raw():
    with RawTwilio().running() as running:
        yield running


@pytest.fixture
def school(raw, database_url, clock):
    """A world whose provider asks the server at that address."""
    account = read_settings(environment(database_url)).twilio
    twilio = TwilioProvider(replace(account, api_url=raw.url, timeout_seconds=5.0))
    world = World.open(database_url, clock, twilio)
    yield world
    world.close()
    twilio._api.http.session.close()


def stages(world, campaign_id):
    return {row.stage for row in world.rows(campaign_id)}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_fails_nobody_and_pauses_and_after_the_cure_each_is_texted_once(
    raw, school, clock, status
):
    for phone in MANY:
        raw.will_answer(phone, say(http(status, PAGE, Location=f"{raw.url}/login")))
    campaign_id = school.launch(MANY)
    school.send()
    assert stages(school, campaign_id) <= {Stage.ENROLLED, Stage.PUT_BACK}
    assert school.state_reason(campaign_id) == PAUSED
    raw.will_accept_all()
    clock.advance(minutes=1)
    school.resume(campaign_id)
    asked_before = len(raw.texted)
    school.send()
    assert stages(school, campaign_id) == {Stage.ACCEPTED}
    assert sorted(raw.texted[asked_before:]) == MANY
    assert {asked.path.partition("?")[0].rpartition("/")[2] for asked in raw.asked} == {
        "Messages.json"
    }


@pytest.mark.parametrize(
    "answer",
    [http(200, PAGE), http(201, ""), http(200, {"ok": True}), http(204), http(201, {"sid": None})],
    ids=["a page", "nothing", "JSON of something else", "no content", "a SID of null"],
)
def test_a_success_without_a_text_pauses_before_every_outcome_is_unknown(raw, school, answer):
    for phone in MANY:
        raw.will_answer(phone, say(answer))
    campaign_id = school.launch(MANY)
    school.send()
    unknown = [row for row in school.rows(campaign_id) if row.stage is Stage.UNKNOWN]
    assert 3 <= len(unknown) == len(raw.texted) <= IN_FLIGHT + 3
    assert stages(school, campaign_id) == {Stage.UNKNOWN, Stage.ENROLLED}
    assert school.campaign(campaign_id).state is CampaignState.PAUSED
    assert school.state_reason(campaign_id) == PAUSED


def test_what_staff_read_of_such_a_text_is_what_happens(raw, school, clock):
    for phone in MANY[:3]:
        raw.will_answer(phone, say(http(200, PAGE)))
    campaign_id = school.launch(MANY[:3])
    school.send()
    delivery_id = school.delivery(campaign_id, MANY[0])
    staff = Staff(school)
    assert (
        "Attempt 1 was started at 09:00, and nobody knows whether Twilio took the text (an answer "
        "that is not Twilio's, HTTP 200); Twilio is asked, because sending it again could text "
        "this person twice."
    ) in staff.read(f"/deliveries/{delivery_id}")
    assert PAUSED in staff.read(f"/campaigns/{campaign_id}")
    clock.advance(minutes=1)
    school.maintenance().run_once()
    assert [asked.method for asked in raw.asked].count("GET") >= 3
    clock.advance(hours=5)
    school.resume(campaign_id)
    school.maintenance().run_once()
    assert school.row(delivery_id).stage is Stage.SOFT_BOUNCE


def test_two_such_answers_do_not_pause_and_a_timeout_between_is_no_answer(raw, school):
    page, broken = say(http(200, PAGE)), say(b"")
    for phone, act in zip(MANY[:4], (page, page, broken, page), strict=True):
        raw.will_answer(phone, act)
    states = []
    for phone in MANY[:4]:
        campaign_id = school.launch([phone], name=phone)
        school.send()
        states.append(school.campaign(campaign_id).state)
    assert states == [CampaignState.SENDING] * 3 + [CampaignState.PAUSED]
