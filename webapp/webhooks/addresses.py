"""Which addresses an endpoint may have: a form cannot make this server call its own network.

The address of the name is checked again when a connection is made (see `posting.py`), because a
name may have another address then.
"""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from ledger.errors import BadInput

_WITH_IPV4 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("::/96"))
"""Addresses whose last 32 bits are an IPv4 address: of NAT64, and IPv4-compatible ones."""
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")
_IPV4_BITS = 2**32 - 1


class PrivateAddressError(OSError):
    """The name belongs to an address that is not on the internet."""


def check_url(url: str, *, allows_private: bool) -> None:
    """Raise `BadInput` unless the address may be an endpoint's.

    With `allows_private` it may also be http, and of this machine or its networks.
    """
    parts = _parts_of(url)
    if parts.scheme != "https" and not (allows_private and parts.scheme == "http"):
        raise BadInput(
            "The address must begin with https://, so that nobody on the way can read messages. "
            "For a trial on this machine, set LEDGER_WEBHOOKS_ALLOW_PRIVATE=on."
        )
    if parts.username is not None or parts.password is not None:
        raise BadInput("Leave user and password out of the address; messages are signed instead.")
    if not allows_private and (is_private(parts.hostname or "") or parts.hostname == "localhost"):
        raise BadInput(
            "This address is on a private network. If that is what you want, set "
            "LEDGER_WEBHOOKS_ALLOW_PRIVATE=on."
        )


def check_ip(address: str, *, allows_private: bool) -> None:
    """Raise `PrivateAddressError` unless messages may be sent to that IP address."""
    if not allows_private and is_private(address):
        raise PrivateAddressError("a private address")


def is_private(address: str) -> bool:
    """Whether this is an IP address that is not on the internet; False for a name."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.is_site_local or ip in _LOCAL_NAT64:
            return True
        ip = _embedded(ip) or ip
    return not ip.is_global or ip.is_multicast


def _embedded(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that a gateway would make of this one."""
    if any(ip in network for network in _WITH_IPV4):
        return ipaddress.IPv4Address(int(ip) & _IPV4_BITS)
    teredo = ip.teredo
    return ip.ipv4_mapped or ip.sixtofour or (teredo[1] if teredo else None)


def _parts_of(url: str) -> SplitResult:
    """Return the parts of an address that has a host; raises `BadInput`."""
    try:
        parts = urlsplit(url)
        is_usable = bool(parts.hostname) and parts.port != 0
        (parts.hostname or "").encode("idna")
    except (ValueError, UnicodeError):
        is_usable = False
    is_plain = (
        url.isascii() and url.isprintable() and not any(c.isspace() or c == "\\" for c in url)
    )
    if not is_usable or not is_plain:
        raise BadInput("This is no address; write one such as https://example.com/texts.")
    return parts
