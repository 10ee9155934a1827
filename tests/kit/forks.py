"""Servers that are forks of a process which has imported the program: no start imports it again.

A fork gets what a process of its own has: arguments, environment, folder, umask, files. What it
starts itself is a fork as well. A start from nothing is tested with `kit.processes.School`.
"""

import fcntl
import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing import reduction
from pathlib import Path
from typing import Any, TextIO

from kit.processes import separate_processes
from webapp.cli import cli, main

_CHILDREN = {"serve": 1, "up": 2}
"""Command → how many processes of the program it starts: the pages, and a stand-in for Twilio."""

_OF_THE_PROGRAM = [sys.executable, "-m", "webapp"]
_ABOVE = 500
"""A number that no inherited file has."""
_MOST_BYTES, _MOST_FILES = 1 << 16, 16


class ForkedCommand:
    """A command that runs long: as much of `subprocess.Popen` as tests use."""

    def __init__(
        self, words: Sequence[str], environment: Mapping[str, str], folder: Path, errors: TextIO
    ) -> None:
        """Start it. What it prints is in `stdout`; its errors are written to that file."""
        umask = os.umask(0o022)
        os.umask(umask)
        reader, writer = os.pipe()
        files = (_File(writer), _File(errors.fileno()))
        given = (words, dict(environment), folder, umask, files)
        self._process = separate_processes().Process(target=_run, args=given, daemon=True)
        self._process.start()
        os.close(writer)
        self.pid, self.stdout = self._process.pid, os.fdopen(reader)

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class _File:
    """The number of an open file; in the fork, which gets the file, it is its number there."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __reduce__(self) -> tuple[Any, ...]:
        return _number_in_fork, (reduction.DupFd(self._number),)


def _number_in_fork(file: Any) -> int:
    number: int = file.detach()
    return number


# In the fork.


def _run(
    words: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    umask: int,
    files: Sequence[int],
) -> None:
    """Become a process with these words and this environment; its files are output and errors."""
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    os.umask(umask)
    _have_files(dict(enumerate([os.open(os.devnull, os.O_RDONLY), *files])))
    subprocess.Popen = _SpareOrNew  # type: ignore[misc]
    for _ in range(sum(_CHILDREN.get(word, 0) for word in words)):
        words = _keep_spare() or words
    _be(words)


def _be(words: Sequence[str]) -> None:
    """Do what the program does with these words."""
    command = next(word for word in words if word in cli.list_commands(None))
    Path("/proc/self/comm").write_text(command)  # where `child_of` looks
    sys.argv = ["delivery-ledger", *words]
    main()


def _have_files(files: Mapping[int, int]) -> None:
    """Have these files, each by that number, and no others."""
    sys.stdin, sys.stdout, sys.stderr = (None,) * 3  # what they closed later might be a new file
    moved = {number: fcntl.fcntl(file, fcntl.F_DUPFD, _ABOVE) for number, file in files.items()}
    os.closerange(0, _ABOVE)
    for number, file in moved.items():
        os.dup2(file, number)
    os.closerange(_ABOVE, os.sysconf("SC_OPEN_MAX"))
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)


_spares: list[tuple[int, socket.socket]] = []
"""Forks that wait for their command: the id of each process, and the way to it."""


def _keep_spare() -> Sequence[str]:
    """Fork, while this process has one thread; return the words in the fork once it has a command.

    It ends unused when its parent ends.
    """
    ours, theirs = socket.socketpair()
    process_id = os.fork()
    if process_id:
        _spares.append((process_id, ours))
        return ()
    ours.close()
    order, files, _, _ = socket.recv_fds(theirs, _MOST_BYTES, _MOST_FILES)
    if not order:
        os._exit(0)
    theirs.detach()
    _spares.clear()
    words, numbers = pickle.loads(order)
    _have_files(dict(zip(numbers, files, strict=True)))
    return words


class _SpareOrNew(subprocess.Popen):
    """A process: for a command of the program one of the spares, where there is one."""

    def _execute_child(self, *given: Any) -> None:
        command, pass_fds, pipes = given[0], given[4], given[10:16]
        if not _spares or command[:3] != _OF_THE_PROGRAM:
            super()._execute_child(*given)
            return
        self.pid, link = _spares.pop(0)
        self._child_created = True
        stdin, _, _, stdout, _, stderr = pipes
        standard = {0: stdin, 1: stdout, 2: stderr}
        files = {number: file if file >= 0 else number for number, file in standard.items()}
        files |= {number: number for number in pass_fds}
        order = pickle.dumps((command[3:], tuple(files)))
        with link:
            socket.send_fds(link, [order], list(files.values()))
        self._close_pipe_fds(*pipes)
