"""Names the process that holds a lock on a file, as far as Linux tells it in /proc.

1: FLOCK  ADVISORY  WRITE 4242 08:01:131077 0 EOF
2: POSIX  ADVISORY  WRITE 4243 08:01:131078 120 120
"""

import logging
import os
from dataclasses import dataclass
from pathlib import Path

from ledger.errors import StoreUnavailable

_PROC = Path("/proc")
_PROGRAM = "delivery-ledger"
_STOPPED = "Tt"
"""The states of a process that a signal or a debugger has stopped."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LockHolder:
    """A process that has locked a file for writing.

    Attributes:
        command: Such as "delivery-ledger send". What follows is left out: it may be a number.
    """

    process_id: int
    command: str
    is_stopped: bool


def lock_not_free(file: Path, locked_byte: int = 0) -> StoreUnavailable:
    """Return the error of a writer that waited in vain for a lock on that byte of the file.

    It is logged as well, since who posts a callback reads no words.
    """
    holder = holder_of(file, locked_byte)
    message = f"Nothing was written: {_reason(holder)}"
    _log.warning("%s (%s)", message, file)
    return StoreUnavailable(message)


def _reason(holder: LockHolder | None) -> str:
    if holder is None:
        return "another writer has held the lock for too long. Try again."
    number = holder.process_id
    who = f"process {number} ({holder.command}) holds the lock"
    if not holder.is_stopped:
        return f"{who}. Try again; if this lasts, end that process."
    return (
        f"{who} and is stopped. Let it go on (`kill -CONT {number}`), or end it "
        f"(`kill -KILL {number}`): nothing that was recorded is lost."
    )


def holder_of(file: Path, locked_byte: int = 0) -> LockHolder | None:
    """Return who has locked that byte of the file; None for this process, or if it is not known."""
    try:
        status = file.stat()
        locks = (_PROC / "locks").read_text()
    except OSError:
        return None
    device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}"
    place = ["WRITE", f"{device}:{status.st_ino}", str(locked_byte)]
    for line in locks.splitlines():
        _number, _kind, *_advisory, mode, process_id, inode, first, _last = line.split()
        if [mode, inode, first] == place and "->" not in line:
            return _described(int(process_id))
    return None


def _described(process_id: int) -> LockHolder | None:
    if process_id in {os.getpid(), 0}:  # 0: in another container
        return None
    folder = _PROC / str(process_id)
    try:
        arguments = (folder / "cmdline").read_text(errors="replace").split("\0")
        state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return LockHolder(process_id, "unknown", is_stopped=False)
    return LockHolder(process_id, _command(arguments), is_stopped=state in _STOPPED)


def _command(arguments: list[str]) -> str:
    """Return the program's name; of this program, with its command."""
    for before, argument, after in zip(["", *arguments], arguments, arguments[1:], strict=False):
        is_module = before == "-m" and argument.partition(".")[0] == "webapp"
        if is_module or Path(argument).name == _PROGRAM:
            return f"{_PROGRAM} {after}".strip()
    return Path(arguments[0]).name
