"""The command line in this process: a fiftieth of the time that a process of its own takes.

What only a process shows (signals, crashes, ports, logs) is tested with `kit.processes.School`.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, chdir, contextmanager, suppress
from typing import TextIO
from unittest.mock import patch

import sqlalchemy as sa
from click.testing import CliRunner

from kit.forks import ForkedCommand
from kit.log_watch import read_lines
from kit.logs import logging_restored
from kit.processes import School
from webapp.app import create_app
from webapp.bootstrap import build
from webapp.cli import main
from webapp.door import create_server
from webapp.processes import STOP_SIGNALS
from webapp.serving.listener import listen
from webapp.settings import read_settings


class SchoolInProcess(School):
    """A school whose commands run in this process; what runs long is a fork (`kit.forks`)."""

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end, as its process would: the same entry point and output."""
        runner = CliRunner()
        with ExitStack() as stack:
            stack.enter_context(_engines_disposed())
            stack.enter_context(_process_restored())
            stack.enter_context(logging_restored())
            stack.enter_context(chdir(self.folder))
            stack.enter_context(patch.object(sys, "argv", ["delivery-ledger", *words]))
            out, err, _both = stack.enter_context(runner.isolation(env=self._environment_alone()))
            exit_code = _exit_code_of_main()
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
            output, errors = out.getvalue().decode(), err.getvalue().decode()
        read_lines(errors)
        return subprocess.CompletedProcess(words, exit_code, output, errors)

    @contextmanager
    def serving_in_thread(self) -> Iterator[None]:
        """Serve the pages and take callbacks within the block, without a process of its own."""
        with _engines_disposed():
            app = build(read_settings(self.environment))
            listener = listen("127.0.0.1", self.port)
            server = create_server(app, create_app(app), listener=listener)
            server.start()
            try:
                yield
            finally:
                server.stop()

    def _start(self, words: Sequence[str], errors: TextIO) -> ForkedCommand:
        return ForkedCommand(words, self.environment, self.folder, errors)

    def _environment_alone(self) -> dict[str, str | None]:
        """The environment, and None for each variable of this process that is not in it."""
        return {**dict.fromkeys(os.environ), **self.environment}


def _exit_code_of_main() -> int:
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@contextmanager
def _engines_disposed() -> Iterator[None]:
    """Close at the end of the block what a process would close when it ends."""
    engines: set[sa.Engine] = set()

    def remember(connection: sa.Connection) -> None:
        engines.add(connection.engine)

    sa.event.listen(sa.Engine, "engine_connect", remember)
    try:
        yield
    finally:
        sa.event.remove(sa.Engine, "engine_connect", remember)
        for engine in engines:
            engine.dispose()


@contextmanager
def _process_restored() -> Iterator[None]:
    """Undo at the end of the block what a command does to its process: its umask, its signals."""
    handlers = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    umask = os.umask(0o022)
    os.umask(umask)
    try:
        yield
    finally:
        os.umask(umask)
        with suppress(OSError):
            os.close(signal.set_wakeup_fd(-1))  # -1, which cannot be closed, where none was set
        for number, handler in handlers.items():
            signal.signal(number, handler)
