"""The address that a request comes from, as limits count it.

A proxy writes whom it forwards into `X-Forwarded-For`. Everybody can write that header, so it
counts only where a proxy that the settings name sent it.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

_log = logging.getLogger(__name__)

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

UNKNOWN = "unknown"
"""The address of a request that names none, as over a Unix socket."""

_MAPPED_BITS = 96
_HOME_NETWORK_BITS = 64
"""A provider gives one customer at least this much of IPv6."""


def networks_in(text: str) -> Sequence[Network]:
    """Return the networks of "127.0.0.1, 10.0.0.0/8". Raises ValueError, also for all addresses."""
    networks = tuple(_network(word.strip()) for word in text.split(","))
    if any(network.prefixlen == 0 for network in networks):
        raise ValueError("everybody would be a proxy")
    return networks


class ClientNetworks:
    """Where requests come from, behind the proxies of the settings.

    Logs once in a process that somebody else forwards, as a proxy that is not named makes all of
    its clients one address.
    """

    def __init__(self, proxies: Sequence[Network]) -> None:
        self._proxies, self._has_warned = proxies, False

    def of(self, peer: str | None, forwarded: str) -> str:
        """Return what `client_network` does."""
        sender = _address(peer or "")
        is_named = sender is None or any(sender in proxy for proxy in self._proxies)
        if forwarded and not is_named and not self._has_warned:
            self._has_warned = True
            _log.warning(
                "%s sent X-Forwarded-For, and LEDGER_TRUSTED_PROXIES does not name it. If it is "
                "your proxy, name it; until then all of its clients count as one.",
                sender,
            )
        return client_network(peer, forwarded, self._proxies)


def client_network(peer: str | None, forwarded: str, proxies: Sequence[Network]) -> str:
    """Return the client's address, or its network of IPv6: "192.0.2.7", "2001:db8::/64".

    `peer` is who opened the connection, `forwarded` the header that names "client, proxy, …".
    From its end, each address counts that was written by a proxy of the settings.
    """
    client = _address(peer or "")
    if client is None:
        return UNKNOWN
    for word in reversed(forwarded.split(",")):
        named = _address(word)
        if named is None or not any(client in proxy for proxy in proxies):
            break
        client = named
    if isinstance(client, IPv6Address):
        return str(ip_network((int(client), _HOME_NETWORK_BITS), strict=False))
    return str(client)


def _network(text: str) -> Network:
    """Return a network; "::ffff:10.0.0.0/104" is 10.0.0.0/8, as addresses are compared."""
    network = ip_network(text, strict=False)
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped and network.prefixlen >= _MAPPED_BITS:
        return ip_network((int(mapped), network.prefixlen - _MAPPED_BITS))
    return network


def _address(text: str) -> Address | None:
    """Return the address of "192.0.2.7", "192.0.2.7:5100" or "[2001:db8::1]:5100"; else None."""
    text = text.strip()
    bare = text[1:].partition("]")[0] if text.startswith("[") else text
    for candidate in (bare, bare.partition(":")[0]):
        with suppress(ValueError):
            address = ip_address(candidate)
            return getattr(address, "ipv4_mapped", None) or address
    return None
