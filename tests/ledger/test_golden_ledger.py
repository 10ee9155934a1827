"""A ledger written before the rooms were moved opens, verifies, rebuilds and says the same.

`golden_ledger/ledger.sql` is its whole database, with every type of event that there was; beside it
stands what the program showed of it at that time.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from kit.bundles import export, verified
from kit.store import ledger_file
from kit.world import ADA, World
from ledger.domain.events import EVENT_TYPES
from webapp.parts.proof import verify_ledger

GOLDEN = Path(__file__).parent / "golden_ledger"
EXPECTED = json.loads((GOLDEN / "expected.json").read_text())


@pytest.fixture
def golden(tmp_path, clock, provider):
    """The ledger as it lay on the disk, opened by this program half a day later."""
    file = ledger_file(tmp_path)
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript((GOLDEN / "ledger.sql").read_text())
    file.with_name("ledger.signing_key").write_text(EXPECTED["signing_key"])
    clock.advance(hours=12)
    world = World.open(f"sqlite:///{file}", clock, provider)
    yield world
    world.close()


def shown(row):
    return {
        "delivery_id": row.delivery_id,
        "phone": row.phone,
        "name": row.name,
        "status": row.status,
        "attempts": row.attempts,
        "failed_reason": row.failed_reason,
        "is_conflict": row.is_conflict,
        "after_archive": row.after_archive,
        "is_opted_out": row.is_opted_out,
    }


def test_every_type_of_its_events_is_still_known(golden):
    """Types that came later have golden files of their own."""
    assert golden.app.ledger.reader.head() == EXPECTED["head"]
    assert set(EXPECTED["topics"]) <= {event_type.topic for event_type in EVENT_TYPES}


def test_it_verifies(golden):
    verified = verify_ledger(golden.app.settings, {}, lambda _done, _total: None)
    assert (verified.faults, verified.right_count, verified.kept_count) == ([], EXPECTED["head"], 1)


def test_its_bundle_proves_every_event_and_status(golden, tmp_path):
    answer = verified(export(golden, tmp_path / "all.zip"))
    assert answer.text.startswith(f"Right: all {EXPECTED['head']} events"), answer.text


@pytest.mark.parametrize("campaign_id", EXPECTED["campaigns"])
def test_the_bundles_of_its_campaigns_prove_every_status(golden, tmp_path, campaign_id):
    answer = verified(export(golden, tmp_path / "one.zip", campaign_id=campaign_id))
    assert answer.text.startswith(f"Right: campaign {campaign_id}: every status proven\n")


@pytest.mark.parametrize("campaign_id", EXPECTED["campaigns"])
def test_its_campaigns_show_the_same(golden, campaign_id):
    expected = EXPECTED["campaigns"][campaign_id]
    row = golden.campaign(campaign_id)
    assert (row.name, row.state) == (expected["name"], expected["state"])
    assert vars(row.counts) == expected["counts"]
    assert [shown(contact) for contact in golden.rows(campaign_id)] == expected["contacts"]


@pytest.mark.parametrize("seq", EXPECTED["as_of"])
def test_its_past_shows_the_same(golden, seq):
    golden.catch_up()
    past = golden.app.status.as_of(int(seq)).campaigns()
    assert {row.campaign_id: vars(row.counts) for row in past} == EXPECTED["as_of"][seq]


def test_its_views_are_those_of_a_rebuild(golden):
    golden.catch_up()
    assert list(golden.app.views.differences()) == []


def test_it_goes_on(golden, provider):
    campaign_id = golden.launch([ADA], name="After the move")
    golden.send()
    delivery_id = golden.delivery(campaign_id)
    golden.callback(delivery_id, status="delivered")
    assert golden.row(delivery_id).status == "delivered"
    assert ADA in {text.to for text in provider.sent}
