"""The signing record: what was signed last, in a file outside the database and its backups.

A log must never sign two trees of which neither continues the other
(https://c2sp.org/tlog-checkpoint). After an old backup of the ledger is restored only this file
knows what was signed since. It has one line for each origin that was signed from here, in base64:

    {"origin": "delivery-ledger/led_4k3j…", "size": 1234, "root": "CsUYapGG…",
     "standings": "47DEQpj8…", "frontier": ["gESNiV3i…", …]}
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ledger import atomic_file
from ledger.errors import BadSetting, StoreUnavailable
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.standings_digest import digest_of
from ledger.store.merkle import Frontier
from ledger.store.writer_lock import WriterLock


@dataclass(frozen=True, kw_only=True)
class SignedTree:
    """A tree that was signed, or is about to be: enough to continue it and its statuses."""

    origin: str
    frontier: Frontier
    standings: bytes
    """The digest of all statuses at that size."""

    @classmethod
    def empty(cls, origin: str) -> "SignedTree":
        """The tree of no events, which every tree continues."""
        return cls(origin=origin, frontier=Frontier(), standings=digest_of([]))

    @property
    def size(self) -> int:
        """How many events the tree has."""
        return self.frontier.size

    @property
    def checkpoint(self) -> Checkpoint:
        """What is signed of it."""
        return Checkpoint(
            origin=self.origin,
            size=self.size,
            root=self.frontier.root(),
            standings=self.standings,
        )

    @property
    def line(self) -> str:
        """Its line in the file."""
        hashes = {"root": self.frontier.root(), "standings": self.standings}
        document = {
            "origin": self.origin,
            "size": self.size,
            **{name: b64encode(value).decode() for name, value in hashes.items()},
            "frontier": [b64encode(node).decode() for node in self.frontier.nodes],
        }
        return json.dumps(document) + "\n"

    @classmethod
    def parse(cls, line: str) -> "SignedTree":
        """Read a line of the file; raises ValueError, KeyError or TypeError for any other line."""
        document = json.loads(line)
        nodes = b"".join(b64decode(node, validate=True) for node in document["frontier"])
        tree = cls(
            origin=document["origin"],
            frontier=Frontier.from_bytes(document["size"], nodes),
            standings=b64decode(document["standings"], validate=True),
        )
        if json.loads(tree.line) != document:
            raise ValueError("the root is not that of the frontier")
        return tree


class SigningRecord:
    """The file of what was signed last, one line for each origin."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = WriterLock(path)

    def read(self, origin: str) -> SignedTree | None:
        """What was signed last for that origin; None where the file has no line of it.

        Raises `BadSetting` for a file that is no signing record.
        """
        return self._read().get(origin)

    def write(self, tree: SignedTree) -> None:
        """Replace the line of the tree's origin, durably; for the holder of the lock.

        Raises `BadSetting` and `StoreUnavailable`.
        """
        trees = self._read() | {tree.origin: tree}
        content = "".join(each.line for each in trees.values()).encode()
        with (
            self._write_errors(),
            atomic_file.replacing(self.path, mode=atomic_file.OWNER_ONLY) as file,
        ):
            file.write(content)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the file's lock, so that one process at a time signs; raises `StoreUnavailable`."""
        with self._write_errors():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self._lock.held():
                yield

    def _read(self) -> dict[str, SignedTree]:
        try:
            trees = [SignedTree.parse(line) for line in self.path.read_text().splitlines()]
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadSetting(
                f"{self.path} cannot be read. It says what was signed last; if no backup of the "
                "ledger was restored since then, delete the file."
            ) from error
        return {tree.origin: tree for tree in trees}

    @contextmanager
    def _write_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreUnavailable(
                f"{self.path} cannot be written ({error.strerror or error}). It says what was "
                "signed last, and nothing is signed without it. Free some space, make its folder "
                "writable, or set LEDGER_SIGNING_RECORD to a file elsewhere."
            ) from error
