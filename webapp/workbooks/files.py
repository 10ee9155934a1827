"""The folder of workbooks, which all processes of a machine share: its files and its locks.

    ledger.views.workbooks/5f0c….json    a job
    ledger.views.workbooks/5f0c….xlsx    its workbook, or another file, once it is ready
    ledger.views.workbooks/5f0c….work/   what is written meanwhile
    ledger.views.workbooks/files.lock    held for moments, by who changes any of these
    ledger.views.workbooks/worker.lock   held by the one process that makes workbooks

Only the user of the program can read them. Everything here raises OSError.
"""

import fcntl
import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from ledger import atomic_file
from ledger.store.writer_lock import WriterLock
from webapp.workbooks.job import Job

_JOB = re.compile(r"[0-9a-f]{32}\.json")
_LOCKS = {"files.lock", "worker.lock"}


class JobFiles:
    """Jobs and workbooks in a folder; it is made when something is first written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = WriterLock(folder / "files")

    @property
    def exist(self) -> bool:
        """Whether anything was ever written."""
        return self._folder.exists()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Be the only one who changes files, for the moments of the block."""
        self._make_folder()
        with self._lock.held():
            yield

    def lock_of_worker(self) -> BinaryIO | None:
        """Take the lock of the process that makes workbooks; None where another one has it.

        It is released when the file is closed, and by the system when the process dies.
        """
        self._make_folder()
        file = (self._folder / "worker.lock").open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        return file

    def is_worker_alive(self) -> bool:
        """Return whether some process makes workbooks now."""
        file = self.lock_of_worker()
        if file is not None:
            file.close()
        return file is None

    def jobs(self) -> list[Job]:
        """Return every job whose file is whole."""
        files = self._folder.iterdir() if self.exist else ()
        jobs = [_read(file) for file in files if _JOB.fullmatch(file.name)]
        return [job for job in jobs if job]

    def write(self, job: Job) -> None:
        """Keep the job as it is now."""
        path = self._path(job, "json")
        with atomic_file.replacing(path) as file:
            file.write(msgspec.json.encode(job))

    def remove(self, job: Job) -> None:
        """Remove the job and its workbook."""
        for ending in (job.form, "json"):
            self._path(job, ending).unlink(missing_ok=True)

    def make_work_folder(self, job: Job) -> Path:
        """Return a new folder for what is written while the workbook is made."""
        folder = self._path(job, "work")
        folder.mkdir(mode=0o700)
        return folder

    def remove_work_folder(self, job: Job) -> None:
        """Remove that folder, if it is there."""
        shutil.rmtree(self._path(job, "work"), ignore_errors=True)

    def keep_workbook(self, job: Job, file: Path) -> int:
        """Let this file be the workbook of the job; return its size in bytes."""
        file.chmod(atomic_file.OWNER_ONLY)
        atomic_file.move(file, self._path(job, job.form))
        return self._path(job, job.form).stat().st_size

    def open_workbook(self, job: Job) -> BinaryIO:
        """Open the workbook; it can be read to its end even if it is removed meanwhile."""
        return self._path(job, job.form).open("rb")

    def remove_all_but(
        self, jobs: Collection[Job], *, workbooks: Collection[Job], running: Collection[Job]
    ) -> None:
        """Remove what none of these jobs has: files of other jobs, drafts, and what is foreign."""
        kept = {self._path(job, "json") for job in jobs}
        kept |= {self._path(job, job.form) for job in workbooks}
        kept |= {self._path(job, "work") for job in running}
        for path in set(self._folder.iterdir()) - kept:
            if path.name in _LOCKS:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def _path(self, job: Job, ending: str) -> Path:
        return self._folder / f"{job.job_id}.{ending}"

    def _make_folder(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)


def _read(file: Path) -> Job | None:
    """Return the job; None where it was removed meanwhile, or the file is damaged."""
    with suppress(FileNotFoundError, msgspec.MsgspecError, UnicodeDecodeError):
        job = msgspec.json.decode(file.read_bytes(), type=Job)
        return job if job.job_id == file.stem else None
    return None
