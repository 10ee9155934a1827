"""A witness: cosigns checkpoints of logs that it knows, and of each log only one history.

It does what https://c2sp.org/tlog-witness says of `add-checkpoint`. What it cosigned last is in a
file, a line for each log; it is written before the cosignature is given away:

    {"origin": "delivery-ledger/led_4k3j…", "size": 1234, "root": "CsUYapGG…", "note": "…"}
"""

import hashlib
from base64 import b64encode
from collections.abc import Collection
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.clock import Clock
from ledger.errors import LedgerError
from ledger.proof.add_checkpoint import AddCheckpoint
from ledger.proof.log_checkpoint import LogCheckpoint, hash_of
from ledger.proof.merkle_proofs import TreeHead, is_consistent
from ledger.proof.note_keys import NamedKey, SignatureType
from ledger.proof.record_file import Document, RecordFile
from ledger.proof.signed_note import cosignature, is_signed, signatures_by, text_of
from ledger.store.merkle import EMPTY_ROOT


class UnknownLog(LedgerError):  # noqa: N818 - reads as the outcome it is
    """The witness has no key of the log with that origin."""


class NotSigned(LedgerError):  # noqa: N818
    """No known key of the log signed the checkpoint, or a signature by one is wrong."""


class OtherSize(LedgerError):  # noqa: N818
    """The proof begins at another size than the last one that was cosigned."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the last checkpoint that was cosigned has {size} entries")
        self.size = size


class TooSmall(LedgerError):  # noqa: N818
    """The checkpoint is smaller than the one that its proof begins at."""


class Inconsistent(LedgerError):  # noqa: N818
    """The checkpoint does not continue the last one that was cosigned."""


@dataclass(frozen=True, kw_only=True)
class Witness:
    """One witness: its key, the keys of the logs that it knows, and what it cosigned."""

    name: str
    key: Ed25519PrivateKey
    logs: Collection[NamedKey]
    """A log may have several keys; their name is its origin."""
    state: RecordFile
    clock: Clock

    @property
    def public_key(self) -> NamedKey:
        """What logs and verifiers are given."""
        return NamedKey(self.name, self.key.public_key(), SignatureType.WITNESS)

    def add(self, body: str) -> str:
        """Return the line of the cosignature for such a request.

        Raises `BadInput` for no request, `UnknownLog`, `NotSigned`, `TooSmall`, `OtherSize`,
        `Inconsistent`; and `BadSetting` or `StoreUnavailable` where its file cannot be used.
        """
        request = AddCheckpoint.parse(body)
        checkpoint = LogCheckpoint.parse(request.note)
        keys = self._check_signature(checkpoint.origin, request.note)
        if request.old_size > checkpoint.tree.size:
            raise TooSmall("the checkpoint is smaller than the one that its proof begins at")
        with self.state.held():
            documents = self.state.read()
            last = _tree_of(documents.get(checkpoint.origin))
            _check_growth(last, checkpoint.tree, request)
            now = self.clock.now()
            line = cosignature(text_of(request.note), self.name, self.key, now)
            signatures = "".join(signatures_by(request.note, key) for key in keys)
            note = f"{text_of(request.note)}\n{signatures}{line}"
            document = _document(checkpoint, note)
            self.state.write(documents | {checkpoint.origin: document})
        return line

    def latest(self, origin_hash: str) -> str | None:
        """Return the last note that was cosigned for the log with that SHA-256 of its origin."""
        for origin, document in self.state.read().items():
            if hashlib.sha256(origin.encode()).hexdigest() == origin_hash:
                return str(document["note"])
        return None

    def _check_signature(self, origin: str, note: str) -> list[NamedKey]:
        keys = [key for key in self.logs if key.name == origin]
        if not keys:
            raise UnknownLog(f"no key of the log {origin} is known here")
        if not is_signed(note, keys):
            raise NotSigned("no known key of that log signed the checkpoint")
        return keys


def _check_growth(last: TreeHead, new: TreeHead, request: AddCheckpoint) -> None:
    if request.old_size != last.size:
        raise OtherSize(last.size)
    if not (new.is_possible and is_consistent(last, new, request.proof)):
        raise Inconsistent("the checkpoint does not continue the last one that was cosigned")


def _tree_of(document: Document | None) -> TreeHead:
    if document is None:
        return TreeHead(0, EMPTY_ROOT)
    return TreeHead(int(document["size"]), hash_of(document["root"]))


def _document(checkpoint: LogCheckpoint, note: str) -> Document:
    tree = checkpoint.tree
    root = b64encode(tree.root).decode()
    return {"origin": checkpoint.origin, "size": tree.size, "root": root, "note": note}
