"""Makes the workbooks and other long files, one after the other, in a process of its own.

Pages and programs ask for them; each is a report, an export of the audit trail or a bundle.
"""

import errno
import hashlib
import io
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.domain.offices import Scope
from ledger.errors import BadInput, LedgerError
from webapp.accounts.api_tokens import is_system
from webapp.audit.export import AuditExport, Format, Summary, Tally
from webapp.audit.names import AuditNames
from webapp.audit.query import AuditQuery
from webapp.audit.workbook import AuditWorkbook
from webapp.audit.workbook_export import WorkbookOrder, write_workbook
from webapp.bootstrap import Application
from webapp.bundles import BundleOrder
from webapp.explain.numbers import counted, number
from webapp.explain.workbooks import DISK_FULL, TOO_LARGE
from webapp.reports import workbook
from webapp.reports.files import ReportForm, file_name, text_parts
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
    app = app.within(_scope_of(app, job))
    make = {
        JobKind.AUDIT: _make_audit,
        JobKind.REPORT: _make_report,
        JobKind.BUNDLE: _make_bundle,
    }[job.kind]
    progress = _Progress(queue, job, folder, least_free_bytes)
    progress.check_room()
    path = folder / f"made.{job.form}"
    made = make(app, progress, path)
    if path.stat().st_size > queue.limits.bytes:
        raise BadInput(TOO_LARGE)
    queue.finish(progress.job, path, sha256=made.sha256 or _sha256(path), summary=made.words)


def _scope_of(app: Application, job: Job) -> Scope:
    """Return what the file may show: what its owner sees now, and no more than was asked for.

    A system has no account; the job has the offices of its token.
    """
    return job.scope if is_system(job.owner) else job.scope.within(app.scope_of(job.owner))


@dataclass(frozen=True)
class _Made:
    """What a file holds, in words; its SHA-256 is blank where it was not computed yet."""

    words: str
    sha256: str = ""


def _make_audit(app: Application, progress: "_Progress", path: Path) -> _Made:
    job = progress.job
    query, names = AuditQuery.of(job.parameters), AuditNames(app, job.up_to)
    order = WorkbookOrder(query=query, up_to=job.up_to, names=names)
    export, form = order.export(app), Format(job.form)
    ends = export.ends()
    progress.report(file_name=export.file_name(form), final=ends[1] if ends else None)
    if form is not Format.XLSX:
        summary = _write_events(export, form, progress, path)
    else:
        with _WorkbookFile(path, progress.before_write) as file:
            summary = write_workbook(app, order, file, folder=path.parent, on_batch=progress)
    return _Made(summary.words, summary.sha256)


def _write_events(export: AuditExport, form: Format, progress: "_Progress", path: Path) -> Summary:
    tally = Tally()
    with path.open("w", encoding="utf-8", newline="") as file:
        for part in export.parts(form):
            file.write(part.text)
            tally.add(part)
            progress.on_events(tally.count, tally.last)
    return tally.summary()


def _make_report(app: Application, progress: "_Progress", path: Path) -> _Made:
    job = progress.job
    words = progress.queue.words_of(job) or job.parameters.get("q", "")  # of an earlier version
    report = CampaignReport(app, ReportOrder.of(job.parameters, job.up_to, words))
    form = ReportForm(job.form)
    progress.report(file_name=file_name(report, form), final=report.expected_rows)
    if form is ReportForm.XLSX:
        with _WorkbookFile(path, progress.before_write) as file:
            folder = path.parent
            workbook.write_workbook(report, file, folder=folder, on_rows=progress.on_rows)
    else:
        with path.open("w", encoding="utf-8", newline="") as file:
            for part in text_parts(report, form):
                file.write(part)
                progress.on_rows(report.rows_written)
    return _Made(counted(report.rows_written, "row"))


def _make_bundle(app: Application, progress: "_Progress", path: Path) -> _Made:
    order = BundleOrder.of(progress.job.parameters)
    progress.report(file_name=order.file_name(app.clock.now()))
    done = app.exporter.write(
        order.scope(app.exporter), path, against={}, progress=lambda at, _of: progress.on_rows(at)
    )
    return _Made(f"{counted(done.shown, 'event')} to be read, of {number(done.size)}")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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

    def report(self, **values: object) -> None:
        """Keep what is known of the job now. Raises as `WorkbookQueue.check_running` does."""
        self.job = self.queue.report(self.job, **values)

    def on_rows(self, count: int) -> None:
        """Look after the job while the rows of a report are written."""
        self.on_events(count, None)

    def on_events(self, count: int, last: int | None) -> None:
        """Look after the job while events are written, the last of which has this seq."""
        if self._is_due():
            self.queue.report(self.job, events=count, last=last)
            self.check_room()

    def __call__(self, workbook: AuditWorkbook) -> None:
        """Look after the job while the rows of a workbook are written."""
        self.on_events(workbook.events, workbook.last)

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
