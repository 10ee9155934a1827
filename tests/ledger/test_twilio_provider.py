"""Twilio, through its own SDK: what each answer means, and whose signature is genuine.

Regular answers come from the stand-in. Broken ones come from a server that does what a test asks.
"""

import logging
import socket
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from kit.processes import ACCOUNT, TOKEN, reserve_port, signature
from kit.raw_http import http, reset_after, say
from kit.standin_notebook import change_messages
from ledger.domain.vocabulary import LineType
from ledger.errors import BadSetting, NotLookedUp, ProviderError
from ledger.providers.account import TwilioAccount
from ledger.providers.contract import Accepted, NotReached, OutgoingText, Refusal, UnknownOutcome
from ledger.providers.twilio import TwilioProvider
from ledger.providers.twilio_http import NoAnswerError, TwilioHttp
from webapp.standin import ListOrder, StandIn, StandInSettings

SCHOOL, ADA = "+15005550006", "+14155550100"
CALLBACK = "https://texts.school.example/twilio/status/del_ada/1/token"
SECOND_TOKEN = 32 * "9"


def text_to(number=ADA, body="Hello Ada"):
    # Port 9 of this machine takes nothing, so that no callback is taken either.
    return OutgoingText(
        to=number, body=body, status_callback="http://127.0.0.1:9/", validity_seconds=14_400
    )


@contextmanager
def provider_at(url, **changed):
    account = {
        "account_sid": ACCOUNT,
        "auth_tokens": (TOKEN,),
        "phone_number": SCHOOL,
        "timeout_seconds": 5.0,
    }
    provider = TwilioProvider(TwilioAccount(**account | changed, api_url=url))
    yield provider
    provider._api.http.session.close()


# The stand-in.


@pytest.fixture(scope="module")
def standin():
    settings = StandInSettings(account_sid=ACCOUNT, auth_token=TOKEN, hold_seconds=5.0)
    with StandIn(settings) as started:
        yield started


@pytest.fixture
def twilio(standin):
    with provider_at(standin.url) as provider:
        yield provider


def test_a_text_that_twilio_takes_has_its_sid(twilio, standin):
    answer = twilio.send(text_to())
    assert answer == Accepted(sid=standin.messages()[-1].sid, status="queued")


def test_twilio_gets_the_number_the_text_and_the_callback_address(twilio, standin):
    twilio.send(text_to("+14155550111", "Hello Grace"))
    taken = standin.messages()[-1]
    assert (taken.to, taken.body, taken.status_callback) == (
        "+14155550111",
        "Hello Grace",
        "http://127.0.0.1:9/",
    )


@pytest.mark.parametrize(
    ("code", "http_status"),
    [(20003, 401), (21211, 400), (21408, 400), (21610, 400), (21612, 400), (21614, 400)],
)
def test_a_refusal_has_twilios_code_and_words(twilio, code, http_status):
    answer = twilio.send(text_to(f"+141555{code}"))
    assert isinstance(answer, Refusal)
    assert (answer.http_status, answer.code) == (http_status, str(code))
    assert f"is refused with {code}" in answer.message


def test_a_429_of_the_stand_in_is_a_refusal(twilio):
    answer = twilio.send(text_to("+14155520429"))
    assert (answer.http_status, answer.code) == (429, "20429")


def test_a_wrong_token_is_refused(standin):
    with provider_at(standin.url, auth_tokens=(SECOND_TOKEN,)) as provider:
        answer = provider.send(text_to())
    assert (answer.http_status, answer.code) == (401, "20003")


def test_an_answer_that_comes_too_late_is_an_unknown_outcome(standin):
    with provider_at(standin.url, timeout_seconds=0.2) as provider:
        assert provider.send(text_to("+14155551002")) == UnknownOutcome(
            cause="no readable answer (ReadTimeout)"
        )
    assert standin.messages()[-1].to == "+14155551002"


def test_a_500_is_an_unknown_outcome_for_the_text_may_be_taken(twilio, standin):
    assert twilio.send(text_to("+14155551003")) == UnknownOutcome(cause="HTTP 500")
    assert standin.messages()[-1].to == "+14155551003"


def test_twilios_records_of_a_number_are_listed(twilio):
    number = "+14155550122"
    sids = [twilio.send(text_to(number, body)).sid for body in ("one", "two")]
    known = twilio.texts_to(number)
    assert {(text.sid, text.body, text.code) for text in known} == {
        (sids[0], "one", None),
        (sids[1], "two", None),
    }


def test_a_record_says_when_the_text_was_made(twilio):
    twilio.send(text_to("+14155550133"))
    (known,) = twilio.texts_to("+14155550133")
    assert timedelta(0) <= datetime.now(UTC) - known.created_at < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("number", "line_type"),
    [
        ("+14155550100", LineType.MOBILE),
        ("+14155521635", LineType.LANDLINE),
        ("+14155521614", LineType.FIXED_VOIP),
        ("+14155560000", None),
        ("nonsense", None),
    ],
)
def test_a_number_is_looked_up(twilio, number, line_type):
    assert twilio.line_type(number) == line_type


def test_a_number_that_twilio_cannot_look_up_is_not_looked_up(twilio):
    with pytest.raises(NotLookedUp, match="60601"):
        twilio.line_type("+14155560601")


def test_a_look_up_with_a_wrong_token_raises(standin):
    with (
        provider_at(standin.url, auth_tokens=(SECOND_TOKEN,)) as provider,
        pytest.raises(ProviderError, match="HTTP 401"),
    ):
        provider.line_type(ADA)


def test_without_another_address_twilios_own_is_asked_for_line_types():
    with provider_at("") as provider:
        assert provider._api.client.lookups.base_url == "https://lookups.twilio.com"


def test_no_record_is_no_text(twilio):
    assert list(twilio.texts_to("+14155550144")) == []


@pytest.mark.parametrize("seed", [None, 1, 2, 3])
@pytest.mark.parametrize("pace_seconds", [0.0, 60.0], ids=["sent", "not sent yet"])
def test_the_pages_have_all_texts_or_those_that_were_sent_each_once_in_whatever_order(
    monkeypatch, seed, pace_seconds
):
    monkeypatch.setattr("ledger.providers.twilio_records._PAGE", 4)
    account = {"account_sid": ACCOUNT, "auth_token": TOKEN}
    settings = StandInSettings(**account, seed=seed, pace_seconds=pace_seconds)
    since = datetime.now(UTC) - timedelta(seconds=5)
    with StandIn(settings) as standin, provider_at(standin.url) as provider:
        sids = [provider.send(text_to(f"+141555502{n:02}")).sid for n in range(9)]
        assert sorted(sids_in(provider.pages())) == sorted(sids)
        sent = sids_in(provider.pages(since))
        assert sorted(sent) == (sorted(sids) if pace_seconds == 0.0 else [])
        assert sids_in(provider.pages(datetime.now(UTC) + timedelta(hours=1))) == []


@pytest.mark.parametrize("list_order", list(ListOrder))
@pytest.mark.parametrize("pace_seconds", [0.0, 60.0], ids=["sent", "not sent yet"])
def test_the_texts_to_a_number_are_all_there_in_whatever_order(
    monkeypatch, list_order, pace_seconds
):
    monkeypatch.setattr("ledger.providers.twilio_records._PAGE", 2)
    account = {"account_sid": ACCOUNT, "auth_token": TOKEN}
    settings = StandInSettings(**account, list_order=list_order, pace_seconds=pace_seconds)
    with StandIn(settings) as standin, provider_at(standin.url) as provider:
        sids = [provider.send(text_to("+14155550166")).sid for _ in range(5)]
        assert sorted(text.sid for text in provider.texts_to("+14155550166")) == sorted(sids)


@pytest.mark.parametrize("ahead", [-10_800, -600, 0, 20, 10_800])
def test_times_are_by_our_clock_whatever_twilios_clock_says(ahead):
    settings = StandInSettings(
        account_sid=ACCOUNT, auth_token=TOKEN, clock_ahead_seconds=ahead, pace_seconds=0.0
    )
    with StandIn(settings) as standin, provider_at(standin.url) as provider:
        provider.send(text_to("+14155550167"))
        now = datetime.now(UTC)
        (of_number,) = provider.texts_to("+14155550167")
        ((since,),) = provider.pages(now - timedelta(minutes=2))
        assert list(provider.pages(now + timedelta(minutes=2))) == [[]]
        assert list(provider.newest_texts(now + timedelta(minutes=2), [])) == []
    assert of_number == since
    assert abs(of_number.created_at - now) < timedelta(minutes=1)


@pytest.mark.parametrize("list_order", list(ListOrder))
def test_the_newest_texts_are_all_that_were_sent(monkeypatch, list_order):
    monkeypatch.setattr("ledger.providers.twilio_records._PAGE", 3)
    account = {"account_sid": ACCOUNT, "auth_token": TOKEN}
    settings = StandInSettings(**account, list_order=list_order, pace_seconds=0.0)
    since = datetime.now(UTC) - timedelta(minutes=2)
    with StandIn(settings) as standin, provider_at(standin.url) as provider:
        sids = {provider.send(text_to(f"+141555501{n:02}")).sid for n in range(9)}
        assert {text.sid for text in provider.newest_texts(since, [])} == sids


@pytest.mark.parametrize("list_order", list(ListOrder))
def test_the_newest_texts_have_those_to_the_named_numbers_also_if_unsent(monkeypatch, list_order):
    monkeypatch.setattr("ledger.providers.twilio_records._PAGE", 3)
    account = {"account_sid": ACCOUNT, "auth_token": TOKEN}
    settings = StandInSettings(**account, list_order=list_order, pace_seconds=60.0)
    since = datetime.now(UTC) - timedelta(minutes=2)
    with StandIn(settings) as standin, provider_at(standin.url) as provider:
        sids = [provider.send(text_to(f"+141555501{n:02}")).sid for n in range(9)]
        newest = provider.newest_texts(since, ["+14155550101", "+14155550107"])
        assert {sids[1], sids[7]} <= {text.sid for text in newest}


@pytest.fixture
def asked(monkeypatch):
    """The path of every request that is made, without the account's part."""
    asked, request = [], TwilioHttp.request

    def note(http, method, url, **options):
        asked.append(url.partition(f"{ACCOUNT}/")[2])
        return request(http, method, url, **options)

    monkeypatch.setattr(TwilioHttp, "request", note)
    return asked


def seconds_ago(standin, text_sid, seconds):
    """Let a text of the stand-in be made and sent so long before it was."""
    change_messages(
        standin,
        "UPDATE messages SET sent_at = sent_at - ?1, document = json_set(document, "
        "'$.created_at', document ->> '$.created_at' - ?1) WHERE sid = ?2",
        seconds,
        text_sid,
    )


@pytest.mark.parametrize("list_order", list(ListOrder))
@pytest.mark.parametrize("ahead", [-10_800, 0, 10_800])
def test_of_the_texts_before_a_known_one_only_those_of_the_last_minute_are_read(
    monkeypatch, asked, list_order, ahead
):
    monkeypatch.setattr("ledger.providers.twilio_records._PAGE", 4)
    settings = StandInSettings(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        list_order=list_order,
        pace_seconds=0.0,
        clock_ahead_seconds=ahead,
    )
    since = datetime.now(UTC) - timedelta(hours=1)
    with StandIn(settings) as standin, provider_at(standin.url) as provider:
        sids = [provider.send(text_to(f"+141555503{n:02}")).sid for n in range(30)]
        for text_sid in sids[:25]:
            seconds_ago(standin, text_sid, 1000)
        for text_sid in sids[25:27]:
            seconds_ago(standin, text_sid, 40)
        asked.clear()
        newest = {text.sid for text in provider.newest_texts(since, [], sids[28])}
        assert set(sids[25:]) <= newest
        assert len(asked) == 4  # a page of all texts, the known text, two pages of sent ones
        everything = {text.sid for text in provider.newest_texts(since, [])}
        unknown = {text.sid for text in provider.newest_texts(since, [], "SM" + 32 * "0")}
        assert unknown == everything == set(sids)


@pytest.mark.parametrize("ahead", [-10_800, 10_800])
def test_the_clocks_are_compared_before_pages_are_asked_for_by_date(ahead):
    settings = StandInSettings(
        account_sid=ACCOUNT, auth_token=TOKEN, clock_ahead_seconds=ahead, pace_seconds=0.0
    )
    now = datetime.now(UTC)
    with StandIn(settings) as standin, provider_at(standin.url) as provider:
        provider.send(text_to("+14155550169"))
        with provider_at(standin.url) as first, provider_at(standin.url) as second:
            assert len(sids_in(first.pages(now - timedelta(minutes=2)))) == 1
            assert sids_in(second.pages(now + timedelta(minutes=2))) == []


def test_a_page_that_could_not_be_read_is_asked_for_again(monkeypatch):
    monkeypatch.setattr("ledger.providers.twilio_records._PAGE", 2)
    settings = StandInSettings(account_sid=ACCOUNT, auth_token=TOKEN, pace_seconds=0.0)
    with StandIn(settings) as standin, provider_at(standin.url) as provider:
        sids = [provider.send(text_to(f"+141555504{n:02}")).sid for n in range(5)]
        pages = provider.pages()
        first = next(pages)
        with monkeypatch.context() as broken:
            broken.setattr(TwilioHttp, "request", no_answer)
            with pytest.raises(ProviderError, match="cannot be asked now"):
                next(pages)
        assert sorted(sids_in([first, *pages])) == sorted(sids)


def no_answer(*_request, **_options):
    raise NoAnswerError(TimeoutError(), may_have_left=True)


def sids_in(pages):
    return [record.sid for page in pages for record in page]


# Broken answers.


@contextmanager
def doing(act, **changed):
    """A provider whose Twilio reads one request and then does this."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10)

    def serve():
        connection, _ = listener.accept()
        with connection:
            asked = connection.recv(65_536)
            while not (asked.startswith(b"GET") or b"Body=" in asked):
                asked += connection.recv(65_536)
            act(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    with provider_at(f"http://127.0.0.1:{listener.getsockname()[1]}", **changed) as provider:
        yield provider
    thread.join(10)
    listener.close()


def answer_to(act, **changed):
    with doing(act, **changed) as provider:
        return provider.send(text_to())


LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
TAKEN = {"sid": "SM1", "status": "accepted"}


def test_the_status_of_the_answer_is_kept():
    assert answer_to(say(http(201, TAKEN))) == Accepted(sid="SM1", status="accepted")


@pytest.mark.parametrize(
    "act",
    [
        say(http(201, TAKEN)[:-3]),
        say(http(201, TAKEN)[:20]),
        say(b"SMTP what?\r\n\r\n"),
        say(),
        reset_after(b""),
        reset_after(http(201, TAKEN)[:40]),
    ],
    ids=[
        "cut off in the body",
        "cut off in the head",
        "another protocol",
        "closed without a word",
        "reset without a word",
        "reset in the middle",
    ],
)
def test_an_answer_that_breaks_off_is_an_unknown_outcome(act):
    assert isinstance(answer_to(act), UnknownOutcome)


def test_no_answer_is_an_unknown_outcome():
    answer = answer_to(lambda connection: connection.recv(1), timeout_seconds=0.2)
    assert answer == UnknownOutcome(cause="no readable answer (ReadTimeout)")


def test_a_look_up_waits_no_longer_than_it_is_allowed_to():
    began_at = time.monotonic()
    with doing(lambda connection: connection.recv(1)) as provider:
        with pytest.raises(ProviderError):
            provider.line_type(ADA, seconds=0.2)
        assert time.monotonic() - began_at < 5


def test_where_nobody_listens_twilio_was_certainly_not_reached():
    with provider_at(f"http://127.0.0.1:{reserve_port()}") as provider:
        assert isinstance(provider.send(text_to()), NotReached)


def known(**changed):
    record = {"sid": "SM1", "status": "undelivered", "error_code": 30006, "body": "Hello"}
    record |= {"date_created": "Mon, 02 Mar 2026 09:00:00 +0000"} | changed
    return say(http(200, record))


def test_a_record_has_its_status_and_its_code_as_a_string():
    with doing(known()) as provider:
        record = provider.text("SM1")
    assert (record.status, record.code) == ("undelivered", "30006")
    assert record.created_at == datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize("lack", [{"sid": None}, {"date_created": None}])
def test_a_record_that_lacks_its_sid_or_moment_cannot_be_read(lack):
    with doing(known(**lack)) as provider, pytest.raises(ProviderError):
        provider.text("SM1")


def test_an_automatic_reply_of_twilios_is_left_out():
    with doing(known(direction="outbound-reply")) as provider:
        assert provider.text("SM1") is None


def test_a_text_that_twilio_does_not_know_is_no_error():
    with doing(say(http(404, {"code": 20404, "message": "not found"}))) as provider:
        assert provider.text("SM1") is None


@pytest.mark.parametrize(
    ("sender", "is_from_us"),
    [
        ({"from": "+15005550006"}, True),
        ({"from": "15005550006"}, True),
        ({"from": "whatsapp:+15005550006"}, True),
        ({"from": "+15005550007"}, False),
        ({"from": None, "messaging_service_sid": None}, False),
    ],
)
def test_a_record_says_whether_it_came_from_our_sender(sender, is_from_us):
    with doing(known(**sender), phone_number="+15005550006") as provider:
        assert provider.text("SM1").is_from_us is is_from_us


@pytest.mark.parametrize("to", ["whatsapp:+5215512345678", "+5215512345678", "+525512345678"])
def test_a_record_has_the_number_that_a_file_would_have(to):
    with doing(known(to=to)) as provider:
        assert provider.text("SM1").to == "+525512345678"


def test_a_record_has_the_price_once_twilio_knows_it():
    with doing(known(price="-0.0079", price_unit="USD", num_segments="2")) as provider:
        record = provider.text("SM1")
    assert (record.price, record.currency, record.segments) == ("-0.0079", "USD", 2)


def test_the_words_that_a_trial_account_adds_are_left_out():
    with doing(known(body="Sent from your Twilio trial account - Hello")) as provider:
        assert provider.text("SM1").body == "Hello"


def test_a_429_says_how_long_to_wait():
    busy = say(http(429, {"code": 20429}, Retry_After="7"))
    with doing(busy) as provider, pytest.raises(ProviderError) as refused:
        provider.text("SM1")
    assert refused.value.retry_after_seconds == 7


@pytest.mark.parametrize(
    "act",
    [
        say(http(500, {})),
        say(http(401, {"code": 20003, "message": "no"})),
        say(http(429, {"code": 20429, "message": "slower"})),
        say(http(200, "<html>")),
        say(http(200, {})),
        say(),
        reset_after(http(200, {})[:30]),
    ],
)
def test_records_that_cannot_be_had_now_are_a_provider_error(act):
    with doing(act) as provider, pytest.raises(ProviderError):
        provider.text("SM1")


IN_ITS_PLACE = ", because something between this program and Twilio answered in Twilio's place"
LOGIN = ": it refuses the login. Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"


def test_why_records_cannot_be_had_names_the_side_that_can_be_at_fault():
    sentences = {}
    for answer in (
        http(401, {"code": 20003, "message": "no"}),
        http(302, "<html>"),
        http(200, "<html>"),
        http(404, "<html>"),
        http(500, "<html>"),
    ):
        with doing(say(answer)) as provider, pytest.raises(ProviderError) as error:
            provider.texts_to(ADA)
        sentences[answer[9:12].decode()] = str(error.value)
    assert sentences == {
        "401": f"Twilio cannot be asked now (HTTP 401){LOGIN}.",
        "302": f"Twilio cannot be asked now (HTTP 302){IN_ITS_PLACE}.",
        "200": f"Twilio cannot be asked now (HTTP 200){IN_ITS_PLACE}.",
        "404": f"Twilio cannot be asked now (HTTP 404){IN_ITS_PLACE}.",
        "500": "Twilio cannot be asked now (HTTP 500).",
    }


def test_records_cannot_be_had_where_nobody_listens():
    with (
        provider_at(f"http://127.0.0.1:{reserve_port()}") as provider,
        pytest.raises(ProviderError, match="cannot be asked now"),
    ):
        provider.texts_to(ADA)


# Signatures.

FORM = (("MessageSid", "SM1"), ("MessageStatus", "sent"), ("ErrorMessage", ""))


def signed_with(*tokens):
    return TwilioProvider(TwilioAccount(auth_tokens=tokens))


@pytest.mark.parametrize("token", [TOKEN, SECOND_TOKEN])
def test_either_token_makes_a_signature_genuine(token):
    provider = signed_with(TOKEN, SECOND_TOKEN)
    assert provider.is_genuine(CALLBACK, FORM, signature(CALLBACK, FORM, token))


def test_a_token_of_somebody_else_does_not():
    provider = signed_with(TOKEN)
    assert not provider.is_genuine(CALLBACK, FORM, signature(CALLBACK, FORM, SECOND_TOKEN))


@pytest.mark.parametrize("token", ["", TOKEN])
def test_without_a_token_nothing_is_genuine(token):
    assert not signed_with().is_genuine(CALLBACK, FORM, signature(CALLBACK, FORM, token))


@pytest.mark.parametrize(
    ("url", "form"),
    [
        (CALLBACK + "x", FORM),
        (CALLBACK + "?a=1", FORM),
        (CALLBACK, FORM[:1]),
        (CALLBACK, (*FORM[:2], ("ErrorMessage", "none"))),
        (CALLBACK, (*FORM, ("To", ADA))),
        (CALLBACK, ()),
    ],
)
def test_a_signature_belongs_to_one_address_and_one_form(url, form):
    assert not signed_with(TOKEN).is_genuine(url, form, signature(CALLBACK, FORM))


# What is missing, and what stays unsaid.


def test_what_is_missing_for_sending_is_joined():
    with pytest.raises(BadSetting, match="TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN and"):
        TwilioProvider(TwilioAccount()).send(text_to())


ANSWERS = {
    "accepted": say(http(201, TAKEN)),
    "refused": say(http(400, {"code": 21211, "message": f"'To' {ADA} is no number"})),
    "slower": say(http(429, {"code": 20429, "message": f"{ADA}: slower"})),
    "broken": say(http(500, {"message": f"{ADA} Hello Ada"})),
    "unreadable": say(http(201, f"<p>{ADA} Hello Ada</p>")),
    "reset": reset_after(b""),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_no_log_contains_a_number_or_a_text(caplog, answer):
    caplog.set_level(logging.DEBUG)
    with doing(ANSWERS[answer]) as provider:
        provider.send(text_to())
    said = [r.getMessage() for r in caplog.records if not r.name.startswith("urllib3")]
    assert [line for line in said if ADA[1:] in line or "Hello" in line] == []


def test_no_log_contains_the_number_whose_records_were_read(caplog):
    caplog.set_level(logging.DEBUG)
    with doing(known(to=ADA)) as provider:
        provider.text("SM1")
    said = [r.getMessage() for r in caplog.records if not r.name.startswith("urllib3")]
    assert [line for line in said if ADA[1:] in line or "Hello" in line] == []


ports = st.sampled_from(["", ":443", ":80", ":8443"])
tails = st.sampled_from(["", "?", "?a=1", "?a=%C3%A9&b=", "?a=1&", "/%7C", "//", "?bodySHA256=x"])
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
forms = st.lists(
    st.tuples(st.sampled_from(["From", "Body", "body", ""]) | texts, texts), max_size=6
)


@given(
    scheme=st.sampled_from(["http", "https"]),
    ports=st.tuples(ports, ports),
    tail=tails,
    form=forms,
    token=st.sampled_from([TOKEN, SECOND_TOKEN, "somebody else's"]),
    spoiled=st.booleans(),
)
def test_our_own_pass_and_twilios_validator_always_agree(
    *, scheme, ports, tail, form, token, spoiled
):
    signed_url, url = (f"{scheme}://texts.example{port}/twilio{tail}" for port in ports)
    given_signature = signature(signed_url, form, token) + ("x" if spoiled else "")
    values = MultiDict(form)
    validators = [RequestValidator(each) for each in (TOKEN, SECOND_TOKEN)]
    right = any(
        validator.compute_signature(url, values) == given_signature
        or validator.validate(url, values, given_signature)
        for validator in validators
    )
    provider = signed_with(TOKEN, SECOND_TOKEN)
    assert provider.is_genuine(url, tuple(form), given_signature) is right


def test_an_address_that_is_signed_as_it_is_written_is_not_taken_apart(monkeypatch):
    monkeypatch.setattr("ledger.providers.twilio.urlsplit", None)
    assert signed_with(TOKEN).is_genuine(CALLBACK, FORM, signature(CALLBACK, FORM))


def test_a_text_that_has_not_left_twilio_is_canceled_once() -> None:
    settings = StandInSettings(account_sid=ACCOUNT, auth_token=TOKEN, pace_seconds=600.0)
    with StandIn(settings) as slow, provider_at(slow.url) as twilio:
        sid = twilio.send(text_to()).sid
        assert twilio.cancel(sid).status == "canceled"
        assert twilio.cancel(sid) is None
        assert twilio.cancel("SM" + 32 * "0") is None


def test_a_cancellation_with_a_wrong_token_raises(standin) -> None:
    with (
        provider_at(standin.url, auth_tokens=(32 * "2",)) as wrong,
        pytest.raises(ProviderError),
    ):
        wrong.cancel("SM" + 32 * "0")
