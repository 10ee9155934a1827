"""The numbers of this process, and keeping them where the other processes read them."""

import contextlib

from ledger.errors import StoreUnavailable
from webapp.bootstrap import Application
from webapp.metrics.processes import Numbers, Process
from webapp.metrics.roles import Role


def this_process(app: Application) -> Process:
    """Return this process with its numbers of this moment. Raises `StoreUnavailable`."""
    return app.processes.this(app.roles, numbers_of(app))


def numbers_of(app: Application) -> Numbers:
    """Return what this process has counted since its start."""
    sign_ins = dict(app.sign_in_counts)
    if Role.PAGES in app.roles:
        with contextlib.suppress(StoreUnavailable):
            sign_ins["failed"] = app.accounts.failed_sign_ins.total
    is_sender = Role.SENDING in app.roles
    return Numbers(
        callbacks=dict(app.callback_counts),
        sign_ins=sign_ins,
        answers=dict(app.sending.answers) if is_sender else {},
        is_breaker_open=is_sender and app.sending.breaker.is_open,
        sending_problems={str(part): why for part, why in app.sending_problems.items()},
        commit_sizes=app.ledger.commit_numbers.sizes,
        commit_waits=app.ledger.commit_numbers.waits,
        unrecorded_accesses=app.access_recorder.unrecorded,
    )


def keep_numbers(app: Application) -> None:
    """Write the numbers of this process; while their database is away, they are left out."""
    with contextlib.suppress(StoreUnavailable):
        app.processes.write(this_process(app))


def end_numbers(app: Application) -> None:
    """Remove the numbers of this process, as it ends in good order."""
    with contextlib.suppress(StoreUnavailable):
        app.processes.remove()
