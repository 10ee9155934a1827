"""Removes what a destroyed key leaves behind: old pages, old row versions, the views' snapshot."""

from collections.abc import Iterator
from dataclasses import dataclass

from ledger.ledger import Ledger
from ledger.store.engine import rewrite_tables, scrub
from projections.engine.views import Views
from webapp.explain.numbers import counted, plural

_CATCH_UP_SECONDS = 1.0


@dataclass
class Scrubber:
    """Removes deleted data from the files of ledger and views."""

    ledger: Ledger
    views: Views
    _scrubbed_epoch: int | None = None

    def scrub(self) -> bool:
        """Empty SQLite's write-ahead logs, once for each key epoch; return whether that was done.

        An older snapshot of the views is deleted before. The logs are not emptied while the views
        are behind or a reader uses a log.
        """
        epoch = self.ledger.reader.key_epoch()
        if epoch == self._scrubbed_epoch:
            return True
        self.views.discard_old_snapshot()
        if self.views.catch_up(_CATCH_UP_SECONDS):
            return False
        is_ledger_empty, are_views_empty = self.ledger.scrub(), scrub(self.views.engine)
        if not (is_ledger_empty and are_views_empty):
            return False
        self._scrubbed_epoch = epoch
        return True

    @property
    def needs_rewrite(self) -> bool:
        """Whether the database is PostgreSQL, where `scrub` does nothing and `rewrite` does it."""
        return self.views.engine.dialect.name == "postgresql"

    def rewrite(self) -> list[str]:
        """Remove deleted data from PostgreSQL's files; return a sentence on each part that remains.

        Tables are locked meanwhile, so that pages and senders wait. The log comes last, as what is
        done to the tables is written to it.
        """
        self.views.catch_up()
        tables = dict.fromkeys([*self.ledger.rewrite_keys(), *self._rewrite_views()])
        return [*_of_tables([*tables]), *_of_log(self.ledger.overwrite_log())]

    def _rewrite_views(self) -> list[str]:
        return rewrite_tables(self.views.engine, self.views.table_names)


def _of_tables(tables: list[str]) -> Iterator[str]:
    if tables:
        yield (
            f"Old rows remain in {', '.join(tables)}: {plural(len(tables), 'it was', 'they were')} "
            "in use, or another user owns them. Run this again, as the owner of the database."
        )


def _of_log(kept_files: int | None) -> Iterator[str]:
    if kept_files is None:
        yield (
            "PostgreSQL's log was not overwritten: the user may not do it. "
            "docs/how-to/postgresql.md has the rights that are needed."
        )
    elif kept_files:
        yield (
            f"PostgreSQL keeps {counted(kept_files, 'older file')} of its log, for archiving, a "
            "standby or wal_keep_size. Run this again when they are gone."
        )
