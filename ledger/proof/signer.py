"""Who may sign a checkpoint, and what it must continue.

A key is made only for a ledger that was never signed. With another key, or none, signing is
refused: `verify` would take what it signs for a forgery.
"""

from dataclasses import dataclass

from ledger.errors import BadInput, Refused
from ledger.proof.kept_checkpoints import KeptCheckpoint
from ledger.proof.note_keys import NamedKey
from ledger.proof.signed_note import is_signed, signer_ids
from ledger.proof.signing_keys import KeyFile, SigningKeys
from ledger.proof.signing_record import SignedTree, SigningRecord


@dataclass(frozen=True)
class Signer:
    """The key file of a ledger, and the record of what was signed with it."""

    key_file: KeyFile
    record: SigningRecord

    def public_keys(self, origin: str) -> list[NamedKey]:
        """The public keys, the present one first; none without a key file."""
        keys = self.key_file.read()
        return keys.named(origin) if keys else []

    def keys(self, origin: str, newest: KeptCheckpoint | None) -> SigningKeys:
        """Return the keys that signed the newest checkpoint; before the first one, make them.

        Completes a rotation that was interrupted. Raises `Refused` where the keys are not here,
        and `BadSetting` for a key file that cannot be used.
        """
        keys = self.key_file.read()
        if newest is None:
            return self._first_keys(origin, keys)
        if keys and _signed(newest.note, keys.named(origin)):
            return keys
        following = self.key_file.read_next()
        if following and _signed(newest.note, following.named(origin)):
            return self.key_file.use_next()
        signers = _ids(newest.note, origin)
        if keys is None:
            raise Refused(
                f"The signing key {self.key_file.path} is missing, but {_of(newest.size)} bears "
                f"the key {signers}. {_CURE}"
            )
        (own, *_) = keys.named(origin)
        raise Refused(
            f"The signing key in {self.key_file.path} is {own.id.hex()}, but {_of(newest.size)} "
            f"bears {signers}: this machine has a key of its own, or an old one. {_CURE}"
        )

    def _first_keys(self, origin: str, keys: SigningKeys | None) -> SigningKeys:
        signed = self.record.read(origin)
        if keys is None and signed is not None:
            raise Refused(
                f"The signing key {self.key_file.path} is missing, but a checkpoint of "
                f"{signed.size} events was signed here. {_CURE}"
            )
        return keys or self.key_file.read_or_make()

    def signed_last(
        self, origin: str, newest: KeptCheckpoint | None
    ) -> tuple[SignedTree, SignedTree | None]:
        """Return the tree to continue, and the one of the newest checkpoint if that is newer.

        The newest checkpoint must bear the keys. Raises `LedgerDamaged`, `BadSetting`.
        """
        signed = self.record.read(origin)
        kept = newest.tree if newest else None
        if signed is None:
            return kept or SignedTree.empty(origin), None
        return signed, kept if kept and kept.size > signed.size else None


def _of(size: int) -> str:
    return f"the newest checkpoint of this ledger, of {size} events,"


_CURE = (
    "Put the key file back: copy it from the machine that signs, or from its newest backup. If the "
    "key is lost for good, begin a new log with `delivery-ledger checkpoint --new-log`."
)


def _signed(note: str, keys: list[NamedKey]) -> bool:
    """Whether the ledger's signatures of this note are by these keys, and by no other."""
    try:
        is_known = signer_ids(note, keys[0].name) <= {key.id for key in keys}
        return is_known and is_signed(note, keys)
    except BadInput:
        return False


def _ids(note: str, origin: str) -> str:
    try:
        ids = sorted(key_id.hex() for key_id in signer_ids(note, origin))
    except BadInput:
        ids = []
    return " and ".join(ids) or "none"
