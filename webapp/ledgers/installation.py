"""The ledgers of a directory that one process runs: opened when needed, chosen by host name.

The directory is read again when it changes: a ledger that was added is served, one that was removed
ends, and one whose file was changed is opened again, by its new settings.
"""

import logging
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager

from ledger.errors import LedgerError
from webapp.ledgers.directory import Directory, FileVersion
from webapp.ledgers.named_ledger import NamedLedger, check_apart
from webapp.ledgers.running import Run, RunningLedger, refused
from webapp.retries import Retries
from webapp.serving.server import Server
from webapp.serving.site import Site

_LOOK_SECONDS = 1.0
_OPEN_SECONDS = 0.1
"""Between two ledgers that are opened although no request needs them, so that requests go first."""
_END_SECONDS = 15.0
"""How long the end of all ledgers is waited for; one whose database is frozen ends later."""

_log = logging.getLogger(__name__)


class Installation:
    """The ledgers of a directory. `site_of` is for an event loop; all else is for one thread."""

    def __init__(self, directory: Directory, run: Run, *, opens_all: bool) -> None:
        """`run` runs a ledger; with `opens_all` it runs each from the start, not when asked for."""
        self._directory, self._run, self._opens_all = directory, run, opens_all
        self._versions: Mapping[str, FileVersion] = {}
        self._ledgers: dict[str, RunningLedger] = {}
        self._problems: dict[str, Retries] = {}
        """Name → the tries to read the file of a ledger that cannot be run as it is."""
        self._last_hosts: dict[str, str | None] = {}
        """Name → the host of a ledger when it last began to run."""
        self._hosts: Mapping[str, RunningLedger | None] = {}
        """Host → its ledger; None where its file has a mistake. Replaced, never changed."""
        self._folder = Retries()

    def site_of(self, host: str) -> "Site | Future[Site | None] | None":
        """Return the site of a host, or its future while it is opened; None for an unknown host."""
        if host not in self._hosts:
            return None
        ledger = self._hosts[host]
        if ledger is None:
            return refused()
        opening = ledger.open()
        is_open = opening.done() and opening.exception() is None
        return opening.result() if is_open else opening

    @contextmanager
    def served_by(self, server: Server) -> Iterator[None]:
        """Let the server answer for the ledgers within the block, after which all of them end."""
        self.look()
        server.start()
        try:
            yield
        finally:
            server.stop()
            self.end()

    def keep(self, stop: threading.Event) -> None:
        """Follow the directory until `stop` is set."""
        while not stop.wait(_LOOK_SECONDS):
            self.look()
            if self._opens_all:
                self._open_all(stop)

    def end(self) -> None:
        """End all ledgers, and wait for that a while."""
        deadline = time.monotonic() + _END_SECONDS
        for ledger in self._ledgers.values():
            ledger.stop()
        for ledger in self._ledgers.values():
            ledger.join(max(deadline - time.monotonic(), 0))

    def look(self) -> None:
        """Read the files that changed since the last look, and those that are to be tried again."""
        versions = self._versions_now()
        if versions is None:
            return
        is_changed = versions != self._versions
        changed = [name for name in versions if versions[name] != self._versions.get(name)]
        unsolved = [
            name
            for name, retries in self._problems.items()
            if name in versions and name not in changed and (is_changed or retries.is_due)
        ]
        if is_changed or unsolved:
            self._versions = versions
            self._take_over([*changed, *unsolved], changed=set(changed))

    def _take_over(self, names: Sequence[str], *, changed: Collection[str]) -> None:
        """Read these files, end the ledgers whose settings changed, and run what may run."""
        for name in set(self._problems) - set(self._versions):
            del self._problems[name]
        read, ran = self._read(names), set(self._ledgers)
        for name in ran - set(self._versions) | ran.intersection(changed):
            if name not in read or read[name].settings != self._ledgers[name].ledger.settings:
                self._ledgers.pop(name).stop()
        for name in sorted(read, key=lambda each: (each not in ran, self._changed_at(each))):
            if name not in self._ledgers and self._is_apart(read[name]):
                self._begin(read[name])
        self._hosts = self._hosts_of_all()

    def _begin(self, ledger: NamedLedger) -> None:
        self._ledgers[ledger.name] = RunningLedger(ledger, self._run)
        self._last_hosts[ledger.name] = ledger.host
        if ledger.host is None:
            _log.warning("No request reaches %s: it has no LEDGER_PUBLIC_URL.", ledger.name)

    def _changed_at(self, name: str) -> int:
        """When a file was changed: of two ledgers that share something the later is refused."""
        _inode, _size, changed_at = self._versions[name]
        return changed_at

    def _versions_now(self) -> Mapping[str, FileVersion] | None:
        """Return the versions of all files; None where they cannot be read."""
        try:
            versions = self._directory.versions()
        except LedgerError as error:
            if self._folder.failed(str(error)):
                _log.error("The ledgers that run go on as they are. %s", error)
            return None
        self._folder.worked()
        return versions

    def _read(self, names: Iterable[str]) -> dict[str, NamedLedger]:
        read: dict[str, NamedLedger] = {}
        for name in names:
            try:
                read[name] = self._directory.ledger(name)
            except LedgerError as error:
                self._note(name, str(error))
        return read

    def _is_apart(self, ledger: NamedLedger) -> bool:
        """Whether it shares nothing with those that run; else it does not begin, and they go on."""
        try:
            check_apart(ledger, [running.ledger for running in self._ledgers.values()])
        except LedgerError as error:
            self._note(ledger.name, f"{ledger.name}.toml: {error}")
            return False
        if self._problems.pop(ledger.name, None):
            _log.warning("The ledger %s is run now.", ledger.name)
        return True

    def _note(self, name: str, problem: str) -> None:
        if self._problems.setdefault(name, Retries()).failed(problem):
            _log.error("A ledger is not run. %s", problem)

    def _hosts_of_all(self) -> Mapping[str, RunningLedger | None]:
        """Return the ledger of each host; that of a file with a mistake only where it is free.

        A file that names no host any more, as one that is half written, has the one from before.
        """
        refused_hosts = (
            self._directory.host(name) or self._last_hosts.get(name) for name in self._problems
        )
        running = {ledger.ledger.host: ledger for ledger in self._ledgers.values()}
        of_all = {**dict.fromkeys(refused_hosts), **running}
        return {host: ledger for host, ledger in of_all.items() if host}

    def _open_all(self, stop: threading.Event) -> None:
        for ledger in self._ledgers.values():
            if not ledger.is_begun and not stop.wait(_OPEN_SECONDS):
                ledger.open()
