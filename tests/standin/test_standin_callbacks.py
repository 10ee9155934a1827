"""The callback requests: their form, headers and signature, and when they are posted again."""

from uuid import UUID

import pytest
from standin_kit import ACCOUNT, TOKEN, Receiver, statuses
from twilio.request_validator import RequestValidator

from webapp.standin import StandIn
from webapp.standin.retries import retry_rules
from webapp.standin.signature import sign


def test_the_published_example_gets_the_published_signature():
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675310",
        "Digits": "1234",
        "From": "+14158675310",
        "To": "+18005551212",
    }
    url = "https://example.com/myapp.php?foo=1&bar=2"
    assert sign("12345", url, form) == "L/OH5YylLD5NRKLltdqwSvS0BnU="


def test_the_validator_of_twilios_sdk_accepts_the_signature(send, standin, receiver):
    text = send("+14155530003", status_callback=f"{receiver.url}/é/%7C?q=%2F&b=#rc=5&rp=all")
    assert standin.wait_until_posted()
    for taken in receiver.of(text.sid):
        url = f"{receiver.url.removesuffix('/callback')}{taken.path}"
        validator = RequestValidator(TOKEN)
        assert validator.validate(url, taken.form, taken.headers["X-Twilio-Signature"])
        assert not validator.validate(f"{url}x", taken.form, taken.headers["X-Twilio-Signature"])


def test_the_form_has_twilios_parameters(send, standin, receiver):
    text = send("+14155530008")
    assert standin.wait_until_posted()
    sent, undelivered = (taken.form for taken in receiver.of(text.sid))
    assert sent == {
        "MessageSid": text.sid,
        "SmsSid": text.sid,
        "MessageStatus": "sent",
        "SmsStatus": "sent",
        "AccountSid": ACCOUNT,
        "From": "+15005550006",
        "To": "+14155530008",
        "ApiVersion": "2010-04-01",
    }
    assert undelivered["ErrorCode"] == "30008"
    assert len(undelivered["RawDlrDoneDate"]) == 10


def test_the_headers_are_twilios(send, standin, receiver):
    text = send("+14155550130")
    assert standin.wait_until_posted()
    headers = receiver.of(text.sid)[0].headers
    assert headers["User-Agent"] == "TwilioProxy/1.1"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert UUID(headers["I-Twilio-Idempotency-Token"])


def _posted(settings, client_of, receiver: Receiver, fragment: str) -> dict[str, int]:
    with StandIn(settings()) as standin:
        client = client_of(standin)
        client.messages.create(
            to="+14155551001", from_="+1500", body="Hi", status_callback=receiver.url + fragment
        )
        assert standin.wait_until_posted()
        health = client.request("GET", f"{standin.url}/").text
        client.http_client.session.close()
    return health


def test_a_failing_receiver_is_asked_once_without_retry_rules(settings, client_of, lone_receiver):
    lone_receiver.answers = [500] * 9
    health = _posted(settings, client_of, lone_receiver, "")
    assert statuses(lone_receiver.taken) == ["sent"]
    assert '"callbacks_refused":1' in health


def test_a_failing_receiver_is_asked_again_when_the_address_says_so(
    settings, client_of, lone_receiver
):
    lone_receiver.answers = [503, 500]
    health = _posted(settings, client_of, lone_receiver, "#rc=5&rp=all&ct=5000&rt=3000")
    assert statuses(lone_receiver.taken) == ["sent"] * 3
    tokens = {taken.headers["I-Twilio-Idempotency-Token"] for taken in lone_receiver.taken}
    assert len(tokens) == 1
    assert '"callbacks_posted":1' in health


def test_a_receiver_that_always_fails_is_given_up_after_five_retries(
    settings, client_of, lone_receiver
):
    lone_receiver.answers = [503] * 9
    health = _posted(settings, client_of, lone_receiver, "#rc=5&rp=all")
    assert len(lone_receiver.taken) == 6
    assert '"callbacks_refused":1' in health


def test_a_receiver_that_is_not_there_is_counted(settings, client_of, lone_receiver):
    lone_receiver.close()
    health = _posted(settings, client_of, lone_receiver, "#rc=2&rp=all")
    assert '"callbacks_unreached":1' in health


@pytest.mark.parametrize(
    ("fragment", "kind", "tries", "is_allowed"),
    [
        ("", "ct", 1, True),
        ("", "ct", 2, False),
        ("", "5xx", 1, False),
        ("", "rt", 1, False),
        ("#rc=5&rp=all", "5xx", 5, True),
        ("#rc=5&rp=all", "5xx", 6, False),
        ("#rc=5&rp=all", "4xx", 1, True),
        ("#rc=3&rp=5xx,rt", "ct", 1, False),
        ("#rc=3&rp=5xx,rt", "rt", 3, True),
        ("#rc=0", "ct", 1, False),
        ("#rc=many&rp=all", "rt", 2, False),
    ],
)
def test_the_fragment_says_when_to_post_again(fragment, kind, tries, is_allowed):
    assert retry_rules(f"http://127.0.0.1/{fragment}").allow(kind, tries) is is_allowed


def test_the_fragment_says_how_long_to_wait():
    rules = retry_rules("http://127.0.0.1/#ct=2500&rt=3000")
    assert (rules.connect_seconds, rules.read_seconds) == (2.5, 3.0)
