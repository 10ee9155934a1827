"""The callback of a text from a phone to the school."""

import time
from collections.abc import Mapping
from uuid import uuid4

from webapp.standin.message import API_VERSION
from webapp.standin.notebook import Callback
from webapp.standin.opt_out_keywords import opt_out_type


def inbound_callback(text: Mapping[str, str], account_sid: str, url: str) -> Callback:
    """Return the callback of a text with From, To and Body, due at once."""
    sid = f"SM{uuid4().hex}"
    params = {
        "MessageSid": sid,
        "SmsSid": sid,
        "From": text["From"],
        "To": text["To"],
        "Body": text["Body"],
        "NumMedia": "0",
        "AccountSid": account_sid,
        "ApiVersion": API_VERSION,
    }
    kind = opt_out_type(text["Body"])
    if kind is not None:
        params["OptOutType"] = kind
    return Callback(
        id=uuid4().hex, due=time.time(), sid=sid, url=url, params=params, token=str(uuid4())
    )
