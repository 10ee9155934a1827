"""Makes the workbooks that pages asked for, one after the other, in a process of its own."""

import errno
import io
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.errors import BadInput, LedgerError
from webapp.audit.export import Format
from webapp.audit.names import AuditNames
from webapp.audit.query import AuditQuery
from webapp.audit.workbook import AuditWorkbook
from webapp.audit.workbook_export import WorkbookOrder, write_workbook
from webapp.bootstrap import Application
from webapp.explain.numbers import counted
from webapp.explain.workbooks import DISK_FULL, TOO_LARGE
from webapp.reports import workbook
from webapp.reports.files import ReportForm, file_name
from webapp.reports.report import CampaignReport, ReportOrder
from webapp.workbooks.job import Job, JobKind
from webapp.workbooks.queue import WorkbookQueue

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

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
    """Make the workbook of a job whose key epoch is noted already.

    The names come from the views, so they are read up to what that epoch has forgotten.
    """
    app.views.catch_up()
    app = app.within(app.scope_of(job.owner).within(job.scope))
    if job.kind is JobKind.REPORT:
        _make_report(folder, app, queue, job, least_free_bytes)
        return
    names = AuditNames(app, job.up_to)
    order = WorkbookOrder(query=AuditQuery.of(job.parameters), up_to=job.up_to, names=names)
    export = order.export(app)
    ends = export.ends()
    file_name = export.file_name(Format.XLSX)
    job = queue.report(job, file_name=file_name, final=ends[1] if ends else None)
    progress = _Progress(queue, job, folder, least_free_bytes)
    progress.check_room()
    path = folder / file_name
    with _WorkbookFile(path, progress.before_write) as file:
        summary = write_workbook(app, order, file, folder=folder, on_batch=progress)
    if path.stat().st_size > queue.limits.bytes:
        raise BadInput(TOO_LARGE)
    queue.finish(job, path, sha256=summary.sha256, summary=summary.words)


def _make_report(
    folder: Path, app: Application, queue: WorkbookQueue, job: Job, least_free_bytes: int
) -> None:
    report = CampaignReport(app, ReportOrder.of(job.parameters, job.up_to))
    name = file_name(report, ReportForm.XLSX)
    job = queue.report(job, file_name=name, final=report.expected_rows)
    progress = _Progress(queue, job, folder, least_free_bytes)
    progress.check_room()
    path = folder / "report.xlsx"
    with _WorkbookFile(path, progress.before_write) as file:
        workbook.write_workbook(report, file, folder=folder, on_rows=progress.on_rows)
    if path.stat().st_size > queue.limits.bytes:
        raise BadInput(TOO_LARGE)
    queue.finish(job, path, summary=counted(report.rows_written, "row"))


class _WorkbookFile(io.BufferedRandom):
    """A new file that says before each write how large it will be, in bytes."""

    def __init__(self, path: Path, before_write: Callable[[int], None]) -> None:
        super().__init__(io.FileIO(path, "x+"))
        self._before_write = before_write

    def write(self, data: "ReadableBuffer", /) -> int:
        self._before_write(self.tell() + memoryview(data).nbytes)
        return super().write(data)


@dataclass
class _Progress:
    """Keeps how far a job is, about once a second.

    It ends a job that is not wanted any more, that gets too large, or that would fill the disk.
    """

    queue: WorkbookQueue
    job: Job
    folder: Path
    least_free_bytes: int
    _reported_at: float = field(default_factory=time.monotonic)

    def on_rows(self, count: int) -> None:
        """Look after the job while the rows of a report are written."""
        if self._is_due():
            self.queue.report(self.job, events=count)
            self.check_room()

    def __call__(self, workbook: AuditWorkbook) -> None:
        """Look after the job while its rows are written."""
        if self._is_due():
            self.queue.report(self.job, events=workbook.events, last=workbook.last)
            self.check_room()

    def before_write(self, size: int) -> None:
        """Look after the job while its file is written, which will be so large."""
        if size > self.queue.limits.bytes:
            raise BadInput(TOO_LARGE)
        if self._is_due():
            self.queue.check_running(self.job)
            self._check_free(self.least_free_bytes)

    def _is_due(self) -> bool:
        is_due = time.monotonic() - self._reported_at >= _REPORT_SECONDS
        if is_due:
            self._reported_at = time.monotonic()
        return is_due

    def check_room(self) -> None:
        """Raise OSError where the rest would leave too little: rows are copied into the file.

        Raises `BadInput` where more was written than any job may write.
        """
        written = sum(file.stat().st_size for file in self.folder.iterdir())
        if written > self.queue.limits.working_bytes:
            raise BadInput(TOO_LARGE)
        self._check_free(self.least_free_bytes + written)

    def _check_free(self, needed: int) -> None:
        if shutil.disk_usage(self.folder).free < needed:
            raise OSError(errno.ENOSPC, "the disk is almost full")
