"""Values that nobody can mean, in any column of the views and of the events: all goes on."""

import itertools

import pytest
import sqlalchemy as sa

from kit.commands import SchoolInProcess
from kit.everything import Everything, everything
from kit.forging import VALUES, put_value
from kit.store import ledger_file
from kit.world import World, environment
from ledger.store.rows import TYPED_COLUMNS

ROW = tuple[str, str, str]
"""Table, column and one of VALUES."""

VIEWS = (
    ("position", "seq", "a text"),
    ("position", "seq", "a huge number"),
    ("position", "ledger_id", "a broken text"),
    ("campaigns", "message", "bytes"),
    ("campaigns", "send_window", "a text"),
    ("campaign_acts", "at", "bytes"),
    ("enrolments", "name", "a broken text"),
    ("standings", "rank", "NULL"),
    ("standings", "due_at", "a text"),
)
"""Those that failed pages, or the catching up, until somebody repaired the views."""

EVENTS = (
    ("stream_id", "a text", "delivery_id = :delivery_id"),
    ("topic", "NULL", "topic = 'ContactEnrolled'"),
    ("contact_id", "NULL", "topic = 'ContactEnrolled'"),
    ("recorded_at", "NULL", "topic = 'CampaignLaunched'"),
    ("delivery_id", "a broken text", "topic = 'ContactEnrolled'"),
    ("seq", "a huge number", "topic = 'InboundReceived'"),
)
"""Column, one of VALUES, and in which event."""


@pytest.fixture
def told(world, provider, clock) -> Everything:
    return everything(world, provider, clock)


def views_file(world: World):
    return world.folder / "ledger.views.sqlite3"


def broken(told: Everything, rows: list[ROW], paths: list[str]) -> dict[ROW, object]:
    """Forge each row of the views in turn, and return what did not answer then."""
    found: dict[ROW, object] = {}
    for row in rows:
        put_value(views_file(told.world), *row)
        failing: dict[str, object] = dict(told.failing(paths))
        told.world.app.views.catch_up()
        if failing:
            found[row] = failing
        told.world.app.views.repair()
    return found


def test_pages_answer_whatever_stands_in_the_views(told):
    assert broken(told, list(VIEWS), told.main_paths) == {}
    health = told.open("/health").json
    assert (health["views_compared"]["repaired_rows"], health["views_refilled"]) == (1, 3)
    assert list(told.world.app.views.differences()) == []


@pytest.mark.torture
def test_every_page_answers_whatever_stands_in_any_column_of_the_views(told):
    with told.world.app.views.engine.connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        columns = [
            (table, column["name"])
            for table in tables
            for column in sa.inspect(connection).get_columns(table)
        ]
    rows = [(*column, value) for column, value in itertools.product(columns, VALUES)]
    assert broken(told, rows, told.paths(told.seqs["delivery"])) == {}


def test_a_page_is_right_again_at_once(told):
    page = f"/campaigns/{told.places['campaign_id']}"
    right = told.staff.read(page)
    put_value(views_file(told.world), "standings", "rank", "a text")
    assert told.staff.read(page) == right


def test_a_command_says_that_the_views_were_rebuilt(told):
    put_value(views_file(told.world), "standings", "rank", "a text")
    school = SchoolInProcess(told.world.folder, 1, settings=environment(told.world.url))
    words = ("campaign", "contacts", told.places["campaign_id"])
    done = school.run(*words)
    assert done.returncode == 1
    assert "level=error logger=webapp.view_faults" in done.stderr
    assert done.stderr.endswith(
        "\ndelivery-ledger: The views were not what the events say and were rebuilt. Run the "
        "command again.\n"
    )
    assert school.run(*words).returncode == 0


def test_the_sender_goes_on(told):
    told.world.allow_sending()
    told.world.resume(told.places["campaign_id"])
    put_value(views_file(told.world), "standings", "due_at", "a text", "due_at IS NOT NULL")
    told.world.send()


def forge_event(told: Everything, column: str, value: str, where: str) -> None:
    where = where.replace(":delivery_id", f"'{told.places['delivery_id']}'")
    assert put_value(ledger_file(told.world.folder), "events", column, value, where)


def stopped(world: World, told: Everything, paths: list[str]) -> dict[str, object]:
    """Return what does not answer, in a new program, with these views and with new ones."""
    found: dict[str, object] = {}
    for views in ("kept", "emptied"):
        if views == "emptied":
            world.app.views._reset()
        left = world.app.views.catch_up()
        failing = told.failing(paths)
        if left or failing:
            found[views] = (left, failing)
    return found


@pytest.mark.parametrize(("column", "value", "where"), EVENTS)
def test_no_event_stops_the_catching_up_or_a_page(told, column, value, where):
    forge_event(told, column, value, where)
    assert stopped(told.world, told, told.main_paths) == {}
    told.world.catch_up()
    assert told.world.app.views.position().seq == told.world.app.ledger.reader.head()


@pytest.mark.torture
@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("column", ["stream_id", "version", "topic", "recorded_at", *TYPED_COLUMNS])
def test_no_value_in_any_column_of_the_events_stops_anything(told, column, value):
    file = ledger_file(told.world.folder)
    for seq in range(1, told.world.app.ledger.reader.head() + 1):
        put_value(file, "events", column, value, f"seq = {seq}")
    assert stopped(told.world, told, told.paths(told.seqs["delivery"])) == {}


SUPERUSER = {
    "a window that is none": "UPDATE views.campaigns SET send_window = 'soon'",
    "a column of another type": "ALTER TABLE views.standings ALTER rank TYPE text",
    "a column that is gone": "ALTER TABLE views.enrolments DROP COLUMN fields",
    "a position that is none": "DELETE FROM views.position",
    "an event of no contact": """
        ALTER TABLE ledger.events ALTER topic DROP NOT NULL;
        UPDATE ledger.events SET contact_id = NULL WHERE topic = 'ContactEnrolled';
        UPDATE ledger.events SET topic = NULL WHERE topic = 'AttemptAccepted'""",
    "an event in another stream": """
        UPDATE ledger.events SET stream_id = 'con_other', version = seq
        WHERE topic = 'ContactEnrolled'""",
}
"""What the owner of a PostgreSQL database can still do, whose columns have types."""


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_all_goes_on_whatever_the_owner_of_a_postgresql_database_writes(told):
    found = {}
    for what, sql in SUPERUSER.items():
        with told.world.app.views.engine.begin() as connection:
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
            connection.execute(sa.text(sql))
        if failing := stopped(told.world, told, told.main_paths):
            found[what] = failing
    assert found == {}
