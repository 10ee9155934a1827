"""The signature of a callback, after Twilio's published rule, with the standard library.

Twilio's SDK is not used, so that this is an independent check of it.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping


def bare_url(url: str) -> str:
    """Return the address without its fragment, which is called and signed."""
    return url.partition("#")[0]


def sign(auth_token: str, url: str, params: Mapping[str, str]) -> str:
    """Return the X-Twilio-Signature of a form posted to a URL (Twilio, "Webhooks security")."""
    text = bare_url(url) + "".join(name + params[name] for name in sorted(params))
    mac = hmac.new(auth_token.encode(), text.encode(), hashlib.sha1)
    return base64.b64encode(mac.digest()).decode()
