"""Makes the workbooks that pages asked for, one after the other, in a process of its own."""

import errno
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path

from ledger.errors import BadInput, LedgerError
from webapp.audit.export import Format
from webapp.audit.names import AuditNames
from webapp.audit.query import AuditQuery
from webapp.audit.workbook import AuditWorkbook
from webapp.audit.workbook_export import WorkbookOrder, write_workbook
from webapp.bootstrap import Application
from webapp.explain.workbooks import DISK_FULL, TOO_LARGE
from webapp.workbooks.job import Job
from webapp.workbooks.queue import WorkbookQueue

LEAST_FREE_BYTES = 512 * 1024**2
"""What the ledger's disk must have left: its events are written there too."""
_REPORT_SECONDS = 1.0
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def make_waiting(app: Application, *, least_free_bytes: int = LEAST_FREE_BYTES) -> None:
    """Make every workbook that waits; do nothing where another process does."""
    queue = app.workbooks
    with queue.working() as is_alone:
        while is_alone and (job := queue.next_waiting()):
            _make(app, queue, job, least_free_bytes)
    queue.tidy()


def _make(app: Application, queue: WorkbookQueue, job: Job, least_free_bytes: int) -> None:
    """Make one workbook, or keep why it cannot be made; its partial file is removed before that."""
    try:
        with queue.work_folder(job) as folder:
            _make_in(folder, app, queue, job, least_free_bytes)
    except LedgerError as error:
        queue.fail(job, str(error))
    except OSError as error:
        is_full = error.errno in _FULL
        queue.fail(job, DISK_FULL if is_full else f"{error.strerror or error}.")


def _make_in(
    folder: Path, app: Application, queue: WorkbookQueue, job: Job, least_free_bytes: int
) -> None:
    names = AuditNames(app, job.up_to)
    order = WorkbookOrder(query=AuditQuery.of(job.parameters), up_to=job.up_to, names=names)
    export = order.export(app)
    ends = export.ends()
    file_name = export.file_name(Format.XLSX)
    job = queue.report(job, file_name=file_name, final=ends[1] if ends else None)
    progress = _Progress(queue, job, folder, least_free_bytes)
    progress.check_room()
    path = folder / file_name
    with path.open("x+b") as file:
        summary = write_workbook(app, order, file, folder=folder, on_batch=progress)
    if path.stat().st_size > queue.limits.bytes:
        raise BadInput(TOO_LARGE)
    queue.finish(job, path, sha256=summary.sha256, summary=summary.words)


@dataclass
class _Progress:
    """Keeps how far a job is, about once a second, and stops it before the disk is full."""

    queue: WorkbookQueue
    job: Job
    folder: Path
    least_free_bytes: int
    _reported_at: float = field(default_factory=time.monotonic)

    def __call__(self, workbook: AuditWorkbook) -> None:
        if time.monotonic() - self._reported_at < _REPORT_SECONDS:
            return
        self._reported_at = time.monotonic()
        self.check_room()
        self.queue.report(self.job, events=workbook.events, last=workbook.last)

    def check_room(self) -> None:
        """Raise OSError where the rest would leave too little: rows are copied into the file."""
        written = sum(file.stat().st_size for file in self.folder.iterdir())
        if shutil.disk_usage(self.folder).free < self.least_free_bytes + written:
            raise OSError(errno.ENOSPC, "the disk is almost full")
