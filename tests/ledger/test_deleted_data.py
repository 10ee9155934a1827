"""After a forgetting and `scrub`, no file of the database holds number, name, text or key.

The files are searched as they are. They are searched before as well, or the test could not fail.
"""

import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.engine import make_url

from kit.postgres import PostgresServer, create_database
from kit.world import ADA, BEN, STAFF, World
from ledger.commands.legal_holds import PlaceLegalHold, ReleaseLegalHold
from ledger.store.schema import contact_keys, ledger_info

GUIDE = Path(__file__).parents[2] / "docs/how-to/postgresql.md"
NUMBER, NAME = ADA[1:].encode(), b"Lovelace"
WORDS = (NUMBER, NAME, b"lovelace", b"Too many texts", b"Case twelve")


def connect(url: str) -> psycopg.Connection:
    plain = make_url(url).set(drivername="postgresql")
    return psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True)


def run(url: str, *statements: str) -> None:
    with connect(url) as server:
        for statement in statements:
            server.execute(statement.encode())


def ada_becomes_known(world: World) -> bytes:
    """Store all that the ledger can know of a person; return the person's wrapped key."""
    world.launch([ADA, BEN])
    world.send()
    world.inbound("Too many texts", phone=ADA)
    world.execute(PlaceLegalHold(world.contact(), "Case twelve", STAFF))
    world.execute(ReleaseLegalHold(world.contact(), STAFF))
    world.catch_up()
    assert world.app.possible_opt_outs.count() == 1
    with world.app.ledger.recorder._engine.connect() as connection:
        query = sa.select(contact_keys.c.wrapped_key)
        return connection.scalar(query.where(contact_keys.c.subject_id == world.contact()))


def identity_key_of(world: World) -> bytes:
    with world.app.ledger.recorder._engine.connect() as connection:
        query = sa.select(ledger_info.c.value)
        return connection.scalar(query.where(ledger_info.c.name == "identity_key"))


def found(folder: Path, *words: bytes) -> dict[bytes, list[str]]:
    """Word → the files that hold it."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    contents = {str(file.relative_to(folder)): file.read_bytes() for file in files}
    holders = {word: [name for name, text in contents.items() if word in text] for word in words}
    return {word: names for word, names in holders.items() if names}


@pytest.fixture
def on_postgresql(durable_postgres, clock, provider, tmp_path) -> Iterator[World]:
    signing = {
        name: str(tmp_path / name) for name in ("LEDGER_SIGNING_KEY", "LEDGER_SIGNING_RECORD")
    }
    world = World.open(create_database(durable_postgres.url), clock, provider, **signing)
    yield world
    world.close()


def snapshot_exists(world: World) -> bool:
    assert world.app.views.snapshots
    return world.app.views.snapshots.exists()


def test_postgresqls_files_hold_nothing_after_the_scrub(durable_postgres, on_postgresql):
    world, files = on_postgresql, durable_postgres.data
    key = ada_becomes_known(world)
    world.app.checkpoints.make()
    assert world.app.views.repair() == {}
    assert snapshot_exists(world)
    run(world.url, "ANALYZE", "CHECKPOINT")
    world.opt_out(ADA)
    world.forget()
    assert world.app.scrubber.scrub()
    assert not snapshot_exists(world)
    run(world.url, "CHECKPOINT")
    before = found(files, *WORDS[:4], key)
    for word in (*WORDS[:4], key):
        assert {name.partition("/")[0] for name in before[word]} >= {"base", "pg_wal"}
    assert world.app.scrubber.rewrite() == []
    assert found(files, *WORDS, key) == {}
    assert found(files, b"Ben Okri") != {}
    world.app.checkpoints.make()
    assert world.app.views.repair() == {}
    assert snapshot_exists(world)
    assert found(files, *WORDS, key) == {}
    assert list(world.app.views.differences()) == []


def test_after_a_key_rotation_the_scrub_removes_the_keys_as_they_were(
    durable_postgres, on_postgresql
):
    world = on_postgresql
    old = [ada_becomes_known(world), identity_key_of(world)]
    run(world.url, "CHECKPOINT")
    assert len(found(durable_postgres.data, *old)) == 2
    world.app.ledger.change_master_key(b"another master key of 32 bytes..")
    world.app.scrubber.rewrite()
    assert found(durable_postgres.data, *old) == {}


def test_files_of_the_log_that_postgresql_must_keep_are_counted(durable_postgres, on_postgresql):
    world = on_postgresql
    ada_becomes_known(world)
    run(world.url, "SELECT pg_create_physical_replication_slot('standby', true)")
    world.forget()
    (sentence,) = world.app.scrubber.rewrite()
    assert sentence == (
        "PostgreSQL keeps 1 older file of its log, for archiving, a standby or wal_keep_size. Run "
        "this again when they are gone."
    )
    assert found(durable_postgres.data, NAME) != {}
    run(world.url, "SELECT pg_drop_replication_slot('standby')")
    assert world.app.scrubber.rewrite() == []
    assert found(durable_postgres.data, NAME) == {}


@pytest.fixture
def owner_url(durable_postgres: PostgresServer) -> str:
    """A database as the guide makes it: it belongs to a user who is no superuser."""
    url = make_url(create_database(durable_postgres.url))
    name = f"ledger_{uuid.uuid4().hex}"
    with connect(durable_postgres.url) as server:
        server.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
        statement = sql.SQL("ALTER DATABASE {} OWNER TO {}")
        database = sql.Identifier(url.database or "")
        server.execute(statement.format(database, sql.Identifier(name)))
    return url.set(username=name).render_as_string(hide_password=False)


def test_the_rights_in_the_guide_are_enough(durable_postgres, owner_url, clock, provider):
    world = World.open(owner_url, clock, provider)
    ada_becomes_known(world)
    world.forget()
    (sentence,) = world.app.scrubber.rewrite()
    assert sentence.startswith("PostgreSQL's log was not overwritten: the user may not do it.")
    grants = re.findall(r"^ +(GRANT .*? TO ledger;)", GUIDE.read_text(), re.MULTILINE)
    assert len(grants) == 2
    url = make_url(owner_url)
    superuser = url.set(username="postgres").render_as_string(hide_password=False)
    run(superuser, *(grant.replace("TO ledger", f"TO {url.username}") for grant in grants))
    assert world.app.scrubber.rewrite() == []
    assert found(durable_postgres.data, NUMBER, NAME) == {}
    world.close()


def test_tables_of_another_user_are_named(durable_postgres, owner_url, clock, provider):
    World.open(owner_url, clock, provider).close()
    url = make_url(owner_url)
    superuser = url.set(username="postgres").render_as_string(hide_password=False)
    run(superuser, "ALTER TABLE ledger.contact_keys OWNER TO postgres")
    run(superuser, f"GRANT ALL ON ledger.contact_keys TO {url.username}")
    world = World.open(owner_url, clock, provider)
    tables, _log = world.app.scrubber.rewrite()
    assert tables.startswith("Old rows remain in contact_keys: it was in use, or another user")
    world.close()
