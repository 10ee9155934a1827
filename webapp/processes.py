"""What a long-running process needs: signals, threads, child processes, files.

The process stops cleanly on SIGTERM, on SIGINT (Ctrl-C), even where it inherited an ignored SIGINT,
as a background job of a script does, and on SIGHUP (its terminal is closed), unless `nohup` started
it. Its child processes end with it, even after SIGKILL.
"""

import contextvars
import os
import resource
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from ledger.errors import LedgerError
from webapp.memory import limit_garbage_collection, limit_memory_of_threads

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LOW_PRIORITY = 10
_STOP_CHECK_SECONDS = 0.2
_END_SECONDS = 5.0
"""How long a child has to end; what it answers for others has ended by then."""

_FILES = 4096
"""Connections, files of databases and temporary files; many systems give a process 1,024."""


class StopEvent(threading.Event):
    """Is set when the program shall stop.

    Until `started` is called there is nothing to stop in good order, and a signal ends the program
    at once: it may be killed at any time.
    """

    is_started = False

    def started(self) -> None:
        """Stop in good order from now on."""
        self.is_started = True


@contextmanager
def until_stopped() -> Iterator[StopEvent]:
    """Yield an event that `STOP_SIGNALS` set; a second Ctrl-C ends the program at once.

    A signal handler that sets an event can deadlock on a lock that its own thread holds. So the
    handler does nothing: Python writes the signal's number to a pipe, and a thread reads it.
    """
    stop = StopEvent()
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    heard = [number for number in STOP_SIGNALS if not _is_nohup(number)]
    for number in heard:
        signal.signal(number, lambda _number, _frame: None)
    threading.Thread(target=_stop_at_signal, args=[reader, stop], daemon=True).start()
    try:
        yield stop
    finally:
        stop.set()
        for number in heard:
            signal.signal(number, signal.SIG_IGN)  # nothing may interrupt the cleanup


def _is_nohup(number: signal.Signals) -> bool:
    return number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN


def _stop_at_signal(reader: int, stop: StopEvent) -> None:
    while number := os.read(reader, 1):
        if not stop.is_started:
            os._exit(0)
        if stop.is_set() and number[0] == signal.SIGINT:
            os._exit(130)
        stop.set()


def stop_at_hangup(stop: threading.Event) -> None:
    """Set `stop` when the terminal of standard input is closed.

    Then `make` may get the only SIGHUP, and waits for its child without passing it on.
    """
    if not sys.stdin.isatty():
        return
    terminal = select.poll()
    terminal.register(sys.stdin, 0)  # no event but a hangup, which needs no asking for

    def wait() -> None:
        terminal.poll()
        stop.set()

    threading.Thread(target=wait, daemon=True).start()


@contextmanager
def in_thread(work: Callable[[], None], stop: threading.Event) -> Iterator[None]:
    """Run `work` in a thread until the block ends; `work` returns once `stop` is set.

    If it raises, `stop` is set too, so that the program ends, and the error is raised at the end of
    the block.
    """
    errors: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised below
            errors.append(error)
            stop.set()

    context = contextvars.copy_context()  # its log lines name the same ledger
    worker = threading.Thread(target=context.run, args=[run])
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join()
    if errors:
        raise errors[0]


class Child:
    """A command of this program in a process of its own."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def give(self, data: bytes) -> None:
        """Write all of its standard input. A process that has ended is noticed elsewhere."""
        if self._process.stdin:
            with suppress(BrokenPipeError), self._process.stdin as stdin:
                stdin.write(data)

    def first_line(self, stop: threading.Event) -> str:
        """Wait for its first line of output; blank when the process has ended, or `stop` is set."""
        output = self._process.stdout
        while output and not stop.is_set():
            if select.select([output], [], [], _STOP_CHECK_SECONDS)[0]:
                return output.readline().decode().strip()
        return ""


@contextmanager
def child(
    arguments: Sequence[str], stop: threading.Event, *, inherited: Sequence[int] = ()
) -> Iterator[Child]:
    """Run a command of this program in a child process, which has the `inherited` descriptors.

    The child ends with the block, and with this process. Where it ends earlier, `stop` is set, and
    `LedgerError` is raised at the end of the block.
    """
    with subprocess.Popen(  # noqa: S603 - this program itself
        _command(arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=inherited,
    ) as process:
        try:
            with in_thread(lambda: _watch(process, arguments[0], stop), stop):
                yield Child(process)
        finally:
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a child in good order; kill one that does not end, as one that is stopped."""
    process.terminate()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _watch(process: "subprocess.Popen[bytes]", name: str, stop: threading.Event) -> None:
    while not stop.wait(_STOP_CHECK_SECONDS):
        has_ended = process.poll() is not None
        if has_ended and not stop.wait(_STOP_CHECK_SECONDS):  # Ctrl-C ends both
            raise LedgerError(
                f"The process `{name}` ended, and the program with it. Nothing is lost; start the "
                "program again."
            )


def errors_of_command(arguments: Sequence[str], stop: threading.Event) -> str:
    """Run a command of this program with low priority; return what it wrote to standard error.

    It ends early, and the text is blank, once `stop` is set. It ends with this process.
    """
    with subprocess.Popen(  # noqa: S603 - this program itself
        _command(arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        os.setpriority(os.PRIO_PROCESS, process.pid, _LOW_PRIORITY)
        while not stop.is_set():
            with suppress(subprocess.TimeoutExpired):
                return process.communicate(timeout=_STOP_CHECK_SECONDS)[1].strip()
        process.terminate()
        process.communicate()
    return ""


def _command(arguments: Sequence[str]) -> list[str]:
    """The command line that runs a command of this program, and ends it with this process."""
    return [sys.executable, "-m", "webapp", "--end-with", str(os.getpid()), *arguments]


def limit_process() -> None:
    """Do what is good for every server that runs long; to be called once all is imported."""
    raise_file_limit()
    limit_memory_of_threads()
    limit_garbage_collection()


def raise_file_limit() -> None:
    """Let this process open as many files as a server needs, where the system permits it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
