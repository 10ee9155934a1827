"""The queue of workbooks: what it takes, keeps and removes, for all processes of a machine.

Everything here raises `StoreUnavailable` where the folder cannot be read or written.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from ledger.clock import Clock
from ledger.domain.offices import Scope
from ledger.errors import BadInput, NotFound, Refused, StoreUnavailable
from ledger.ledger import Ledger
from webapp.explain.numbers import counted, plural
from webapp.explain.workbooks import INTERRUPTED, NO_DATA_ANY_MORE
from webapp.workbooks.files import JobFiles
from webapp.workbooks.job import AUDIT_WORKBOOK, Job, JobKind, State, Wanted
from webapp.workbooks.limits import QueueLimits, without_excess
from webapp.workbooks.words_seal import WordsSeal


class WorkbookQueue:
    """Takes jobs from pages, and hands them to the process that makes workbooks.

    Attributes:
        limits: How much it may hold.
    """

    def __init__(self, folder: Path, clock: Clock, ledger: Ledger, seal: WordsSeal) -> None:
        """The folder may have jobs of other ledgers too; they only ever expire here."""
        self._files, self._seal = JobFiles(folder), seal
        self._clock, self._ledger = clock, ledger
        self.limits = QueueLimits()

    # For pages.

    def ask(
        self,
        owner: str,
        parameters: Mapping[str, str],
        up_to: int,
        *,
        wanted: Wanted = AUDIT_WORKBOOK,
        job_id: str | None = None,
    ) -> tuple[Job, bool]:
        """Return the job for this workbook, and whether it is new. Raises `Refused`.

        A job with a `job_id` of its own is asked for once: a repeat returns it as it is.
        """
        job_id = job_id or secrets.token_hex(16)
        with self._changing():
            jobs = self._jobs()
            same = [
                job
                for job in jobs
                if job.job_id == job_id
                or (job.owner, job.parameters, job.up_to, self._wanted(job))
                == (owner, parameters, up_to, wanted)
            ]
            for job in same:
                if job.state is not State.FAILED or job.job_id == job_id:
                    return job, False
            self._check_room(owner, [job for job in jobs if job.is_unfinished])
            now = self._clock.now()
            offices = wanted.scope.office_ids
            job = Job(
                job_id=job_id,
                ledger_id=self._ledger.ledger_id,
                owner=owner,
                parameters=parameters,
                sealed_words=self._seal.sealed(wanted.words, job_id),
                kind=wanted.kind,
                form=wanted.form,
                offices=None if offices is None else tuple(sorted(offices)),
                up_to=up_to,
                asked_at=now,
                changed_at=now,
            )
            self._files.write(job)
            for failed in same:
                self._files.remove(failed)
            return job, True

    def words_of(self, job: Job) -> str:
        """Return the words of the search of a job. Raises `BadInput`."""
        return self._seal.opened(job.sealed_words, job.job_id)

    def _wanted(self, job: Job) -> Wanted:
        try:
            words = self.words_of(job)
        except BadInput:
            words = job.sealed_words  # those of another secret key: equal to no words
        return Wanted(kind=job.kind, form=job.form, words=words, scope=job.scope)

    def _check_room(self, owner: str, unfinished: Sequence[Job]) -> None:
        own = sum(job.owner == owner for job in unfinished)
        if own >= self.limits.unfinished_of_owner:
            raise Refused(
                f"You have {counted(own, 'workbook')} that {plural(own, 'is', 'are')} not ready "
                "yet. Ask for another one when they are, stop one, or take CSV."
            )
        if len(unfinished) >= self.limits.unfinished:
            raise Refused(
                f"{counted(len(unfinished), 'workbook')} wait to be made. Try again in a few "
                "minutes, or take CSV."
            )

    def of_owner(
        self,
        owner: str,
        kind: JobKind | None = JobKind.AUDIT,
        scope: Scope | None = None,
    ) -> Sequence[tuple[Job, int]]:
        """Return this account's jobs, the newest first, and how many jobs come before each.

        `kind`: None for all kinds. With a scope, those that were asked for when other offices were
        seen are left out.
        """
        with _file_errors():
            jobs = self._jobs()
        waiting = [job.job_id for job in jobs if job.is_unfinished]
        return [
            (job, waiting.index(job.job_id) if job.is_unfinished else 0)
            for job in reversed(jobs)
            if job.owner == owner and kind in {None, job.kind} and scope in {None, job.scope}
        ]

    def ready(
        self,
        owner: str,
        job_id: str,
        kind: JobKind = JobKind.AUDIT,
        scope: Scope | None = None,
    ) -> Job:
        """Return this account's job whose workbook is ready. Raises `NotFound`."""
        for job, _before in self.of_owner(owner, kind, scope):
            if (job.job_id, job.state) == (job_id, State.READY):
                return job
        raise NotFound("There is no such workbook any more. Look at the list of your workbooks.")

    def opened(self, job: Job) -> BinaryIO:
        """Open the workbook of a ready job; it can be read to its end even if it is removed."""
        with _file_errors():
            try:
                return self._files.open_workbook(job)
            except FileNotFoundError as error:
                raise NotFound("The workbook has just been removed. Start it again.") from error

    def unfinished(self, owner: str, job_id: str) -> Job:
        """Return this account's job that waits or is being made. Raises `NotFound`."""
        for job, _before in self.of_owner(owner, None):
            if job.job_id == job_id and job.is_unfinished:
                return job
        raise NotFound("This workbook is not being made any more. Look at your workbooks.")

    def stop(self, owner: str, job_id: str) -> None:
        """Remove this account's unfinished job; its making ends with it. Raises `NotFound`."""
        with self._changing():
            job = self.unfinished(owner, job_id)
            self._files.remove(job)
            self._files.remove_work_folder(job)

    def remove(self, owner: str, job_id: str) -> None:
        """Remove this account's job and its file, or end its making. Raises `NotFound`."""
        with self._changing():
            for job, _before in self.of_owner(owner, None):
                if job.job_id == job_id:
                    self._files.remove(job)
                    self._files.remove_work_folder(job)
                    return
        raise NotFound(f"There is no file {job_id} any more.")

    # For servers, and for the process that makes workbooks.

    def tidy(self) -> bool:
        """Remove what is too old, too much or forgotten; return whether a job waits to be made."""
        with _file_errors():
            if not self._files.exist:
                return False
        with self._changing():
            self._withdraw_outdated()
            is_working = self._files.is_worker_alive()
            if not is_working:
                self._end_interrupted()
            own = without_excess(self._jobs(), self.limits)
            jobs = [*own, *self._jobs_of_other_ledgers()]
            self._files.remove_all_but(
                jobs,
                workbooks=[job for job in jobs if job.state is State.READY],
                running=[job for job in jobs if job.state is State.RUNNING],
            )
            return not is_working and any(job.state is State.WAITING for job in own)

    @contextmanager
    def working(self) -> Iterator[bool]:
        """Be the one process that makes workbooks; yield False where another one is."""
        with _file_errors():
            lock = self._files.lock_of_worker()
        if lock is None:
            yield False
            return
        with lock:
            with self._changing():
                self._end_interrupted()
            yield True

    def next_waiting(self) -> Job | None:
        """Return the job that has waited longest, which is now running."""
        with self._changing():
            for job in self._jobs():
                if job.state is State.WAITING:
                    epoch = self._ledger.reader.key_epoch()
                    return self._changed(job, state=State.RUNNING, key_epoch=epoch)
        return None

    def check_running(self, job: Job) -> None:
        """Raise `NotFound` where the job was stopped, or somebody was forgotten meanwhile."""
        with _file_errors():
            if not self._is_running(job):
                raise NotFound("This workbook shall not be made any more.")

    def report(self, job: Job, **values: object) -> Job:
        """Keep how far a job is. Raises as `check_running` does."""
        with self._changing():
            self.check_running(job)
            job = msgspec.structs.replace(job, **values)
            self._files.write(job)
            return job

    @contextmanager
    def work_folder(self, job: Job) -> Iterator[Path]:
        """Yield a folder for what is written; it is removed at the end of the block."""
        with _file_errors():
            folder = self._files.make_work_folder(job)
        try:
            yield folder
        finally:
            self._files.remove_work_folder(job)

    def finish(self, job: Job, file: Path, **values: object) -> None:
        """Keep the workbook that this file is. Raises as `check_running` does."""
        with self._changing():
            self.check_running(job)
            size = self._files.keep_workbook(job, file)
            self._changed(job, state=State.READY, size=size, **values)

    def fail(self, job: Job, problem: str) -> None:
        """Keep why there is no workbook, unless the job ended for another reason before."""
        with self._changing():
            if self._is_running(job):
                self._changed(job, state=State.FAILED, problem=problem)

    # What counts.

    def _jobs(self) -> list[Job]:
        """Return every job of this ledger as it counts now, in the order of asking."""
        kept = [job for job in self._files.jobs() if self._is_own(job) and self._is_kept(job)]
        outdated = self._outdated(kept)
        jobs = [_without_data(job) if job in outdated else job for job in kept]
        return sorted(jobs, key=lambda job: (job.asked_at, job.job_id))

    def _jobs_of_other_ledgers(self) -> list[Job]:
        return [job for job in self._files.jobs() if not self._is_own(job) and self._is_kept(job)]

    def _is_own(self, job: Job) -> bool:
        return job.ledger_id == self._ledger.ledger_id

    def _is_kept(self, job: Job) -> bool:
        age = abs(self._clock.now() - job.changed_at)
        return job.is_unfinished or age < self.limits.kept

    def _is_running(self, job: Job) -> bool:
        states = {each.job_id: each.state for each in self._jobs()}
        return states.get(job.job_id) is State.RUNNING

    def _outdated(self, jobs: Sequence[Job]) -> list[Job]:
        """Return the jobs that may hold names of somebody who was forgotten after they began."""
        begun = [job for job in jobs if job.state in (State.RUNNING, State.READY)]
        if not begun:
            return []
        epoch = self._ledger.reader.key_epoch()
        return [job for job in begun if job.key_epoch != epoch]

    def _withdraw_outdated(self) -> None:
        """Keep that there is no workbook where somebody was forgotten after it was begun."""
        for job in self._outdated([job for job in self._files.jobs() if self._is_own(job)]):
            if self._is_kept(job):
                self._changed(_without_data(job))

    def _end_interrupted(self) -> None:
        """End the jobs of a process that died; first make the room that they took."""
        for job in self._files.jobs():
            if job.state is State.RUNNING:
                self._files.remove_work_folder(job)
                self._changed(job, state=State.FAILED, problem=INTERRUPTED)

    def _changed(self, job: Job, **values: object) -> Job:
        job = msgspec.structs.replace(job, changed_at=self._clock.now(), **values)
        self._files.write(job)
        return job

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with _file_errors(), self._files.changing():
            yield


def _without_data(job: Job) -> Job:
    return msgspec.structs.replace(
        job, state=State.FAILED, size=0, sealed_words="", problem=NO_DATA_ANY_MORE
    )


@contextmanager
def _file_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreUnavailable(
            f"The folder of workbooks cannot be used: {error.strerror or error}. Make room on its "
            "disk, or make it writable. CSV and NDJSON do not need it."
        ) from error
