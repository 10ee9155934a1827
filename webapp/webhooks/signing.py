"""Secrets and signatures of webhooks, as the Standard Webhooks specification has them.

    webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1a,hnO3f9T8…

`v1` is an HMAC under a shared secret, `v1a` an Ed25519 signature. No secret is stored: each is
derived from the ledger's identity key, which the master key wraps, and from a number that a
rotation increases. So they survive restarts, backups and a change of the master key.
"""

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks.webhooks import Webhook

from ledger.domain.webhooks import Endpoint
from ledger.identity import Identity

_SHARED, _PUBLIC = "whsec_", "whpk_"


class EndpointKeys:
    """The keys of one endpoint with one number."""

    def __init__(self, identity: Identity, endpoint_id: str, number: int) -> None:
        self._secret = identity.webhook_secret(endpoint_id, number)
        self._key = Ed25519PrivateKey.from_private_bytes(identity.webhook_seed(endpoint_id, number))
        self._webhook = Webhook(self._secret)

    @property
    def secret(self) -> str:
        """The shared secret, as the endpoint needs it for `v1`: "whsec_…"."""
        return _SHARED + base64.b64encode(self._secret).decode()

    @property
    def public_key(self) -> str:
        """The public key, as the endpoint needs it for `v1a`: "whpk_…"."""
        return _PUBLIC + base64.b64encode(self._key.public_key().public_bytes_raw()).decode()

    def signatures(self, message_id: str, at: datetime, body: str) -> Sequence[str]:
        """Return both signatures of a message that is sent at that time."""
        signed = f"{message_id}.{int(at.timestamp())}.{body}".encode()
        asymmetric = base64.b64encode(self._key.sign(signed)).decode()
        return [self._webhook.sign(message_id, at, body), f"v1a,{asymmetric}"]


class Signer:
    """Signs the messages of one endpoint with all keys that are in use."""

    def __init__(self, identity: Identity, endpoint: Endpoint) -> None:
        self._identity, self._endpoint = identity, endpoint
        self._keys: dict[int, EndpointKeys] = {}

    def headers(self, message_id: str, body: str, now: datetime) -> Mapping[str, str]:
        """Return the headers of a message that is sent now."""
        keys = [self._keys_of(number) for number in self._endpoint.secret_numbers(now)]
        signatures = [each for key in keys for each in key.signatures(message_id, now, body)]
        return {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
            "Content-Type": "application/json",
        }

    def _keys_of(self, number: int) -> EndpointKeys:
        if number not in self._keys:
            endpoint_id = self._endpoint.endpoint_id
            self._keys[number] = EndpointKeys(self._identity, endpoint_id, number)
        return self._keys[number]
