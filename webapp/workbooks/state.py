"""How far a job is, or why it failed, in words: for its page and the API."""

from webapp.explain.workbooks import (
    failed_words,
    report_running_words,
    running_words,
    waiting_words,
)
from webapp.workbooks.job import Job, JobKind, State


def state_words(job: Job, before: int) -> str:
    """Return the words; `before` is how many jobs are made before this one."""
    match job.state:
        case State.WAITING:
            return waiting_words(before)
        case State.RUNNING if job.kind is JobKind.AUDIT:
            return running_words(job.events, job.last, job.final)
        case State.RUNNING:
            return report_running_words(job.events, job.final)
        case State.READY:
            return job.summary
        case State.FAILED:
            return failed_words(job.problem)
