"""What Twilio's answers mean, in whatever form and type, through a real HTTP server."""

import json
from contextlib import ExitStack, contextmanager, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.processes import ACCOUNT, TOKEN
from kit.raw_http import RawTwilio, http, reset_after, say
from ledger.domain.vocabulary import LineType
from ledger.errors import NotLookedUp, ProviderError, UnreadableRecord
from ledger.providers.account import TwilioAccount
from ledger.providers.contract import Accepted, OutgoingText, Refusal, UnknownOutcome
from ledger.providers.twilio import TwilioProvider
from ledger.providers.twilio_answers import (
    answer_to_create,
    line_type_of,
    record_of,
    retry_after_seconds,
)
from ledger.providers.twilio_http import HttpAnswer

ADA, BEN = "+14155550100", "+14155550101"
OTHER_TOKEN = 32 * "9"
DEEP = "[" * 100_000
PAGE = "<html><body>Blocked by the school's filter</body></html>"


@contextmanager
def provider_of(raw, **changed):
    account = {
        "account_sid": ACCOUNT,
        "auth_tokens": (TOKEN,),
        "phone_number": "+15005550006",
        "timeout_seconds": 5.0,
        "api_url": raw.url,
    }
    provider = TwilioProvider(TwilioAccount(**account | changed))
    yield provider
    provider._api.http.session.close()


@pytest.fixture
def raw():
    with RawTwilio().running() as running:
        yield running


@pytest.fixture
def twilio(raw):
    with provider_of(raw) as provider:
        yield provider


def text_to(number=ADA):
    return OutgoingText(
        to=number, body="Hello", status_callback="https://x.example/", validity_seconds=60
    )


def answer_to(status, body="", **headers):
    with ExitStack() as stack:
        raw = stack.enter_context(RawTwilio().running())
        raw.will_answer(ADA, say(http(status, body, **headers)))
        return stack.enter_context(provider_of(raw)).send(text_to())


def read(status, body):
    """What an answer means that came whole."""
    text = body if isinstance(body, str) else json.dumps(body)
    return answer_to_create(HttpAnswer(status_code=status, headers={}, text=text))


# Refusals.


FORMS = (
    ({"code": 21211, "message": "no", "more_info": "", "status": 400}, "21211", "no"),
    ({"code": "21211", "message": "no"}, "21211", "no"),
    ({"code": 21211.0, "message": None}, "21211", ""),
    ({"code": " 21211 ", "message": 5}, "21211", ""),
    ({"code": None, "message": "no", "more_info": None, "status": 400}, None, "no"),
    (
        {"type": "about:blank", "title": "Bad", "status": 400, "code": 21211, "detail": "To"},
        "21211",
        "Bad: To",
    ),
    ({"type": [], "title": {}, "status": "x", "code": "21211"}, "21211", ""),
    ({"code": 21211, "message": "half \ud83d of \x00 it"}, "21211", "half � of  it"),
)


def test_each_form_of_twilios_errors_is_a_refusal_by_twilio():
    for body, code, message in FORMS:
        answer = read(400, body)
        assert isinstance(answer, Refusal)
        assert (answer.code, answer.is_from_provider) == (code, True), body
        assert answer.message.startswith(message)


ODD_CODES = (None, "", "blocked", 0, "0", -1, "-21211", 404, 1.5, 10**12, "9" * 400, True, [], {})


def test_an_error_in_twilios_form_is_twilios_whatever_its_code_is():
    """At every status that refuses a request; without a readable code it may be either's fault."""
    older, newer = {"message": "no", "more_info": None}, {"type": "", "title": "no"}
    bodies = [older, *({**form, "code": code} for form in (older, newer) for code in ODD_CODES)]
    for status in range(400, 500):
        for body in bodies:
            answer = read(status, {**body, "status": status})
            assert isinstance(answer, Refusal)
            code = "20429" if status == 429 else None
            assert (answer.http_status, answer.code, answer.is_from_provider) == (
                status,
                code,
                True,
            ), (status, body)


def test_the_newer_error_form_of_a_wrong_token_is_a_refusal_with_its_code():
    body = {"type": "https://x.example/20003", "title": "No", "status": 401, "code": 20003}
    answer = answer_to(401, body, Content_Type="application/problem+json")
    assert (answer.http_status, answer.code, answer.is_from_provider) == (401, "20003", True)


NO_ERRORS = (
    PAGE,
    "",
    "null",
    "[1]",
    '"no"',
    {"error": "not found"},
    {"code": 404, "message": "Not Found"},
    {"code": True, "message": "no"},
    {"code": "blocked", "message": "no"},
    {"status": 404, "error": "Not Found", "path": "/"},
    {"type": "about:blank", "title": "Not Found", "status": 404},
    DEEP,
    "\ufffd\x00",
)


def test_a_refusal_or_redirect_without_twilios_error_body_was_not_answered_by_twilio():
    for status in (*range(300, 429), *range(430, 500), 511):
        for body in NO_ERRORS:
            answer = read(status, body)
            assert isinstance(answer, Refusal)
            read_fields = (answer.http_status, answer.code, answer.is_from_provider)
            assert read_fields == (status, None, False), (status, body)


@pytest.mark.parametrize("body", [PAGE, DEEP, b"\xff\xfe\x00"], ids=["page", "deep", "bytes"])
def test_a_gateways_page_is_read_through_a_server(body):
    answer = answer_to(404, body)
    assert (answer.http_status, answer.code, answer.is_from_provider) == (404, None, False)


def test_the_words_of_a_gateways_page_are_kept_in_part():
    assert answer_to(403, "x" * 2000).message == "x" * 500


@pytest.mark.parametrize("status", [302, 307, 400, 511])
def test_an_answer_that_took_no_text_is_a_refusal_whatever_becomes_of_its_body(raw, twilio, status):
    for act in (
        reset_after(http(status, {"code": 21211})[:-3]),
        say(http(status, "no gzip", Content_Encoding="gzip")),
    ):
        raw.will_answer(ADA, act)
        answer = twilio.send(text_to())
        assert (answer.http_status, answer.code, answer.is_from_provider) == (status, None, False)


def test_a_429_keeps_the_code_of_its_body_and_without_one_is_too_many_requests():
    for body, code, is_from_provider in (
        ({"code": 14107, "message": "enough"}, "14107", True),
        ({"code": 63038, "message": "enough"}, "63038", True),
        (PAGE, "20429", False),
    ):
        answer = read(429, body)
        assert (answer.code, answer.is_from_provider) == (code, is_from_provider)


TWILIOS_CLOCK = "Wed, 21 Oct 2026 07:27:00 GMT"


WAITS = (
    ("Wed, 21 Oct 2026 07:28:00 GMT", TWILIOS_CLOCK, 60),
    ("Wed, 21 Oct 2026 07:26:00 GMT", TWILIOS_CLOCK, 0),
    ("Wednesday, 21-Oct-26 07:28:00 GMT", TWILIOS_CLOCK, 60),
    ("Sat, 24 Oct 2026 07:28:00 GMT", TWILIOS_CLOCK, 24 * 3600),
    ("Wed, 21 Oct 2020 07:28:00 GMT", "no date", 0),
    ("7", TWILIOS_CLOCK, 7),
    ("1.5", TWILIOS_CLOCK, 1.5),
    ("9" * 400, TWILIOS_CLOCK, 24 * 3600),
    ("soon", TWILIOS_CLOCK, None),
    ("nan", TWILIOS_CLOCK, None),
    ("Wed, 99 Oct 2026 07:28:00 GMT", TWILIOS_CLOCK, None),
    ("-5", TWILIOS_CLOCK, None),
    ("", TWILIOS_CLOCK, None),
)


def test_a_429_says_how_long_to_wait_in_seconds_or_until_a_date():
    for retry_after, date, seconds in WAITS:
        headers = {"Retry-After": retry_after, "Date": date}
        assert retry_after_seconds(headers) == seconds, retry_after
    answer = answer_to(429, PAGE, retry_after="7")
    assert (answer.code, answer.retry_after_seconds) == ("20429", 7)


# A second try within one call.


@pytest.fixture
def rotating(raw):
    with provider_of(raw, auth_tokens=(TOKEN, OTHER_TOKEN)) as provider:
        yield provider


LOGIN_REFUSED = say(http(401, {"code": 20003, "message": "no"}))


def logins(raw):
    return [
        next(line for line in asked.head.splitlines() if line.startswith("Authorization"))
        for asked in raw.asked
    ]


def test_after_a_401_the_other_token_is_tried_and_kept(raw, rotating):
    raw.will_answer(ADA, LOGIN_REFUSED)
    assert isinstance(rotating.send(text_to(ADA)), Accepted)
    assert isinstance(rotating.send(text_to(BEN)), Accepted)
    first, second, third = logins(raw)
    assert first != second == third


def test_where_both_tokens_are_refused_the_401_counts(raw, rotating):
    raw.will_answer(ADA, LOGIN_REFUSED, LOGIN_REFUSED)
    answer = rotating.send(text_to())
    assert (answer.http_status, answer.code) == (401, "20003")
    assert raw.texted == [ADA, ADA]


def test_the_token_that_was_given_up_is_tried_again_after_the_next_401(raw, rotating):
    raw.will_answer(ADA, LOGIN_REFUSED)
    raw.will_answer(BEN, LOGIN_REFUSED)
    rotating.send(text_to(ADA))
    assert isinstance(rotating.send(text_to(BEN)), Accepted)
    first, _, _, fourth = logins(raw)
    assert first == fourth


def test_a_single_token_is_tried_once(raw, twilio):
    raw.will_answer(ADA, LOGIN_REFUSED)
    assert twilio.send(text_to()).http_status == 401
    assert raw.texted == [ADA]


def test_records_are_read_with_the_other_token_too(raw, rotating):
    raw.will_list(LOGIN_REFUSED, say(http(200, RECORD)))
    assert rotating.text("SM1").sid == "SM1"


NOT_FOUND = say(http(404, {"code": 20404, "message": "no such resource"}))


def test_one_20404_is_tried_again(raw, twilio):
    raw.will_answer(ADA, NOT_FOUND)
    assert isinstance(twilio.send(text_to()), Accepted)
    assert raw.texted == [ADA, ADA]


def test_a_second_20404_counts(raw, twilio):
    raw.will_answer(ADA, NOT_FOUND, NOT_FOUND)
    assert twilio.send(text_to()).code == "20404"
    assert raw.texted == [ADA, ADA]


def test_a_404_of_a_gateway_is_not_tried_again(raw, twilio):
    raw.will_answer(ADA, say(http(404, PAGE)))
    assert not twilio.send(text_to()).is_from_provider
    assert raw.texted == [ADA]


# Answers that make no sense.


def test_a_success_without_a_sid_is_an_unknown_outcome_and_not_twilios_answer():
    odd = (PAGE, "", "[]", "{}", {"ok": True}, {"sid": ["SM1"]}, {"sid": None}, {"sid": ""})
    for status in (200, 201, 202, 204):
        for body in (*odd, DEEP, "\ufffd{}", '{"sid": NaN}', "{"):
            assert read(status, body) == UnknownOutcome(
                cause=f"an answer that is not Twilio's, HTTP {status}", is_from_provider=False
            )


def test_a_5xx_is_an_unknown_outcome_whatever_its_body_is():
    errors = [{"code": code, "message": "no", "more_info": "", "status": 500} for code in ODD_CODES]
    for status in (500, 502, 503, 504, 599):
        for body in (PAGE, "", {"code": 20500, "message": "sorry"}, *errors):
            assert read(status, body) == UnknownOutcome(cause=f"HTTP {status}")


def test_an_odd_sid_is_recorded_in_a_form_that_can_be_stored():
    odd = [("SM\ud83d1", "SM�1"), ("SM\x001", "SM1"), (" SM1\n", "SM1"), (12345, "12345")]
    for sid, recorded in (*odd, ("S" * 1_000_000, "S" * 100)):
        answer = read(201, {"sid": sid, "status": " QUEUED "})
        assert answer == Accepted(sid=recorded, status="queued")


def test_the_other_fields_of_an_acceptance_may_be_odd():
    body = {"sid": "SM1", "status": 5, "date_created": 5, "error_code": {}, "price": []}
    assert answer_to(201, body) == Accepted(sid="SM1", status="5")


def test_an_answer_without_an_end_is_an_unknown_outcome(raw, twilio, monkeypatch):
    monkeypatch.setattr("ledger.providers.twilio_http._LARGEST_BODY", 100_000)
    raw.will_answer(ADA, say(http(201, {"sid": "SM1", "body": "x" * 200_000})))
    assert twilio.send(text_to()) == UnknownOutcome(cause="no readable answer (ValueError)")


@pytest.mark.parametrize(
    "chunks",
    [b"zz\r\n{}\r\n0\r\n\r\n", b"5\r\n{}\r\n", b"-1\r\n{}\r\n", b"FFFFFFFFFFFFFFFFF\r\n{}"],
)
def test_chunks_that_make_no_sense_are_an_unknown_outcome(raw, twilio, chunks):
    head = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    raw.will_answer(ADA, say(head + chunks))
    assert isinstance(twilio.send(text_to()), UnknownOutcome)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["sid", "status", "code", "message", "title", "error_code", "to", "body", "date_created"]
NAMES += ["num_segments", "price", "price_unit", "direction", "from", "messaging_service_sid"]
objects = st.dictionaries(st.sampled_from(NAMES), json_values)


@given(
    status=st.integers(100, 599),
    body=objects.map(json.dumps) | st.text(),
    retry_after=st.text(max_size=30),
)
def test_no_answer_raises_and_each_can_be_stored(status, body, retry_after):
    headers = {"Retry-After": retry_after, "Date": retry_after}
    answer = answer_to_create(HttpAnswer(status_code=status, headers=headers, text=body))
    repr(vars(answer)).encode()
    for value in vars(answer).values():
        assert "\0" not in str(value)


@given(message=objects)
def test_no_record_raises_and_each_can_be_stored(message):
    record = record_of(
        {"sid": "SM1", "date_created": "Mon, 02 Mar 2026 09:00:00 +0000"} | message, "x"
    )
    for value in vars(record).values() if record else ():
        str(value).encode()
        assert "\0" not in str(value)


# Records.

RECORD = {
    "sid": "SM1",
    "status": "undelivered",
    "error_code": 30006,
    "to": ADA,
    "body": "Hello",
    "from": "+15005550006",
    "date_created": "Mon, 02 Mar 2026 09:00:00 +0000",
}


def record_with(raw, twilio, **changed):
    raw.will_list(say(http(200, RECORD | changed)))
    return twilio.text("SM1")


def test_the_code_of_a_record_is_read_in_any_type():
    for code in (30006, "30006", 30006.0, " 30006", "30006.0", "030006"):
        assert record_of(RECORD | {"error_code": code}, "").code == "30006"
    for code in (None, 0, "", "null", "0", False, [], {}, -1, 1.5, "1e5"):
        assert record_of(RECORD | {"error_code": code}, "").code is None


def test_the_status_of_a_record_is_read_in_any_case(raw, twilio):
    assert record_with(raw, twilio, status=" Delivered ").status == "delivered"


@pytest.mark.parametrize(
    "changed",
    [
        {"num_segments": "many", "price": "free", "price_unit": 5},
        {"num_segments": {}, "price": "NaN", "price_unit": None},
        {"body": None, "to": None, "from": [], "messaging_service_sid": {}},
        {"body": "half \ud83d", "to": "\x00"},
        {"date_sent": 5, "date_updated": []},
    ],
)
def test_a_record_with_odd_fields_is_read_nevertheless(raw, twilio, changed):
    assert record_with(raw, twilio, **changed).code == "30006"


def test_a_record_without_the_time_of_its_creation_has_the_next_time(raw, twilio):
    later = "Mon, 02 Mar 2026 09:00:05 +0000"
    record = record_with(raw, twilio, date_created="soon", date_sent=later)
    assert record.created_at.second == 5


def test_a_record_that_makes_no_sense_is_told_from_a_twilio_that_cannot_be_asked(raw, twilio):
    with pytest.raises(UnreadableRecord):
        record_with(raw, twilio, sid=None)
    raw.will_list(say(http(404, PAGE)))
    with pytest.raises(ProviderError, match=r"cannot be asked now \(HTTP 404\)"):
        twilio.text("SM1")


def test_one_odd_record_never_hides_the_others_of_a_list(raw, twilio):
    odd = [None, 5, "SM2", [], {}, {"sid": {}}, RECORD | {"sid": "SM3", "date_created": DEEP[:50]}]
    raw.will_list(say(http(200, {"messages": [*odd, RECORD]})))
    (record,) = twilio.texts_to(ADA)
    assert record.sid == "SM1"


@pytest.mark.parametrize("page", [PAGE, "", "[]", {"messages": None}, {"data": []}, DEEP])
def test_a_list_that_makes_no_sense_is_a_provider_error(raw, twilio, page):
    raw.will_list(say(http(200, page)))
    with pytest.raises(ProviderError):
        twilio.texts_to(ADA)


# Look-ups.


LINE_TYPES = (
    ("mobile", LineType.MOBILE),
    ("landline", LineType.LANDLINE),
    ("fixedVoip", LineType.FIXED_VOIP),
    ("nonFixedVoip", LineType.NON_FIXED_VOIP),
    ("personal", LineType.PERSONAL),
    ("tollFree", LineType.TOLL_FREE),
    ("premium", LineType.PREMIUM),
    ("sharedCost", LineType.SHARED_COST),
    ("uan", LineType.UAN),
    ("voicemail", LineType.VOICEMAIL),
    ("pager", LineType.PAGER),
    ("unknown", None),
    ("a word of tomorrow", None),
    (None, None),
    (7, None),
    ({}, None),
)


def test_a_line_type_is_read():
    for word, line_type in LINE_TYPES:
        fields = {"type": word, "error_code": None}
        assert line_type_of({"valid": True, "line_type_intelligence": fields}) == line_type


def test_a_number_that_is_not_valid_has_no_line_type():
    assert line_type_of({"valid": False, "line_type_intelligence": None}) is None


@pytest.mark.parametrize("code", [60601, "60601"])
def test_an_error_code_of_a_look_up_concerns_its_number(code):
    fields = {"type": None, "error_code": code}
    with pytest.raises(NotLookedUp, match="60601"):
        line_type_of({"valid": True, "line_type_intelligence": fields})


@pytest.mark.parametrize("answer", [{}, {"line_type_intelligence": None}, {"valid": True}])
def test_an_answer_without_a_line_type_is_no_result(answer):
    with pytest.raises(ProviderError, match="no line type"):
        line_type_of(answer)


@given(answer=objects)
def test_no_look_up_raises_anything_else(answer):
    with suppress(ProviderError):
        line_type_of({"line_type_intelligence": answer})
