"""A server that is stopped rather than dead: PostgreSQL's, and Twilio's.

Callbacks and pages are answered meanwhile, and the program recovers by itself afterwards.
"""

import signal
import time
import urllib.error
import urllib.request

import pytest

from kit.commands import SchoolInProcess
from kit.load import Load, check_school
from kit.processes import reserve_port
from kit.raw_http import RawTwilio
from webapp.bootstrap import build
from webapp.settings import read_settings

TWILIOS_PATIENCE = 15
FROZEN_SECONDS = 20


def seconds_of(url):
    """How long a page takes, and its status."""
    began_at = time.monotonic()
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            status = answer.status
    except urllib.error.HTTPError as error:
        with error:
            status = error.code
    return time.monotonic() - began_at, status


def wait_until_sent_by(school, standin):
    """Return once the sender has started, and sent a text of another campaign."""
    before = len(standin.messages())
    school.launch("Another,+14155559999")
    deadline = time.monotonic() + 60
    while len(standin.messages()) == before:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.torture
def test_a_postgresql_that_is_frozen_holds_nobody(postgres_school, durable_postgres, standin):
    load = Load.about(standin)
    with postgres_school.serving() as web, postgres_school.running("send") as sender:
        wait_until_sent_by(postgres_school, standin)
        with load.running():
            load.wait_for(20)
            with durable_postgres.frozen():
                until = time.monotonic() + FROZEN_SECONDS
                while time.monotonic() < until:
                    seconds, status = seconds_of(f"{postgres_school.url}/health")
                    assert seconds < TWILIOS_PATIENCE
                    assert status in {200, 503}
            load.wait_for(20)
        assert 0 not in load.answers, "a callback was not answered in Twilio's time"
        assert (web.poll(), sender.poll()) == (None, None)
    check_school(postgres_school, load)


@pytest.mark.torture
def test_a_twilio_that_hangs_holds_neither_callbacks_nor_pages_nor_the_end(tmp_path):
    """Nobody is texted twice by it, and what it may have taken is an unknown outcome."""
    people = [f"P{number},+1415555{3000 + number}" for number in range(40)]

    def hang(connection):
        while connection.recv(65_536):
            pass

    with RawTwilio().running() as twilio:
        for number in range(40):
            twilio.will_answer(f"+1415555{3000 + number}", *(10 * [hang]))
        school = SchoolInProcess(
            tmp_path,
            reserve_port(),
            twilio.url,
            {"LEDGER_SECRET_KEY": "a secret for the tests alone"},
        )
        school.launch(*people)
        with school.serving(), school.running("send") as sender:
            twilio.wait_until_texted(lambda numbers: len(numbers) >= 5)
            for path in ("/health", "/sign-in"):
                seconds, status = seconds_of(school.url + path)
                assert (seconds < 5, status) == (True, 200)
            began_at = time.monotonic()
            sender.send_signal(signal.SIGTERM)
            sender.wait(TWILIOS_PATIENCE + FROZEN_SECONDS)
            assert time.monotonic() - began_at < FROZEN_SECONDS
        assert len(twilio.texted) == len(set(twilio.texted))
        app = build(read_settings(school.environment))
        topics = [event.topic for event in app.ledger.reader.events(limit=10_000)]
    assert topics.count("AttemptStarted") == topics.count("AttemptOutcomeUnknown")
