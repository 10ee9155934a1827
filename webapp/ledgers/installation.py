"""The ledgers of a directory that one process runs: opened when needed, chosen by host name.

The directory is read again when it changes: a ledger that was added is served, one that was removed
ends, and one whose file was changed is opened again, by its new settings.
"""

import logging
import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future

from ledger.errors import LedgerError
from webapp.ledgers.directory import Directory, FileVersion, NamedLedger, check_apart
from webapp.ledgers.running import Run, RunningLedger, refused
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
        self._problems: dict[str, str] = {}
        self._hosts: Mapping[str, RunningLedger | None] = {}
        """Host → its ledger; None where its file has a mistake. Replaced, never changed."""
        self._folder_problem = ""

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
        """Read the files that changed since the last look."""
        versions = self._changed_versions()
        if versions is None:
            return
        changed = [name for name in versions if versions[name] != self._versions.get(name)]
        unsolved = [name for name in self._problems if name in versions and name not in changed]
        self._versions = versions
        read = self._read([*changed, *unsolved])
        ran = set(self._ledgers)
        for name in ran - set(versions) | (set(changed) & ran):
            if name not in read or read[name].settings != self._ledgers[name].ledger.settings:
                self._ledgers.pop(name).stop()
        for name in sorted(read, key=lambda name: (name not in ran, _changed_at(versions[name]))):
            if name not in self._ledgers and self._is_apart(read[name]):
                self._ledgers[name] = RunningLedger(read[name], self._run)
                if read[name].host is None:
                    _log.warning("No request reaches %s: it has no LEDGER_PUBLIC_URL.", name)
        self._hosts = self._hosts_of_all()

    def _changed_versions(self) -> Mapping[str, FileVersion] | None:
        """Return the versions of all files; None where none changed, or they cannot be read."""
        try:
            versions = self._directory.versions()
        except LedgerError as error:
            if str(error) != self._folder_problem:
                _log.error("The ledgers that run go on as they are. %s", error)
            self._folder_problem = str(error)
            return None
        self._folder_problem = ""
        return None if versions == self._versions else versions

    def _read(self, names: Iterable[str]) -> dict[str, NamedLedger]:
        read: dict[str, NamedLedger] = {}
        for name in names:
            try:
                read[name] = self._directory.ledger(name)
            except LedgerError as error:
                self._note(name, str(error))
            else:
                self._problems.pop(name, None)
        for name in set(self._problems) - set(self._versions):
            del self._problems[name]
        return read

    def _is_apart(self, ledger: NamedLedger) -> bool:
        """Whether it shares nothing with those that run; else it does not begin, and they go on."""
        try:
            check_apart(ledger, [running.ledger for running in self._ledgers.values()])
        except LedgerError as error:
            self._note(ledger.name, f"{ledger.name}.toml: {error}")
            return False
        return True

    def _note(self, name: str, problem: str) -> None:
        if self._problems.get(name) != problem:
            _log.error("A ledger is not run. %s", problem)
        self._problems[name] = problem

    def _hosts_of_all(self) -> Mapping[str, RunningLedger | None]:
        """Return the ledger of each host; that of a file with a mistake only where it is free."""
        refused_hosts = (self._directory.host(name) for name in self._problems)
        running = {ledger.ledger.host: ledger for ledger in self._ledgers.values()}
        of_all = {**dict.fromkeys(refused_hosts), **running}
        return {host: ledger for host, ledger in of_all.items() if host}

    def _open_all(self, stop: threading.Event) -> None:
        for ledger in self._ledgers.values():
            if not ledger.is_begun and not stop.wait(_OPEN_SECONDS):
                ledger.open()


def _changed_at(version: FileVersion) -> int:
    """When the file was changed: of two ledgers that share something, the later one is refused."""
    _inode, _size, changed_at = version
    return changed_at
