"""The user of docs/how-to/postgresql.md, who works with the ledger and can change nothing of it."""

import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from kit.world import ADA, BEN, World, environment
from ledger.domain.vocabulary import DeliveryStatus
from ledger.store.schema_migration import migrate
from ledger.store.store import open_store
from webapp.bootstrap import build
from webapp.settings import read_settings

GUIDE = Path(__file__).parents[2] / "docs/how-to/postgresql.md"


def connect(url: str) -> psycopg.Connection:
    plain = make_url(url).set(drivername="postgresql")
    return psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True)


@pytest.fixture
def worker_url(postgres_url: str) -> Iterator[str]:
    """The guide's way, word by word, but for the names of user and database."""
    store = open_store(postgres_url, setting="test")
    migrate(store)
    store.engine.dispose()
    worker, database = f"worker_{uuid.uuid4().hex}", make_url(postgres_url).database or ""
    grants = re.findall(r"^ +(GRANT .*? TO worker;)", GUIDE.read_text(), re.MULTILINE)
    assert len(grants) == 7
    with connect(postgres_url) as owner:
        owner.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(worker)))
        for grant in grants:
            named = grant.replace("TO worker", f"TO {worker}")
            owner.execute(named.replace("DATABASE ledger", f"DATABASE {database}").encode())
    yield make_url(postgres_url).set(username=worker).render_as_string(hide_password=False)
    with connect(postgres_url) as owner:
        for statement in ("DROP OWNED BY {} CASCADE", "DROP ROLE {}"):
            owner.execute(sql.SQL(statement).format(sql.Identifier(worker)))


def test_it_does_all_that_the_program_does(worker_url, clock, provider, tmp_path):
    signing = {"LEDGER_SIGNING_KEY": str(tmp_path / "signing_key")}
    settings = read_settings(environment(worker_url) | signing)
    app = build(settings, clock=clock, provider=lambda _settings: provider)
    world = World(url=worker_url, clock=clock, provider=provider, app=app)
    campaign_id = world.launch([ADA, BEN])
    world.send()
    world.callback(world.delivery(campaign_id, ADA), status="delivered")
    assert world.statuses(campaign_id) == [DeliveryStatus.DELIVERED, DeliveryStatus.PENDING]
    world.forget(BEN)
    world.app.checkpoints.make()
    world.app.views.rebuild()
    assert list(world.app.views.differences()) == []
    world.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger.events SET actor = 'nobody'",
        "DELETE FROM ledger.events",
        "TRUNCATE ledger.checkpoints",
        "ALTER TABLE ledger.events DISABLE TRIGGER ALL",
        "DROP TABLE ledger.events CASCADE",
    ],
)
def test_it_cannot_change_what_is_recorded(worker_url, statement):
    with connect(worker_url) as worker, pytest.raises(psycopg.errors.InsufficientPrivilege):
        worker.execute(statement)
