"""What stands between browsers and this program."""

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.serving.request_ids import Network


@dataclass(frozen=True, kw_only=True)
class Proxies:
    """The proxies in front of a site."""

    trusted: Sequence[Network] = ()
    """Whose word about the requests that they forward is believed."""
    public_path: str = ""
    """The path of the public address, which they take away or keep."""
