"""A move in a process of its own, which is killed before or after one of its steps."""

import os
import signal
from collections.abc import Callable, Mapping
from typing import Any

from kit.moves import Installation
from kit.processes import separate_processes
from kit.provider import FakeProvider
from ledger.clock import SystemClock
from ledger.store.ledger_copy import LedgerCopy
from webapp.ledgers import beside_ledger, copy_checks, move_run
from webapp.ledgers.directory import Directory

STEPS: Mapping[str, Any] = {
    "migrate": move_run,
    "put": move_run.move_mark,
    "_copy_events": LedgerCopy,
    "_bring_keys": LedgerCopy,
    "copy": LedgerCopy,
    "verify_ledger": copy_checks,
    "open_views": move_run,
    "close": move_run.move_mark,
    "close_accounts": beside_ledger,
    "copy_databases": beside_ledger,
    "close_for_good": move_run.move_mark,
    "extend_rollback_guards": beside_ledger,
    "open_new_place": move_run.move_mark,
    "replace": Directory,
}
"""Step → where its function is."""


def kill_move(installation: Installation, step: str, *, is_after: bool) -> None:
    """Move the ledger, and `kill -9` the process at the first call of the step."""
    arguments = (installation.folder, installation.old, installation.new, step, is_after)
    process = separate_processes().Process(target=_move_until, args=arguments)
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL, f"it ended by itself: {process.exitcode}"


def _move_until(*arguments: Any) -> None:
    folder, old, new, step, is_after = arguments
    place = STEPS[step]
    setattr(place, step, _killing(getattr(place, step), is_after=is_after))
    Installation(folder, old, new, SystemClock(), FakeProvider()).move()


def _killing(function: Callable[..., Any], *, is_after: bool) -> Callable[..., None]:
    def run(*arguments: Any, **options: Any) -> None:
        if is_after:
            function(*arguments, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    return run
