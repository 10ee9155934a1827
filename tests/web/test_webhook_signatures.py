"""Both signatures of a message, verified by other code than the one that signs."""

import base64
import json
import subprocess
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from kit.world import STAFF
from webapp.webhooks.signing import Signer

AT = datetime(2026, 11, 23, 8, 41, tzinfo=UTC)
BODY = '{"type":"notice","data":{"title":"Grüße"}}'
SIGNED = f"msg_1.{int(AT.timestamp())}.{BODY}".encode()
NODE = """
const {createHmac, createPublicKey, timingSafeEqual, verify} = require("node:crypto");
const {secret, key, signatures, signed} = JSON.parse(require("node:fs").readFileSync(0));
const bytes = (text) => Buffer.from(text.split("_")[1], "base64");
const content = Buffer.from(signed, "utf8");
const hmac = createHmac("sha256", bytes(secret)).update(content).digest();
const x = bytes(key).toString("base64url");
const ed25519 = createPublicKey({key: {kty: "OKP", crv: "Ed25519", x}, format: "jwk"});
const ok = signatures.split(" ").map((each) => {
  const [version, value] = each.split(","), signature = Buffer.from(value, "base64");
  if (version === "v1") return timingSafeEqual(hmac, signature);
  return verify(null, content, ed25519, signature);
});
console.log(JSON.stringify(ok));
"""


def signed(world):
    """The secrets of a new endpoint, and version → signature of a message to it."""
    endpoints = world.app.webhook_endpoints
    secrets = endpoints.add(
        "https://records.school.example/", "Records", ["notice"], STAFF, has_personal_data=False
    )
    endpoint = endpoints.endpoint(secrets.endpoint_id)
    headers = Signer(world.app.ledger.identity, endpoint).headers("msg_1", BODY, AT)
    return secrets, headers["webhook-signature"]


def decoded(text: str) -> bytes:
    return base64.b64decode(text.partition("_")[2], validate=True)


def test_each_signature_is_verified_from_what_staff_hand_out(world):
    secrets, signatures = signed(world)
    by_version = dict(each.split(",") for each in signatures.split(" "))
    hmac = HMAC(decoded(secrets.secret), SHA256())
    hmac.update(SIGNED)
    hmac.verify(base64.b64decode(by_version["v1"]))
    key = Ed25519PublicKey.from_public_bytes(decoded(secrets.public_key))
    signature = base64.b64decode(by_version["v1a"])
    key.verify(signature, SIGNED)
    with pytest.raises(InvalidSignature):
        key.verify(signature, SIGNED.replace(b"notice", b"notic3"))


@pytest.mark.torture
def test_both_signatures_are_verified_by_the_cryptography_of_node(world):
    secrets, signatures = signed(world)
    document = {
        "secret": secrets.secret,
        "key": secrets.public_key,
        "signatures": signatures,
        "signed": SIGNED.decode(),
    }
    done = subprocess.run(
        ["node", "-e", NODE], input=json.dumps(document), capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [True, True]
