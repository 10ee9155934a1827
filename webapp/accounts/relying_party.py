"""For which address passkeys are made: WebAuthn's relying party, and why there is none.

A browser makes passkeys for a host name alone, and only over https or on `localhost`.
"""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

_LOCAL = "localhost"
_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class RelyingParty:
    """The host that a passkey belongs to, and the address at which a browser may use it."""

    host: str
    """`texts.school.example`"""
    origin: str
    """`https://texts.school.example`, as the browser writes it."""


def relying_party(public_url: str | None, asked: str) -> RelyingParty | str:
    """Return who asks for a passkey, or a sentence that says why nobody can.

    `asked` is the address that this request came to: on `localhost` it counts, as in a
    demonstration. Elsewhere the public address does, whatever a proxy made of the host.
    """
    here = urlsplit(asked)
    if _is_local(here):
        return _party(here)
    public = urlsplit(public_url or "")
    if public.hostname and not _is_address(public.hostname):
        if public.scheme == "https" or _is_local(public):
            return _party(public)
        return "Passkeys work over https only. The public address of these pages begins with http."
    if _is_address(here.hostname or "") and ip_address(here.hostname or "").is_loopback:
        port = f":{here.port}" if here.port else ""
        return (
            "Passkeys belong to a name, and the address of this page is a number. Open "
            f"http://{_LOCAL}{port} instead to use one."
        )
    return "Passkeys belong to a name. They work once LEDGER_PUBLIC_URL is set to an https address."


def _party(parts: SplitResult) -> RelyingParty:
    host = (parts.hostname or "").encode("idna").decode()
    is_default = parts.port in {None, _DEFAULT_PORTS.get(parts.scheme)}
    return RelyingParty(host, f"{parts.scheme}://{host}{'' if is_default else f':{parts.port}'}")


def _is_local(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    return host == _LOCAL or host.endswith(f".{_LOCAL}")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
