"""Impossible values, in any column of the views and of the events: the program keeps working."""

import itertools
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from kit.commands import SchoolInProcess
from kit.everything import Everything, everything
from kit.forging import VALUES, forging, put_value
from kit.staff import Staff
from kit.store import ledger_file
from kit.world import ADA, BEN, CLEO, World, environment
from ledger.store import writer_lock
from ledger.store.rows import TYPED_COLUMNS
from webapp.cli import witnessing
from webapp.view_faults import Remedy, compared

ROW = tuple[str, str, str]
"""Table, column and one of VALUES."""

VIEWS = (
    ("position", "seq", "a text"),
    ("campaigns", "send_window", "a text"),
    ("enrolments", "name", "a broken text"),
)
"""Some of those that failed pages, or the catching up, until somebody repaired the views."""

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
def school_day(world, provider, clock) -> Everything:
    return everything(world, provider, clock)


def views_file(world: World):
    return world.folder / "ledger.views.sqlite3"


def broken(school_day: Everything, rows: list[ROW], paths: list[str]) -> dict[ROW, object]:
    """Forge each row of the views in turn, and return what did not answer then."""
    failed: dict[ROW, object] = {}
    for row in rows:
        put_value(views_file(school_day.world), *row)
        failing: dict[str, object] = dict(school_day.failing(paths))
        school_day.world.app.views.catch_up()
        if failing:
            failed[row] = failing
        school_day.world.app.views.repair()
    return failed


def test_pages_answer_whatever_stands_in_the_views(school_day):
    assert broken(school_day, list(VIEWS), school_day.main_paths) == {}
    health = school_day.open("/health").json
    assert (health["views_compared"]["repaired_rows"], health["views_refilled"]) == (1, 1)
    assert list(school_day.world.app.views.differences()) == []


@pytest.mark.torture
def test_every_page_answers_whatever_stands_in_any_column_of_the_views(school_day):
    with school_day.world.app.views.engine.connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        columns = [
            (table, column["name"])
            for table in tables
            for column in sa.inspect(connection).get_columns(table)
        ]
    rows = [(*column, value) for column, value in itertools.product(columns, VALUES)]
    assert broken(school_day, rows, school_day.paths(school_day.seqs["delivery"])) == {}


def test_a_page_is_right_again_at_once(school_day):
    page = f"/campaigns/{school_day.places['campaign_id']}"
    right = school_day.staff.read(page)
    put_value(views_file(school_day.world), "standings", "rank", "a text")
    assert school_day.staff.read(page) == right


def test_a_row_that_is_damaged_after_a_regular_comparison_fails_no_page(school_day):
    assert compared(school_day.world.app) == {}
    put_value(views_file(school_day.world), "standings", "rank", "a text")
    assert school_day.failing([f"/campaigns/{school_day.places['campaign_id']}"]) == {}


def test_requests_at_once_share_one_comparison(school_day, monkeypatch):
    world = school_day.world
    repair, repairs = world.app.views.repair, []
    monkeypatch.setattr(world.app.views, "repair", lambda *_: repairs.append(1) or repair())
    put_value(views_file(world), "standings", "rank", "a text")
    page = f"/campaigns/{school_day.places['campaign_id']}"
    clients = [Staff(world, f"Person {number}").client for number in range(5)]
    both = threading.Barrier(len(clients))

    def code(client: FlaskClient) -> int:
        both.wait()
        return client.get(page).status_code

    with ThreadPoolExecutor(len(clients)) as pool:
        assert list(pool.map(code, clients)) == [200] * len(clients)
    assert 1 <= len(repairs) < len(clients)


def test_a_page_works_whose_rows_another_process_replaced_meanwhile(school_day, monkeypatch):
    world, views = school_day.world, school_day.world.app.views
    other, repair = world.again().app.views, views.repair
    monkeypatch.setattr(views, "repair", lambda *_: (other.repair(), repair())[1])
    put_value(views_file(world), "standings", "rank", "a text")
    assert school_day.failing([f"/campaigns/{school_day.places['campaign_id']}"]) == {}


def test_a_page_says_so_while_another_process_compares(school_day, monkeypatch):
    monkeypatch.setattr(writer_lock, "WAIT_SECONDS", 0.1)
    world = school_day.world
    put_value(views_file(world), "standings", "rank", "a text")
    page = f"/campaigns/{school_day.places['campaign_id']}"
    with world.again().app.views._view_store.rebuilding():
        answer = school_day.open(page)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "another process does it" in answer.text
    assert school_day.failing([page]) == {}


def test_a_fault_of_the_program_is_not_compared_with_every_request(school_day):
    faults, error = school_day.world.app.view_faults, TypeError("a fault")
    assert faults.remedy(error, time.monotonic()) is Remedy.COMPARED
    assert faults.remedy(error, time.monotonic()) is None


def test_a_short_download_is_answered_over_a_damaged_row(school_day):
    put_value(views_file(school_day.world), "standings", "rank", "a text")
    campaign = f"/campaigns/{school_day.places['campaign_id']}"
    assert school_day.failing([f"{campaign}/contacts.csv"]) == {}


def test_a_command_says_so_where_a_text_of_an_event_is_none(school_day):
    forge_event(school_day, "code", "a broken text", "code IS NOT NULL")
    school = SchoolInProcess(school_day.world.folder, 1, settings=environment(school_day.world.url))
    words = ("campaign", "contacts", school_day.places["campaign_id"], "--as-of", "14")
    school.run(*words)  # the views had the right text
    assert school.run(*words).stderr == (
        "delivery-ledger: A text of an event is not UTF-8, so this command cannot read it; the "
        "pages can. See what `delivery-ledger verify` says.\n"
    )


def test_a_text_of_an_event_that_is_none_is_repaired_once(school_day):
    """The first comparison finds the right text in the views, and a rebuild repeats the event's."""
    app = school_day.world.app
    forge_event(school_day, "code", "a broken text", "code IS NOT NULL")
    assert [dict(compared(app)) for _ in range(2)] == [{"standings": 1}, {}]
    assert school_day.failing(school_day.main_paths) == {}
    assert dict(compared(app)) == {}
    assert dict(compared(school_day.world.again().app)) == {}


def test_rows_before_and_after_a_broken_text_are_compared(school_day):
    app, file = school_day.world.app, views_file(school_day.world)
    forge_event(school_day, "code", "a broken text", "code IS NOT NULL")
    compared(app)
    put_value(file, "standings", "rank", "a huge number")
    put_value(file, "campaigns", "name", "a text")
    assert dict(compared(app)).keys() == {"standings", "campaigns"}


def test_a_form_is_told_what_was_done(school_day):
    token = re.search(r'name="csrf_token" value="([^"]+)"', school_day.staff.open("/sending").text)
    put_value(views_file(school_day.world), "enrolments", "fields", "bytes")
    path, form = f"/conversations/{school_day.places['contact_id']}", {"csrf_token": token[1]}
    answer = school_day.staff.client.post(path, data=form)
    assert (answer.status_code, "it was made again just now" in answer.text) == (503, True)


def test_a_fault_of_a_command_creates_no_ledger(tmp_path, monkeypatch):
    def fail(_name: str) -> bool:
        raise TypeError("a fault")

    monkeypatch.setattr(witnessing, "is_key_name", fail)
    with pytest.raises(TypeError, match="a fault"):
        SchoolInProcess(tmp_path, 1).run("witness", "--name", "w.example/w", "--log", "key")
    assert list(tmp_path.iterdir()) == []


def test_a_command_says_that_the_views_were_rebuilt(school_day):
    put_value(views_file(school_day.world), "standings", "rank", "a text")
    school = SchoolInProcess(school_day.world.folder, 1, settings=environment(school_day.world.url))
    words = ("campaign", "contacts", school_day.places["campaign_id"])
    done = school.run(*words)
    assert done.returncode == 1
    assert "level=error logger=webapp.view_faults" in done.stderr
    assert done.stderr.endswith(
        "\ndelivery-ledger: The views were not what the events say and were rebuilt. Run the "
        "command again.\n"
    )
    assert school.run(*words).returncode == 0


def test_the_sender_goes_on(school_day):
    file, is_begun = views_file(school_day.world), "unsettled_since IS NOT NULL"
    worklist = school_day.world.app.sending.worklist
    right = worklist.unsettled_attempts()
    assert right != []
    put_value(file, "standings", "late_rank", "a text", is_begun)
    assert worklist.unsettled_attempts() == right


def forge_event(school_day: Everything, column: str, value: str, where: str) -> None:
    where = where.replace(":delivery_id", f"'{school_day.places['delivery_id']}'")
    assert put_value(ledger_file(school_day.world.folder), "events", column, value, where)


def stopped(world: World, school_day: Everything, paths: list[str]) -> dict[str, object]:
    """Return what does not answer, in a new program, with these views and with new ones."""
    failed: dict[str, object] = {}
    for views in ("kept", "emptied"):
        if views == "emptied":
            world.app.views._reset()
        left = world.app.views.catch_up()
        failing = school_day.failing(paths)
        if left or failing:
            failed[views] = (left, failing)
    return failed


@pytest.mark.parametrize(("column", "value", "where"), EVENTS)
def test_no_event_stops_the_catching_up_or_a_page(school_day, column, value, where):
    forge_event(school_day, column, value, where)
    assert stopped(school_day.world, school_day, school_day.main_paths) == {}
    school_day.world.catch_up()
    assert school_day.world.app.views.position().seq == school_day.world.app.ledger.reader.head()


@pytest.mark.torture
@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("column", ["stream_id", "version", "topic", "recorded_at", *TYPED_COLUMNS])
def test_no_value_in_any_column_of_the_events_stops_anything(school_day, column, value):
    file = ledger_file(school_day.world.folder)
    for seq in range(1, school_day.world.app.ledger.reader.head() + 1):
        put_value(file, "events", column, value, f"seq = {seq}")
    paths = school_day.paths(school_day.seqs["delivery"])
    assert stopped(school_day.world, school_day, paths) == {}


SUPERUSER = {
    "a column that is gone": "ALTER TABLE views.enrolments DROP COLUMN fields",
    "a window that is none": "UPDATE views.campaigns SET send_window = 'soon'",
    "a column of another type": "ALTER TABLE views.standings ALTER rank TYPE text",
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


def change_as_owner(world: World, sql: str) -> None:
    with world.app.views.engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        connection.execute(sa.text(sql))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_page_answers_once_the_owner_of_a_postgresql_database_dropped_a_column(school_day):
    change_as_owner(school_day.world, SUPERUSER["a column that is gone"])
    assert school_day.failing([f"/campaigns/{school_day.places['campaign_id']}"]) == {}


@pytest.mark.torture
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_all_goes_on_whatever_the_owner_of_a_postgresql_database_writes(school_day):
    failed = {}
    for what, sql in SUPERUSER.items():
        change_as_owner(school_day.world, sql)
        if failing := stopped(school_day.world, school_day, school_day.main_paths):
            failed[what] = failing
    assert failed == {}


def forge_rank(world: World, which: str) -> None:
    with forging(ledger_file(world.folder)) as file:
        seq = f"SELECT {which}(seq) FROM events WHERE topic = 'ContactEnrolled'"
        file.execute(f"UPDATE events SET rank = 7 WHERE seq = ({seq})")


@pytest.mark.parametrize("size", [1, 2])
def test_an_altered_event_hides_nobody_after_it_on_a_page_of_the_past(world, size):
    phones = [ADA, BEN, CLEO, "+14155550177"]
    campaign_id = world.launch(phones)
    world.catch_up()
    forge_rank(world, "min")
    queries = world.app.status.as_of(world.app.ledger.reader.head())
    page = queries.page(campaign_id, size=size)
    shown = [row.phone for row in page.rows]
    while page.next_after is not None:
        page = queries.page(campaign_id, after=page.next_after, size=size)
        shown += [row.phone for row in page.rows]
    assert shown == phones[1:]


def test_an_altered_event_hides_no_earlier_message_of_a_conversation_of_the_past(world):
    for number in range(3):
        world.launch([ADA], name=f"Campaign {number}", message=f"Text {number}")
    world.catch_up()
    queries = world.app.conversations.as_of(world.app.ledger.reader.head())
    forge_rank(world, "max")
    latest = queries.thread(world.contact(ADA), size=2)
    earlier = queries.thread(world.contact(ADA), before=latest.earlier_before, size=2)
    assert [len(latest.rows), len(earlier.rows)] == [1, 1]
