"""Ids that are derived from what they name, by HMAC under one key of the ledger.

The same act done twice has the same id, so that the second is refused. A number has the same id
after a forgetting, so that an opt-out stays. No id reveals a number. The key is never rotated.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

from ledger.domain.phone_spellings import spellings

_CHANNELS = ("whatsapp", "rcs")
_ID_BYTES = 15
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_TOKEN_BYTES = 18
_BASE32_PAIRS = [a + b for a in _BASE32 for b in _BASE32]
_SHIFTS = range(_ID_BYTES * 8 - 10, -1, -10)
"""Two letters, of ten bits, at a time: base64.b32encode takes six times as long."""


class Identity:
    """Derives the ids, dedupe keys and callback tokens of one ledger."""

    def __init__(self, key: bytes) -> None:
        self._hmac = hmac.new(key, digestmod=hashlib.sha256)

    def new_launch(self) -> str:
        """Return a random name for one launch; submitted twice, it is the same launch."""
        return secrets.token_urlsafe(16)

    def new_draft_id(self) -> str:
        """Return a random id for a draft."""
        return "dra_" + secrets.token_hex(12)

    def draft_id(self, request: str) -> str:
        """Return the id of the draft that a request makes; the same request is the same draft."""
        return "dra_" + self._id("draft", request)

    def new_permalink_id(self) -> str:
        """Return a random id for a permalink."""
        return "lnk_" + secrets.token_hex(12)

    def permalink_id(self, request: str) -> str:
        """Return the id of the permalink that a request makes; the same request is the same one."""
        return "lnk_" + self._id("permalink", request)

    def office_id(self, request: str) -> str:
        """Return the id of the office that a request adds; the same request is the same one."""
        return "off_" + self._id("office", request)

    def new_request(self) -> str:
        """Return a random name for one request of staff; submitted twice, it is done once."""
        return "req_" + secrets.token_urlsafe(12)

    def request_id(self, *words: str) -> str:
        """Return the id of a request that another program named; the same words are the same one.

        What the program called it is recorded nowhere.
        """
        return "req_" + self._id("request", *words)

    def resend_request_id(self, campaign_id: str, request: str) -> str:
        """Return the id of the request to approve a resend; the same request is the same one."""
        return "rsd_" + self._id("resend request", campaign_id, request)

    def campaign_id(self, launch: str) -> str:
        """Return the id of a launch's campaign: `cam_` and 24 letters or digits."""
        return "cam_" + self._id("campaign", launch)

    def contact_id(self, phone: str) -> str:
        """Return the id of the contact with this E.164 number, in either of its spellings."""
        return self._contact_id(spellings(phone)[0])

    def contact_ids(self, phone: str) -> tuple[str, ...]:
        """Return `contact_id`, then the ids that earlier versions gave to other spellings."""
        return tuple(map(self._contact_id, spellings(phone)))

    def channel_contact_ids(self, phone: str) -> tuple[str, ...]:
        """Return the ids that earlier versions gave to texts of this phone from other channels."""
        return tuple(
            self._contact_id(f"{channel}:{spelling}")
            for channel in _CHANNELS
            for spelling in spellings(phone)
        )

    def delivery_id(self, campaign_id: str, contact_id: str) -> str:
        """Return the id of the campaign's delivery to the contact."""
        return "del_" + self._id("delivery", campaign_id, contact_id)

    def contact_file_id(self, campaign_id: str) -> str:
        """Return the id of the contact file of a campaign."""
        return "fil_" + self._id("contact file", campaign_id)

    def new_list_id(self) -> str:
        """Return a random id for a contact list."""
        return "lst_" + secrets.token_hex(12)

    def list_id(self, request: str) -> str:
        """Return the id of the contact list that a request makes; the same request is the same."""
        return "lst_" + self._id("contact list", request)

    def new_template_id(self) -> str:
        """Return a random id for a named template."""
        return "tpl_" + secrets.token_hex(12)

    def template_id(self, request: str) -> str:
        """Return the id of the template that a request makes; the same request is the same one."""
        return "tpl_" + self._id("named template", request)

    def template_name_key(self, name: str) -> str:
        """Return the key of a template's name, which is given as names are compared."""
        return self._id("name of a template", name)

    def list_part_id(self, list_id: str, upload: str, part: int) -> str:
        """Return the id of the stream with one part of the rows of an upload."""
        return "lpt_" + self._id("contact list part", list_id, upload, str(part))

    def prices_id(self, campaign_id: str, prices: Iterable[str]) -> str:
        """Return the id of the stream that has these prices; the same prices are the same one."""
        return "prc_" + self._id("prices", campaign_id, *prices)

    def replies_campaign_id(self, office_id: str | None = None) -> str:
        """Return the id of the campaign that holds all replies of staff of an office.

        Without an office: those of the whole district.
        """
        return "cam_" + self._id("answers", *([office_id] if office_id else []))

    def reply_id(self, contact_id: str, request: str) -> str:
        """Return the id of a reply's delivery; the same request is the same reply."""
        return "del_" + self._id("answer", contact_id, request)

    def stray_id(self, sid: str) -> str:
        """Return the id of a stray text's stream."""
        return "str_" + self._id("stray", sid)

    def new_office_id(self) -> str:
        """Return a random id for an office."""
        return "off_" + secrets.token_hex(8)

    def new_endpoint_id(self) -> str:
        """Return a random id for a webhook endpoint."""
        return "whk_" + secrets.token_hex(12)

    def endpoint_id(self, request: str) -> str:
        """Return the id of the endpoint that a request adds; the same request is the same one."""
        return "whk_" + self._id("endpoint", request)

    def webhook_message_id(self, endpoint_id: str, message_type: str, seq: int, leaf: bytes) -> str:
        """Return the id of the message about an event; sent again, it has the same one.

        A restored ledger can have another event with that seq, which has another leaf.
        """
        words = (endpoint_id, message_type, str(seq), leaf.hex())
        return "msg_" + self._id("webhook message", *words)

    def webhook_notice_id(self, endpoint_id: str, key: str) -> str:
        """Return the id of a message that is about no event."""
        return "msg_" + self._id("webhook notice", endpoint_id, key)

    def webhook_secret(self, endpoint_id: str, number: int) -> bytes:
        """Return the 32 bytes of an endpoint's shared secret with that number."""
        return self._digest("webhook secret", endpoint_id, str(number))

    def webhook_seed(self, endpoint_id: str, number: int) -> bytes:
        """Return the 32 bytes from which an endpoint's Ed25519 key with that number is made."""
        return self._digest("webhook seed", endpoint_id, str(number))

    def access_id(self, *occasion: str) -> str:
        """Return the id of an occasion in the record of access; the same words are the same one."""
        return "acc_" + self._id("access", *occasion)

    def dedupe(self, kind: str, address: str, parameters: Iterable[tuple[str, str]] = ()) -> str:
        """Return the dedupe key of a request: the same for the same address and form parameters."""
        words = [word for pair in sorted(parameters) for word in pair]
        return self._id("dedupe", kind, address, *words)

    def callback_token(self, delivery_id: str, turn: int) -> str:
        """Return the token that proves a callback address genuine: 24 of `[A-Za-z0-9_-]`."""
        digest = self._digest("callback", delivery_id, str(turn))
        return base64.urlsafe_b64encode(digest[:_TOKEN_BYTES]).decode()

    def is_callback_token(self, token: str, delivery_id: str, turn: int) -> bool:
        """Whether the token belongs to that delivery and turn, compared in constant time."""
        expected = self.callback_token(delivery_id, turn)
        return hmac.compare_digest(token.encode(), expected.encode())

    def snapshot_code(self, digest: bytes) -> bytes:
        """Return the code of a snapshot with this digest, which nobody else can compute."""
        return self._digest("snapshot", digest.hex())

    def key_for(self, purpose: str) -> bytes:
        """Return 32 bytes for one purpose, such as encrypting the secrets of accounts."""
        return self._digest("key", purpose)

    def order_digest(self, name: str, message: str, texts: Iterable[tuple[str, str]]) -> str:
        """Return a digest of a campaign's name and message, and of its contacts in any order.

        `texts` has the number and the text of each contact.
        """
        total = sum(int.from_bytes(self._digest("text", phone, body)) for phone, body in texts)
        return self._id("order", name, message, str(total))

    def _contact_id(self, spelling: str) -> str:
        return "con_" + self._id("contact", spelling)

    def _id(self, *words: str) -> str:
        number = int.from_bytes(self._digest(*words)[:_ID_BYTES])
        return "".join([_BASE32_PAIRS[number >> shift & 1023] for shift in _SHIFTS])

    def _digest(self, *words: str) -> bytes:
        encoded = [word.encode() for word in words]
        message = b"".join([len(word).to_bytes(4) + word for word in encoded])
        hmac_ = self._hmac.copy()  # hmac.digest would release the interpreter lock each time
        hmac_.update(message)
        return hmac_.digest()
