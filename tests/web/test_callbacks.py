"""What Twilio posts, as HTTP: signed requests in, 204 only once recorded, and never a 500."""

import shutil
import socket
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode, urlsplit

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from kit.examples import fewer
from kit.faults import commit_answers_lost
from kit.processes import TOKEN, signature
from kit.provider import GENUINE
from kit.store import ledger_file, open_recorder, sqlite_url
from kit.world import ADA, BEN, PUBLIC_URL
from ledger.domain.vocabulary import DeliveryStatus
from ledger.providers.twilio import TwilioProvider
from webapp.callbacks import LARGEST_BODY
from webapp.door import create_callbacks, create_receiver, create_server
from webapp.serving.limits import Limits
from webapp.serving.listener import listen

FORM = "application/x-www-form-urlencoded"
SECOND_TOKEN = 32 * "9"
ELSEWHERE = "10.0.0.7:8000"
REPORT = {"MessageSid": "SM1", "MessageStatus": "delivered"}
TEXT = {"MessageSid": "SM2", "From": ADA, "Body": "Thank you"}
LIMITS = Limits(connections=100, refusal_seconds=0)


@dataclass
class Twilio:
    """Posts forms as Twilio does, signed for the public address, from behind another host."""

    client: FlaskClient

    def post(self, path, form=REPORT, *, token=TOKEN, body=None, **headers):
        given = {
            "Host": ELSEWHERE,
            "Content-Type": FORM,
            "X-Twilio-Signature": signature(PUBLIC_URL + path, form, token),
        }
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(
            path,
            data=urlencode(form) if body is None else body,
            headers={name: value for name, value in given.items() if value is not None},
            environ_overrides={"REQUEST_URI": path},  # as on the wire; the client would tidy it
        )


def genuine(world, *, public_url=PUBLIC_URL, tokens=(TOKEN,)):
    """The application of that world, with the real provider's check of signatures."""
    account = replace(world.app.settings.twilio, auth_tokens=tokens)
    changed = replace(world.app.settings, public_url=public_url, twilio=account)
    return replace(
        world.app, settings=changed, new_provider=lambda settings: TwilioProvider(settings.twilio)
    )


def twilio_to(world, **changed):
    return Twilio(create_callbacks(genuine(world, **changed)).test_client())


def application_of(twilio):
    return twilio.client.application.extensions["delivery-ledger"]


@pytest.fixture
def twilio(world):
    return twilio_to(world)


@pytest.fixture
def sent(told_story):
    return told_story


def tell(world):
    """The delivery of a campaign that was sent to Ada."""
    campaign_id = world.launch()
    world.send()
    return world.delivery(campaign_id)


def address(world, delivery_id, turn=1):
    """The path of the callback address that Twilio was given."""
    return urlsplit(world.app.sending.callback_url(delivery_id, turn)).path


@pytest.fixture
def path(world, sent):
    return address(world, sent)


@contextmanager
def nothing_recorded(world):
    head = world.app.ledger.reader.head()
    yield
    assert world.app.ledger.reader.head() == head


@pytest.fixture
def at(path):
    """A place to post to: `right` is the callback address of the attempt."""
    return lambda place: path if place == "right" else place


# Taken.


def test_a_genuine_callback_is_recorded_and_answered_204(world, twilio, sent, path):
    answer = twilio.post(path)
    assert (answer.status_code, answer.data) == (204, b"")
    assert world.row(sent).status is DeliveryStatus.DELIVERED


def test_at_the_204_another_process_can_read_it(world, twilio, path, tmp_path, clock):
    head = world.app.ledger.reader.head()
    assert twilio.post(path).status_code == 204
    other = open_recorder(sqlite_url(tmp_path), clock)
    assert [row.topic for row in other.select_notifications(head + 1, 9)] == ["CallbackReceived"]
    other._engine.dispose()


MORE_PARAMETERS = (
    [("ErrorMessage", "")],
    [("ErrorCode", ""), ("RawDlrDoneDate", "")],
    [("Tag", "b"), ("Tag", "a"), ("Tag", "b")],
    [("", "nameless")],
    [("Body", "Où? & = % + ✓ 👍"), ("body", "lower case is another name")],
)


def test_every_parameter_is_signed_and_kept(world, twilio, sent, path):
    for more in MORE_PARAMETERS:
        pairs = [*REPORT.items(), *more]
        assert twilio.post(path, pairs).status_code == 204
        assert list(world.last(sent).event.private.parameters) == pairs


QUERIES = ["?", "?a=1", "?a=%C3%A9&b=", "?a=b%7Cc&a=%2F", "?a=1&", "?%3F"]
"""Written in more than one way, each signed as it is written."""


def test_the_query_is_signed_as_it_is_written(world, twilio, sent, path):
    for query in QUERIES:
        assert twilio.post(path + query, REPORT | {"Tag": query}).status_code == 204
    assert world.topics(sent)[-len(QUERIES) :] == ["CallbackReceived"] * len(QUERIES)


def test_the_path_is_signed_as_it_is_written(world, twilio):
    paths = ["%C3%A9", "%7C", "a%2Fb", "%2e", "a%20b", "%25", "%FF", "a+b"]
    for written in paths:
        assert twilio.post(f"/twilio/status/{written}/1/token").status_code == 204
    assert len(strays(world)) == len(paths)


@pytest.mark.parametrize("token", [TOKEN, SECOND_TOKEN])
def test_while_tokens_are_rotated_either_of_them_counts(world, path, token):
    twilio = twilio_to(world, tokens=(TOKEN, SECOND_TOKEN))
    assert twilio.post(path, token=token).status_code == 204


@pytest.mark.parametrize("content_type", [f"{FORM}; charset=UTF-8", FORM.upper()])
def test_a_form_is_a_form_however_its_type_is_written(twilio, path, content_type):
    assert twilio.post(path, Content_Type=content_type).status_code == 204


@pytest.mark.parametrize("given", ["right", "stray", "inbound"])
def test_a_repeat_is_answered_204_and_recorded_once(world, twilio, path, given):
    where, form = {
        "right": (path, REPORT),
        "stray": ("/twilio/status", REPORT),
        "inbound": ("/twilio/inbound", TEXT),
    }[given]
    twilio.post(where, form)
    with nothing_recorded(world):
        assert twilio.post(where, form).status_code == 204


def test_another_sid_under_a_right_token_is_kept_counts_and_is_flagged(world, twilio, sent, path):
    assert twilio.post(path, REPORT | {"MessageSid": "SMother"}).status_code == 204
    event = world.last(sent).event
    assert (event.sid, event.is_other_sid) == ("SMother", True)
    assert world.row(sent).status is DeliveryStatus.DELIVERED


# Callbacks about no delivery of this ledger.


def strays(world):
    entries = world.app.ledger.reader.events()
    return [entry.event for entry in entries if entry.topic == "StrayCallbackReceived"]


STRAYS = (
    ("/twilio/status", "wrong token"),
    ("/twilio/status/anything/at/all/else", "wrong token"),
    ("/twilio/status/del_nowhere/1/guessed", "wrong token"),
    ("{sent}/1/guessed", "wrong token"),
    ("{sent}/2/{token}", "wrong token"),
    ("{sent}/-1/{token}", "wrong token"),
    ("{sent}/" + "9" * 5000 + "/{token}", "wrong token"),
    ("{unknown}", "no such delivery"),
)


def test_a_callback_about_no_delivery_is_recorded_as_a_stray(world, twilio, sent):
    token = world.app.ledger.identity.callback_token(sent, 1)
    unknown, before = address(world, "del_nowhere"), world.topics(sent)
    for where, _ in STRAYS:
        place = where.format(sent=f"/twilio/status/{sent}", token=token, unknown=unknown)
        assert twilio.post(place).status_code == 204
    assert [(stray.cause, stray.sid, stray.status) for stray in strays(world)] == [
        (cause, "SM1", "delivered") for _, cause in STRAYS
    ]
    assert world.topics(sent) == before


# Refused, with nothing stored.


SPOILED = {
    "missing": lambda _right: None,
    "empty": lambda _right: "",
    "truncated by one": lambda right: right[:-1],
    "truncated": lambda right: right[:10],
    "too long": lambda right: right + "=",
    "letters changed": lambda right: right.swapcase(),
    "twice": lambda right: f"{right}, {right}",
    "no ASCII": lambda _right: "\xe9" * 28,
    "of another path": lambda _right: signature(PUBLIC_URL + "/twilio/sms", TEXT),
    "of another form": lambda _right: signature(PUBLIC_URL + "/twilio/inbound", REPORT),
    "by another token": lambda _right: signature(
        PUBLIC_URL + "/twilio/inbound", TEXT, SECOND_TOKEN
    ),
    "of another host": lambda _right: signature(f"https://{ELSEWHERE}/twilio/inbound", TEXT),
}


@pytest.mark.parametrize("where", ["/twilio/status", "/twilio/inbound"])
def test_a_wrong_signature_is_403(world, twilio, where):
    right = signature(PUBLIC_URL + where, TEXT)
    with nothing_recorded(world):
        for name, spoil in SPOILED.items():
            answer = twilio.post(where, TEXT, X_Twilio_Signature=spoil(right))
            assert answer.status_code == 403, name


@pytest.mark.parametrize("changed", [{"tokens": ()}, {"public_url": None}], ids=["token", "url"])
def test_without_a_token_or_a_public_address_everything_is_403(world, path, changed):
    twilio = twilio_to(world, **changed)
    with nothing_recorded(world):
        assert twilio.post(path).status_code == 403


@pytest.mark.parametrize("odd", [b"\xff", b"\x80", b"\xed\xa0\x80"])
def test_a_body_that_is_not_utf_8_is_403(world, twilio, path, odd):
    as_if_read = REPORT | {"Body": odd.decode(errors="replace")}
    body = urlencode(REPORT).encode() + b"&Body=" + odd
    with nothing_recorded(world):
        assert twilio.post(path, as_if_read, body=body).status_code == 403


def padded(size):
    """A genuine form whose body is that many bytes long."""
    start = REPORT | {"Body": ""}
    return start | {"Body": "x" * (size - len(urlencode(start)))}


@pytest.mark.parametrize("where", ["/twilio/status", "/twilio/inbound"])
def test_a_body_over_64_kib_is_413(world, twilio, where):
    with nothing_recorded(world):
        assert twilio.post(where, padded(LARGEST_BODY + 1)).status_code == 413


def test_a_body_of_64_kib_is_taken(twilio, path):
    assert LARGEST_BODY == 65_536
    assert twilio.post(path, padded(LARGEST_BODY)).status_code == 204


OTHER_TYPES = (
    ("application/json", b'{"MessageSid": "SM1", "MessageStatus": "sent"}'),
    ("application/json", b"not json"),
    ("multipart/form-data; boundary=x", b"--x--"),
    ("text/plain", None),
    ("application/x-www-form-urlencoded-not", None),
    ("", None),
    (None, None),
)


def test_any_other_content_type_is_415(world, twilio):
    with nothing_recorded(world):
        for where in ("/twilio/status", "/twilio/inbound"):
            for content_type, body in OTHER_TYPES:
                answer = twilio.post(where, body=body, Content_Type=content_type)
                assert answer.status_code == 415, (where, content_type)


INCOMPLETE = (
    ("right", REPORT | {"MessageSid": ""}),
    ("right", REPORT | {"MessageStatus": ""}),
    ("/twilio/status", REPORT | {"MessageSid": ""}),
    ("/twilio/status", REPORT | {"MessageStatus": ""}),
    ("/twilio/inbound", TEXT | {"MessageSid": ""}),
)


def test_a_form_without_its_required_fields_is_400(world, twilio, at):
    with nothing_recorded(world):
        for where, blank in INCOMPLETE:
            missing = {name: value for name, value in blank.items() if value}
            for form in (blank, missing):
                assert twilio.post(at(where), form).status_code == 400, (where, form)


def test_only_post_is_accepted(world, twilio, path):
    with nothing_recorded(world):
        for method in ("get", "put", "delete"):
            assert getattr(twilio.client, method)(path).status_code == 405


def test_no_answer_sets_a_cookie(twilio, path):
    for form, headers, status in (
        (REPORT, {}, 204),
        ({}, {}, 400),
        (REPORT, {"X_Twilio_Signature": None}, 403),
        (REPORT, {"Content_Type": "text/plain"}, 415),
    ):
        answer = twilio.post(path, form, **headers)
        assert (answer.status_code, "Set-Cookie" in answer.headers) == (status, False)


# A store that cannot take it.


def impatient(world, pragma):
    """Give every connection of the ledger that pragma, from now on."""
    engine = world.app.ledger.recorder._engine
    engine.dispose()
    sa.event.listen(engine, "connect", lambda connection, _: connection.execute(pragma))
    return engine


@contextmanager
def locked(world):
    engine = impatient(world, "PRAGMA busy_timeout=50")
    other = sqlite3.connect(ledger_file(world.folder), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    yield
    other.close()
    engine.dispose()


@contextmanager
def full(world):
    engine = impatient(world, "PRAGMA max_page_count=1")  # that is, as large as it is now
    yield
    engine.dispose()


@contextmanager
def gone(world):
    world.app.ledger.recorder._engine.dispose()
    file, aside = ledger_file(world.folder), world.folder / "aside"
    file.rename(aside)
    file.mkdir()
    yield
    file.rmdir()
    aside.rename(file)


@contextmanager
def replaced(world):
    """Another file is in the place of the ledger's: whatever is written is lost."""
    file = ledger_file(world.folder)
    aside = file.with_name("aside")
    file.rename(aside)
    shutil.copy(aside, file)
    yield
    aside.rename(file)


@pytest.mark.parametrize("trouble", [locked, full, gone, replaced])
def test_while_the_store_cannot_take_it_the_answer_is_503(world, twilio, at, trouble):
    form = padded(30_000) | {"From": ADA}
    places = [at("right"), "/twilio/status", "/twilio/inbound"]
    with nothing_recorded(world), trouble(world):
        answers = [twilio.post(place, form) for place in places]
    assert [(a.status_code, a.headers["Retry-After"]) for a in answers] == [(503, "5")] * 3


@pytest.mark.parametrize("trouble", [locked, gone, replaced])
def test_a_callback_repeated_after_a_503_is_recorded(world, twilio, sent, path, trouble):
    with trouble(world):
        assert twilio.post(path).status_code == 503
    assert twilio.post(path).status_code == 204
    assert world.row(sent).status is DeliveryStatus.DELIVERED


@pytest.mark.both_databases
def test_a_callback_whose_commit_got_no_answer_is_repeated_and_recorded_once(world, sent, path):
    twilio = Twilio(create_callbacks(world.app).test_client())
    with commit_answers_lost(1):
        assert twilio.post(path, X_Twilio_Signature=GENUINE).status_code == 503
    assert twilio.post(path, X_Twilio_Signature=GENUINE).status_code == 204
    assert world.topics(sent).count("CallbackReceived") == 1


# Counted, and taken apart from the pages.


def counts(twilio):
    health = create_receiver(application_of(twilio)).test_client().get("/health")
    return health.json["callbacks"]


def test_health_counts_callbacks_by_outcome(world, twilio, path):
    twilio.post(path)
    twilio.post(path)
    twilio.post("/twilio/inbound", TEXT, X_Twilio_Signature="wrong")
    twilio.post("/twilio/inbound", {"From": ADA})
    with locked(world):
        twilio.post(path, REPORT | {"MessageStatus": "read"})
    assert counts(twilio) == {"recorded": 1, "repeated": 1, "refused": 2, "unavailable": 1}


def test_the_app_of_callbacks_has_no_pages_and_that_of_health_no_callbacks(world, twilio, path):
    assert twilio.client.get("/campaigns").status_code == 404
    assert twilio.client.get("/health").status_code == 404
    health = create_receiver(application_of(twilio)).test_client()
    assert health.post(path).status_code == 404
    assert health.get("/campaigns").status_code == 404


# Texts that came in.


@pytest.mark.parametrize(
    "form", [TEXT | {"Body": "Stop"}, TEXT | {"Body": "no more", "OptOutType": "STOP"}]
)
def test_r16_an_inbound_stop_opts_the_number_out(world, twilio, sent, form):
    assert twilio.post("/twilio/inbound", form).status_code == 204
    assert world.topics(world.contact()) == ["InboundReceived", "ContactOptedOut"]
    assert world.row(sent).is_opted_out


def test_an_inbound_start_opts_it_in_again(world, twilio):
    world.opt_out()
    twilio.post("/twilio/inbound", TEXT | {"Body": "START"})
    assert world.last(world.contact()).topic == "ContactOptedIn"


def test_any_other_inbound_text_is_shown_in_the_conversation(world, twilio):
    assert twilio.post("/twilio/inbound", TEXT | {"From": BEN}).status_code == 204
    assert [message.body for message in world.conversation(BEN)] == ["Thank you"]


@pytest.mark.parametrize("sender", [{"From": ""}, {"From": "  "}, {}])
def test_a_text_without_a_sender_is_kept_as_a_stray(world, twilio, sender):
    form = {"MessageSid": "SM2", "Body": "Stop"} | sender
    assert twilio.post("/twilio/inbound", form).status_code == 204
    (stray,) = strays(world)
    assert (stray.cause, stray.sid, stray.status, stray.contact_id) == (
        "a text without a sender",
        "SM2",
        "received",
        None,
    )
    assert dict(stray.private.parameters) == form
    with nothing_recorded(world):
        assert twilio.post("/twilio/inbound", form).status_code == 204


def test_of_a_repeated_sender_the_last_that_is_not_blank_counts(world, twilio):
    form = [("MessageSid", "SM2"), ("From", BEN), ("From", ADA), ("From", ""), ("Body", "Stop")]
    assert twilio.post("/twilio/inbound", form).status_code == 204
    assert world.topics(world.contact()) == ["InboundReceived", "ContactOptedOut"]


@pytest.mark.parametrize("sender", ["12345", "SCHOOL", "anonymous", "messenger:1234567890"])
def test_a_text_of_an_unusual_sender_is_kept_under_its_words(world, twilio, sender):
    assert twilio.post("/twilio/inbound", TEXT | {"From": sender}).status_code == 204
    assert world.topics(world.contact(sender)) == ["InboundReceived"]


# By other addresses and methods.


def get(twilio, path, form, *, method="GET", token=TOKEN):
    """A request with the parameters in its query, signed as Twilio signs it: by its address."""
    target = f"{path}{'&' if '?' in path else '?'}{urlencode(form)}"
    return twilio.client.open(
        target,
        method=method,
        headers={"X-Twilio-Signature": signature(PUBLIC_URL + target, {}, token)},
        environ_overrides={"REQUEST_URI": target},
    )


@pytest.mark.parametrize("path", ["/twilio/inbound", "/twilio/inbound/", "/twilio/inbound/?a=1"])
def test_a_text_is_taken_with_and_without_a_slash_by_post_and_by_get(world, twilio, path):
    twilio.post("/twilio/inbound/", TEXT | {"Body": "Stop"})
    assert get(twilio, path, TEXT | {"MessageSid": "SM3", "Body": "Thank you é"}).status_code == 204
    assert world.topics(world.contact()) == [
        "InboundReceived",
        "ContactOptedOut",
        "InboundReceived",
    ]
    assert world.conversation()[-1].body == "Thank you é"


def test_a_callback_is_taken_at_its_address_with_a_slash(world, twilio, sent, path):
    assert twilio.post(f"{path}/").status_code == 204
    assert world.topics(sent)[-1] == "CallbackReceived"


@pytest.mark.parametrize("place", ["/status", "/del_", "/1/"])
def test_a_callback_is_taken_where_a_proxy_doubled_a_slash(world, twilio, sent, path, place):
    doubled = path.replace(place, f"/{place}")
    assert twilio.post(doubled).status_code == 204
    assert world.topics(sent)[-1] == "CallbackReceived"


@pytest.mark.parametrize("path", ["/twilio//inbound", "/twilio/inbound//"])
def test_a_text_is_taken_where_a_proxy_doubled_a_slash(world, twilio, path):
    assert twilio.post(path, TEXT).status_code == 204
    assert world.topics(world.contact()) == ["InboundReceived"]


@pytest.mark.parametrize("host", ["a..b", "", "other.example:99", "[::1"])
def test_a_callback_is_taken_under_any_host(world, twilio, sent, path, host):
    assert twilio.post(path, Host=host).status_code == 204
    assert world.topics(sent)[-1] == "CallbackReceived"


def test_a_callback_is_taken_that_asks_for_a_websocket(world, twilio, sent, path):
    answer = twilio.post(path, Connection="Upgrade", Upgrade="websocket")
    assert answer.status_code == 204
    assert world.topics(sent)[-1] == "CallbackReceived"


def test_a_stray_is_taken_at_the_address_with_a_slash(world, twilio):
    assert twilio.post("/twilio/status/").status_code == 204
    assert len(strays(world)) == 1


@pytest.mark.parametrize("token", [SECOND_TOKEN, ""])
def test_a_get_with_a_wrong_signature_is_403(world, twilio, token):
    with nothing_recorded(world):
        assert get(twilio, "/twilio/inbound", TEXT, token=token).status_code == 403


def test_a_get_that_was_signed_as_a_form_is_403(world, twilio):
    target = f"/twilio/inbound?{urlencode(TEXT)}"
    headers = {"X-Twilio-Signature": signature(f"{PUBLIC_URL}/twilio/inbound", TEXT)}
    with nothing_recorded(world):
        assert twilio.client.get(target, headers=headers).status_code == 403


def test_a_head_is_refused_and_options_are_named(world, twilio):
    with nothing_recorded(world):
        assert get(twilio, "/twilio/inbound", TEXT, method="HEAD").status_code == 405
        answer = twilio.client.options("/twilio/inbound")
    assert set(answer.allow) == {"GET", "HEAD", "OPTIONS", "POST"}


ELSEWHERES = ["/twilio", "/twilio/", "/twilio/sms", "/twilio/inbound/x", "/", "/sms", "/campaigns"]


def test_a_text_that_comes_to_a_wrong_address_is_kept(world, twilio):
    paths = [*ELSEWHERES, "/twilio/status", "/twilio/status/x"]
    for number, path in enumerate(paths):
        phone = f"+1415555020{number}"
        form = {"MessageSid": f"SM{number}", "From": phone, "Body": "Stop"}
        assert twilio.post(path, form).status_code == 204
        assert world.topics(world.contact(phone)) == ["InboundReceived", "ContactOptedOut"], path
    assert problems(twilio) == {"wrong_address": len(paths)}


def test_a_text_that_comes_to_a_wrong_address_by_get_is_kept(world, twilio):
    assert get(twilio, "/twilio/sms", TEXT).status_code == 204
    assert world.topics(world.contact()) == ["InboundReceived"]


def test_a_report_at_the_address_of_texts_is_no_text(world, twilio):
    assert twilio.post("/twilio/inbound", REPORT | {"From": BEN, "To": ADA}).status_code == 204
    assert [stray.cause for stray in strays(world)] == ["wrong token"]
    assert world.topics(world.contact(BEN)) == []
    assert problems(twilio) == {"wrong_address": 1}


def test_a_forged_text_at_a_wrong_address_is_answered_as_any_other_request(world, twilio):
    with nothing_recorded(world):
        for path in ELSEWHERES:
            plain = twilio.client.post(path, data=TEXT)
            forged = twilio.post(path, TEXT, X_Twilio_Signature="wrong")
            assert forged.status_code == plain.status_code, path


# How Twilio signs the address.

SIGNED = [
    ("https://user:secret@texts.school.example", "https://texts.school.example"),
    ("https://user:secret@texts.school.example:8443", "https://texts.school.example:8443"),
    ("https://user:secret@texts.school.example:8443", "https://texts.school.example"),
    ("https://us%40er:se%3Acret@texts.school.example/a", "https://texts.school.example/a"),
    ("https://texts.school.example", "https://texts.school.example:443"),
    ("https://texts.school.example:443", "https://texts.school.example"),
    ("http://texts.school.example:80", "http://texts.school.example"),
    ("https://texts.school.example:8443", "https://texts.school.example"),
    ("https://Texts.School.example", "https://texts.school.example"),
    ("https://texts.school.example/below/it", "https://texts.school.example/below/it"),
    ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
    ("https://[2001:db8::1]:8443", "https://[2001:db8::1]"),
    ("https://[2001:db8::1]", "https://[2001:db8::1]"),
    ("https://[2001:db8::1]", "https://[2001:db8::1]:443"),
    ("https://user:secret@[2001:db8::1]:443", "https://[2001:db8::1]"),
]
"""LEDGER_PUBLIC_URL, and how the address begins that Twilio signs."""


def test_a_signature_is_right_however_twilio_writes_the_address(world):
    for number, (public_url, signed) in enumerate(SIGNED):
        twilio, form = twilio_to(world, public_url=public_url), TEXT | {"MessageSid": f"SM{number}"}
        right = signature(f"{signed}/twilio/inbound", form)
        answer = twilio.post("/twilio/inbound", form, X_Twilio_Signature=right)
        assert answer.status_code == 204, (public_url, signed)


def test_a_signature_of_another_address_is_wrong(world):
    for public_url, signed in SIGNED:
        twilio = twilio_to(world, public_url=public_url)
        for other in (f"{signed}.evil.example", f"{signed}@evil.example", "https://evil.example"):
            wrong = signature(f"{other}/twilio/inbound", TEXT)
            answer = twilio.post("/twilio/inbound", TEXT, X_Twilio_Signature=wrong)
            assert answer.status_code == 403, (public_url, other)


# What staff see of requests that were refused or came to a wrong address.

ACCOUNT_SID = "AC" + 32 * "0"


def recent(twilio):
    return application_of(twilio).callback_problems.recent()


def problems(twilio):
    return {each.problem: each.count for each in recent(twilio)}


LIKE_TWILIOS = (
    (TEXT | {"AccountSid": ACCOUNT_SID}, {}),
    (REPORT | {"AccountSid": ACCOUNT_SID}, {}),
    (TEXT, {"Content_Type": "text/plain"}),
    (padded(LARGEST_BODY + 1), {}),
)


def test_a_repeat_is_counted_for_the_event_that_it_repeats(world, twilio, sent, path):
    for _ in range(3):
        twilio.post(path)
    dedupe = world.last(sent).row.columns["dedupe"]
    assert application_of(twilio).repeated_callbacks.of([dedupe])[dedupe].times == 2


def test_a_refused_request_that_looks_like_twilios_is_counted(twilio):
    count = 0
    for path in ("/twilio/inbound", "/twilio/elsewhere"):
        for form, headers in LIKE_TWILIOS:
            twilio.post(path, form, X_Twilio_Signature="wrong", **headers)
            count += 1
            assert problems(twilio) == {"wrong_signature": count}


STRANGERS = (
    (TEXT | {"AccountSid": "AC" + 32 * "9"}, {"X_Twilio_Signature": "wrong"}),
    (TEXT, {"X_Twilio_Signature": "wrong"}),
    (TEXT | {"AccountSid": ACCOUNT_SID}, {"X_Twilio_Signature": None}),
    (TEXT, {"X_Twilio_Signature": None, "Content_Type": "text/plain"}),
)


def test_a_request_of_a_stranger_is_not_counted(twilio):
    for form, headers in STRANGERS:
        twilio.post("/twilio/inbound", form, **headers)
        twilio.post("/twilio/elsewhere", form, **headers)
        assert problems(twilio) == {}


def test_a_signed_request_that_cannot_be_used_is_counted(world, twilio):
    twilio.post("/twilio/inbound", {"CallSid": "CA1", "From": ADA})
    (problem,) = recent(twilio)
    assert (problem.problem, problem.last_path) == ("unusable", "/twilio/inbound")


def test_a_call_to_a_wrong_address_is_counted_with_its_path_and_no_query(world, twilio):
    assert get(twilio, "/twilio/voice", {"CallSid": "CA1", "From": ADA}).status_code == 404
    (problem,) = recent(twilio)
    assert (problem.problem, problem.last_path) == ("wrong_address", "/twilio/voice")


def test_what_is_taken_is_no_problem(world, twilio, path):
    twilio.post(path)
    twilio.post("/twilio/inbound", TEXT)
    twilio.post("/twilio/status")
    assert problems(twilio) == {}


# Whatever comes.

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
names = st.sampled_from(
    ["MessageSid", "MessageStatus", "ErrorCode", "From", "To", "Body", "OptOutType"]
)
pairs = st.lists(st.tuples(names | words, words | st.sampled_from(["STOP", ADA, "0", "30006"])))
places = st.sampled_from(["/twilio/status", "/twilio/inbound", "right"]) | st.builds(
    lambda *parts: "/twilio/status/" + "/".join(quote(part, safe="") for part in parts),
    words,
    words | st.integers().map(str),
    words,
)


@fewer(5)
@given(place=places, form=pairs)
def test_no_genuine_form_makes_a_500(new_world, place, form):
    with new_world() as world:
        path = address(world, tell(world)) if place == "right" else place
        answer = twilio_to(world).post(path, form)
        assert answer.status_code in {204, 400, 404}


def one_line(text):
    """The text as a header can hold it."""
    return text.encode().decode("latin-1").replace("\r", "").replace("\n", "")


odd_requests = st.fixed_dictionaries(
    {
        "body": st.binary(max_size=200),
        "Content_Type": st.sampled_from([FORM, "application/json", "multipart/form-data", ""])
        | words.map(one_line),
        "X_Twilio_Signature": words.map(one_line),
    }
)


@fewer(5)
@given(place=places | words.map(lambda text: "/twilio/" + quote(text)), odd=odd_requests)
def test_nothing_that_anybody_posts_makes_a_500_or_is_stored(new_world, place, odd):
    with new_world() as world:
        path = address(world, tell(world)) if place == "right" else place
        with nothing_recorded(world):
            assert 300 <= twilio_to(world).post(path, **odd).status_code < 500


# Through the real server.


@dataclass
class Wire:
    """Speaks HTTP to a real server, byte by byte."""

    url: str

    def post(self, target, form=REPORT, *, path=None, body=None, **headers):
        """The status of one request; `path` is what was signed, where it is not the target."""
        sent = urlencode(form).encode() if body is None else body
        given = {
            "Host": ELSEWHERE,
            "Content-Type": FORM,
            "Content-Length": str(len(sent)),
            "X-Twilio-Signature": signature(PUBLIC_URL + (path or target), form),
            "Connection": "close",
        }
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"{name}: {value}" for name, value in given.items() if value is not None]
        head = "\r\n".join([f"POST {target} HTTP/1.1", *lines, "", ""])
        return self.ask(head.encode("latin-1") + sent)

    def ask(self, request):
        parts = urlsplit(self.url)
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
            connection.sendall(request)
            return int(connection.makefile("rb").readline().split()[1])


@contextmanager
def serving(world, **changed):
    app = genuine(world, **changed)
    server = create_server(
        app, create_receiver(app), listener=listen("127.0.0.1", 0), limits=LIMITS
    )
    server.start()
    yield Wire(server.url)
    server.stop()


@pytest.fixture
def wire(world):
    with serving(world) as opened:
        yield opened


def chunked(body, size=8192):
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [*parts, b""])


def test_the_real_server_takes_a_genuine_callback(world, wire, sent, path):
    assert wire.post(path) == 204
    assert world.topics(sent)[-1] == "CallbackReceived"


@pytest.mark.parametrize("query", QUERIES)
def test_the_real_server_leaves_the_query_as_it_is_written(world, wire, sent, path, query):
    assert wire.post(path + query) == 204
    assert world.topics(sent)[-1] == "CallbackReceived"


@pytest.mark.parametrize("written", ["%C3%A9", "%7C", "a%2Fb", "%2e", "%25"])
def test_the_real_server_leaves_the_path_as_it_is_written(world, wire, written):
    assert wire.post(f"/twilio/status/{written}/1/token") == 204
    assert len(strays(world)) == 1


@pytest.mark.parametrize("trouble", [locked, full, gone, replaced])
def test_the_real_server_answers_503_while_the_store_cannot_take_it(
    world, monkeypatch, path, trouble
):
    with monkeypatch.context() as changed:
        changed.setattr("webapp.door.PATIENCE_SECONDS", 0.2)
        with serving(world) as wire, nothing_recorded(world), trouble(world):
            assert wire.post(path, padded(30_000)) == 503
    with serving(world) as wire:
        assert wire.post(path) == 204


def test_the_real_server_takes_a_get_and_logs_nothing_of_it(world, wire, caplog, capfd):
    caplog.set_level("DEBUG")
    texts = (TEXT, TEXT | {"MessageSid": "SM3"}, {"From": BEN, "Body": "Thank you"})
    for path, form in zip(("/inbound", "/elsewhere", "/inbound"), texts, strict=True):
        target = f"/twilio{path}?{urlencode(form)}"
        signed = signature(PUBLIC_URL + target, {})
        wire.ask(
            f"GET {target} HTTP/1.1\r\nHost: {ELSEWHERE}\r\nConnection: close\r\n"
            f"X-Twilio-Signature: {signed}\r\n\r\n".encode()
        )
    assert world.topics(world.contact()) == ["InboundReceived", "InboundReceived"]
    printed = capfd.readouterr()
    for secret in ("5550101", "5550102", "Thank"):
        assert secret not in caplog.text + printed.out + printed.err


def test_the_real_server_takes_a_body_in_chunks(world, wire, sent, path):
    body = chunked(urlencode(REPORT).encode(), 7)
    assert wire.post(path, body=body, Content_Length=None, Transfer_Encoding="chunked") == 204
    assert world.topics(sent)[-1] == "CallbackReceived"


def test_the_real_server_refuses_a_large_body_with_413(world, wire, path):
    with nothing_recorded(world):
        assert wire.post(path, padded(LARGEST_BODY + 1)) == 413


def test_the_real_server_refuses_a_large_body_in_chunks_with_413(world, wire, path):
    form = padded(2 * LARGEST_BODY)
    body = chunked(urlencode(form).encode())
    headers = {"Content_Length": None, "Transfer_Encoding": "chunked"}
    with nothing_recorded(world):
        assert wire.post(path, form, body=body, **headers) == 413


@pytest.mark.parametrize(
    "headers", [{}, {"X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "http"}]
)
def test_the_real_server_refuses_a_wrong_signature(world, wire, path, headers):
    with nothing_recorded(world):
        assert wire.post(path, X_Twilio_Signature="wrong" * 6, **headers) == 403


@pytest.mark.parametrize(
    "target",
    [
        "twilio/inbound",
        "http://elsewhere.example/twilio/inbound",
        "http://elsewhere.example:1x/twilio/inbound",
        "@elsewhere.example/twilio/inbound",
        "//elsewhere.example:1x/twilio/inbound",
    ],
)
def test_a_target_that_is_not_a_path_is_refused(world, target):
    with nothing_recorded(world), serving(world, public_url="http://127.0.0.1:8000") as wire:
        assert 300 <= wire.post(target, TEXT) < 500
