"""An installation with one ledger in its directory, and what is needed to move it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from kit.clock import ManualClock
from kit.ledger_commands import AppendEvents
from kit.postgres import create_database, drop_database
from kit.provider import FakeProvider
from kit.store import store_at
from kit.world import World, environment
from ledger.errors import LedgerMoved
from ledger.store.schema import metadata
from webapp.ledgers.directory import Directory
from webapp.ledgers.moving import Moved, cancel, move

NAME = "north"


@contextmanager
def unseen(_label):
    yield lambda _done, _total: None


@dataclass
class Installation:
    """The ledger `north` at one address, and another address that is empty."""

    folder: Path
    old: str
    new: str
    clock: ManualClock
    provider: FakeProvider

    def __post_init__(self):
        self.directory = Directory(self.folder, {})
        self._worlds: list[World] = []
        self._key = {"LEDGER_SIGNING_KEY": str(self.folder.parent / "signing_key")}
        self._file.write_bytes(self.content(self.old))

    @property
    def _file(self):
        return self.folder / f"{NAME}.toml"

    def content(self, url: str, **more: str) -> bytes:
        """The file of settings for that address."""
        settings = {**environment(url), **self._key, **more}
        return "".join(f'{name} = "{value}"\n' for name, value in settings.items()).encode()

    def world(self, url: str | None = None) -> World:
        """The application at an address: at first the old one."""
        self._worlds.append(World.open(url or self.old, self.clock, self.provider, **self._key))
        return self._worlds[-1]

    def close(self) -> None:
        """Let go of all connections."""
        for world in self._worlds:
            world.close()

    def move(self, content: bytes | None = None, show=unseen) -> Moved | None:
        content = content or self.content(self.new)
        return move(self.directory, NAME, content, clock=self.clock, show=show)

    def cancel(self) -> None:
        cancel(self.directory, NAME)

    @property
    def present(self) -> str:
        """The address that the directory names now."""
        return self.directory.ledger(NAME).settings.databases.ledger_url


@contextmanager
def installed(
    folder: Path, kinds: Sequence[str], postgres: Callable[[], str]
) -> Iterator[Installation]:
    """An installation whose ledger is of the first kind, with an address of the second kind."""
    server = postgres() if "postgresql" in kinds else ""
    for name in ("ledgers", "old", "new"):
        (folder / name).mkdir()
    with (
        address(kinds[0], folder / "old", server) as old,
        address(kinds[1], folder / "new", server) as new,
    ):
        installation = Installation(folder / "ledgers", old, new, ManualClock(), FakeProvider())
        yield installation
        installation.close()


@contextmanager
def address(kind: str, folder: Path, postgres: str) -> Iterator[str]:
    """The address of an empty database of that kind."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/ledger.sqlite3"
        return
    url = create_database(postgres)
    try:
        yield url
    finally:
        drop_database(postgres, url)


def places_in_use(installation: Installation) -> list[str]:
    """The addresses whose ledger takes events, by what it answers to a command."""
    return [url for url in (installation.old, installation.new) if _takes_events(installation, url)]


def _takes_events(installation: Installation, url: str) -> bool:
    if not _has_ledger(url):  # an empty database would become a ledger
        return False
    try:
        installation.world(url).execute(AppendEvents([]))
    except LedgerMoved:
        return False
    return True


def _has_ledger(url: str) -> bool:
    engine = store_at(url).engine
    try:
        with engine.connect() as connection:
            has_table = sa.inspect(connection).has_table("ledger_info")
            query = "SELECT count(*) FROM ledger_info WHERE name = 'ledger_id'"
            return bool(has_table and connection.exec_driver_sql(query).scalar())
    finally:
        engine.dispose()


def rows_of(engine: sa.Engine) -> dict[str, list[tuple]]:
    """Every row of every table of a ledger, the mark of a move left out."""
    with engine.connect() as connection:
        return {
            table.name: sorted(
                tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)
                for row in connection.execute(sa.select(table))
                if row[0] != "move"
            )
            for table in metadata.sorted_tables
        }
