"""Faults of our own side fail nobody: settings, codes that may be either's, a gateway's page."""

import threading

import pytest

from kit.provider import gateway_page, provider_record, refusal
from kit.world import ADA, BEN, CLEO
from ledger.domain.vocabulary import CampaignState, DeliveryStatus, Reason
from ledger.providers.contract import NotReached, UnknownOutcome

PENDING, DELIVERED, FAILED = DeliveryStatus
MANY = [f"+1415559{number:04}" for number in range(60)]
SETTINGS = (21205, 21212, 21264, 21601, 21609, 21603, 21608, 21502, 21401, 21701, 30034)
EITHER = (21606, 21659, 21408, 21612, 21703, 21617, 99999, None)
"""None is an error of Twilio's without a code."""


def answer_all(provider, *answers, phones=MANY):
    for phone in phones:
        provider.will_answer(phone, *answers)


def paused_for(world, campaign_id):
    """The state of the campaign, the reason and the code of its last act, and what was counted."""
    campaign = world.campaign(campaign_id)
    cause = campaign.state_cause
    return campaign.state, cause and cause.reason, cause and cause.code


# Settings.


@pytest.mark.both_databases
def test_r19_a_code_of_our_settings_fails_nobody_and_pauses_at_the_first(world, provider):
    campaigns = {}
    for code, phone in zip(SETTINGS, MANY, strict=False):
        provider.will_answer(phone, refusal(code))
        campaigns[code] = world.launch([phone], name=str(code))
    world.send()
    for code, campaign_id in campaigns.items():
        assert world.statuses(campaign_id) == [PENDING], code
        assert paused_for(world, campaign_id) == (CampaignState.PAUSED, Reason.ACCOUNT, str(code))


# Codes that may be either's fault.


@pytest.mark.parametrize("code", EITHER)
def test_r19_a_code_that_the_first_five_attempts_bring_fails_nobody_and_pauses(
    world, provider, code
):
    answer_all(provider, refusal(code))
    campaign_id = world.launch(MANY)
    world.send()
    assert set(world.statuses(campaign_id)) == {PENDING}
    assert world.topics(campaign_id).count("CampaignPaused") == 1
    paused = (CampaignState.PAUSED, Reason.FIRST_ATTEMPTS_REFUSED, code and str(code))
    assert paused_for(world, campaign_id) == paused


@pytest.mark.both_databases
def test_the_pause_says_what_happened_and_what_to_do(world, provider):
    answer_all(provider, refusal(21606))
    campaign_id = world.launch(MANY)
    world.send()
    assert set(world.statuses(campaign_id)) == {PENDING}
    assert world.state_reason(campaign_id) == (
        "First attempts refused (code 21606): The text was not sent because our sending number is "
        "not allowed to text this destination. Since the campaign was launched or last resumed, "
        "Twilio refused five contacts in the same way and took no text, so the school's settings "
        "may be at fault. Check them, then resume the campaign."
    )


def test_the_pause_after_errors_without_a_code_says_so(world, provider):
    answer_all(provider, refusal(None))
    campaign_id = world.launch(MANY)
    world.send()
    assert world.state_reason(campaign_id) == (
        "First attempts refused: Since the campaign was launched or last resumed, Twilio refused "
        "five contacts in the same way and took no text, so the school's settings may be at fault. "
        "Check them, then resume the campaign."
    )


def test_texts_that_did_not_reach_twilio_are_no_refusals_without_a_code(world, provider):
    answer_all(provider, NotReached(cause="no route"), phones=MANY[:4])
    answer_all(provider, refusal(None), phones=MANY[4:5])
    campaign_id = world.launch(MANY[:5])
    world.send()
    assert world.campaign(campaign_id).state is CampaignState.SENDING


def test_four_such_refusals_do_not_pause_and_concern_their_contacts(world, provider, clock):
    answer_all(provider, refusal(21612), refusal(21612), phones=MANY[:2])
    answer_all(provider, refusal(None), refusal(None), phones=MANY[2:4])
    campaign_id = world.launch(MANY[:4])
    world.send()
    assert world.statuses(campaign_id) == [PENDING] * 4
    clock.advance(seconds=15)
    world.send()
    assert world.statuses(campaign_id) == [FAILED] * 4
    assert world.campaign(campaign_id).state is CampaignState.SENDING


def test_contacts_that_failed_before_count_among_the_five(world, provider, clock):
    """Four contacts were due hours before the others; the settings are wrong all the same."""
    answer_all(provider, *[refusal(21606)] * 2)
    campaign_id = world.launch(MANY[:8])
    in_turn(world, campaign_id, MANY[:4])
    clock.advance(seconds=15)
    in_turn(world, campaign_id, MANY[:4])
    assert world.statuses(campaign_id) == [FAILED] * 4 + [PENDING] * 4
    world.send()
    assert world.campaign(campaign_id).state is CampaignState.PAUSED
    assert world.statuses(campaign_id) == [FAILED] * 4 + [PENDING] * 4


def test_an_invalid_number_says_nothing_about_our_settings(world, provider):
    answer_all(provider, refusal(21606), phones=MANY[1:])
    provider.will_answer(MANY[0], refusal(21211))
    campaign_id = world.launch(MANY)
    in_turn(world, campaign_id, MANY[:1])
    world.send()
    assert world.statuses(campaign_id) == [FAILED] + [PENDING] * 59


def test_after_an_accepted_text_such_a_code_concerns_its_contact_at_once(world, provider):
    campaign_id = world.launch([ADA, BEN])
    provider.will_answer(BEN, refusal(21612))
    in_turn(world, campaign_id, [ADA, BEN])
    assert world.statuses(campaign_id) == [PENDING, FAILED]


def test_who_was_put_back_before_the_first_accepted_text_fails_at_the_second_refusal(
    world, provider, clock
):
    campaign_id = world.launch([ADA, BEN])
    provider.will_answer(ADA, refusal(21612), refusal(21612))
    in_turn(world, campaign_id, [ADA, BEN])
    assert world.statuses(campaign_id) == [PENDING, PENDING]
    clock.advance(seconds=15)
    world.send()
    assert world.statuses(campaign_id) == [FAILED, PENDING]


def test_different_codes_do_not_add_up(world, provider):
    answer_all(provider, refusal(21612), phones=MANY[:3])
    answer_all(provider, refusal(21408), phones=MANY[3:6])
    campaign_id = world.launch(MANY[:6])
    world.send()
    assert world.campaign(campaign_id).state is CampaignState.SENDING
    assert world.statuses(campaign_id) == [PENDING] * 6


def test_a_resumed_campaign_whose_cause_remains_pauses_again_and_fails_nobody(
    world, provider, clock
):
    answer_all(provider, *[refusal(21606)] * 2)
    campaign_id = world.launch(MANY)
    world.send()
    clock.advance(minutes=1)
    world.resume(campaign_id)
    world.send()
    assert world.campaign(campaign_id).state is CampaignState.PAUSED
    assert set(world.statuses(campaign_id)) == {PENDING}


def test_a_resumed_campaign_whose_cause_is_removed_reaches_everybody(world, provider, clock):
    answer_all(provider, refusal(21606))
    campaign_id = world.launch(MANY)
    world.send()
    provider.will_accept_all()
    clock.advance(minutes=1)
    world.resume(campaign_id)
    world.send()
    assert {row.stage.name for row in world.rows(campaign_id)} == {"ACCEPTED"}


@pytest.mark.both_databases
def test_the_first_attempts_of_one_campaign_say_nothing_of_another(world, provider):
    answer_all(provider, refusal(21612), phones=MANY[:4])
    world.launch([ADA], name="another")
    campaign_id = world.launch(MANY[:4])
    world.send()
    assert world.statuses(campaign_id) == [PENDING] * 4


def test_a_429_with_an_unknown_code_is_no_fault_of_our_settings(world, provider):
    answer_all(provider, refusal(99999, 429))
    campaign_id = world.launch(MANY[:6])
    world.send()
    assert world.campaign(campaign_id).state is CampaignState.SENDING


def test_by_callback_such_a_code_fails_the_contact(world):
    campaign_id = world.launch(MANY[:6])
    world.send()
    for phone in MANY[:6]:
        world.callback(world.delivery(campaign_id, phone), 1, "undelivered", 21612)
    assert world.statuses(campaign_id) == [FAILED] * 6
    assert world.campaign(campaign_id).state is CampaignState.SENDING


def test_the_first_attempts_are_read_once_for_a_whole_commit(world, provider):
    """Many answers are recorded in one commit; callbacks must not wait for as many queries."""
    answer_all(provider, refusal(21606))
    at_once = threading.Barrier(20)
    provider.when_asked = lambda _text: at_once.wait(30)
    campaign_id = world.launch(MANY[:20])
    world.send()
    assert world.statuses(campaign_id) == [PENDING] * 20
    assert world.topics(campaign_id).count("CampaignPaused") == 1


# Codes of our settings that are reported after Twilio took the text.


def report(world, campaign_id, phones, code, turn=1):
    for phone in phones:
        world.callback(world.delivery(campaign_id, phone), turn, "undelivered", code)


@pytest.mark.both_databases
def test_r19_the_first_five_texts_that_fail_by_our_settings_pause_the_campaign(world):
    campaign_id = world.launch(MANY[:8])
    in_turn(world, campaign_id, MANY[:6])
    report(world, campaign_id, MANY[:4], 30034)
    assert world.campaign(campaign_id).state is CampaignState.SENDING
    report(world, campaign_id, MANY[4:5], 30034)
    paused = (CampaignState.PAUSED, Reason.FIRST_TEXTS_FAILED, "30034")
    assert paused_for(world, campaign_id) == paused
    assert world.statuses(campaign_id) == [FAILED] * 5 + [PENDING] * 3
    assert world.send() == 0
    report(world, campaign_id, MANY[5:6], 30034)
    assert world.topics(campaign_id).count("CampaignPaused") == 1


def test_that_pause_says_what_happened_and_what_to_do(world):
    campaign_id = world.launch(MANY[:5])
    world.send()
    report(world, campaign_id, MANY[:5], 30034)
    assert world.state_reason(campaign_id) == (
        "First texts failed (code 30034): The text was not sent because our sending number is not "
        "registered with the phone companies. Since the campaign was launched or last resumed, "
        "five texts failed in this way and none arrived, so the school's settings are at fault. "
        "Correct them and resume the campaign, then resend to the contacts that failed."
    )


def test_r18_who_failed_so_is_resent_by_default_after_the_cure(world):
    campaign_id = world.launch(MANY[:6])
    in_turn(world, campaign_id, MANY[:5])
    report(world, campaign_id, MANY[:5], 30032)
    world.resume(campaign_id)
    assert world.resend(campaign_id).count == 5
    assert world.send() == 6
    report(world, campaign_id, MANY[:1], 30032, turn=2)
    world.callback(world.delivery(campaign_id, MANY[1]), 2, "delivered")
    report(world, campaign_id, MANY[2:6], 30032, turn=2)
    assert world.campaign(campaign_id).state is CampaignState.SENDING


@pytest.mark.both_databases
def test_late_reports_of_texts_before_the_cure_do_not_pause_again(world):
    campaign_id = world.launch(MANY[:20])
    in_turn(world, campaign_id, MANY[:15])
    report(world, campaign_id, MANY[:5], 30034)
    world.resume(campaign_id)
    report(world, campaign_id, MANY[5:15], 30034)
    assert world.campaign(campaign_id).state is CampaignState.SENDING
    in_turn(world, campaign_id, MANY[15:20])
    report(world, campaign_id, MANY[15:20], 30034)
    assert world.campaign(campaign_id).state is CampaignState.PAUSED


@pytest.mark.parametrize("delivered_first", [True, False])
def test_a_text_that_arrived_shows_that_the_settings_are_not_at_fault(world, delivered_first):
    campaign_id = world.launch(MANY[:6])
    world.send()
    report(world, campaign_id, MANY[:0] if delivered_first else MANY[:4], 30034)
    world.callback(world.delivery(campaign_id, MANY[5]), 1, "delivered")
    report(world, campaign_id, MANY[:5] if delivered_first else MANY[4:5], 30034)
    assert world.statuses(campaign_id) == [FAILED] * 5 + [DELIVERED]
    assert world.campaign(campaign_id).state is CampaignState.SENDING


def test_different_codes_other_campaigns_and_repeats_do_not_add_up(world):
    campaign_id, other = world.launch(MANY[:8]), world.launch(MANY[:8], name="another")
    world.send()
    report(world, campaign_id, MANY[:4], 30034)
    report(world, campaign_id, MANY[4:8], 30032)
    report(world, other, MANY[:4], 30034)
    for phone in MANY[:4]:
        world.callback(world.delivery(campaign_id, phone), 1, "failed", 30034)
    states = [world.campaign(each).state for each in (campaign_id, other)]
    assert states == [CampaignState.SENDING] * 2


@pytest.mark.both_databases
def test_reports_of_one_commit_pause_as_reports_of_several_do(world):
    campaign_id = world.launch(MANY[:9])
    in_turn(world, campaign_id, MANY[:8])
    identity, ledger = world.app.ledger.identity, world.app.ledger
    commands = []
    for phone in MANY[:8]:
        delivery_id = world.delivery(campaign_id, phone)
        token = identity.callback_token(delivery_id, 1)
        form = {"MessageSid": world.sid_of(delivery_id), "MessageStatus": "undelivered"}
        form |= {"ErrorCode": "63007"}
        commands.append(world.callback_command(delivery_id, 1, token, form))
    for future in [ledger.execute(command) for command in commands]:
        future.result()
    assert world.topics(campaign_id).count("CampaignPaused") == 1
    assert world.statuses(campaign_id) == [FAILED] * 8 + [PENDING]


def test_what_asking_twilio_brings_counts_as_a_report(world, provider, clock):
    campaign_id = world.launch(MANY[:6])
    in_turn(world, campaign_id, MANY[:5])
    for phone in MANY[:5]:
        sid = world.sid_of(world.delivery(campaign_id, phone))
        found = provider_record(clock.now(), sid=sid, to=phone, status="failed", code="30034")
        provider.records[phone].append(found)
    clock.advance(hours=2)
    world.maintenance().run_once()
    assert world.campaign(campaign_id).state is CampaignState.PAUSED


def test_in_a_campaign_that_is_not_sending_such_reports_change_nothing(world):
    campaign_id = world.launch(MANY[:5])
    world.send()
    world.close_campaign(campaign_id)
    report(world, campaign_id, MANY[:5], 30034)
    assert world.campaign(campaign_id).state is CampaignState.CLOSED


# Answers that are not Twilio's.


@pytest.mark.parametrize("http_status", [400, 404, 407, 413, 451])
def test_r19_a_gateways_page_fails_nobody_and_pauses_after_three(world, provider, http_status):
    answer_all(provider, gateway_page(http_status))
    campaign_id = world.launch(MANY)
    world.send()
    assert set(world.statuses(campaign_id)) == {PENDING}
    assert paused_for(world, campaign_id) == (CampaignState.PAUSED, Reason.NOT_FROM_TWILIO, None)


@pytest.mark.both_databases
def test_the_pause_names_our_side(world, provider):
    answer_all(provider, gateway_page())
    campaign_id = world.launch(MANY)
    world.send()
    assert set(world.statuses(campaign_id)) == {PENDING}
    assert world.state_reason(campaign_id) == (
        "Not Twilio's answer: Something between this program and Twilio answered in Twilio's "
        "place. Check the address in LEDGER_TWILIO_API_URL, the proxy, and whether this network "
        "asks for a sign-in before it lets anything out; then resume the campaign."
    )


@pytest.mark.both_databases
def test_r19_a_success_without_a_text_pauses_after_three(world, provider):
    """Twilio may have taken such a text, so that it waits until Twilio's records say more."""
    answer_all(provider, UnknownOutcome(cause="a page", is_from_provider=False))
    campaign_id = world.launch(MANY[:5])
    in_turn(world, campaign_id, MANY[:2])
    assert world.campaign(campaign_id).state is CampaignState.SENDING
    in_turn(world, campaign_id, MANY[2:3])
    assert paused_for(world, campaign_id) == (CampaignState.PAUSED, Reason.NOT_FROM_TWILIO, None)
    assert set(world.statuses(campaign_id)) == {PENDING}
    assert world.send() == 0


def test_an_attempt_without_any_answer_neither_pauses_nor_begins_the_count_again(world, provider):
    page = UnknownOutcome(cause="a page", is_from_provider=False)
    answers = [gateway_page(), page, UnknownOutcome(cause="timed out"), gateway_page(302)]
    for phone, answer in zip(MANY[:4], answers, strict=True):
        provider.will_answer(phone, answer)
    campaign_id = world.launch(MANY[:4])
    in_turn(world, campaign_id, MANY[:3])
    assert world.campaign(campaign_id).state is CampaignState.SENDING
    in_turn(world, campaign_id, MANY[3:4])
    assert world.campaign(campaign_id).state is CampaignState.PAUSED


@pytest.mark.parametrize("http_status", [401, 403])
def test_a_gateway_that_locks_us_out_pauses_at_the_first(world, provider, http_status):
    provider.will_answer(ADA, gateway_page(http_status))
    campaign_id = world.launch([ADA])
    world.send()
    assert paused_for(world, campaign_id) == (CampaignState.PAUSED, Reason.NOT_FROM_TWILIO, None)


def test_two_such_pages_do_not_pause(world, provider):
    answer_all(provider, gateway_page(), phones=[ADA, BEN])
    campaign_id = world.launch([ADA, BEN])
    world.send()
    assert world.campaign(campaign_id).state is CampaignState.SENDING


@pytest.mark.parametrize("between", [refusal(21211), NotReached(cause="no route")])
def test_any_other_answer_between_begins_the_count_again(world, provider, between):
    phones = [ADA, BEN, CLEO, *MANY[:2]]
    answer_all(provider, gateway_page(), phones=phones)
    campaign_id = world.launch([*phones, MANY[2]])
    provider.will_answer(MANY[2], between)
    in_turn(world, campaign_id, [ADA, BEN, MANY[2], CLEO, MANY[0]])
    assert world.campaign(campaign_id).state is CampaignState.SENDING
    in_turn(world, campaign_id, [MANY[1]])
    assert world.campaign(campaign_id).state is CampaignState.PAUSED


def test_the_answers_of_other_campaigns_count_as_they_come_the_same_way(world, provider):
    answer_all(provider, gateway_page(), phones=[ADA, BEN, CLEO])
    campaigns = [world.launch([phone], name=phone) for phone in (ADA, BEN, CLEO)]
    for campaign_id, phone in zip(campaigns, (ADA, BEN, CLEO), strict=True):
        in_turn(world, campaign_id, [phone])
    states = [world.campaign(campaign_id).state for campaign_id in campaigns]
    assert states == [CampaignState.SENDING, CampaignState.SENDING, CampaignState.PAUSED]


def test_a_gateways_429_is_waited_out_as_any_other(world, provider):
    answer_all(provider, gateway_page(429))
    campaign_id = world.launch(MANY[:5])
    world.send()
    assert world.campaign(campaign_id).state is CampaignState.SENDING
    assert world.statuses(campaign_id) == [PENDING] * 5


def in_turn(world, campaign_id, phones):
    """Attempt these contacts one after the other, and record each answer before the next."""
    runner = world.sender().attempt_runner
    for phone in phones:
        delivery_id = world.delivery(campaign_id, phone)
        (started,) = runner.start({delivery_id: world.text(delivery_id)})
        runner.record(started, runner.ask(started))
