"""A checkpoint: size and root of the ledger, and a digest of all statuses at that size, as a text.

The format is C2SP's tlog-checkpoint; the digest stands on an extension line.
"""

import base64
import binascii
from dataclasses import dataclass

from ledger.errors import BadInput

_STANDINGS = "standings "


def origin_of(ledger_id: str) -> str:
    """The first line of every checkpoint of a ledger, and the name under which it signs."""
    return f"delivery-ledger/{ledger_id}"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """What is claimed of a ledger at one size."""

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
        """The checkpoint that the text was made of; raises `BadInput` for any other text."""
        try:
            origin, size, root, standings, end = text.split("\n")
            found = cls(
                origin=origin,
                size=int(size),
                root=base64.b64decode(root),
                standings=base64.b64decode(standings.removeprefix(_STANDINGS)),
            )
        except (ValueError, binascii.Error) as error:
            raise BadInput("this is no checkpoint of Delivery Ledger") from error
        if end or str(found) != text:
            raise BadInput("this is no checkpoint of Delivery Ledger")
        return found
