"""Texts from a phone: reported with a signature, and STOP obeyed until START."""

import pytest
import requests
from standin_kit import ACCOUNT, TOKEN
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from webapp.standin import StandIn


@pytest.fixture
def reply(standin):
    def post(number: str, body: str) -> dict[str, str]:
        form = {"From": number, "To": "+15005550006", "Body": body}
        answer = requests.post(
            f"{standin.url}/standin/inbound", data=form, auth=(ACCOUNT, TOKEN), timeout=5
        )
        assert answer.status_code == 201
        assert standin.wait_until_posted()
        return answer.json()

    return post


def test_a_reply_is_reported_with_a_signature(reply, receiver):
    taken = receiver.of(reply("+14155550140", " Thank you ")["sid"])[0]
    assert taken.path == "/callback/inbound"
    assert taken.form["Body"] == " Thank you "
    assert (taken.form["NumMedia"], taken.form["ApiVersion"]) == ("0", "2010-04-01")
    assert "OptOutType" not in taken.form
    signature = taken.headers["X-Twilio-Signature"]
    assert RequestValidator(TOKEN).validate(f"{receiver.url}/inbound", taken.form, signature)


KEYWORDS = {
    "STOP": ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"],
    "START": ["START", "YES", "UNSTOP"],
    "HELP": ["HELP", "INFO"],
}
"""Twilio's own, from its page "Twilio support for opt-out keywords"."""
NAMED = [(word, kind) for kind, words in KEYWORDS.items() for word in words]


@pytest.mark.parametrize(("body", "kind"), [*NAMED, (" stop\n", "STOP"), ("Help", "HELP")])
def test_a_keyword_is_joined_in_the_report(reply, receiver, body, kind):
    taken = receiver.of(reply("+14155550141", body)["sid"])[0]
    assert taken.form["OptOutType"] == kind


@pytest.mark.parametrize(
    "body", ["STOP.", '"STOP"', "please stop", "stop it", "opt out", "STOP\nThanks", "no"]
)
def test_a_text_that_is_more_than_a_keyword_is_not_named(reply, receiver, body):
    taken = receiver.of(reply("+14155550141", body)["sid"])[0]
    assert "OptOutType" not in taken.form


def test_a_number_that_replied_stop_is_refused_until_it_replies_start(reply, send, told):
    reply("+14155550142", "STOP")
    with pytest.raises(TwilioRestException) as refusal:
        send("+14155550142")
    assert (refusal.value.status, refusal.value.code) == (400, 21610)
    reply("+14155550142", "START")
    assert told(send("+14155550142").sid) == ["sent", "delivered"]


def test_the_word_stop_inside_a_sentence_stops_nothing(reply, send):
    reply("+14155550143", "The bus does not STOP here")
    assert send("+14155550143").status == "queued"


def test_a_reply_needs_the_login(standin):
    form = {"From": "+14155550144", "To": "+15005550006", "Body": "STOP"}
    answer = requests.post(f"{standin.url}/standin/inbound", data=form, timeout=5)
    assert answer.status_code == 401


def test_without_an_address_for_reports_a_reply_still_counts(settings, client_of):
    with StandIn(settings()) as standin:
        form = {"From": "+14155550145", "To": "+15005550006", "Body": "STOP"}
        url = f"{standin.url}/standin/inbound"
        answer = requests.post(url, data=form, auth=(ACCOUNT, TOKEN), timeout=5)
        assert answer.json() == {"opt_out_type": "STOP", "sid": None}
        client = client_of(standin)
        with pytest.raises(TwilioRestException):
            client.messages.create(to="+14155550145", from_="+1500", body="Hi")
        client.http_client.session.close()
