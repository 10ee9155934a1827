"""A ledger moves to another database, and loses nothing on the way."""

import itertools
import shutil
import threading
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from kit.accounts import add_account
from kit.api import ApiClient, system_token
from kit.clock import Hurried
from kit.commands import SchoolInProcess
from kit.moves import installed, rows_of
from kit.provider import GENUINE, provider_record, sid
from kit.staff import Staff, words_of
from kit.world import ADA, BEN, CLEO, STAFF, World
from ledger.commands.contacts import OptOut
from ledger.domain.vocabulary import DeliveryStatus
from ledger.errors import (
    BadInput,
    BadSetting,
    LedgerDamaged,
    LedgerMoved,
    Refused,
    StoreRejected,
    StoreUnavailable,
)
from ledger.proof.signing_keys import KeyFile
from ledger.store import key_rotation, move_mark
from ledger.store.encryption import master_key
from ledger.store.schema import metadata
from webapp.accounts.copying import MOVED
from webapp.api.rate_limit import api_requests
from webapp.app import create_app
from webapp.bootstrap import build
from webapp.door import create_callbacks
from webapp.ledgers import beside_ledger, move_run
from webapp.metrics.processes import process_numbers
from webapp.parts.proof import verify_ledger

TORTURE = pytest.mark.torture
TO_SQLITE, TO_POSTGRESQL = ("sqlite", "sqlite"), ("sqlite", "postgresql")
FROM_POSTGRESQL = [
    pytest.param(("postgresql", "sqlite"), marks=TORTURE),
    pytest.param(("postgresql", "postgresql"), marks=TORTURE),
]


@pytest.fixture(
    params=[pytest.param(TO_SQLITE, marks=TORTURE), TO_POSTGRESQL, *FROM_POSTGRESQL], ids="-".join
)
def any_installation(request, tmp_path):
    with installed(tmp_path, request.param, lambda: request.getfixturevalue("postgres")) as made:
        yield made


@pytest.fixture(
    params=[TO_SQLITE, pytest.param(TO_POSTGRESQL, marks=TORTURE), *FROM_POSTGRESQL], ids="-".join
)
def busy_installation(request, tmp_path):
    """The same, to be used while it moves."""
    with installed(tmp_path, request.param, lambda: request.getfixturevalue("postgres")) as made:
        yield made


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=TORTURE)])
def closing(request, tmp_path):
    """An installation on each database, to be closed."""
    kinds = (request.param, "sqlite")
    with installed(tmp_path, kinds, lambda: request.getfixturevalue("postgres")) as made:
        yield made


@pytest.fixture
def installation(tmp_path):
    with installed(tmp_path, ("sqlite", "sqlite"), str) as made:
        yield made


def verified(world: World):
    return verify_ledger(world.app.settings, {}, lambda *_: None)


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def at_each_step(act):
    """What shows the steps of a move, and does something at the beginning of each."""

    @contextmanager
    def show(label):
        act(label)
        yield lambda _done, _total: None

    return show


def test_everything_is_at_the_new_place(any_installation):
    world = any_installation.world()
    campaign_id = world.launch([ADA, BEN, CLEO])
    world.send()
    world.forget(CLEO)
    exported = world.app.checkpoints.make().note
    add_account(world.app.accounts, "ortiz")
    before = rows_of(world.app.store.engine)
    assert all(before.values()), "a table of the ledger has no row, so its move is not tested"
    any_installation.move()
    assert any_installation.present == any_installation.new
    moved = any_installation.world(any_installation.new)
    assert rows_of(moved.app.store.engine) == before
    assert verify_ledger(moved.app.settings, {"it": exported}, lambda *_: None).faults == []
    assert list(moved.app.views.differences()) == []
    assert [row.phone for row in moved.rows(campaign_id)] == [ADA, BEN, ""]
    assert [each.name for each in moved.app.accounts.all()] == ["ortiz"]
    assert moved.send() == 0
    moved.opt_out(BEN)
    assert moved.app.checkpoints.make().size > 0


def test_every_table_of_accounts_and_senders_is_moved(installation):
    world = installation.world()
    app = world.app
    app.build_all()
    soon_written_again = (process_numbers, api_requests)
    known = {
        app.accounts_engine: {table.name for table in MOVED},
        app.sending_engine: {each.name for each in (*beside_ledger.SENDING, *soon_written_again)},
    }
    ApiClient(create_app(app), system_token(world)).post("/drafts", {"name": "Spring"})
    app.view_repairs.keep(app.clock.now(), 1.0, {})
    verify_ledger(app.settings, {}, lambda *_: None)
    for engine, names in known.items():
        assert set(sa.inspect(engine).get_table_names()) == names


# While the ledger is in use.


@pytest.mark.parametrize("most", [100, pytest.param(10_000, marks=TORTURE)])
def test_every_callback_that_is_acknowledged_during_a_move_is_at_the_new_place(
    busy_installation, most
):
    world = busy_installation.world()
    delivery_id = world.delivery(world.launch())
    world.send()
    acknowledged, closing = [], threading.Event()

    def post(thread):
        """Post many during the copy, and then until the ledger is closed."""
        for number in itertools.count():
            if number > most:
                closing.wait()
            try:
                world.callback(delivery_id, status="sent", RawDlrDoneDate=f"{thread}-{number}")
            except LedgerMoved:
                return
            acknowledged.append(f"{thread}-{number}")

    def when_views_are_made(label):
        if label == "Making the views":
            closing.set()

    threads = [threading.Thread(target=post, args=[name]) for name in "ab"]
    for thread in threads:
        thread.start()
    busy_installation.move(show=at_each_step(when_views_are_made))
    for thread in threads:
        thread.join()
    moved = busy_installation.world(busy_installation.new)
    events = [each.event for each in moved.app.ledger.reader.stream(delivery_id)]
    raw = " ".join(str(event.private) for event in events if hasattr(event, "private"))
    assert [each for each in acknowledged if f"'{each}'" not in raw] == []
    assert verified(moved).faults == []


def test_what_changes_during_the_copy_is_moved(busy_installation):
    world = busy_installation.world()
    campaign_id = world.launch([ADA, BEN])
    world.send()

    def act(label):
        if label == "Verifying the copy":
            world.forget(BEN)
            world.launch([CLEO], name="Second")
            world.app.checkpoints.make()

    busy_installation.move(show=at_each_step(act))
    moved = busy_installation.world(busy_installation.new)
    assert verified(moved).faults == []
    assert verified(moved).kept_count == 1
    assert [row.phone for row in moved.rows(campaign_id)] == [ADA, ""]


def test_keys_that_are_wrapped_again_during_the_copy_are_moved(installation):
    world = installation.world()
    world.launch([ADA, BEN])
    master = master_key(world.app.settings.master_key)
    other = master_key("another secret")

    def rotate_there_and_back(label):
        if label == "Verifying the copy":
            key_rotation.rotate(world.app.store, master, other)
            key_rotation.rotate(world.app.store, other, master)

    installation.move(show=at_each_step(rotate_there_and_back))
    moved = installation.world(installation.new)
    assert rows_of(moved.app.store.engine) == rows_of(world.app.store.engine)
    assert verified(moved).faults == []


# The old place.


def test_a_closed_ledger_says_where_it_went(closing):
    world = closing.world()
    delivery_id = world.delivery(world.launch())
    world.send()
    closing.move()
    words = f"This ledger was moved to {closing.new} on 2026-"
    for act in (
        lambda: world.callback(delivery_id),
        lambda: world.opt_out(ADA),
        world.catch_up,
        world.send,
        closing.world,
    ):
        with pytest.raises(LedgerMoved, match=words):
            act()
    assert verified(world).faults == []


def test_a_closed_ledger_answers_pages_and_callbacks_503(installation):
    world = installation.world()
    path = urlsplit(world.app.sending.callback_url(world.delivery(world.launch()), 1)).path
    world.send()
    staff, twilio = Staff(world), create_callbacks(world.app).test_client()
    installation.move()
    page, ready = staff.open("/campaigns"), staff.open("/readyz")
    report = {"MessageSid": sid(1), "MessageStatus": "sent"}
    callback = twilio.post(path, data=report, headers={"X-Twilio-Signature": GENUINE})
    assert [each.status_code for each in (page, ready, callback)] == [503, 503, 503]
    assert "This ledger is in another database This ledger was moved to" in words_of(page.text)
    assert "This ledger was moved to" in ready.text
    assert "This ledger was moved to" in staff.open("/health").json["words"]


EVENT = (
    "INSERT INTO events (seq, stream_id, version, topic, recorded_at, state, leaf) "
    "VALUES (99, 'a', 1, 'A', 1, '', '')"
)


def test_no_program_changes_a_closed_ledger(closing):
    """Not even one of an earlier version, which does not know of the mark."""
    world = closing.world()
    world.launch()
    world.app.checkpoints.make()
    world.app.accounts.id_of("ortiz")
    closing.move()
    changes = [(world.app.store.engine, f"DELETE FROM {table}") for table in metadata.tables]
    changes += [(world.app.store.engine, EVENT), (world.app.accounts_engine, "DELETE FROM staff")]
    for engine, statement in changes:
        with (
            pytest.raises(sa.exc.DBAPIError, match=r"this ledger was moved|append-only"),
            engine.begin() as connection,
        ):
            connection.exec_driver_sql(statement)


def test_an_account_that_is_changed_during_the_move_is_never_lost_silently(closing):
    accounts = closing.world().app.accounts
    accounts.id_of("ortiz")
    closing.move()
    with pytest.raises(StoreRejected):
        accounts.id_of("ito")


def test_an_old_backup_that_is_put_back_sends_nothing(installation):
    world = installation.world()
    campaign_id = world.launch([ADA, BEN])
    world.catch_up()
    world.app.sending.rollback_guard.check()
    with sa.create_engine(installation.old).connect() as connection:
        connection.exec_driver_sql(f"VACUUM INTO '{installation.folder}/backup'")
    world.send()
    installation.move()
    world.close()
    for file in file_of(installation.old).parent.glob("ledger.sqlite3*"):
        file.unlink()
    shutil.copy(installation.folder / "backup", file_of(installation.old))
    restored = installation.world()
    assert restored.send() == 0
    assert not restored.app.status.campaign(campaign_id).is_complete


# The sender and Twilio.


def test_an_answer_that_the_old_place_did_not_record_is_asked_for_at_the_new_one(installation):
    world, provider, clock = installation.world(), installation.provider, installation.clock
    delivery_id = world.delivery(world.launch())
    provider.when_asked = lambda _text: installation.move()
    with pytest.raises(LedgerMoved):
        world.sender(Hurried()).run_once()
    provider.records[ADA] = [provider_record(clock.now(), sid=sid(1), status="delivered")]
    provider.when_asked = lambda _text: None
    moved = installation.world(installation.new)
    assert moved.topics(delivery_id) == ["ContactEnrolled", "AttemptStarted"]
    for _ in range(2):
        clock.advance(seconds=31)
        assert moved.send() == 0
    assert moved.row(delivery_id).status is DeliveryStatus.DELIVERED
    assert len(provider.texts_sent_to(ADA)) == 1


def test_a_callback_brings_the_answer_that_the_old_place_did_not_record(installation):
    world = installation.world()
    delivery_id = world.delivery(world.launch())
    installation.provider.when_asked = lambda _text: installation.move()
    with pytest.raises(LedgerMoved):
        world.sender(Hurried()).run_once()
    moved = installation.world(installation.new)
    moved.callback(delivery_id, sid=sid(1))
    assert moved.row(delivery_id).status is DeliveryStatus.DELIVERED


def test_reports_that_were_missed_are_asked_for_by_the_first_sender_of_the_new_place(installation):
    world, provider, clock = installation.world(), installation.provider, installation.clock
    delivery_id = world.delivery(world.launch())
    world.send()
    installation.move()
    clock.advance(minutes=2)
    provider.records[ADA] = [provider_record(clock.now(), sid=sid(1), status="delivered")]
    moved = installation.world(installation.new)
    moved.maintenance().run_once()
    assert moved.row(delivery_id).status is DeliveryStatus.DELIVERED


def test_reports_are_asked_for_once_after_a_move(installation):
    world, provider = installation.world(), installation.provider
    world.launch()
    world.send()
    installation.move()
    provider.records[ADA] = [provider_record(world.clock.now(), sid=sid(1), status="sent")]
    moved = installation.world(installation.new)
    for maintenance in (moved.maintenance(), moved.maintenance()):
        maintenance.run_once()
        maintenance.run_once()
    assert provider.asked_about == [sid(1)]


def test_a_sender_that_runs_logs_once_where_the_ledger_went(installation, caplog):
    world = installation.world()
    world.launch()
    sender = world.sender(Hurried())
    installation.move()
    sender.stop = Passes(3)
    sender.run()
    logged = [record.message for record in caplog.records if record.name.endswith("sender")]
    assert len(logged) == 1
    assert logged[0].startswith("Nothing is sent. This ledger was moved to")


class Passes(threading.Event):
    """A stop that is set after a number of pauses."""

    def __init__(self, count):
        super().__init__()
        self._left = 2 * count

    def wait(self, _timeout=None):
        self._left -= 1
        if self._left == 0:
            self.set()
        return self.is_set()


# Proof.


def altered(world: World) -> None:
    with world.app.store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER events_refuse_update")
        connection.exec_driver_sql("UPDATE events SET reason = 'forged' WHERE seq = 2")


def test_a_ledger_with_an_altered_event_is_not_moved(installation):
    world = installation.world()
    world.launch()
    altered(world)
    with pytest.raises(LedgerDamaged, match="#2: what it says is not what was recorded"):
        installation.move()
    assert installation.present == installation.old
    world.opt_out(ADA)
    with pytest.raises(LedgerMoved, match="is not complete here"):
        installation.world(installation.new)


def test_what_postgresql_cannot_hold_is_named(tmp_path, request):
    kinds = ("sqlite", "postgresql")
    with installed(tmp_path, kinds, lambda: request.getfixturevalue("postgres")) as installation:
        world = installation.world()
        world.launch()
        with world.app.store.engine.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER events_refuse_update")
            connection.exec_driver_sql("UPDATE events SET turn = 'x' WHERE seq = 2")
        with pytest.raises(LedgerDamaged, match="One of the events #1 to #"):
            installation.move()
        world.opt_out(ADA)


def test_an_event_that_is_altered_on_the_way_opens_the_old_place_again(installation, monkeypatch):
    world = installation.world()
    world.launch()
    copy = beside_ledger.copy_databases

    def go_wrong(*arguments):
        copy(*arguments)
        raise StoreUnavailable("The disk is full.")

    monkeypatch.setattr(beside_ledger, "copy_databases", go_wrong)
    with pytest.raises(StoreUnavailable, match="The disk is full"):
        installation.move()
    world.opt_out(ADA)
    add_account(world.app.accounts, "ortiz")
    monkeypatch.undo()
    installation.move()
    moved = installation.world(installation.new)
    assert moved.app.accounts.known_id_of("ortiz")
    assert rows_of(moved.app.store.engine) == rows_of(world.app.store.engine)


# What is refused.


def test_a_database_that_is_not_empty_is_refused(installation):
    installation.world().launch()
    installation.world(installation.new).launch()
    with pytest.raises(BadInput, match="is not empty: a ledger, accounts or the state of senders"):
        installation.move()
    installation.world().opt_out(ADA)


def test_accounts_at_the_new_place_are_never_overwritten(installation):
    installation.world()
    other = installation.world(installation.new)
    other.app.accounts.id_of("ito")
    other.close()
    file_of(installation.new).unlink()
    with pytest.raises(BadInput, match="is not empty"):
        installation.move()


def test_the_database_of_the_ledger_itself_is_refused(installation):
    installation.world()
    with pytest.raises(BadInput, match=r"north is in .*old/ledger.accounts.sqlite3 already"):
        installation.move(installation.content(installation.old, LEDGER_TIME_ZONE="UTC"))


def test_the_database_of_another_ledger_is_refused(installation):
    installation.world()
    own = {"LEDGER_PUBLIC_URL": "https://south.example", "LEDGER_SIGNING_KEY": "south_key"}
    south = installation.content(installation.new, **own)
    installation.directory.add("south", south, lambda _settings: None)
    with pytest.raises(BadInput, match="The ledger south uses"):
        installation.move()


@pytest.mark.parametrize("name", ["LEDGER_SECRET_KEY", "LEDGER_MASTER_KEY"])
def test_other_keys_are_refused(installation, name):
    installation.world()
    with pytest.raises(BadSetting, match="A move changes no key"):
        installation.move(installation.content(installation.new, **{name: "another secret"}))


def test_another_signing_key_is_refused(installation):
    other = installation.folder / "other_key"
    shutil.copy(make_signing_key(installation.folder / "made"), other)
    world = installation.world()
    world.launch()
    world.app.checkpoints.make()
    content = installation.content(installation.new, LEDGER_SIGNING_KEY=str(other))
    with pytest.raises(BadSetting, match="has another key than"):
        installation.move(content)


def make_signing_key(path):
    KeyFile(path).read_or_make()
    return path


def test_a_server_that_cannot_be_reached_is_named(installation):
    installation.world()
    url = "postgresql+psycopg://user:hidden@127.0.0.1:9/north"
    with pytest.raises(StoreUnavailable, match=r"127.0.0.1:9/north: The database") as error:
        installation.move(installation.content(url))
    assert "hidden" not in str(error.value)


def test_keys_that_are_beside_a_file_move_with_it(tmp_path, clock, provider):
    with installed(tmp_path, ("sqlite", "sqlite"), str) as installation:
        plain = {"LEDGER_SECRET_KEY": "", "LEDGER_SIGNING_KEY": ""}
        file = installation.folder / "north.toml"
        file.write_bytes(installation.content(installation.old, **plain))
        settings = installation.directory.ledger("north").settings
        app = build(settings, clock=clock, provider=lambda _settings: provider)
        app.ledger.execute(OptOut(app.ledger.identity.contact_id(ADA), STAFF, ADA)).result()
        app.checkpoints.make()
        dispose(app)
        installation.move(installation.content(installation.new, **plain))
        app = build(installation.directory.ledger("north").settings, clock=clock)
        assert app.settings.secret_key == settings.secret_key
        assert app.checkpoints.make().size == 1
        dispose(app)


def dispose(app):
    for engine in (app.store.engine, app.views.engine):
        engine.dispose()


def test_the_command_moves_and_says_what_to_do(tmp_path):
    (tmp_path / "ledgers").mkdir()
    settings = {"LEDGER_DIRECTORY": str(tmp_path / "ledgers"), "LEDGER_DATABASE_URL": ""}
    school = SchoolInProcess(tmp_path, 1, settings=settings)
    for name in ("old", "new"):
        file = tmp_path / f"{name}.toml"
        file.write_text(f'LEDGER_DATABASE_URL = "sqlite:///{tmp_path}/{name}/ledger.sqlite3"')
    school.run("ledger", "add", "north", str(tmp_path / "old.toml"))
    school.run("contact", "opt-out", ADA)
    move = ("ledger", "move", "north", str(tmp_path / "new.toml"))
    done = school.run(*move)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("Moved north with 1 event to sqlite:///")
    assert "Restart processes that were started with --ledger north now. Callbacks" in done.stderr
    assert len(school.read("contact", "opt-outs")) == 1
    assert school.run(*move).stderr.startswith("north has these settings already")
    assert school.run("ledger", "move", "north", "--cancel").returncode == 1
    assert school.run("ledger", "move", "north").returncode == 2


# Cancelling, and going on.


def test_a_move_that_was_cancelled_can_be_made_later(installation):
    world = installation.world()
    world.launch()
    interrupt(installation, "close_for_good")
    with pytest.raises(LedgerMoved, match=r"is being moved to .* since 2026-"):
        world.opt_out(ADA)
    installation.cancel()
    world.opt_out(ADA)
    installation.move()
    moved = installation.world(installation.new)
    assert rows_of(moved.app.store.engine) == rows_of(world.app.store.engine)


def test_a_ledger_that_is_closed_for_one_move_is_not_moved_elsewhere(installation, tmp_path):
    installation.world().launch()
    interrupt(installation, "close_for_good")
    elsewhere = installation.content(f"sqlite:///{tmp_path}/elsewhere.sqlite3")
    with pytest.raises(BadInput, match=r"The ledger is closed for its move to .*new/ledger"):
        installation.move(elsewhere)
    installation.move()
    assert installation.present == installation.new


def test_a_move_that_is_complete_cannot_be_cancelled(installation):
    installation.world().launch()
    interrupt(installation, "open_new_place")
    with pytest.raises(Refused, match=r"north was moved to .* for good"):
        installation.cancel()
    installation.move()
    with pytest.raises(Refused, match="north is not closed for a move"):
        installation.cancel()


def test_a_move_that_was_cancelled_while_it_ran_ends_nothing(installation):
    world = installation.world()
    world.launch()
    copy = beside_ledger.copy_databases

    def cancel_meanwhile(*arguments):
        copy(*arguments)
        move_mark.reopen(world.app.store, move_mark.mark_of(world.app.store))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(beside_ledger, "copy_databases", cancel_meanwhile)
        with pytest.raises(BadInput, match="cancelled meanwhile"):
            installation.move()
    world.opt_out(ADA)


def test_the_same_settings_again_move_nothing(installation):
    installation.world().launch()
    assert installation.move() is not None
    assert installation.move() is None


def test_a_copy_that_was_lost_after_the_end_is_never_made_again(installation):
    installation.world().launch()
    interrupt(installation, "open_new_place")
    for file in file_of(installation.new).parent.glob("ledger.sqlite3*"):
        file.unlink()
    with pytest.raises(BadInput, match="its whole copy is not in"):
        installation.move()


def test_a_copy_that_is_not_complete_is_never_opened(installation):
    world = installation.world()
    world.launch()
    file, kept = file_of(installation.new), installation.folder / "kept"
    interrupt(installation, "close")
    shutil.copy(file, kept)
    world.opt_out(ADA)
    interrupt(installation, "open_new_place")
    for part in file.parent.glob(f"{file.name}*"):
        part.unlink()
    shutil.copy(kept, file)
    with pytest.raises(BadInput, match="its whole copy is not in"):
        installation.move()
    with pytest.raises(LedgerMoved):
        installation.world(installation.new)


def test_a_copy_is_not_opened_by_cancelling(installation):
    world = installation.world()
    world.launch()
    interrupt(installation, "close")
    (installation.folder / "north.toml").write_bytes(installation.content(installation.new))
    for act in (
        installation.cancel,
        lambda: installation.move(installation.content("sqlite:///x")),
    ):
        with pytest.raises(LedgerMoved, match="is not complete here"):
            act()
    world.opt_out(ADA)


class Killed(BaseException):
    """The end of the process: nothing that follows is done."""


def interrupt(installation, step):
    """End a move before a step, with nothing done after that."""

    def end(*_arguments):
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(move_run.move_mark, step, end)
        patch.setattr(move_run, "reopen", lambda *_: None)
        with pytest.raises(Killed):
            installation.move()
