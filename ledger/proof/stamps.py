"""Time stamps (RFC 3161) of kept checkpoints: asked for here, attached here, and kept.

An authority stamps the SHA-256 of a signed note. Who trusts the authority then knows that the
note existed at that time. Its signature is not checked by this program: `openssl ts -verify` does.
"""

import hashlib
from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from ledger.errors import BadInput, LedgerDamaged, NotFound
from ledger.proof import verify
from ledger.proof.checkpoint_log import Checkpoints
from ledger.proof.kept_checkpoints import KeptCheckpoint
from ledger.proof.recomputation import Fault
from ledger.store.schema import INFO_VALUE, checkpoints, ledger_head, ledger_info
from ledger.store.store import Store

_NAME = "stamp:"
"""In `ledger_info`, `stamp:` and the SHA-256 of an answer, in hex, is the name of that answer."""

_QUERY = bytes.fromhex("30390201013031300d060960864801650304020105000420")
_QUERY_END = bytes.fromhex("0101ff")
"""A `TimeStampReq` in DER: version 1, SHA-256, the hash, and that the certificate be sent too."""


class Stamps:
    """The time stamps of one ledger's checkpoints."""

    def __init__(self, store: Store, checkpoints: Checkpoints) -> None:
        self._store = store
        self._checkpoints = checkpoints

    def query(self) -> tuple[KeptCheckpoint, bytes]:
        """Return the newest checkpoint, and what to send to an authority that shall stamp it.

        Makes a checkpoint if events were added. Raises what `Checkpoints.make` raises.
        """
        newest = self._checkpoints.make()
        return newest, query_of(newest.note)

    def attach(self, answer: bytes) -> tuple[KeptCheckpoint, verify.Stamp]:
        """Keep an authority's answer; return the checkpoint that it stamps, and what it says.

        A repetition changes nothing. Raises `BadInput` for no answer that stamps anything,
        `NotFound` where it stamps no checkpoint that is kept, `StoreUnavailable`.
        """
        stamp = _read(answer)
        newest = self._checkpoints.latest()
        kept = self._checkpoints.kept(until=newest.size) if newest else []
        stamped = [each for each in kept if digest_of(each.note) == stamp.digest]
        if not stamped:
            raise NotFound(
                "The time stamp is of no checkpoint that this ledger keeps. Ask for one with "
                "`delivery-ledger stamp query`, and attach the answer to that."
            )
        row = {"name": f"{_NAME}{hashlib.sha256(answer).hexdigest()}", "value": answer}
        with self._store.writing() as connection:
            connection.execute(sa.select(ledger_head).with_for_update())
            if connection.scalar(_ALL.where(ledger_info.c.name == row["name"])) is None:
                connection.execute(sa.insert(ledger_info).values(row))
        return stamped[0], stamp


_ALL = (
    sa.select(INFO_VALUE)
    .where(ledger_info.c.name.startswith(_NAME, autoescape=True))
    .order_by(ledger_info.c.name)
)


def query_of(note: str) -> bytes:
    """Return the request that asks an authority to stamp this note, in DER."""
    return _QUERY + digest_of(note) + _QUERY_END


def digest_of(note: str) -> bytes:
    """Return what is stamped of a note, the SHA-256 of the file that holds it."""
    return hashlib.sha256(note.encode()).digest()


def answers_by_digest(connection: sa.Connection) -> Mapping[bytes, list[bytes]]:
    """SHA-256 of a note → the answers that stamp it, in an order that stays.

    Raises `LedgerDamaged` where one was changed.
    """
    found: dict[bytes, list[bytes]] = {}
    for answer in connection.scalars(_ALL):
        try:
            found.setdefault(_read(answer).digest, []).append(answer)
        except BadInput as error:
            raise LedgerDamaged(
                "A time stamp that the ledger keeps was changed by other means. See what "
                "`delivery-ledger verify` says."
            ) from error
    return found


def stamp_faults(connection: sa.Connection) -> Iterator[Fault]:
    """Yield each kept time stamp that stamps no kept checkpoint."""
    notes = {digest_of(note) for note in connection.scalars(sa.select(checkpoints.c.note))}
    for number, answer in enumerate(connection.scalars(_ALL), 1):
        try:
            is_kept = _read(answer).digest in notes
        except BadInput:
            is_kept = False
        if not is_kept:
            yield Fault(None, f"time stamp {number} is of no checkpoint that is kept")


def unproven_stamps(connection: sa.Connection) -> Iterator[str]:
    """Yield what nothing here proves of the time stamps that are kept, if there are any."""
    count = len(connection.scalars(_ALL).all())
    if count:
        yield (
            f"Time stamps ({count}): each is of a kept checkpoint, but the signatures of the "
            "stamping authorities were not checked. Export a bundle, and use `openssl ts -verify`."
        )


def _read(answer: bytes) -> verify.Stamp:
    try:
        return verify.stamp_of(answer, "This answer")
    except verify.Wrong as error:
        raise BadInput(f"{error}.") from error
    except TypeError as error:  # SQLite keeps a text in a column of bytes, if others write it
        raise BadInput("This answer is not bytes.") from error
