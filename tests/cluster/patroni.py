"""Three PostgreSQL nodes that Patroni keeps as one cluster, with synchronous replication.

Patroni's own Raft keeps who leads: for tests alone, as it needs no further server. Each node has a
folder, a port of its database, one of Patroni's and one of Raft, all on 127.0.0.1.
"""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from kit.postgres import find_binaries, runnable
from kit.processes import reserve_port

NAMES = ("a", "b", "c")
_LOOP_SECONDS = 1
_RETRY_SECONDS = 3
_LEASE_SECONDS = 20
"""The shortest that Patroni allows: after it a leader that is silent is replaced."""
_WAIT_SECONDS = 120


@dataclass
class Node:
    """One node; `process` is Patroni, whose child is the database."""

    name: str
    folder: Path
    port: int = field(default_factory=reserve_port)
    rest_port: int = field(default_factory=reserve_port)
    raft_port: int = field(default_factory=reserve_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def raft_address(self) -> str:
        """Where the other nodes reach it."""
        return f"127.0.0.1:{self.raft_port}"

    def process_ids(self) -> list[int]:
        """Patroni, the database, and all processes of both; an empty list while it is down.

        Patroni starts the database so that it outlives Patroni.
        """
        if self.process is None:
            return []
        found = [self.process.pid]
        with suppress(OSError, ValueError):
            found.append(int((self.folder / "data/postmaster.pid").read_text().split()[0]))
        for process_id in found:
            with suppress(OSError):
                for task in Path(f"/proc/{process_id}/task").iterdir():
                    found += [int(word) for word in (task / "children").read_text().split()]
        return found

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all processes at once."""
        for process_id in self.process_ids():
            with suppress(ProcessLookupError):
                os.kill(process_id, number)

    def ask(self, path: str, document: Mapping[str, Any] | None = None) -> Any:
        """What Patroni answers; None where it does not."""
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.rest_port}{path}", data=body)
        try:
            with urllib.request.urlopen(request, timeout=3) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                text = error.read()
        except OSError:
            return None
        try:
            return json.loads(text)
        except ValueError:
            return text.decode()


class Cluster:
    """Three nodes in a folder. Between `start` and `stop` one of them leads."""

    def __init__(self, folder: Path, patroni: Path) -> None:
        """`patroni` is its program."""
        self._patroni = patroni
        self._binaries, self._prefix = runnable(find_binaries(), folder)
        self.nodes = {name: Node(name, folder / name) for name in NAMES}
        for node in self.nodes.values():
            node.folder.mkdir(parents=True)
            (node.folder / "patroni.yml").write_text(json.dumps(self._settings(node), indent=2))

    @property
    def url(self) -> str:
        """The address of the ledger's database, which names all nodes."""
        hosts = "&".join(f"host=127.0.0.1:{node.port}" for node in self.nodes.values())
        return f"postgresql+psycopg://postgres@/postgres?{hosts}"

    def start(self, *names: str) -> None:
        """Start these nodes, or all."""
        for name in names or NAMES:
            node = self.nodes[name]
            with (node.folder / "log").open("ab") as log:
                node.process = subprocess.Popen(
                    [*self._prefix, str(self._patroni), str(node.folder / "patroni.yml")],
                    stdout=log,
                    stderr=log,
                    cwd=node.folder,
                    env={**os.environ, "PGHOST": str(node.folder)},
                    start_new_session=True,
                )

    def crash(self, name: str) -> None:
        """End all processes of a node at once, as a power cut would."""
        node = self.nodes[name]
        process_ids = node.process_ids()
        node.signal(signal.SIGSTOP)
        for process_id in [*process_ids, *node.process_ids()]:
            with suppress(ProcessLookupError):
                os.kill(process_id, signal.SIGKILL)
        assert node.process
        node.process.wait()
        node.process = None

    def members(self) -> list[Mapping[str, Any]]:
        """What a node that answers says of all; empty while none does."""
        for node in self.nodes.values():
            told = node.ask("/cluster") if node.process is not None else None
            if told and told["members"]:
                members: list[Mapping[str, Any]] = told["members"]
                return members
        return []

    def leader(self) -> str | None:
        """The name of the node that takes writes now; None where there is none."""
        leading = [member["name"] for member in self.members() if member["role"] == "leader"]
        return next((name for name in leading if self._is_writable(self.nodes[name])), None)

    def wait_for_leader(self, *, other_than: str | None = None) -> str:
        """Wait until a node takes writes; return its name."""
        return _wait_for(lambda: None if (name := self.leader()) == other_than else name, self)

    def wait_until_whole(self) -> str:
        """Wait until all nodes run, and a standby would lose nothing; return the leader's name."""

        def leader() -> str | None:
            members = self.members()
            is_synchronous = any(member["role"] == "sync_standby" for member in members)
            is_streaming = (
                sum(member["state"] == "streaming" for member in members) == len(NAMES) - 1
            )
            return self.leader() if is_synchronous and is_streaming else None

        return _wait_for(leader, self)

    def stop(self) -> None:
        """End all nodes."""
        for node in self.nodes.values():
            if node.process is not None:
                self.crash(node.name)

    def _is_writable(self, node: Node) -> bool:
        try:
            with psycopg.connect(
                host="127.0.0.1", port=node.port, user="postgres", connect_timeout=2
            ) as connection:
                row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
        except psycopg.Error:
            return False
        return row == (False,)

    def _settings(self, node: Node) -> Mapping[str, Any]:
        trust = [f"{kind} all 127.0.0.1/32 trust" for kind in ("host all", "host replication")]
        return {
            "scope": "school",
            "name": node.name,
            "restapi": {
                "listen": f"127.0.0.1:{node.rest_port}",
                "connect_address": f"127.0.0.1:{node.rest_port}",
            },
            "raft": {
                "data_dir": str(node.folder / "raft"),
                "self_addr": node.raft_address,
                "partner_addrs": [
                    other.raft_address for other in self.nodes.values() if other is not node
                ],
            },
            "bootstrap": {
                "dcs": {
                    "ttl": _LEASE_SECONDS,
                    "loop_wait": _LOOP_SECONDS,
                    "retry_timeout": _RETRY_SECONDS,
                    "primary_start_timeout": 0,
                    "synchronous_mode": True,
                    "postgresql": {
                        "use_pg_rewind": True,
                        "parameters": {"wal_keep_size": "2GB"},
                    },
                },
                "initdb": [{"encoding": "UTF8"}, {"locale": "C"}],
            },
            "postgresql": {
                "listen": f"127.0.0.1:{node.port}",
                "connect_address": f"127.0.0.1:{node.port}",
                "data_dir": str(node.folder / "data"),
                "bin_dir": str(self._binaries),
                "authentication": {
                    "superuser": {"username": "postgres"},
                    "replication": {"username": "postgres"},
                    "rewind": {"username": "postgres"},
                },
                "pg_hba": ["local all all trust", *trust],
                "parameters": {
                    "unix_socket_directories": str(node.folder),
                    "max_connections": 100,
                },
            },
        }


def _wait_for(name: Callable[[], str | None], cluster: Cluster) -> str:
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        if found := name():
            return found
        time.sleep(0.1)
    raise AssertionError(f"The cluster did not come to that: {cluster.members()}")
