"""What a long-running process needs: signals, threads, a child process, a port, garbage collection.

The process stops cleanly on SIGTERM and on SIGINT (Ctrl-C), even where it inherited an ignored
SIGINT, as a background job of a script does. Its child process ends with it, even after SIGKILL.
"""

import gc
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from ledger.errors import BadSetting

_LOW_PRIORITY = 10
_STOP_CHECK_SECONDS = 0.2

_FILES = 4096
"""Connections, files of databases and temporary files; many systems give a process 1,024."""

_GARBAGE_THRESHOLDS = (5000, 20, 50)
"""New objects before a collection, and collections of a generation before one of the next."""


@contextmanager
def until_stopped() -> Iterator[threading.Event]:
    """Yield an event that Ctrl-C and SIGTERM set; a second Ctrl-C ends the program at once.

    A signal handler that sets an event can deadlock on a lock that its own thread holds. So the
    handler does nothing: Python writes the signal's number to a pipe, and a thread reads it.
    """
    stop = threading.Event()
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: None)
    threading.Thread(target=_stop_at_signal, args=[reader, stop], daemon=True).start()
    try:
        yield stop
    finally:
        stop.set()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # nothing may interrupt the cleanup


def _stop_at_signal(reader: int, stop: threading.Event) -> None:
    while number := os.read(reader, 1):
        if stop.is_set() and number[0] == signal.SIGINT:
            os._exit(130)
        stop.set()


@contextmanager
def in_thread(work: Callable[[], None], stop: threading.Event) -> Iterator[None]:
    """Run `work` in a thread until the block ends; `work` returns once `stop` is set.

    If it raises, `stop` is set too, so that the program ends.
    """

    def run() -> None:
        try:
            work()
        except BaseException:
            stop.set()
            raise

    worker = threading.Thread(target=run)
    worker.start()
    try:
        yield
    finally:
        stop.set()
        worker.join()


@contextmanager
def child(arguments: Sequence[str], settings: Mapping[str, str]) -> Iterator[str]:
    """Run a command of this program in a child process; yield its first line of output.

    The line is blank when the child has ended. `settings` override the environment variables of
    this process. The child ends with the block; it ends even when this process is killed, if it
    calls `stop_at_end_of_input`.
    """
    with subprocess.Popen(  # noqa: S603 - this program itself
        [sys.executable, "-m", "webapp", *arguments],
        env={**os.environ, **settings},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process.stdout.readline().strip() if process.stdout else ""
        finally:
            process.terminate()


def errors_of_command(arguments: Sequence[str], stop: threading.Event) -> str:
    """Run a command of this program with low priority; return what it wrote to standard error.

    It ends early, and the text is blank, once `stop` is set.
    """
    with subprocess.Popen(  # noqa: S603 - this program itself
        [sys.executable, "-m", "webapp", *arguments],
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


def stop_at_end_of_input(stop: threading.Event) -> None:
    """Set `stop` when standard input ends, which means that the parent process has ended."""

    def wait() -> None:
        sys.stdin.read()
        stop.set()

    threading.Thread(target=wait, daemon=True).start()


@contextmanager
def listening_at(address: str) -> Iterator[None]:
    """Raise `BadSetting` when the block cannot listen at an address such as "127.0.0.1 port 80"."""
    try:
        yield
    except OSError as error:
        raise BadSetting(
            f"Cannot listen on {address}: {os.strerror(error.errno or 0)}. Another program may be "
            "using it; end that one, or choose another port with --port."
        ) from error


def raise_file_limit() -> None:
    """Let this process open as many files as a server needs, where the system permits it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def limit_garbage_collection() -> None:
    """Keep the garbage collector away from the objects of the program itself, over 100,000.

    Otherwise it takes a tenth of a receiver's time, and delays some callbacks by 50 ms.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE_THRESHOLDS)
