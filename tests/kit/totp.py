"""The codes of an authenticator app, by RFC 6238, written apart from the program's library."""

import base64
import hashlib
import hmac
import re
import struct
from datetime import datetime


def code_at(key: str, moment: datetime) -> str:
    """The six digits that an app with this key in base32 shows."""
    secret = base64.b32decode(key.replace(" ", "").replace("-", ""))
    counter = struct.pack(">Q", int(moment.timestamp()) // 30)
    digest = hmac.new(secret, counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def key_on(page: str) -> str:
    """The key that a page of the set-up shows below its picture."""
    match = re.search(r'<code class="key">([^<]+)</code>', page)
    assert match, page
    return match[1]
