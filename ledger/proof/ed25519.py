"""Ed25519 signatures by strict rules, those that docs/reference/bundle.md gives to every verifier.

Libraries accept different signatures where the key or the signature is of small order, or is not
encoded as RFC 8032 says (https://eprint.iacr.org/2020/1244). Anybody can sign with such a key.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_P = 2**255 - 19
"""The field's order. A point is encoded as its y, with the sign of x in the highest bit."""
_OF_ORDER_8 = int.from_bytes(
    bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"
)
_OF_SMALL_ORDER = frozenset({0, 1, _P - 1, _OF_ORDER_8, _P - _OF_ORDER_8})
_POINT_BYTES = 32


def is_signature(public: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether that key signed the message."""
    if not (_is_usable(public.public_bytes_raw()) and _is_usable(signature[:_POINT_BYTES])):
        return False
    try:
        public.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _is_usable(point: bytes) -> bool:
    """Whether y is below the field's order, and not that of one of the points of small order."""
    y = int.from_bytes(point, "little") % 2**255
    return y < _P and y not in _OF_SMALL_ORDER
