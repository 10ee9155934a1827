"""Callbacks and pages at one port: what each is asked for, and what strangers get."""

import re
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests
from werkzeug.test import create_environ

from kit.desk import Line
from kit.provider import GENUINE
from kit.split import split_server
from kit.staff import NAME, Staff, form_token, link_token
from kit.store import ledger_file
from kit.world import BEN
from ledger.domain.vocabulary import Role
from webapp.accounts.web import may_ask
from webapp.api.app import is_of_api
from webapp.app import create_app
from webapp.callback_problems import Problem
from webapp.callbacks import LARGEST_BODY
from webapp.door import create_receiver, create_server
from webapp.pages.uploads import LARGEST_FILE, UPLOAD_PATHS
from webapp.serving import body
from webapp.serving.limits import KIB, Limits
from webapp.serving.listener import listen

ROOT = Path(__file__).parents[2]
LIMITS = Limits(connections=100, refusal_seconds=0)
FORM = "application/x-www-form-urlencoded"
TEXT = b"MessageSid=SM2&From=%2B14155550101&Body=Thank+you"


@contextmanager
def serving(world, make_app=create_app):
    server = create_server(
        world.app, make_app(world.app), listener=listen("127.0.0.1", 0), limits=LIMITS
    )
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(params=["one server", "split"])
def server(world, request):
    is_split = request.param == "split"
    with split_server(world.app, LIMITS) if is_split else serving(world) as opened:
        yield opened


@pytest.fixture
def lines(server):
    opened = []

    def connect():
        opened.append(Line(server))
        return opened[-1]

    yield connect
    for each in opened:
        each.close()


@pytest.fixture
def no_file(monkeypatch):
    """No body is kept outside of the first that arrives of it."""
    monkeypatch.setattr(body, "tempfile", None)


def signed(line, path, sent=TEXT, **headers):
    return line.ask(path, sent, Content0Type=FORM, X0Twilio0Signature=GENUINE, **headers)


@pytest.mark.parametrize("make_app", [create_app, create_receiver])
def test_callbacks_are_taken_beside_every_app(world, make_app):
    with serving(world, make_app) as server, closing(Line(server)) as line:
        assert signed(line, "/twilio/inbound").head()[0] == 204
    assert world.topics(world.contact()) == ["InboundReceived"]


UNSIGNED = [("GET", "/twilio/x"), ("POST", "/twilio/x"), ("POST", "/twilio/inbound")]


@pytest.mark.parametrize(("method", "path"), [*UNSIGNED, ("PUT", "/twilio/status/a/1/b")])
def test_an_unsigned_request_gets_a_bare_answer_before_its_body(
    world, lines, no_file, method, path
):
    asked = lines().ask(path, b"a=b", method=method, Content0Length="1000000")
    status, headers = asked.head()
    assert (status, headers["content-type"]) == (403, "text/plain; charset=utf-8")
    assert not {"set-cookie", "content-security-policy"} & headers.keys()
    assert world.app.callback_counts == {"refused": 1}
    assert world.app.callback_problems.recent() == []


def test_below_twilio_nothing_waits_for_the_views(world, lines):
    views = sqlite3.connect(world.app.views.engine.url.database, isolation_level=None)
    views.execute("BEGIN EXCLUSIVE")
    assert lines().ask("/twilio/x", method="GET").head()[0] == 403
    assert lines().ask("/twilio/x", X0Twilio0Signature="forged").head()[0] == 404
    assert signed(lines(), "/twilio/inbound").head()[0] == 204
    views.close()


@pytest.mark.parametrize("path", ["/twilio/x", "/campaigns", "/nothing", "/health", "/sign-in"])
def test_nothing_of_the_pages_answers_a_request_with_a_signature(world, lines, path):
    for signature in ("forged", GENUINE):
        asked = lines().ask(path, b"CallSid=CA1", Content0Type=FORM, X0Twilio0Signature=signature)
        status, headers = asked.head()
        assert (status, "set-cookie" in headers) == (404, False)
    (problem,) = world.app.callback_problems.recent()
    assert (problem.problem, problem.count, problem.last_path) == ("wrong_address", 1, path)


@pytest.mark.parametrize("host", ["a..b", "", "x" * 300, "[::", "é.example"])
def test_the_host_plays_no_part_for_callbacks(world, lines, host):
    assert signed(lines(), "/twilio/inbound", Host=host).head()[0] == 204
    assert lines().ask("/twilio/x", X0Twilio0Signature="forged", Host=host).head()[0] == 404


def test_a_signed_body_that_is_too_large_is_counted_and_not_read(world, lines, no_file):
    asked = signed(lines(), "/twilio/inbound", Content0Length=str(LARGEST_BODY + 1))
    assert asked.answer() == (413, "The body is too large.\n")
    (problem,) = world.app.callback_problems.recent()
    assert (problem.problem, problem.count) == (Problem.WRONG_SIGNATURE, 1)


MANY = b"&".join(b"n%d=" % number for number in range(198)) + b"&" + TEXT[:14]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (MANY + b"&From=%2B14155550101", 204),
        (MANY + b"&From=%2B14155550101&Body=Hi", 400),
        (b"n" * 201 + b"=&" + TEXT, 400),
        (b"n" * 200 + b"=&" + TEXT, 204),
        (b"%C3%A9" * 200 + b"=&" + TEXT, 204),
    ],
    ids=["200 parameters", "201 parameters", "201 letters", "200 letters", "200 escaped"],
)
def test_parameters_are_limited_before_they_are_signed(lines, sent, status):
    assert signed(lines(), "/twilio/inbound", sent).head()[0] == status


def test_more_parameters_in_the_query_are_refused_too(lines):
    target = "/twilio/inbound?" + "a=&" * 300
    asked = lines().ask(target, method="GET", X0Twilio0Signature=GENUINE)
    assert asked.head()[0] == 400


# The store does not answer.


def test_a_callback_that_is_not_durable_in_time_is_503_and_becomes_durable(world, monkeypatch):
    monkeypatch.setattr("webapp.door.PATIENCE_SECONDS", 0.2)
    with serving(world) as server, closing(Line(server)) as line:
        other = sqlite3.connect(ledger_file(world.folder), isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        status, headers = signed(line, "/twilio/inbound").head()
        assert (status, headers["retry-after"]) == (503, "5")
        other.close()
        world.opt_out(BEN)  # waits in the queue behind it
        assert world.topics(world.contact()) == ["InboundReceived"]
        line.file.read(int(headers["content-length"]))
        assert signed(line, "/twilio/inbound").head()[0] == 204
    assert world.app.callback_counts == {"unavailable": 1, "repeated": 1}


# Uploads.


@pytest.fixture
def staff(world, server):
    with requests.Session() as session:
        session.trust_env = False
        link = f"{server.url}/sign-in/{link_token(world.app.accounts, NAME)}"
        token = form_token(with_cookie(session, session.get(link)).text)
        form = {"csrf_token": token}
        with_cookie(session, session.post(link, data=form, allow_redirects=False))
        yield session


def with_cookie(session, answer):
    """Keep the cookie of the session, which a client would send by https only."""
    if given := re.search("ledger_session=[^;]+", answer.headers.get("Set-Cookie", "")):
        session.headers["Cookie"] = given[0]
    return answer


def posted(session, url, rows):
    """Post a file with this number of contacts, to be checked."""
    page = with_cookie(session, session.get(f"{url}/campaigns/new")).text
    token = form_token(page)
    lines = "".join(f"Given{n},+1415{5550000 + n}\n" for n in range(rows))
    return session.post(
        f"{url}/campaigns/new",
        data={"csrf_token": token, "name": "Fall", "message": "Hello"},
        files={"contacts": ("contacts.csv", "first_name,phone\n" + lines)},
        allow_redirects=False,
    )


def test_staff_may_post_a_large_file(server, staff):
    answer = posted(staff, server.url, 4000)
    assert (answer.status_code, "4,000" in answer.text) == (200, True)


def test_a_stranger_is_sent_to_sign_in_before_a_file_is_read(server, no_file):
    with requests.Session() as stranger:
        stranger.trust_env = False
        answer = posted(stranger, server.url, 4000)
    assert (answer.status_code, answer.headers["location"]) == (302, "/sign-in")


PAGES_WITH_FILES = sorted(path for path in UPLOAD_PATHS if not is_of_api({"PATH_INFO": path}))
"""The API admits by tokens; its tests try that."""


@pytest.mark.parametrize("path", PAGES_WITH_FILES)
def test_who_may_not_act_is_refused_before_a_file_is_read(world, lines, path):
    """Staff, who may, are asked for it."""
    for role, status in ((Role.VIEWER, 403), (Role.AUDITOR, 403), (Role.STAFF, 100)):
        cookie = Staff(world, role.value, role=role).client.get_cookie("ledger_session").value
        asked = lines().ask(
            path,
            Cookie=f"ledger_session={cookie}",
            Expect="100-continue",
            Content0Length=str(LARGEST_FILE),
        )
        assert asked.head()[0] == status


@pytest.mark.parametrize("host", ["a..b", "[::", "x" * 300])
def test_an_unreadable_host_does_not_hide_who_asks(world, host):
    environ = create_environ("/campaigns/new", method="POST", headers={"Host": host})
    assert not may_ask(create_app(world.app), environ)


@pytest.mark.parametrize("path", ["/", "/sign-in", "/campaigns", "/opt-outs", "/nothing"])
def test_a_large_body_is_refused_at_every_other_address(lines, no_file, path):
    asked = lines().ask(path, b"x" * 1000, Content0Length=str(33 * 2**20))
    assert asked.answer() == (413, "The body is too large.\n")


def test_every_form_with_a_file_is_posted_where_files_are_taken(world):
    views = {
        rule.endpoint: rule.rule
        for rule in create_app(world.app).url_map.iter_rules()
        if "POST" in (rule.methods or ())
    }
    pages = [page.read_text() for page in (ROOT / "webapp/templates").rglob("*.html")]
    forms = [form for page in pages for form in re.findall(r"<form [^>]*multipart[^>]*>", page)]
    targets = {re.search(r"url_for\('([\w.]+)'\)", form)[1] for form in forms}
    assert sorted(views[target] for target in targets) == PAGES_WITH_FILES


# The page of limits.


def test_the_page_has_every_limit():
    page = (ROOT / "docs/reference/http.md").read_text()
    limits = Limits(connections=1000)
    paths, places = "` and `".join(PAGES_WITH_FILES), limits.page_requests
    rows = {
        "open connections": f"{limits.connections:,}, or fewer",
        "time for a head, from its first byte": f"{limits.head_seconds} seconds |",
        "time between two requests": f"{limits.idle_seconds} seconds, longer",
        "size of a head": f"{limits.head_bytes // KIB} KB, {limits.headers} headers |",
        "size of an address with its query, outside of `/twilio/`": (
            f"{limits.target_bytes // KIB} KB |"
        ),
        "requests sent before an earlier answer": f"{limits.requests_ahead} |",
        "size of a body": f"{limits.body_bytes // KIB} KB |",
        f"size of a file, at `{paths}`, and of a body that brings contacts or opt-outs to the "
        "[API](api.md)": (
            f"{LARGEST_FILE // KIB**2} MB, after signing in or with a token that may act;"
        ),
        "parts of a body: its chunks, or the packets in which it comes": f"{limits.body_parts:,}, "
        f"and one more for each {limits.body_part_bytes} bytes |",
        "time for a body": f"{limits.body_seconds} seconds, and one more for each "
        f"{limits.body_bytes_per_second // KIB} KB |",
        "time for the rest of a body that was refused": f"{limits.rest_seconds} seconds |",
        "time while a client takes nothing of its answer": f"{limits.stalled_seconds} seconds |",
        "requests for pages at the same time": f"{places}; once {places // 2} are taken, "
        f"{places // 4} for one address |",
        "requests for `/health`, `/metrics` and `/readyz` at the same time": (
            f"{limits.probe_requests}; pages"
        ),
        "callbacks that wait for the ledger": f"{limits.promises:,} |",
        "answers to wrong signatures, and to `OPTIONS` below `/twilio/`": "after half a second |",
        "requests for `/livez`, and for `/health`, `/metrics` and `/readyz` together": (
            f"{limits.probes_per_second} in a second at once |"
        ),
    }
    assert [row for row, value in rows.items() if f"| {row} | {value}" not in page] == []
    assert limits.refusal_seconds == 0.5
    assert limits.body_bytes == LARGEST_BODY
