"""The signing record: what was signed last, in a file outside the database and its backups.

A log must never sign two trees of which neither continues the other
(https://c2sp.org/tlog-checkpoint). After an old backup of the ledger is restored only this file
knows what was signed since. It has one line for each origin that was signed from here, in base64:

    {"origin": "delivery-ledger/led_4k3j…", "size": 1234, "root": "CsUYapGG…",
     "standings": "47DEQpj8…", "frontier": ["gESNiV3i…", …]}
"""

from base64 import b64decode, b64encode
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from ledger.proof.checkpoint import Checkpoint
from ledger.proof.record_file import Document, RecordFile
from ledger.proof.standings_digest import digest_of
from ledger.store.merkle import Frontier


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
    def document(self) -> Document:
        """Its line in the file."""
        hashes = {"root": self.frontier.root(), "standings": self.standings}
        return {
            "origin": self.origin,
            "size": self.size,
            **{name: b64encode(value).decode() for name, value in hashes.items()},
            "frontier": [b64encode(node).decode() for node in self.frontier.nodes],
        }

    @classmethod
    def of(cls, document: Document) -> "SignedTree":
        """Read a line of the file; raises ValueError, KeyError or TypeError for any other."""
        nodes = b"".join(b64decode(node, validate=True) for node in document["frontier"])
        tree = cls(
            origin=document["origin"],
            frontier=Frontier.from_bytes(document["size"], nodes),
            standings=b64decode(document["standings"], validate=True),
        )
        if tree.document != document:
            raise ValueError("the root is not that of the frontier")
        return tree


class SigningRecord:
    """What was signed last for each origin."""

    def __init__(self, path: Path) -> None:
        self._file = RecordFile(
            path,
            purpose="It says what was signed last.",
            elsewhere="set LEDGER_SIGNING_RECORD to a file elsewhere",
        )

    def held(self) -> AbstractContextManager[None]:
        """Hold the file's lock, so that one process at a time signs; raises `StoreUnavailable`."""
        return self._file.held()

    def read(self, origin: str) -> SignedTree | None:
        """What was signed last for that origin; None where the file has no line of it.

        Raises `BadSetting` for a file that is no signing record.
        """
        document = self._file.read().get(origin)
        try:
            return SignedTree.of(document) if document else None
        except (ValueError, KeyError, TypeError) as error:
            raise self._file.unreadable() from error

    def origins(self) -> list[str]:
        """The origins that were signed from here, the newest last; raises `BadSetting`."""
        return list(self._file.read())

    def write(self, tree: SignedTree) -> None:
        """Replace the line of the tree's origin, durably; for the holder of the lock.

        Raises `BadSetting` and `StoreUnavailable`.
        """
        self._file.write(self._file.read() | {tree.origin: tree.document})
