"""A clock that differs from Twilio's gives no second text, though answer and callback are lost.

Twilio is the stand-in, whose clock is shifted. It takes the text and gives no answer in time.
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kit.clock import ManualClock
from kit.processes import ACCOUNT, TOKEN
from kit.store import sqlite_url
from kit.world import World, environment
from ledger.providers.twilio import TwilioProvider
from webapp.bootstrap import build
from webapp.settings import read_settings
from webapp.standin import StandIn, StandInSettings, StoredBody

NO_ANSWER = "+14155551002"


@pytest.fixture
def standin(request):
    settings = StandInSettings(account_sid=ACCOUNT, auth_token=TOKEN, pace_seconds=0.0)
    with StandIn(replace(settings, **request.param)) as started:
        yield started


@pytest.fixture
def school(standin, tmp_path):
    """A world whose clock is this machine's, and whose Twilio is the stand-in."""
    url, clock = sqlite_url(tmp_path), ManualClock(datetime.now(UTC))
    settings = read_settings(environment(url) | {"LEDGER_PUBLIC_URL": "http://127.0.0.1:9"})
    account = replace(settings.twilio, api_url=standin.url, timeout_seconds=0.5)
    provider = TwilioProvider(account)
    app = build(settings, clock=clock, provider=lambda _settings: provider)
    world = World(url=url, clock=clock, provider=provider, app=app)
    yield world
    world.close()
    provider._api.http.session.close()


@pytest.mark.parametrize(
    "standin",
    [
        {"clock_ahead_seconds": ahead, "stored_body": body}
        for ahead in (-10_800, -600, -20, 20, 600, 10_800)
        for body in (StoredBody.WHOLE, StoredBody.REDACTED)
    ],
    indirect=True,
    ids=lambda changed: f"{changed['clock_ahead_seconds']} s, {changed['stored_body']}",
)
def test_a_lost_answer_and_lost_callbacks_give_one_text(school, standin):
    delivery_id = school.delivery(school.launch([NO_ANSWER]), NO_ANSWER)
    school.send()
    assert school.topics(delivery_id)[-1] == "AttemptOutcomeUnknown"
    for _ in range(6):
        school.clock.advance(hours=3)
        school.send()
    assert [text.to for text in standin.messages()] == [NO_ANSWER]
    row = school.row(delivery_id)
    assert row.needs_decision or row.status == "delivered"
