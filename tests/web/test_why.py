"""Why a contact has its status: one sentence for every stage, from the events alone."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from kit.clock import MONDAY
from kit.entries import streams_of
from kit.stories import (
    accepted,
    archived,
    bounced,
    closed,
    created,
    delivered,
    doubted,
    enrolled,
    failed,
    lapsed,
    launched,
    opted_in,
    opted_out,
    paused,
    put_back,
    reported,
    resend_requested,
    resumed,
    started,
    withdrawn,
)
from ledger.domain.error_codes import load_codes
from ledger.domain.events import Event, StatusFetched
from ledger.domain.holds import SendingConditions
from ledger.domain.standing import Stage
from ledger.domain.vocabulary import Outcome, Reason
from webapp.explain.delivery_history import history_of
from webapp.explain.sentences import plain
from webapp.explain.why import Why, explain

CODES = load_codes()
FREE = SendingConditions()
LAUNCH = (created(), enrolled(), launched())
SENT = (*LAUNCH, started(), accepted())
IN_AN_HOUR = MONDAY + timedelta(hours=1)
BOUNCED = replace(bounced(code="30008"), status="undelivered", next_at=IN_AN_HOUR)
REFUSED = replace(put_back(next_at=IN_AN_HOUR), http_status=429, code="20429")
LANDLINE = replace(failed(), status="undelivered")
_OF_CALLBACKS = {"dedupe", "private"}
FETCHED = StatusFetched(
    **{f.name: getattr(BOUNCED, f.name) for f in fields(BOUNCED) if f.name not in _OF_CALLBACKS}
)


def why(*events: Event, now=MONDAY, sending=FREE) -> Why:
    return explain(history_of(*streams_of(events)), CODES, now, sending)


def sentence(*events: Event, now=MONDAY) -> str:
    return plain(why(*events, now=now).sentence)


@pytest.mark.parametrize(
    ("events", "told"),
    [
        (LAUNCH, "The contact was enrolled at 09:02, and attempt 1 is queued."),
        (
            (*LAUNCH, started()),
            "Attempt 1 was started at 09:04, and Twilio's answer is still to come.",
        ),
        (
            (*LAUNCH, started(), doubted()),
            (
                "Attempt 1 was started at 09:04, and nobody knows whether Twilio took the text (no "
                "answer); Twilio is asked, because sending it again could text this person twice."
            ),
        ),
        (SENT, "Attempt 1 was accepted by Twilio at 09:05; no delivery report has come yet."),
        (
            (*LAUNCH, started(), replace(reported(Stage.ACCEPTED), status="sent")),
            (
                "Attempt 1 was started at 09:04 and Twilio reported “sent” at 09:05; a delivery "
                "report is still to come."
            ),
        ),
        (
            (*LAUNCH, started(), replace(FETCHED, rank=accepted().rank, status="queued")),
            (
                "Attempt 1 was started at 09:04 and Twilio, when asked at 09:05, had the text; a "
                "delivery report is still to come."
            ),
        ),
        (
            (*LAUNCH, started(), REFUSED),
            (
                "Attempt 1 was started at 09:04, but Twilio refused it for now with 20429 (Too "
                "many requests at once), so attempt 2 is planned for 10:00."
            ),
        ),
        (
            (*LAUNCH, started(), replace(REFUSED, http_status=None, code=None)),
            (
                "Attempt 1 was started at 09:04, but Twilio could not be reached, so attempt 2 is "
                "planned for 10:00."
            ),
        ),
        (
            (*SENT, BOUNCED),
            (
                "Attempt 1 was accepted by Twilio at 09:05 and the carrier answered 30008 (Carrier "
                "gave no reason) at 09:06; that may pass, so attempt 2 is planned for 10:00."
            ),
        ),
        (
            (*LAUNCH, started(), doubted(), lapsed(next_at=IN_AN_HOUR)),
            (
                "Attempt 1 was started at 09:04 and left no trace at Twilio until 09:06; it counts "
                "as lost, so attempt 2 is planned for 10:00."
            ),
        ),
        (
            (*LAUNCH, started(), doubted(), FETCHED),
            (
                "Attempt 1 was started at 09:04 and Twilio, when asked, reported 30008 (Carrier "
                "gave no reason) at 09:06; that may pass, so attempt 2 is planned for 10:00."
            ),
        ),
        (
            (*SENT, LANDLINE, resend_requested()),
            "Staff requested a resend at 09:07, and attempt 2 is queued.",
        ),
    ],
)
def test_a_pending_contact_is_explained_at_every_stage(events, told):
    found = why(*events)
    assert plain(found.sentence) == told
    assert found.question == "Why is this contact pending?"
    assert found.outlook.startswith("It leaves Pending when")


@pytest.mark.parametrize(
    ("events", "told"),
    [
        (
            (*SENT, replace(reported(Stage.FAILED_WITHOUT_CODE), status="failed")),
            (
                "Attempt 1 was accepted by Twilio at 09:05 and Twilio reported a failure without "
                "giving a reason at 09:06, so there is no further attempt."
            ),
        ),
        (
            (*SENT, LANDLINE),
            (
                "Attempt 1 was accepted by Twilio at 09:05 and the carrier answered 30006 "
                "(Landline or carrier that cannot be reached) at 09:06; that will not pass by "
                "itself, so there is no further attempt."
            ),
        ),
        (
            (*SENT, replace(LANDLINE, code="30999")),
            (
                "Attempt 1 was accepted by Twilio at 09:05 and the carrier answered 30999 (a code "
                "that is not in our table) at 09:06; that will not pass by itself, so there is no "
                "further attempt."
            ),
        ),
        (
            (*SENT, replace(LANDLINE, code="30003")),
            (
                "Attempt 1 was accepted by Twilio at 09:05 and the carrier answered 30003 (Phone "
                "switched off or out of reach) at 09:06; that might pass, but the limit of "
                "attempts is reached, so there is no further attempt."
            ),
        ),
        (
            (*LAUNCH, started(), replace(REFUSED, rank=failed().rank, code="21211")),
            (
                "Attempt 1 was started at 09:04 and Twilio refused it with 21211 (Recipient number "
                "is not valid); that will not pass by itself, so there is no further attempt."
            ),
        ),
        (
            (*SENT, replace(LANDLINE, reason=Reason.CANCELED, code=None, status="canceled")),
            (
                "Attempt 1 was accepted by Twilio at 09:05 and Twilio reported that the text was "
                "canceled at 09:06, so there is no further attempt."
            ),
        ),
        (
            (*LAUNCH, started(), doubted(), replace(lapsed(), rank=failed().rank)),
            (
                "Attempt 1 was started at 09:04 and left no trace at Twilio; that might pass, but "
                "the limit of attempts is reached, so there is no further attempt."
            ),
        ),
        (
            (*LAUNCH, opted_out("inbound"), withdrawn()),
            "The person opted out by a text, so attempt 1 was withdrawn at 09:05.",
        ),
        (
            (*LAUNCH, opted_out(), withdrawn(), opted_in()),
            "The number opted out, so attempt 1 was withdrawn at 09:05.",
        ),
    ],
)
def test_a_failed_contact_is_explained_at_every_stage(events, told):
    found = why(*events)
    assert plain(found.sentence) == told
    assert found.question == "Why did this contact fail?"


@pytest.mark.parametrize(
    ("events", "told"),
    [
        (
            (*SENT, delivered()),
            "Attempt 1 was accepted by Twilio at 09:05 and reported delivered at 09:06.",
        ),
        (
            (*SENT, delivered(), reported(Stage.READ)),
            "Attempt 1 was accepted by Twilio at 09:05 and reported read at 09:07.",
        ),
        (
            (*SENT, BOUNCED, started(2), delivered(1)),
            "Attempt 1 was accepted by Twilio at 09:05 and reported delivered at 09:08.",
        ),
    ],
)
def test_a_delivered_contact_is_explained(events, told):
    found = why(*events)
    assert plain(found.sentence) == told
    assert (found.question, found.outlook) == ("How do we know that it was delivered?", "")


BOUNCE_AND = (
    "Attempt 1 was accepted by Twilio at 09:05 and the carrier answered 30008 (Carrier gave no "
    "reason) at 09:06; that may pass, but "
)


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (
            paused(),
            "the campaign was paused at 09:07, so attempt 2 waits until somebody resumes it.",
        ),
        (closed(), "the campaign was closed at 09:07, so there will be no attempt 2."),
        (
            archived(),
            "the campaign was archived at 09:07, so the contact stays Pending for good.",
        ),
        (opted_out(), "the number opted out at 09:07, so nothing more is sent."),
    ],
)
def test_a_hold_is_joined_instead_of_the_next_attempt(act, told):
    assert sentence(*SENT, BOUNCED, act) == BOUNCE_AND + told


def test_a_resumed_campaign_goes_on_where_it_was():
    assert sentence(*SENT, BOUNCED, paused(), resumed()).endswith("attempt 2 is planned for 10:00.")


def test_an_attempt_whose_time_has_come_is_due_now():
    told = sentence(*SENT, BOUNCED, now=IN_AN_HOUR)
    assert told.endswith("that may pass, so attempt 2 is due now.")


def test_an_account_fault_is_not_blamed_on_the_phone():
    fault = replace(REFUSED, reason=Reason.ACCOUNT, code="20003", http_status=401)
    assert sentence(*LAUNCH, started(), fault, paused(Reason.ACCOUNT, "20003")) == (
        "Attempt 1 was started at 09:04, but Twilio refused it for now with 20003 (Login to Twilio "
        "refused), which concerns the school's account and not this phone; the campaign was "
        "paused at 09:06, so attempt 2 waits until somebody resumes it."
    )


@pytest.mark.parametrize(
    ("events", "outlook"),
    [
        (
            (*SENT, closed()),
            (
                "It leaves Pending when a report says that the text was delivered or failed for "
                "good. The campaign is closed, but a report on this text still counts."
            ),
        ),
        (
            (*SENT, BOUNCED, closed()),
            (
                "It leaves Pending only when a late report says that an earlier text was "
                "delivered, or when the person opts out."
            ),
        ),
        ((*LAUNCH, closed()), "It leaves Pending only when the person opts out."),
        (
            (*LAUNCH, paused()),
            (
                "It leaves Pending when the campaign is resumed and an attempt is delivered, fails "
                "for good or reaches a limit, or when the person opts out."
            ),
        ),
        (
            (*SENT, archived()),
            "It never leaves Pending: after archive every status stays as it is.",
        ),
        (
            (*SENT, LANDLINE),
            (
                "Better not resend: this number could not be reached; another attempt hardly ever "
                "helps."
            ),
        ),
        ((*SENT, LANDLINE, opted_out()), "A resend is refused while the number is opted out."),
        ((*SENT, LANDLINE, closed()), "Nothing is resent any more: the campaign is closed."),
        (
            (*SENT, replace(LANDLINE, reason=Reason.NO_ROUTE)),
            "You may resend to this contact once the cause is removed.",
        ),
    ],
)
def test_the_outlook_depends_on_what_staff_have_done(events, outlook):
    assert why(*events).outlook == outlook


def test_a_failure_reported_beside_a_delivery_is_mentioned():
    found = why(*SENT, LANDLINE, delivered())
    assert [plain(each) for each in found.remarks] == [
        "A failure was reported as well, at 09:06; a delivery report outweighs it."
    ]


def test_news_after_archive_stands_beside_the_frozen_status():
    found = why(*SENT, archived(), delivered())
    assert plain(found.sentence) == (
        "Attempt 1 was accepted by Twilio at 09:05; no delivery report has come yet; the campaign "
        "was archived at 09:06, so the contact stays Pending for good."
    )
    assert [plain(each) for each in found.remarks] == [
        "After archive: Delivered, reported at 09:07; it changes nothing any more."
    ]


def test_an_opt_out_after_delivery_is_mentioned():
    found = why(*SENT, delivered(), opted_out())
    assert [plain(each) for each in found.remarks] == [
        "The number opted out at 09:07; nothing more is sent to it."
    ]


def test_it_names_the_events_it_was_built_from():
    assert why(*SENT, BOUNCED).seqs == [2, 4, 5, 6]
    assert why(*SENT, BOUNCED, paused()).seqs == [2, 4, 5, 6, 7]
    assert why(*SENT, archived(), delivered()).seqs == [2, 4, 5, 6, 7]


def test_attempts_that_were_put_back_are_shown_beside_the_others():
    found = why(*LAUNCH, started(), REFUSED, started(2), accepted(2))
    assert found.put_backs == 1
    assert plain(found.sentence).startswith("Attempt 2 was accepted by Twilio")


def test_an_unknown_status_of_twilio_changes_nothing():
    unknown = replace(reported(None), status="pondering", outcome=Outcome.NONE)
    assert why(*SENT, unknown) == why(*SENT)
