"""The workbook of a search of the audit trail, up to an event: for its page and its command."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from webapp.audit.about import about
from webapp.audit.export import AuditExport, Summary
from webapp.audit.names import AuditNames
from webapp.audit.query import AuditQuery
from webapp.audit.workbook import AuditWorkbook
from webapp.bootstrap import Application

_READ_BYTES = 1024**2


@dataclass(frozen=True, kw_only=True)
class WorkbookOrder:
    """Which events a workbook holds: those of a search up to a seq, with the names of then."""

    query: AuditQuery
    up_to: int
    names: AuditNames

    def export(self, app: Application) -> AuditExport:
        """Return its events."""
        reader = app.ledger.reader
        return AuditExport(reader, self.names, self.query.search(reader), self.up_to)


def write_workbook(
    app: Application,
    order: WorkbookOrder,
    file: BinaryIO,
    *,
    folder: Path,
    on_batch: Callable[[AuditWorkbook], None] = lambda _workbook: None,
) -> Summary:
    """Write the workbook into a file that can be read too; `folder` is for what is temporary.

    Raises OSError, and what the reader raises.
    """
    created_at = app.ledger.reader.time_at(order.up_to)
    with AuditWorkbook(file, folder=folder, created_at=created_at) as workbook:
        for rows in order.export(app).row_batches():
            workbook.add(rows)
            on_batch(workbook)
        workbook.finish(about(workbook, order.query, order.up_to, app, order.names))
    file.seek(0)
    return Summary(
        events=workbook.events, first=workbook.first, last=workbook.last, sha256=_sha256(file)
    )


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while part := file.read(_READ_BYTES):
        digest.update(part)
    return digest.hexdigest()
