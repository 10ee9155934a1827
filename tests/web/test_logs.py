"""The log: what each line says of itself, and that none has a number, a name or a text."""

import io
import json
import logging
import re
import sqlite3
import sys
import threading
import urllib.request
import warnings
from collections.abc import Iterator
from urllib.error import HTTPError

import pytest

from kit.log_watch import PERSONAL as PERSONAL_DATA
from kit.log_watch import personal_lines
from kit.logs import logging_restored
from kit.provider import refusal
from kit.staff import Staff, link_token, served
from kit.world import ADA, BEN, World
from ledger.domain.events import Person
from ledger.errors import BadInput, StoreUnavailable
from webapp import logs
from webapp.app import create_app

PERSONAL = ("4155550101", "4155550102", "Ada", "Lovelace", "Ben Okri", "aid form")
LINE = r"timestamp=[-\dT:.]+Z level=(warning|error|critical) logger=[\w.]+ (request_id=\w+ )?event="


@pytest.fixture
def log(monkeypatch) -> Iterator[io.StringIO]:
    """What the program would write to standard error."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    with logging_restored():
        logs.set_up_logging()
        yield written


def broken_by(error: Exception) -> None:
    first_name = "Ada Lovelace"  # the value of a variable
    raise error from ValueError(f"{first_name} has {ADA}")


def test_a_line_has_time_level_logger_and_words(log):
    logging.getLogger("webapp.x").warning("Nothing is %s.\nAgain.", "sent")
    assert re.fullmatch(LINE + r'"Nothing is sent.\\nAgain."\n', log.getvalue())


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyError(ADA), "builtins.KeyError"),
        (BadInput("Ada Lovelace is no number."), "ledger.errors.BadInput"),
        (StoreUnavailable("The disk is full."), "StoreUnavailable: The disk is full."),
        (FileNotFoundError(2, "No such file", "Ada.csv"), "builtins.FileNotFoundError 2"),
    ],
)
def test_an_exception_is_logged_by_class_and_place_without_what_it_repeats(log, error, words):
    try:
        broken_by(error)
    except type(error):
        logging.getLogger("webapp.x").exception("It broke.")
    assert words in log.getvalue()
    assert "test_logs.py" in log.getvalue()
    assert "builtins.ValueError" in log.getvalue()
    assert [each for each in PERSONAL if each in log.getvalue()] == []


def test_the_database_names_its_code_and_no_parameter(log):
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE t (phone TEXT UNIQUE)")
        try:
            connection.executemany("INSERT INTO t VALUES (?)", [(ADA,), (ADA,)])
        except sqlite3.IntegrityError:
            logging.getLogger("webapp.x").exception("Not stored.")
    connection.close()
    assert "sqlite3.IntegrityError SQLITE_CONSTRAINT_UNIQUE" in log.getvalue()


def test_numbers_in_the_words_of_libraries_are_hidden(log):
    logging.getLogger("urllib3").warning("Retrying /Messages.json?To=%%2B14155550101 for %s", ADA)
    assert "To=(a number) for (a number)" in log.getvalue()


@pytest.mark.parametrize(
    ("written", "line", "kinds"),
    [
        ("Texted (415) 555-0101.", "Texted (a number).", "number"),
        ("Texted 415.555.0101 and 14155550101", "Texted (a number) and (a number)", "number"),
        ("Texted 0044 7700 900144, 020 7946 0123.", "Texted (a number), (a number).", "number"),
        ("whatsapp:5215512345678.", "whatsapp:(a number).", "number"),
        (
            "postgresql://ledger:s3cret@db.example/ledger",
            "postgresql://ledger:(left out)@db.example/ledger",
            "database_password",
        ),
        ("{'Authorization': 'Basic QUMx'}", "{'Authorization': (left out)'}", "authorization"),
        ("Bearer QUMxOnRva2VuIGFuZCBtb3Jl", "Bearer (left out)", "authorization"),
        ("GET /sign-in/q83vEg-_x", "GET /sign-in/(left out)", "link"),
        ("GET /shared/q83vEg-_x", "GET /shared/(left out)", "link"),
        ("/twilio/status/del_1/2/q83vEg", "/twilio/status/del_1/2/(left out)", "token"),
        ("csrf_token=q83vEg&q=1", "csrf_token=(left out)&q=1", "secret"),
        ("{'password': 'correct horse'}", "{'password': '(left out) horse'}", "secret"),
        ("{'first_name': 'Ada', 'n': 1}", "{'first_name': (left out), 'n': 1}", "words"),
        ("?Body=Hello+Ada&n=1", "?Body=(left out)&n=1", "words"),
    ],
)
def test_personal_data_and_secrets_are_taken_out_and_the_line_is_marked(log, written, line, kinds):
    logging.getLogger("library").warning("%s", written)
    assert line in log.getvalue()
    assert log.getvalue().endswith(f" redacted={kinds}\n")


def test_a_sealed_part_is_taken_out_whole(log):
    person = Person(phone=ADA, name="Ada (Lovelace)", fields={"class": "Room) 4"})
    logging.getLogger("library").warning("Not sent: %s", [person])
    assert 'event="Not sent: [Person(left out)" redacted=' in log.getvalue()


@pytest.mark.parametrize(
    "words",
    [
        "LEDGER_SIGNING_KEY is not set: no checkpoint is made.",
        "The head is 1,234,567 of 1234567890123456; wrote 4096 bytes in 0.25 s.",
        "Started at 2026-11-21T10:31:07.204113Z; camp_1234567890 and del_4155550101abc stay.",
        "TWILIO_AUTH_TOKEN is not the token of this account.",
    ],
)
def test_ordinary_words_are_left_alone(log, words):
    logging.getLogger("webapp.x").warning("%s", words)
    assert words in log.getvalue()
    assert "redacted" not in log.getvalue()


def test_the_suite_knows_its_own_personal_data():
    logging.getLogger("webapp.x").warning("Ada Lovelace was texted.")
    assert [line for line in personal_lines() if "Lovelace" in line] != []
    for written in (ADA, "(415) 555-0101", "415 555 0177", "%2B14155550101", "an aid form"):
        assert PERSONAL_DATA.search(written), written


def test_what_asyncio_shows_of_a_task_is_left_out(log):
    logging.getLogger("asyncio").error("Task exception was never retrieved\nfuture: <Ada>")
    assert 'event="Task exception was never retrieved"' in log.getvalue()


def test_warnings_and_uncaught_exceptions_are_lines_too(log, monkeypatch):
    monkeypatch.setattr(sys, "stderr", log)  # pytest put its own there meanwhile
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logs.set_up_logging()
        warnings.warn("old", stacklevel=1)
    thread = threading.Thread(target=broken_by, args=[KeyError(ADA)], name="views")
    thread.start()
    thread.join()
    sys.excepthook(KeyError, KeyError(ADA), None)
    first, second, third = log.getvalue().splitlines()
    assert "level=warning logger=py.warnings" in first
    assert "The thread views ended because of an error." in second
    assert "The program ends because of an error." in third
    assert ADA not in log.getvalue()


def test_the_format_is_a_setting(log, monkeypatch):
    monkeypatch.setenv("LEDGER_LOG_FORMAT", "json")
    logging.getLogger("webapp.x").error("One")
    line = json.loads(log.getvalue())
    assert (line["level"], line["logger"], line["event"]) == ("error", "webapp.x", "One")
    assert line["timestamp"].endswith("Z")


def test_a_whole_run_logs_no_personal_data(log, world: World, staff: Staff, monkeypatch):
    """A launch, refusals and faults of Twilio, texts and forms of people, and a broken page."""
    world.provider.will_answer(ADA, refusal(21211, words=f"{ADA} is no number of Ada"))
    world.provider.will_answer(BEN, KeyError("Ben Okri"))
    world.launch([ADA, BEN], message="{{first_name}}, your aid form")
    world.send()
    world.catch_up()
    monkeypatch.setattr(type(world.app.status), "campaign", lambda *_: broken_by(KeyError(ADA)))
    staff.app.config["PROPAGATE_EXCEPTIONS"] = False
    staff.client.post("/opt-outs", data={"q": ADA})
    link = f"/sign-in/{link_token(world.app.accounts, 'Ada Lovelace')}"
    staff.press(link)
    answer = staff.open("/campaigns/cam_1?q=Lovelace")
    assert answer.status_code == 500
    lines = log.getvalue().splitlines()
    assert [line for line in lines if not re.match(LINE, line)] == []
    assert any("An error at campaigns.show" in line for line in lines)
    assert [each for each in (*PERSONAL, link) if each in log.getvalue()] == []


def test_the_line_of_a_request_has_the_id_of_its_answer(log, world: World, monkeypatch):
    monkeypatch.setattr(type(world.app.views), "parked", lambda _: broken_by(KeyError(ADA)))
    with served(create_app(world.app)) as url, pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(f"{url}/health", timeout=15)
    with refused.value as answer:
        assert answer.status == 500
        assert f"request_id={answer.headers['X-Request-Id']} " in log.getvalue()
    assert "An error at health.health" in log.getvalue()
