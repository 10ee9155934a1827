"""The types of problems with which the API answers (RFC 9457), and what is said of each.

The server itself answers with some of them, before any app is asked: this imports nothing of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

MEDIA_TYPE = "application/problem+json"


class Kind(StrEnum):
    """The types of problems; `urn:problem-type:delivery-ledger:` stands before each."""

    MALFORMED = "malformed"
    NO_TOKEN = "no-token"  # noqa: S105 - the name of a problem
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    REFUSED = "refused"
    LAUNCHED_RECENTLY = "launched-recently"
    IN_PROGRESS = "in-progress"
    TOO_SLOW = "too-slow"
    TOO_LARGE = "too-large"
    MEDIA_TYPE = "unsupported-media-type"
    INVALID = "invalid"
    KEY_REUSED = "idempotency-key-reused"
    RATE_LIMITED = "rate-limited"
    BROKEN = "broken"
    UNCONFIRMED = "unconfirmed"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class About:
    """What is always said of a problem."""

    status: int
    title: str
    advice: str
    """The detail where nothing more is known; and what the reference says of it."""


ABOUT: Mapping[Kind, About] = {
    Kind.MALFORMED: About(400, "Not readable", "Send what the OpenAPI document describes."),
    Kind.NO_TOKEN: About(
        401,
        "No valid token",
        "Send `Authorization: Bearer dlt_…` with a token that has neither expired nor been "
        "revoked. The account page and `delivery-ledger token add` make one.",
    ),
    Kind.FORBIDDEN: About(
        403, "Not allowed", "The role of the token does not suffice. Use another token."
    ),
    Kind.NOT_FOUND: About(404, "Not found", "Check the address and the ids in it."),
    Kind.METHOD_NOT_ALLOWED: About(
        405, "Method not allowed", "Use a method that `Allow` names for this address."
    ),
    Kind.TOO_SLOW: About(408, "Too slow", "Send the body faster."),
    Kind.REFUSED: About(
        409, "Not possible now", "Nothing was changed. The detail says what allows it."
    ),
    Kind.LAUNCHED_RECENTLY: About(
        409,
        "Launched already",
        "The same was launched within the last hour. Set `again` to true if that is meant.",
    ),
    Kind.IN_PROGRESS: About(
        409,
        "In progress",
        "A request with this Idempotency-Key is being carried out. Send it again in a while.",
    ),
    Kind.TOO_LARGE: About(413, "Too large", "Send a smaller body."),
    Kind.MEDIA_TYPE: About(415, "Unsupported media type", "Send `Content-Type: application/json`."),
    Kind.INVALID: About(
        422, "Not usable", "Nothing was changed. `errors` says what to correct, and where."
    ),
    Kind.KEY_REUSED: About(
        422,
        "Idempotency-Key used before",
        "Another request was made with this key within 24 hours. Use a new key.",
    ),
    Kind.RATE_LIMITED: About(
        429, "Too many requests", "Wait as many seconds as `Retry-After` says."
    ),
    Kind.BROKEN: About(
        500,
        "Something broke here",
        "Tell your administrator the request id: the log says more.",
    ),
    Kind.UNCONFIRMED: About(
        503,
        "Not confirmed",
        "It is not known whether it was done. Send the same request with the same "
        "Idempotency-Key again: it is done once.",
    ),
    Kind.UNAVAILABLE: About(
        503, "Not available now", "Nothing was changed. Try again after a few seconds."
    ),
}
"""Every problem, in the order of the statuses."""
_KIND_OF_STATUS = {
    403: Kind.FORBIDDEN,
    404: Kind.NOT_FOUND,
    405: Kind.METHOD_NOT_ALLOWED,
    408: Kind.TOO_SLOW,
    413: Kind.TOO_LARGE,
    415: Kind.MEDIA_TYPE,
    503: Kind.UNAVAILABLE,
}


def type_of(kind: Kind) -> str:
    """Return the `type` of a problem."""
    return f"urn:problem-type:delivery-ledger:{kind}"


def kind_of_status(status: int) -> Kind:
    """Return the problem of an error that is known by its status alone."""
    return _KIND_OF_STATUS.get(status, Kind.MALFORMED if status < 500 else Kind.BROKEN)
