"""Reads environment variables: the kinds of values, and what a value of each kind must be.

msgspec checks numbers, lengths and choices; each other kind has a function.
"""

import pkgutil
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from ledger.domain.provider_numbers import is_e164
from ledger.domain.schedule import SendWindow
from ledger.domain.time_zones import is_time_zone, meant_zone
from ledger.domain.vocabulary import Role
from ledger.errors import BadInput, BadSetting
from ledger.messages.cost_estimate import Price
from ledger.messages.outside_text import encodable
from ledger.messages.template import MAX_LENGTH


@dataclass(frozen=True)
class Kind:
    """A kind of value: the function that reads one, and the words for what it must be."""

    parse: Callable[[str], Any]
    must_be: str
    meant: Callable[[str], str | None] = lambda _: None
    """Returns what a refused value most likely means, if that can be said."""


class Environment:
    """Environment variables by name; a blank one counts as not set.

    Attributes:
        names_read: The names that were asked for, set or not.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.names_read: set[str] = set()

    def text(self, name: str) -> str:
        """Return the value without blanks around it; "" for a variable that is not set.

        Raises `BadSetting` for bytes that are no UTF-8: replaced, a token would be another one.
        """
        self.names_read.add(name)
        text = self._variables.get(name, "").strip()
        if encodable(text) != text:
            raise BadSetting(f"{name} is no text in UTF-8; set it again from a UTF-8 terminal.")
        return text

    def __call__(self, name: str, kind: Kind, default: Any) -> Any:
        """Return the value of a variable. Raises `BadSetting`: "LEDGER_TIME_ZONE must be …"."""
        text = self.text(name)
        try:
            return kind.parse(text) if text else default
        except (ValueError, ArithmeticError, msgspec.ValidationError, BadInput) as error:
            meant = kind.meant(text)
            cure = f"; for {text} write {meant}" if meant else ""
            raise BadSetting(f"{name} must be {kind.must_be}{cure}.") from error


def _converted(to: Any, must_be: str) -> Kind:
    return Kind(partial(msgspec.convert, type=to, strict=False), must_be)


def _address(text: str) -> str:
    parts = urlsplit(text)
    is_base = parts.scheme in {"http", "https"} and not (parts.query or parts.fragment)
    is_plain = text.isprintable() and not any(c.isspace() or c == "\\" for c in text)
    if not (is_plain and is_base and parts.hostname and parts.port != 0):
        raise ValueError(text)
    return text.rstrip("/")


def _issuer(text: str) -> str:
    """Return the issuer as it is written: a slash at its end is a part of its name."""
    parts = urlsplit(_address(text))
    if parts.scheme != "https" and parts.hostname not in {"localhost", "127.0.0.1"}:
        raise ValueError(text)
    return text


def _group_roles(text: str) -> dict[str, Role]:
    """Return group → role of "ledger-admins=admin,teachers=viewer"."""
    pairs = [pair.rpartition("=") for pair in text.split(",")]
    if not all(group.strip() for group, _, _role in pairs):
        raise ValueError(text)
    return {group.strip(): Role(role.strip()) for group, _, role in pairs}


def _price(text: str) -> Price:
    amount, _, currency = text.partition(" ")
    price = Price(Decimal(amount), currency.strip().upper())
    if not (price.amount.is_finite() and price.amount >= 0 and price.currency):
        raise ValueError(text)
    return price


_IS_REGION = "ledger.messages.phone_numbers:is_region"
"""Imported only when the setting is set, because the import is slow."""


_SENDER_OF = "ledger.messages.phone_numbers:sender_of"
"""Imported only for a sender that is not written in E.164."""


def sender_in(region: str) -> Kind:
    """Return the kind of a sender whose number may be written as in that region."""

    def parse(text: str) -> Any:
        return text if is_e164(text) else pkgutil.resolve_name(_SENDER_OF)(text, region)

    return Kind(
        parse,
        "a number such as +14155550100, a short code, or a name of up to 11 letters and digits",
    )


def _sid(prefix: str) -> Kind:
    """Return the kind of a SID of Twilio with that prefix, such as AC of an account."""

    def parse(text: str) -> str:
        if not re.fullmatch(rf"{prefix}[0-9a-fA-F]{{32}}", text):
            raise ValueError(text)
        return text

    return Kind(
        parse, f"{prefix} followed by 32 digits or letters from a to f, as in Twilio's console"
    )


def _region(text: str) -> str:
    region = text.upper()
    if not pkgutil.resolve_name(_IS_REGION)(region):
        raise ValueError(text)
    return region


def _zone(text: str) -> str:
    if not is_time_zone(text):
        raise ValueError(text)
    return text


def _confirmation(text: str) -> str | None:
    if len(text) > MAX_LENGTH:
        raise ValueError(text)
    return None if text.lower() == "none" else text


_WITNESSES_IN = "ledger.proof.witnesses:witnesses_in"
"""Imported only where there are witnesses."""


def _witnesses(text: str) -> Any:
    return pkgutil.resolve_name(_WITNESSES_IN)(text)


_NETWORKS_IN = "webapp.accounts.client_address:networks_in"
"""Imported only where there are proxies."""


def _proxies(text: str) -> Any:
    return pkgutil.resolve_name(_NETWORKS_IN)(text)


_MAIL_SERVER = "webapp.notices.mail_server:MailServer"
"""Imported only where there is one."""


def _mail_server(text: str) -> Any:
    return pkgutil.resolve_name(_MAIL_SERVER).parse(text)


def _mail_address(text: str) -> str:
    local, _, domain = text.rpartition("@")
    if not (local and domain and text.isascii() and text.isprintable()) or " " in text:
        raise ValueError(text)
    return text


_FINITE = sys.float_info.max

ACCOUNT_SID = _sid("AC")
ADDRESS = Kind(_address, "an address such as https://texts.school.example")
CONFIRMATION = Kind(_confirmation, f"a text of at most {MAX_LENGTH} characters, or none")
CONNECTIONS = _converted(Annotated[int, Meta(ge=10, le=1000)], "a whole number from 10 to 1000")
DAYS = _converted(
    Annotated[float, Meta(ge=1, le=36_500)] | Literal["none"], "days from 1 to 36500, or none"
)
HOURS = Kind(SendWindow.parse, "hours of one day such as 08:00-21:00, or none")
LOG_FORMAT = _converted(Literal["terminal", "logfmt", "json"], "terminal, logfmt or json")
MAIL_ADDRESS = Kind(_mail_address, "a mail address such as ledger@school.example")
MAIL_SERVER = Kind(
    _mail_server,
    "an address such as smtp://user:password@mail.example:587, with smtps:// for TLS from the "
    "start, or smtp+plain:// for none",
)
MINUTES_OR_OFF = _converted(
    Annotated[float, Meta(ge=1, le=1440)] | Literal["off"], "minutes from 1 to 1440, or off"
)
NUMBER = _converted(Annotated[float, Meta(ge=1, le=_FINITE)], "a number, 1 or more")
ON_OR_OFF = _converted(Literal["on", "off"], "on or off")
PERCENT = _converted(
    Annotated[float, Meta(ge=1, le=100)] | Literal["none"], "a number from 1 to 100, or none"
)
PRICE = Kind(_price, "a price such as 0.0083 USD")
PROXIES = Kind(
    _proxies, "addresses or networks such as 127.0.0.1 or 10.0.0.0/8, separated by commas"
)
RATE = _converted(Annotated[float, Meta(gt=0, le=_FINITE)], "a number above 0, such as 1 or 100")
REGION = Kind(_region, "a country's two letters, such as US or GB")
SECRET = _converted(Annotated[str, Meta(min_length=8)], "8 characters or more, better 32")
SECONDS_OR_NONE = _converted(
    Annotated[int, Meta(ge=0, le=600)], "a whole number of seconds from 0 to 600; 0: none"
)
SERVICE_SID = _sid("MG")
GROUP_ROLES = Kind(
    _group_roles, "groups with their roles such as ledger-admins=admin,teachers=viewer"
)
ISSUER = Kind(_issuer, "an address that begins with https, as the provider writes its issuer")
TWO_FACTOR = _converted(Literal["off", "optional", "required"], "off, optional or required")
VALIDITY = _converted(
    Annotated[float, Meta(ge=1, le=600)],
    "minutes from 1 to 600; Twilio holds a text for at most ten hours",
)
WITNESSES = Kind(
    _witnesses,
    "pairs of a witness's public key and its address, separated by commas; the key is an Ed25519 "
    "one, as cosignatures of other types do not sign the line `standings`",
)
ZONE = Kind(_zone, "a time zone such as America/New_York", meant_zone)
