"""The database of a test: empty, or with the tables that the fixtures of the test open.

Making the tables of a ledger and of its views takes longer than most tests. So each test process
makes them once and copies them; a test that only asks for `database_url` gets an empty database.
"""

import functools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from kit.clock import ManualClock
from kit.postgres import create_database, drop_database
from kit.provider import FakeProvider
from kit.recording import Recording, open_views
from kit.store import close_ledger, open_ledger, sqlite_url
from kit.world import ADA, BEN, World


def _make_ledger(url: str, _folder: Path) -> None:
    close_ledger(open_ledger(url, ManualClock()))


def make_ledger_with_views(url: str, folder: Path) -> None:
    """Make the tables that the fixture `record` opens."""
    ledger = open_ledger(url, ManualClock())
    view_store = open_views(url, folder)
    Recording(ledger, view_store)
    view_store.engine.dispose()
    close_ledger(ledger)


def _make_world(url: str, _folder: Path) -> None:
    """Make the tables of a ledger and its views, and those of the accounts and the senders."""
    world = World.open(url, ManualClock(), FakeProvider())
    assert world.app.accounts
    assert world.app.sending
    world.close()


class Story:
    """What had happened before each test of a module; told once to a database of each kind."""

    def __init__(self, tell: Callable[[World], str]) -> None:
        self._tell = tell
        self._ends: dict[str, tuple[str, int, datetime]] = {}

    def __call__(self, url: str, folder: Path) -> None:
        _make_world(url, folder)
        world = World.open(url, ManualClock(), FakeProvider())
        told = self._tell(world)
        self._ends[_kind(url)] = told, world.provider.given, world.clock.now()
        world.close()

    def resume(self, world: World) -> str:
        """Continue after it, like a restarted program; return what `tell` returned."""
        told, world.provider.given, ended_at = self._ends[_kind(world.url)]
        world.clock.advance(ended_at - world.clock.now())
        return told


def text_two(world: World) -> str:
    """Text two contacts; return the id of the campaign."""
    campaign_id = world.launch([ADA, BEN])
    world.send()
    world.catch_up()
    return campaign_id


_story_told_by = functools.cache(Story)


def _story_of(request: pytest.FixtureRequest) -> Story:
    return _story_told_by(getattr(request.module, "tell", text_two))


def _kind(url: str) -> str:
    return make_url(url).get_backend_name()


_MAKERS = {"world": _make_world, "record": make_ledger_with_views, "ledger": _make_ledger}
"""Fixture → what makes the tables that it opens. A test that uses several gets the first."""

Maker = Callable[[str, Path], None]
SqliteTemplate = Callable[[Maker], Path]
PostgresTemplate = Callable[[Maker], str]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    """Return the folder of the files that a maker made."""

    @functools.cache
    def make(maker: Maker) -> Path:
        folder = tmp_path_factory.mktemp("template")
        maker(sqlite_url(folder), folder)
        return folder

    return make


@pytest.fixture(scope="session")
def postgres_template(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> PostgresTemplate:
    """Return the name of a database that a maker filled."""

    @functools.cache
    def make(maker: Maker) -> str:
        url = create_database(postgres)
        maker(url, tmp_path_factory.mktemp("template"))
        return make_url(url).database or ""

    return make


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest, postgres: str) -> Iterator[str]:
    """A database on the server, empty or with the tables of the test's fixtures."""
    maker = _maker_for(request)
    if maker is None:
        url = create_database(postgres)
    else:
        template: PostgresTemplate = request.getfixturevalue("postgres_template")
        url = create_database(postgres, template(maker))
    yield url
    drop_database(postgres, url)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The same on SQLite, or on both in turn where `both_databases` marks the test."""
    if getattr(request, "param", "sqlite") == "postgresql":
        url: str = request.getfixturevalue("postgres_url")
        return url
    maker = _maker_for(request)
    if maker is not None:
        template: SqliteTemplate = request.getfixturevalue("sqlite_template")
        shutil.copytree(template(maker), tmp_path, dirs_exist_ok=True)
    return sqlite_url(tmp_path)


@pytest.fixture(scope="module")
def shared_database_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The same for a module whose tests only read what one of its fixtures made."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield sqlite_url(tmp_path_factory.mktemp("shared"))
        return
    postgres: str = request.getfixturevalue("postgres")
    url = create_database(postgres)
    yield url
    drop_database(postgres, url)


@pytest.fixture
def told_story(request: pytest.FixtureRequest, world: World) -> str:
    """What the module's own `tell` returned, or else `text_two`: it happened before the test.

    The world remembers only what is in its databases, as if the program had been restarted.
    """
    return _story_of(request).resume(world)


@pytest.fixture(scope="session")
def new_world(sqlite_template: SqliteTemplate) -> Callable[[], AbstractContextManager[World]]:
    """Return what opens a newborn world for the length of a block, as an example needs it."""

    @contextmanager
    def open_world() -> Iterator[World]:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            shutil.copytree(sqlite_template(_make_world), folder, dirs_exist_ok=True)
            world = World.open(sqlite_url(folder), ManualClock(), FakeProvider())
            try:
                yield world
            finally:
                world.close()

    return open_world


def _maker_for(request: pytest.FixtureRequest) -> Maker | None:
    if "told_story" in request.fixturenames:
        return _story_of(request)
    return next((_MAKERS[name] for name in _MAKERS if name in request.fixturenames), None)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what `both_databases` marks on SQLite and on PostgreSQL."""
    is_marked = metafunc.definition.get_closest_marker("both_databases")
    for name, scope in (("database_url", "function"), ("shared_database_url", "module")):
        if is_marked and name in metafunc.fixturenames:
            both = ["sqlite", "postgresql"]
            metafunc.parametrize(name, both, indirect=True, scope=scope)
