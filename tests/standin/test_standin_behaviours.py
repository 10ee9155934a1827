"""Each row of the table of numbers, seen through the real client and a real callback receiver."""

import pytest
import requests
from standin_kit import statuses
from twilio.base.exceptions import TwilioRestException

from webapp.standin.behaviour import FAILED, REFUSED, UNDELIVERED, behaviour_of


def test_any_other_number_is_sent_then_delivered(send, told):
    text = send("+14155550100")
    assert text.status == "queued"
    assert told(text.sid) == ["sent", "delivered"]


@pytest.mark.parametrize("code", UNDELIVERED)
def test_a_number_that_ends_in_a_carrier_code_is_undelivered_with_it(send, told, code):
    assert told(send(f"+141555{code}").sid) == ["sent", f"undelivered {code}"]


@pytest.mark.parametrize("code", FAILED)
def test_a_number_that_ends_in_a_code_of_twilios_own_fails_with_it(send, told, code):
    assert told(send(f"+141555{code}").sid) == [f"failed {code}"]


@pytest.mark.parametrize("code", sorted(REFUSED)[1:])
def test_a_number_that_ends_in_a_refusal_is_refused_at_create(send, code):
    with pytest.raises(TwilioRestException, match=f"141555{code}") as refusal:
        send(f"+141555{code}")
    assert (refusal.value.status, refusal.value.code) == (400, code)


def test_20003_is_refused_as_a_wrong_login(send):
    with pytest.raises(TwilioRestException) as refusal:
        send("+14155520003")
    assert (refusal.value.status, refusal.value.code) == (401, 20003)


def test_20429_is_refused_twice_and_then_delivered(send, told):
    with pytest.raises(TwilioRestException) as first:
        send("+14155520429")
    with pytest.raises(TwilioRestException) as second:
        send("+14155520429")
    assert [(e.value.status, e.value.code) for e in (first, second)] == [(429, 20429)] * 2
    assert told(send("+14155520429").sid) == ["sent", "delivered"]
    assert told(send("+14155520429").sid) == ["sent", "delivered"]


def test_1001_is_sent_and_never_more(send, told, client):
    text = send("+14155551001")
    assert told(text.sid) == ["sent"]
    assert client.messages(text.sid).fetch().status == "sent"


def test_1002_is_accepted_and_delivered_but_never_answered_in_time(
    client_of, standin, receiver, client
):
    hasty = client_of(standin, timeout=0.2)
    with pytest.raises(requests.ReadTimeout):
        hasty.messages.create(
            to="+14155551002", from_="+15005550006", body="Hi", status_callback=receiver.url
        )
    hasty.http_client.session.close()
    assert standin.wait_until_posted()
    assert statuses(receiver.to("+14155551002")) == ["sent", "delivered"]
    assert [text.status for text in client.messages.list(to="+14155551002")] == ["delivered"]


def test_1003_is_accepted_and_delivered_but_answered_with_500(send, standin, receiver):
    with pytest.raises(TwilioRestException) as refusal:
        send("+14155551003")
    assert (refusal.value.status, refusal.value.code) == (500, 20500)
    assert standin.wait_until_posted()
    assert statuses(receiver.to("+14155551003")) == ["sent", "delivered"]


def test_1004_is_reported_delivered_before_the_answer(send, receiver):
    text = send("+14155551004")
    assert text.status == "queued"
    assert statuses(receiver.of(text.sid)) == ["delivered"]


def test_1005_is_reported_delivered_twice_and_then_sent(send, told, receiver, client):
    text = send("+14155551005")
    assert told(text.sid) == ["delivered", "delivered", "sent"]
    first, second, _ = receiver.of(text.sid)
    assert first.form == second.form
    assert client.messages(text.sid).fetch().status == "delivered"


def test_1006_is_undelivered_without_a_code(send, told):
    assert told(send("+14155551006").sid) == ["sent", "undelivered"]


def test_1007_bounces_softly_twice_and_is_then_delivered(send, told):
    texts = [send("+14155551007") for _ in range(4)]
    bounced, delivered = ["sent", "undelivered 30008"], ["sent", "delivered"]
    assert [told(text.sid) for text in texts] == [bounced, bounced, delivered, bounced]


def test_1008_bounces_softly_at_every_attempt(send, told):
    texts = [send("+14155551008") for _ in range(4)]
    assert [told(text.sid) for text in texts] == [["sent", "undelivered 30008"]] * 4


def test_1009_is_undelivered_and_then_delivered(send, told, client):
    text = send("+14155551009")
    assert told(text.sid) == ["sent", "undelivered 30008", "delivered"]
    assert client.messages(text.sid).fetch().error_code is None


def test_1010_is_delivered_without_any_callback(send, told, client):
    text = send("+14155551010")
    assert told(text.sid) == []
    assert client.messages(text.sid).fetch().status == "delivered"


def test_five_digits_are_looked_up_before_four():
    assert behaviour_of("+14155530006").digits == "30006"
    assert behaviour_of("+14155521001").digits == "1001"
