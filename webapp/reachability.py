"""Checks at the start of a server or sender: can Twilio call this program, and can only Twilio?

Reading commands do without: they neither send texts nor take callbacks.
"""

import ipaddress
import re
from urllib.parse import urlsplit

from ledger.errors import BadSetting
from webapp.settings import Settings
from webapp.standin_account import AUTH_TOKEN

_TWILIO = "twilio.com"
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""A last label that makes a host an address of IPv4, in a form of its own such as 127.1."""
_LOCAL_ENDINGS = ("localhost", "local", "internal", "lan", "home.arpa")
"""Names that only this machine, or the network around it, can look up."""
_NOT_PUBLIC = [
    ipaddress.ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3"),
        *("::/127", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    )
]
"""This machine, private and link-local networks, and addresses of no single machine."""

_IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def check_reachability(settings: Settings, *, host: str = "127.0.0.1") -> None:
    """Raise `BadSetting` where Twilio cannot post callbacks, or others could forge them.

    `host` is where the program listens.
    """
    _check_public_url(settings)
    check_token(settings, host)


def check_token(settings: Settings, host: str) -> None:
    """Raise `BadSetting` where others could sign callbacks with the stand-in's built-in token."""
    if AUTH_TOKEN not in settings.twilio.auth_tokens:
        return
    public_host = urlsplit(settings.public_url or "").hostname
    for reached_at in (host, public_host or "localhost"):
        if not _is_loopback(reached_at):
            raise BadSetting(
                "TWILIO_AUTH_TOKEN: the stand-in's own token is known to everybody, so it must "
                f"not be used where others reach this program, at {reached_at}. Set "
                "TWILIO_AUTH_TOKEN to a secret, or let only 127.0.0.1 reach the program."
            )


def _is_loopback(host: str) -> bool:
    address = _address_of(host)
    if address is None:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback


def _check_public_url(settings: Settings) -> None:
    url = settings.public_url
    if url is None or not _is_twilios_own(settings.twilio.api_url):
        return
    parts = urlsplit(url)
    why = _why_not_callable(parts.hostname or "")
    if why is None and parts.scheme != "https" and not settings.is_http_allowed:
        why = (
            "it is not https, so that everybody on the way can read the callbacks. Use https, or "
            "set LEDGER_ALLOW_HTTP=on"
        )
    if why:
        raise BadSetting(
            f"LEDGER_PUBLIC_URL names {parts.hostname}, where Twilio's callbacks would not come: "
            f"{why}. It must be an address such as https://texts.school.example."
        )


def _is_twilios_own(api_url: str) -> bool:
    host = (urlsplit(api_url).hostname or _TWILIO).rstrip(".")
    return host == _TWILIO or host.endswith(f".{_TWILIO}")


def _why_not_callable(host: str) -> str | None:
    """Return why Twilio cannot call that host; None where it can."""
    address = _address_of(host)
    if address is not None:
        is_public = not any(address in network for network in _NOT_PUBLIC)
        return None if is_public else "it is an address of this machine or of a private network"
    return _why_not_a_public_name(host)


def _why_not_a_public_name(host: str) -> str | None:
    if host.endswith("."):
        return "it ends with a dot. Leave out the dot"
    if any(host == ending or host.endswith(f".{ending}") for ending in _LOCAL_ENDINGS):
        return "only this machine or its own network knows that name"
    if "." not in host:
        return "a name without a dot is known in its own network only"
    if "_" in host:
        return "Twilio refuses a name with an underscore"
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]) or not all(_LABEL.fullmatch(label) for label in labels):
        return "it is no name of a host; one with other letters than a-z is written as xn--…"
    return None


def _address_of(host: str) -> _IPAddress | None:
    """Return the IP address, of IPv4 also where it is written as one of IPv6; None for a name."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
