"""What a long-running process needs: signals, threads, a child, a port, the garbage collector.

It ends in good order on SIGTERM and on SIGINT, which is Ctrl-C, also where it inherited that SIGINT
is ignored, as from a script's background job. Its child ends with it, however it ends.
"""

import gc
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from ledger.errors import BadSetting

_GARBAGE_AFTER = (5000, 20, 50)
"""Objects, and collections of each younger generation, after which the next is collected."""


@contextmanager
def until_stopped() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set; a second Ctrl-C ends the program at once.

    A handler that sets an event can wait for ever for a lock that its own thread holds. So the
    handler does nothing: Python writes the signal's number to a pipe, and a thread reads it there.
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
            signal.signal(number, signal.SIG_IGN)  # the end has begun, and is not to be cut short


def _stop_at_signal(reader: int, stop: threading.Event) -> None:
    while number := os.read(reader, 1):
        if stop.is_set() and number[0] == signal.SIGINT:
            os._exit(130)
        stop.set()


@contextmanager
def in_thread(work: Callable[[], None], stop: threading.Event) -> Iterator[None]:
    """A thread that watches `stop` and ends with the block; where it fails, the program ends."""

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
def child(words: Sequence[str], settings: Mapping[str, str]) -> Iterator[str]:
    """A command of this program in a process of its own; gives its first line, blank if it ended.

    `settings` override those of this process. The child ends with the block; where this process is
    killed, it ends if it calls `stop_at_end_of_input`.
    """
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "webapp", *words],
        env={**os.environ, **settings},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process.stdout.readline().strip() if process.stdout else ""
        finally:
            process.terminate()


def stop_at_end_of_input(stop: threading.Event) -> None:
    """Set `stop` when standard input ends: the process at its other end has ended."""

    def wait() -> None:
        sys.stdin.read()
        stop.set()

    threading.Thread(target=wait, daemon=True).start()


@contextmanager
def listening_at(address: str) -> Iterator[None]:
    """Raise `BadSetting` where the block cannot listen there; `127.0.0.1 port 80`, for example."""
    try:
        yield
    except OSError as error:
        raise BadSetting(
            f"Cannot listen on {address}: {os.strerror(error.errno or 0)}. Another program may be "
            "using it; end that one, or choose another port with --port."
        ) from error


def spare_collector() -> None:
    """Never let the garbage collector go through the program itself, over 100,000 objects by now.

    Otherwise it takes a tenth of a receiver's time, and keeps some callbacks waiting for 50 ms.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE_AFTER)
