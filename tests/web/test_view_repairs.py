"""Rows of the views that somebody changed: found by comparison, replaced, and told at /health."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from kit.clock import MONDAY, Passes
from kit.forging import forging
from kit.staff import Staff
from kit.store import ledger_file
from kit.world import ADA, BEN, World, environment
from ledger.domain.standing import Stage, rank
from ledger.errors import LedgerDamaged
from ledger.store.engine import writing
from projections.conversations.tables import inbound_texts
from projections.tables.schema import campaigns, enrolments, standings
from webapp.background.commands import keep_verified
from webapp.parts.proof import repair_views
from webapp.view_repairs import ViewComparison


@pytest.fixture
def campaign(world):
    campaign_id = world.launch([ADA, BEN], name="Fall aid")
    world.send()
    world.inbound("a question", ADA)
    world.catch_up()
    return campaign_id


def forge(world: World, *changes: sa.Update | sa.Insert | sa.Delete) -> None:
    with writing(world.app.views.engine) as connection:
        for change in changes:
            connection.execute(change)


def repair(world: World) -> dict[str, int]:
    return dict(repair_views(world.app, lambda _done, _total: None))


def health(world: World) -> dict[str, object]:
    return Staff(world).open("/health").json["views_compared"]


FORGED = {"campaigns": 1, "enrolments": 2, "inbound_texts": 1, "standings": 2}
"""Table → rows that are forged; the index of people was made from the forged numbers."""


@pytest.mark.both_databases
def test_forged_rows_of_any_table_are_replaced(world, campaign):
    right = world.statuses(campaign)
    forge(
        world,
        sa.update(standings).values(status="delivered", rank=1 << 30),
        sa.update(campaigns).values(name="Forged", delivered=2),
        sa.update(enrolments).values(phone="+14155559999"),
        sa.delete(inbound_texts),
    )
    assert "Forged" in Staff(world).read("/campaigns")
    repaired = repair(world)
    assert {table: repaired[table] for table in FORGED} == FORGED
    assert world.statuses(campaign) == right
    assert "Forged" not in Staff(world).read("/campaigns")
    assert list(world.app.views.differences()) == []


def test_health_tells_of_the_last_repair_also_after_later_comparisons(world, campaign):
    assert health(world) is None
    forge(world, sa.update(standings).values(code="30006"))
    repair(world)
    told = {
        "at": "2026-03-02T09:00:00+00:00",
        "repaired_at": "2026-03-02T09:00:00+00:00",
        "repaired_rows": 2,
        "repaired_tables": "standings",
    }
    assert health(world) == told
    world.clock.advance(hours=2)
    assert repair(world) == {}
    assert health(world) == told | {"at": "2026-03-02T11:00:00+00:00"}


def test_right_views_are_not_rebuilt_from_events_that_were_altered(world, campaign):
    """A rebuild believes the events: it would show what was forged there."""
    world.close()
    with forging(ledger_file(world.folder)) as file:
        file.execute("UPDATE events SET rank = 1000 WHERE topic = 'AttemptAccepted'")
    again = world.again()
    right = again.statuses(campaign)
    with pytest.raises(LedgerDamaged, match="the ledger itself is not what was recorded"):
        repair(again)
    assert again.statuses(campaign) == right


def test_views_with_a_parked_event_are_compared_too(world, campaign):
    world.close()
    with forging(ledger_file(world.folder)) as file:
        file.execute(
            "UPDATE contact_keys SET wrapped_key = zeroblob(60) WHERE subject_id LIKE 'con%'"
        )
    again = world.again()
    again.app.views.repair()
    assert again.app.views.parked() != []
    forge(again, sa.update(campaigns).values(name="Forged"))
    assert again.app.views.repair() == {"campaigns": 1}


def test_the_views_are_compared_every_ten_minutes_and_not_all_the_time():
    def is_due(minutes: int, *, took: float = 1.0) -> bool:
        last = ViewComparison(began_at=MONDAY, seconds=took)
        return last.is_due_again(MONDAY + timedelta(minutes=minutes))

    assert [is_due(9), is_due(10), is_due(-1)] == [False, True, True]
    assert [is_due(99, took=300.0), is_due(100, took=300.0)] == [False, True]


def test_a_server_compares_the_views_once_the_ledger_was_verified(
    world, campaign, monkeypatch, caplog
):
    for name, value in environment(world.url).items():
        monkeypatch.setenv(name, value)
    forge(world, sa.update(standings).values(code="30006"))
    keep_verified(world.app, Passes(1))
    assert health(world) is None
    world.clock.advance(datetime.now(UTC) - world.clock.now())
    keep_verified(world.app, Passes(1))
    assert health(world)["repaired_rows"] == 2
    (record,) = [each for each in caplog.records if each.name == "webapp.background.commands"]
    assert record.getMessage() == (
        "delivery-ledger: 2 rows of the views (standings) were not what the events say. All "
        "views were rebuilt."
    )


def test_the_page_of_a_contact_never_shows_a_forged_status(world, campaign):
    staff, ada = Staff(world), world.delivery(campaign, ADA)
    path = f"/deliveries/{ada}"
    live = {"X-Live": "1"}
    right = staff.read(path), staff.open(path, headers=live).text
    top = rank(1, Stage.DELIVERED)
    change = {"status": "delivered", "rank": top, "late_rank": top}
    forge(world, sa.update(standings).values(**change))
    assert "Delivered" in staff.read(f"/campaigns/{campaign}")
    assert (staff.read(path), staff.open(path, headers=live).text) == right
