"""An installation with one ledger in its directory, and what is needed to move it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from kit.clock import ManualClock
from kit.postgres import create_database, drop_database
from kit.provider import FakeProvider
from kit.world import World, environment
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
        self._file.write_bytes(self.content(self.old))
        self._worlds: list[World] = []

    @property
    def _file(self):
        return self.folder / f"{NAME}.toml"

    def content(self, url: str, **more: str) -> bytes:
        """The file of settings for that address."""
        settings = environment(url) | self._key(url) | more
        return "".join(f'{name} = "{value}"\n' for name, value in settings.items()).encode()

    def _key(self, url):
        return {"LEDGER_SIGNING_KEY": str(self.folder.parent / "signing_key")}

    def world(self, url: str | None = None) -> World:
        """The application at an address: at first the old one."""
        url = url or self.old
        self._worlds.append(World.open(url, self.clock, self.provider, **self._key(url)))
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
def address(kind: str, folder: Path, postgres: str | None) -> Iterator[str]:
    """The address of an empty database of that kind."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/ledger.sqlite3"
        return
    url = create_database(postgres)
    try:
        yield url
    finally:
        drop_database(postgres, url)


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
