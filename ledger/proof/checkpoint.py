"""A checkpoint: a text with the ledger's size and root, and a digest of all statuses at that size.

The format is C2SP's tlog-checkpoint, https://c2sp.org/tlog-checkpoint, with one extension line:

    delivery-ledger/led_4k3j…
    1234
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
    standings 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
"""

import base64
import binascii
from dataclasses import dataclass

from ledger.errors import BadInput

_STANDINGS = "standings "


def origin_of(ledger_id: str) -> str:
    """The first line of every checkpoint of a ledger, and the name of its signing key."""
    return f"delivery-ledger/{ledger_id}"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A claim about a ledger at one size: the root and the digest of the statuses."""

    origin: str
    size: int
    root: bytes
    standings: bytes
    """See `ledger/proof/standings_digest.py`."""

    def __str__(self) -> str:
        """The text that is signed."""
        root, standings = (base64.b64encode(h).decode() for h in (self.root, self.standings))
        return f"{self.origin}\n{self.size}\n{root}\n{_STANDINGS}{standings}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Parse the text of a checkpoint; raises `BadInput` for any other text."""
        try:
            origin, size, root, standings, end = text.split("\n")
            checkpoint = cls(
                origin=origin,
                size=int(size),
                root=base64.b64decode(root),
                standings=base64.b64decode(standings.removeprefix(_STANDINGS)),
            )
        except (ValueError, binascii.Error) as error:
            raise BadInput("this is no checkpoint of Delivery Ledger") from error
        if end or str(checkpoint) != text:
            raise BadInput("this is no checkpoint of Delivery Ledger")
        return checkpoint
