"""How much the queue of workbooks may hold, and what it gives up first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from webapp.workbooks.job import Job


@dataclass(frozen=True, kw_only=True)
class QueueLimits:
    """How much the queue may hold."""

    unfinished: int = 8
    unfinished_of_owner: int = 2
    finished: int = 20
    bytes: int = 1024**3
    """Of all workbooks together."""
    working_bytes: int = 8 * 1024**3
    """Of what is written, not yet compressed, while one is made."""
    kept: timedelta = timedelta(hours=1)
    """How long a finished job stays."""


def without_excess(jobs: Sequence[Job], limits: QueueLimits) -> list[Job]:
    """Return the jobs without the oldest finished ones that are too many, or too large."""
    kept, size = [job for job in jobs if job.is_unfinished], 0
    finished = [job for job in jobs if not job.is_unfinished]
    finished.sort(key=lambda job: job.changed_at, reverse=True)
    for job in finished[: limits.finished]:
        size += job.size
        if size <= limits.bytes:
            kept.append(job)
    return kept
