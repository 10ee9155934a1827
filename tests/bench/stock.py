"""The stock library as a yardstick: its own recorders, application and projection, as they come."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import NAMESPACE_URL, uuid5

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import (
    ApplicationRecorder,
    InfrastructureFactory,
    Mapper,
    StoredEvent,
    Tracking,
)
from eventsourcing.projection import Projection, ProjectionRunner
from eventsourcing.sqlite import SQLiteTrackingRecorder
from eventsourcing.utils import Environment
from sqlalchemy.engine import make_url

from ledger.ledger import Ledger


def environment(url: str) -> dict[str, str]:
    """The library's settings for a database of ours; its tables are its own."""
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite":
        return {
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": str(parts.database),
            "SQLITE_LOCK_TIMEOUT": "10",
        }
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": str(parts.database),
        "POSTGRES_HOST": str(parts.query["host"]),
        "POSTGRES_PORT": "5432",
        "POSTGRES_USER": "postgres",
        "POSTGRES_PASSWORD": "-",
    }


@contextmanager
def recorder(url: str) -> Iterator[ApplicationRecorder]:
    """Its own recorder for that database."""
    factory = InfrastructureFactory.construct(Environment("Stock", environment(url)))
    try:
        yield factory.application_recorder()
    finally:
        factory.close()


def append(stock: ApplicationRecorder, batches: Sequence[Sequence[StoredEvent]]) -> None:
    """A transaction for each batch."""
    for batch in batches:
        stock.insert_events(batch)


# Callbacks.


class Text(Aggregate):
    """What was heard of one text."""

    def __init__(self, path: str) -> None:
        self.path = path

    @staticmethod
    def create_id(path: str) -> object:
        return uuid5(NAMESPACE_URL, path)

    @event("Reported")
    def report(self, status: str, form: dict[str, str]) -> None:
        self.status, self.form = status, form


class Texts(Application):
    """Records callbacks, each in a transaction of its own."""

    def receive(self, path: str, form: dict[str, str]) -> None:
        try:
            text: Text = self.repository.get(Text.create_id(path))
        except AggregateNotFoundError:
            text = Text(path)
        text.report(form["MessageStatus"], form)
        self.save(text)


# Projecting.


class StandingsView(SQLiteTrackingRecorder):
    """The greatest rank of every delivery, kept with the position in one transaction an event."""

    def construct_create_table_statements(self) -> list[str]:
        table = "CREATE TABLE IF NOT EXISTS standings (delivery_id TEXT PRIMARY KEY, rank INTEGER)"
        return [*super().construct_create_table_statements(), table]

    def put(self, delivery_id: str, rank: int, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(
                "INSERT INTO standings VALUES (?, ?) ON CONFLICT DO UPDATE "
                "SET rank = max(rank, excluded.rank)",
                (delivery_id, rank),
            )


class StandingsProjection(Projection[StandingsView]):
    """The least that a projection of ours does, written for the library's runner."""

    name = "standings"

    def process_event(self, domain_event: object, tracking: Tracking) -> None:
        rank = getattr(domain_event, "rank", None)
        if rank is None:
            self.view.insert_tracking(tracking)
        else:
            self.view.put(str(domain_event.originator_id), rank, tracking)


def project(ledger: Ledger, url: str, events: int) -> float:
    """Seconds that the library's runner takes for the first so many events of the ledger."""

    class Source(Application[str]):
        """Our ledger, read by the library: the same events, decoded by the same mapper."""

        name = "ledger"

        def construct_recorder(self) -> ApplicationRecorder:
            return ledger.recorder

        def construct_mapper(self) -> Mapper[str]:
            return ledger._mapper

    started = time.perf_counter()
    with ProjectionRunner(
        application_class=Source,
        projection_class=StandingsProjection,
        view_class=StandingsView,
        env=environment(url),
    ) as runner:
        runner.wait(events, timeout=600)
        return time.perf_counter() - started
