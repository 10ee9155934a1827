"""The request in which a log asks a witness to cosign a checkpoint.

The format is that of `add-checkpoint` in https://c2sp.org/tlog-witness:

    old 1200
    PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=

    delivery-ledger/led_4k3j…
    1234
    …
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from ledger.errors import BadInput
from ledger.proof.log_checkpoint import hash_of, size_of

_OLD = "old "
_MOST_NODES = 63


@dataclass(frozen=True, kw_only=True)
class AddCheckpoint:
    """A checkpoint, and the proof that it continues what the witness cosigned last."""

    old_size: int
    """The size that the witness cosigned last; 0 before the first."""
    proof: Sequence[bytes]
    note: str

    def __str__(self) -> str:
        """The body of the request."""
        proof = "".join(f"{b64encode(node).decode()}\n" for node in self.proof)
        return f"{_OLD}{self.old_size}\n{proof}\n{self.note}"

    @classmethod
    def parse(cls, body: str) -> "AddCheckpoint":
        """Read the body of a request; raises `BadInput`."""
        head, gap, note = body.partition("\n\n")
        first, *proof = head.split("\n")
        if not gap or not first.startswith(_OLD) or len(proof) > _MOST_NODES:
            raise BadInput("this is no request to add a checkpoint")
        old_size = size_of(first.removeprefix(_OLD))
        return cls(old_size=old_size, proof=[hash_of(line) for line in proof], note=note)
