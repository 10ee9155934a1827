"""Ids that follow from what they name, by HMAC under one key made at the ledger's birth.

Doing a thing twice gives the same id and so refuses itself, an opt-out outlives everything, and no
id can be searched for a number. The key is never rotated.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

_ID_BYTES = 15
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_TOKEN_BYTES = 18
_BASE32_PAIRS = [a + b for a in _BASE32 for b in _BASE32]
_SHIFTS = range(_ID_BYTES * 8 - 10, -1, -10)
"""Ten bits, two letters, at a time: base64.b32encode takes six times as long."""


class Identity:
    """Derives the ids, dedupe keys and callback tokens of one ledger."""

    def __init__(self, key: bytes) -> None:
        self._hmac = hmac.new(key, digestmod=hashlib.sha256)

    def new_launch(self) -> str:
        """A fresh name for one launch; handing the same one in twice is the same launch."""
        return secrets.token_urlsafe(16)

    def new_draft_id(self) -> str:
        """A fresh id for a draft."""
        return "dra_" + secrets.token_hex(12)

    def new_request(self) -> str:
        """A fresh name for one request of staff; handed in twice, it is done once."""
        return "req_" + secrets.token_urlsafe(12)

    def campaign_id(self, launch: str) -> str:
        """The campaign of a launch."""
        return "cam_" + self._id("campaign", launch)

    def contact_id(self, phone: str) -> str:
        """The contact with this E.164 number."""
        return "con_" + self._id("contact", phone)

    def delivery_id(self, campaign_id: str, contact_id: str) -> str:
        """The delivery of that campaign to that contact."""
        return "del_" + self._id("delivery", campaign_id, contact_id)

    def replies_campaign_id(self) -> str:
        """The campaign that all answers of staff belong to."""
        return "cam_" + self._id("answers")

    def reply_id(self, contact_id: str, request: str) -> str:
        """The delivery of one answer; the same request is the same answer."""
        return "del_" + self._id("answer", contact_id, request)

    def stray_id(self, sid: str) -> str:
        """The stream of a text that is none of ours."""
        return "str_" + self._id("stray", sid)

    def dedupe(self, kind: str, place: str, parameters: Iterable[tuple[str, str]] = ()) -> str:
        """The key by which a repeated request is known: its place and all its form parameters."""
        words = [word for pair in sorted(parameters) for word in pair]
        return self._id("dedupe", kind, place, *words)

    def callback_token(self, delivery_id: str, turn: int) -> str:
        """What a callback address proves itself with; `[A-Za-z0-9_-]` only."""
        digest = self._digest("callback", delivery_id, str(turn))
        return base64.urlsafe_b64encode(digest[:_TOKEN_BYTES]).decode()

    def is_callback_token(self, token: str, delivery_id: str, turn: int) -> bool:
        """Whether the token belongs to that delivery and turn, compared in constant time."""
        expected = self.callback_token(delivery_id, turn)
        return hmac.compare_digest(token.encode(), expected.encode())

    def _id(self, *words: str) -> str:
        number = int.from_bytes(self._digest(*words)[:_ID_BYTES])
        return "".join([_BASE32_PAIRS[number >> shift & 1023] for shift in _SHIFTS])

    def _digest(self, *words: str) -> bytes:
        encoded = [word.encode() for word in words]
        message = b"".join(len(word).to_bytes(4) + word for word in encoded)
        hmac_ = self._hmac.copy()  # hmac.digest would let go of the interpreter each time
        hmac_.update(message)
        return hmac_.digest()
