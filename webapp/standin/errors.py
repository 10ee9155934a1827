"""Twilio's refusals: a code, a sentence, an HTTP status, and the JSON body with them."""

from typing import Any

_STATUSES = {20003: 401, 20004: 405, 20404: 404, 20409: 409, 20429: 429, 20500: 500}


class TwilioError(Exception):
    """A request that Twilio would refuse; `body` is the answer."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.status = _STATUSES.get(code, 400)

    @property
    def body(self) -> dict[str, Any]:
        """The four fields of Twilio's error bodies."""
        return {
            "code": self.code,
            "message": str(self),
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
