"""Host names of requests and of public addresses, in the one form in which they are compared.

It is imported by short commands too, so it needs the standard library alone.
"""

from functools import lru_cache
from urllib.parse import urlsplit


@lru_cache(maxsize=1024)
def host_name(written: str) -> str | None:
    """Return a host, with or without a port, as it is compared; None where it is no host name.

    `Texts.School.example.:443` → `texts.school.example`, `schüle.example` → `xn--schle-mva.example`
    """
    address, bracket, _port = written.strip().partition("]")
    host = address + bracket if bracket else address.partition(":")[0]
    host = host.removesuffix(".").lower()
    if host.isascii():
        return host or None
    try:
        return host.encode("idna").decode().lower()
    except UnicodeError:
        return None


def host_of(url: str) -> str | None:
    """Return the host name of an address; None where it has none.

    `https://user:secret@Texts.School.example:8443/texts` → `texts.school.example`
    """
    try:
        return host_name(urlsplit(url).netloc.rpartition("@")[2])
    except ValueError:
        return None
