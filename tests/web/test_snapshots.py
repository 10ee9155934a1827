"""The snapshot of the views: lost views are filled from it, and nothing that is wrong comes out."""

import threading
from contextlib import contextmanager, suppress
from random import Random

import pytest
import sqlalchemy as sa

from kit.commands import SchoolInProcess
from kit.forging import put_value
from kit.provider import sid
from kit.staff import Staff
from kit.store import ledger_file
from kit.world import ADA, BEN, CLEO, World, environment
from ledger.commands.abandoned_launches import sweep_abandoned
from ledger.errors import AlreadyRecorded, NotFound, Refused
from ledger.store.engine import writing
from projections.engine.position import position_table
from projections.engine.snapshots import UNREADABLE, Snapshots
from projections.engine.views import Views
from projections.tables.schema import campaigns, enrolments, standings
from webapp.background.views import keep_views


@pytest.fixture
def settings(tmp_path):
    """What signs checkpoints, also on PostgreSQL."""
    files = {"LEDGER_SIGNING_KEY": "key", "LEDGER_SIGNING_RECORD": "record"}
    return {name: str(tmp_path / file) for name, file in files.items()}


@pytest.fixture
def world(database_url, clock, provider, settings):
    opened = World.open(database_url, clock, provider, **settings)
    yield opened
    opened.close()


def snapshots_of(world: World) -> Snapshots:
    assert world.app.views.snapshots
    return world.app.views.snapshots


def make_snapshot(world: World) -> int:
    """Make a checkpoint and let the views be compared; return the size of the snapshot."""
    size = world.app.checkpoints.make().size
    world.catch_up()
    assert world.app.views.repair() == {}
    assert snapshots_of(world).size() == size
    return size


@contextmanager
def losing_views(world: World):
    """Another process, which finds the views of an older generation."""
    with writing(world.app.views.engine) as connection:
        connection.execute(sa.update(position_table).values(generation=-1))
    again = World.open(world.url, world.clock, world.provider)
    assert again.app.views.position().seq == 0
    yield again
    again.close()


def forge(world: World, *changes: sa.Update | sa.Insert | sa.Delete) -> None:
    with world.app.views._view_store.snapshot() as engine, writing(engine) as connection:
        for change in changes:
            connection.execute(change)


def seqs_read(world: World) -> list[int]:
    """After which seqs events are read from now on."""
    seqs, events = [], world.app.ledger.reader.events

    def read(after: int = 0, *others, **more):
        seqs.append(after)
        return events(after, *others, **more)

    world.app.ledger.reader.events = read
    return seqs


@pytest.fixture
def archived(world):
    """A campaign that was texted and archived, and is in the snapshot."""
    campaign_id = world.launch([ADA, BEN])
    world.send()
    world.callback(world.delivery(campaign_id, ADA))
    world.close_campaign(campaign_id)
    world.archive(campaign_id)
    make_snapshot(world)
    return campaign_id


# Filling.


@pytest.mark.both_databases
def test_lost_views_are_filled_from_the_snapshot_and_the_events_after_it(world, archived):
    world.launch([ADA, CLEO])
    rows = world.rows(archived)
    with losing_views(world) as again:
        seqs = seqs_read(again)
        assert again.rows(archived) == rows
        assert min(seqs) == snapshots_of(again).size()
        assert list(again.app.views.differences()) == []


def test_a_report_after_the_archive_is_applied_to_the_rows_of_the_snapshot(world, archived):
    world.callback(world.delivery(archived, BEN), 1, "undelivered", 30003)
    rows = world.rows(archived)
    with losing_views(world) as again:
        assert again.rows(archived) == rows
        assert list(again.app.views.differences()) == []


def test_a_server_fills_views_that_stay_far_behind_from_the_snapshot(world, archived, monkeypatch):
    """Catching up gets nowhere here, as with millions of events."""
    stop = threading.Event()
    monkeypatch.setattr(Views, "catch_up", lambda *_self, **_budget: stop.set() or 1)
    with losing_views(world) as again:
        keep_views(again.app, stop)
        assert again.app.views.position().seq == snapshots_of(again).size()


def test_views_that_are_not_behind_the_snapshot_stay_as_they_are(world, archived):
    assert not world.app.views.restore()


class RandomStory:
    """A school in which anything happens, in an order drawn from a seed."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.random = world, Random(seed)
        self.campaigns = [world.launch([ADA, BEN, CLEO])]

    def go_on(self, steps: int) -> None:
        acts = [self.launch, self.send, self.send, self.hear, self.hear, self.write, self.end]
        acts += [self.wish, self.forget, self.give_up]
        for _ in range(steps):
            with suppress(Refused, NotFound, AlreadyRecorded):
                self.random.choice(acts)()
            self.world.clock.advance(minutes=self.random.choice([1, 90]))

    def phone(self) -> str:
        return self.random.choice([ADA, BEN, CLEO])

    def launch(self) -> None:
        self.campaigns.append(self.world.launch(sorted({ADA, self.phone()})))

    def send(self) -> None:
        self.world.send()

    def hear(self) -> None:
        delivery = self.world.delivery(self.random.choice(self.campaigns), self.phone())
        status, code = self.random.choice([("delivered", None), ("undelivered", 30003)])
        self.world.callback(delivery, self.random.choice([1, 2]), status, code)

    def write(self) -> None:
        body = self.random.choice(["STOP", "START", "please take me off", "thanks"])
        self.world.inbound(body, self.phone(), sid(self.random.randrange(10**6)))

    def end(self) -> None:
        act = self.random.choice([self.world.close_campaign, self.world.archive])
        act(self.random.choice(self.campaigns))

    def wish(self) -> None:
        self.random.choice([self.world.opt_out, self.world.opt_in])(self.phone())

    def forget(self) -> None:
        self.world.forget(self.phone())

    def give_up(self) -> None:
        self.world.begin_launch([self.phone()], f"given up {self.random.randrange(10**6)}")
        self.world.clock.advance(hours=2)
        sweep_abandoned(self.world.app.ledger)


@pytest.mark.both_databases
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.torture)])
def test_after_any_story_the_filled_views_are_those_of_a_rebuild(world, seed):
    story = RandomStory(world, seed)
    story.go_on(20)
    size = make_snapshot(world)
    story.forget = story.wish  # it would delete the snapshot
    story.go_on(20)
    with losing_views(world) as again:
        seqs = seqs_read(again)
        again.catch_up()
        assert min(seqs) == size
        assert list(again.app.views.differences()) == []
        assert snapshots_of(again).size() == size


# Proof.


def is_refused(world: World, caplog, why: str) -> bool:
    """Whether the snapshot is refused for that reason, and the views are right all the same."""
    with losing_views(world) as again:
        again.catch_up()
        assert list(again.app.views.differences()) == []
        assert Staff(again).open("/health").json["views_snapshot"] == {"size": 0, "refused": 1}
        assert not snapshots_of(again).exists()
    return f"The snapshot of the views is not used, and was deleted: {why}." in caplog.messages


@pytest.mark.both_databases
def test_a_row_that_was_changed_is_found_by_the_code(world, archived, caplog):
    forge(world, sa.update(enrolments).values(phone="+14155559999"))
    assert is_refused(world, caplog, "its rows are not those that were recorded")


def test_statuses_that_no_checkpoint_signs_are_found_whatever_the_code(
    world, archived, caplog, monkeypatch
):
    forge(world, sa.update(standings).values(attempts=2))
    monkeypatch.setattr(Snapshots, "_code", lambda _self, _rows, _epoch: b"forged")
    table = sa.table("snapshot_record", sa.column("code"))
    forge(world, sa.update(table).values(code=b"forged"))
    size = snapshots_of(world).size()
    why = f"its statuses are not those that the checkpoint of {size} events signs"
    assert is_refused(world, caplog, why)


def test_a_snapshot_whose_tables_are_gone_is_refused(world, archived, caplog):
    with world.app.views._view_store.snapshot() as engine, writing(engine) as connection:
        connection.execute(sa.text("DROP TABLE standings"))
    assert is_refused(world, caplog, "its database is damaged")


def test_a_snapshot_of_another_generation_is_not_used(world, archived):
    forge(world, sa.update(position_table).values(generation=-1))
    with losing_views(world) as again:
        seqs = seqs_read(again)
        again.catch_up()
        assert min(seqs) == 0
        assert snapshots_of(again).refusals == 0


# Comparing.


@pytest.mark.both_databases
def test_a_check_compares_the_snapshot_in_both_directions(world, archived):
    strange = {**dict.fromkeys(enrolments.c.keys(), "x"), "position": 1, "seq": 1}
    forge(
        world,
        sa.insert(enrolments).values(strange | {"confirm_before": None}),
        sa.delete(campaigns),
    )
    differences = list(world.app.views.differences())
    assert [(each.table, each.live is None, each.rebuilt is None) for each in differences] == [
        ("snapshot.campaigns", True, False),
        ("snapshot.enrolments", False, True),
    ]


def test_a_comparison_makes_a_wrong_snapshot_again(world, archived):
    forge(world, sa.update(campaigns).values(name="Forged"))
    assert world.app.views.repair() == {"snapshot.campaigns": 1}
    assert list(world.app.views.differences()) == []
    assert snapshots_of(world).size() > 0


def test_a_newer_checkpoint_has_a_newer_snapshot(world, archived):
    before = snapshots_of(world).size()
    world.launch([CLEO])
    assert make_snapshot(world) > before


# Impossible values.


def change_as_owner(world: World, sql: str) -> None:
    """Change a PostgreSQL database as its owner can, whom no trigger stops."""
    with world.app.views.engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        connection.execute(sa.text(sql))


IN_SNAPSHOT = {
    "sqlite": (
        ("enrolments", "name", "a broken text"),
        ("standings", "rank", "NULL"),
        ("snapshot_record", "code", "bytes"),
    ),
    "postgresql": (
        """ALTER TABLE views_snapshot.enrolments ALTER name DROP NOT NULL;
        UPDATE views_snapshot.enrolments SET name = NULL""",
        "ALTER TABLE views_snapshot.standings ALTER rank TYPE text",
        "UPDATE views_snapshot.snapshot_record SET code = 'forged'",
    ),
}
"""Table, column and one of VALUES; or what the owner of a PostgreSQL database does."""


def put_impossible(world: World, what: str | tuple[str, str, str]) -> None:
    if isinstance(what, str):
        change_as_owner(world, what)
    else:
        assert put_value(world.folder / "ledger.views.sqlite3.snapshot", *what)


@pytest.mark.both_databases
def test_an_impossible_value_in_a_snapshot_is_found_and_never_comes_out(world, archived):
    for what in IN_SNAPSHOT[world.app.views.engine.dialect.name]:
        put_impossible(world, what)
        assert list(world.app.views.differences()) != [], what
        with losing_views(world) as again:
            again.catch_up()
            assert snapshots_of(again).refusals == 1, what
        make_snapshot(world)


@pytest.mark.both_databases
def test_a_check_says_that_a_snapshot_cannot_be_read(world, archived, tmp_path):
    forge(world, sa.delete(sa.table("snapshot_record")))
    assert list(world.app.views.differences()) == [UNREADABLE]
    school = SchoolInProcess(tmp_path, 1, settings=environment(world.url))
    done = school.run("rebuild", "--check")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "delivery-ledger: What the views have of snapshot cannot be read.\n"
        "  snapshot: cannot be read\n"
        "`delivery-ledger rebuild --repair` makes them again.\n"
    )
    assert world.app.views.repair() == {"snapshot": 1}
    assert list(world.app.views.differences()) == []
    assert snapshots_of(world).size() > 0


IN_LEDGER = {
    "sqlite": (
        ("delivery_id", "a broken text"),
        ("rank", "bytes"),
        ("leaf", "NULL"),
        ("leaf", "a broken text"),
    ),
    "postgresql": (
        """ALTER TABLE ledger.events ALTER leaf DROP NOT NULL;
        UPDATE ledger.events SET leaf = NULL WHERE seq = (SELECT max(seq) FROM ledger.events)""",
        "UPDATE ledger.events SET contact_id = NULL, rank = NULL WHERE topic = 'ContactEnrolled'",
    ),
}
"""Column and one of VALUES, in every event; or what the owner of a PostgreSQL database does."""


@pytest.mark.both_databases
@pytest.mark.parametrize("which", range(2))
def test_impossible_values_in_events_beside_a_snapshot_stop_nothing(world, archived, which):
    world.launch([CLEO])
    world.app.checkpoints.make()
    kind = world.app.views.engine.dialect.name
    for what in IN_LEDGER[kind][which::2]:
        for seq in range(1, world.app.ledger.reader.head() + 1):
            if kind == "sqlite":
                put_value(ledger_file(world.folder), "events", *what, f"seq = {seq}")
        if kind == "postgresql":
            change_as_owner(world, what)
        with losing_views(world) as again:
            again.catch_up()
            again.app.views.repair()
            assert again.app.views.position().seq == again.app.ledger.reader.head()


# Forgetting.


@pytest.mark.both_databases
def test_a_forgetting_deletes_the_snapshot_and_the_next_is_without_the_person(world, archived):
    world.forget(ADA)
    assert snapshots_of(world).size() == 0
    assert world.app.scrubber.scrub()
    assert not snapshots_of(world).exists()
    make_snapshot(world)
    with world.app.views._view_store.snapshot() as engine, engine.connect() as connection:
        assert set(connection.scalars(sa.select(enrolments.c.name))) == {"", "Ben Okri"}


def test_a_snapshot_is_not_kept_where_somebody_is_forgotten_meanwhile(world, archived, monkeypatch):
    world.launch([CLEO])
    world.app.checkpoints.make()
    world.catch_up()
    code = Snapshots._code

    def forget_and_code(*arguments):
        world.forget(ADA)
        return code(*arguments)

    monkeypatch.setattr(Snapshots, "_code", forget_and_code)
    world.app.views.repair()
    assert not snapshots_of(world).exists()
