"""Where a run of the benchmarks takes place: its size, its folder, its databases."""

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bench.building import MESSAGE, Built, build, phone, text_contacts
from bench.weighing import Weight, weigh
from kit.postgres import NoPostgresError, PostgresServer, create_database
from kit.provider import FakeProvider
from kit.world import World, environment
from ledger.clock import SystemClock


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How much of everything."""

    rounds: int
    batches: int
    """Of 500 events, appended in a round."""
    callbacks: int
    """Posted in a round."""
    deliveries: int
    """In each of two campaigns; five events each."""
    large_campaigns: int
    """The number of deliveries in the ledger whose views are filled from a snapshot."""
    contacts: int
    """In the one large campaign."""
    texted: int
    """How many of those have been texted."""
    archived: int
    """In a campaign beside it that was texted and archived."""
    stock_events: int
    """That the library's ProjectionRunner reads in a round."""
    pages: int
    """Asked for at each depth in a round."""
    waits: int
    """Single appends of each writer, and single callbacks that are looked for."""
    ledgers: int
    """In one installation."""


FULL = Scale(
    rounds=5,
    batches=40,
    callbacks=4000,
    deliveries=100_000,
    large_campaigns=10,
    contacts=1_000_000,
    texted=100_000,
    archived=20_000,
    stock_events=2000,
    pages=20,
    waits=500,
    ledgers=50,
)
SMALL = Scale(
    rounds=1,
    batches=2,
    callbacks=64,
    deliveries=200,
    large_campaigns=5,
    contacts=300,
    texted=60,
    archived=40,
    stock_events=50,
    pages=2,
    waits=5,
    ledgers=8,
)


@dataclass(frozen=True)
class Large:
    """A ledger of one large campaign, and what its launch took."""

    url: str
    campaign_id: str
    weight: Weight


class Setting:
    """One run; what several benchmarks need is made once."""

    def __init__(self, scale: Scale, folder: Path, extension_python: str | None = None) -> None:
        """`extension_python` is the interpreter of a venv that has the library's extension."""
        self.scale = scale
        self.folder = folder
        self.extension_python = extension_python
        self._numbers = itertools.count(1)
        self._postgres: PostgresServer | None = None

    def new_folder(self) -> Path:
        """An empty folder."""
        folder = self.folder / str(next(self._numbers))
        folder.mkdir()
        return folder

    def new_url(self, kind: str) -> str:
        """An empty, durable database; raises `NoPostgresError`."""
        if kind == "SQLite":
            return f"sqlite:///{self.new_folder() / 'ledger.sqlite3'}"
        return create_database(self._server().url)

    def _server(self) -> PostgresServer:
        if self._postgres is None:
            server = PostgresServer(is_durable=True)
            server.start()
            self._postgres = server
        return self._postgres

    @cached_property
    def why_no_postgres(self) -> str | None:
        """Why there is no PostgreSQL here; None where there is."""
        try:
            self._server()
        except NoPostgresError as missing:
            return f"no PostgreSQL here: {missing}"
        return None

    @cached_property
    def built(self) -> Built:
        """A SQLite ledger of two campaigns, every delivery with five events, checkpointed."""
        built = build(self.new_url("SQLite"), self.scale.deliveries, campaigns=2)
        with opened(built.url) as world:
            world.app.checkpoints.make()
        return built

    @cached_property
    def large(self) -> Large:
        """A SQLite ledger of one large campaign, launched by the command from a file."""
        return self._launched(self.scale.contacts)

    @cached_property
    def reported(self) -> Large:
        """A SQLite ledger of one campaign that was launched from a file and texted as a whole."""
        launched = self._launched(self.scale.deliveries)
        text_contacts(launched.url, self.scale.deliveries, 0)
        return launched

    def _launched(self, contacts: int) -> Large:
        url, folder = self.new_url("SQLite"), self.new_folder()
        file = folder / "contacts.csv"
        with file.open("w") as lines:
            lines.write("first_name,last_name,mobile\n")
            lines.writelines(f"Given{n},Family{n},{phone(n)}\n" for n in range(contacts))
        words = ("--name", "Everybody", "--message", MESSAGE, "--contacts", str(file), "--json")
        weight = weigh(environment(url), folder, "campaign", "launch", *words)
        return Large(url, json.loads(weight.output)["id"], weight)

    @cached_property
    def busy(self) -> Large:
        """The large campaign once it has been texted, with an archived campaign beside it."""
        text_contacts(self.large.url, self.scale.texted, self.scale.archived)
        return self.large

    def close(self) -> None:
        """End what was started."""
        if self._postgres is not None:
            self._postgres.close()


@contextmanager
def opened(url: str) -> Iterator[World]:
    """The application over a database, by the clock of the wall."""
    world = World.open(url, SystemClock(), FakeProvider())
    try:
        yield world
    finally:
        world.close()
