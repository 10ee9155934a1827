"""The path of the public address, below which a proxy shows this program.

A proxy takes that path away or keeps it. Either way the apps see their own paths, and links begin
with the path. Of `https://school.example/texts` it is "/texts":

    GET /texts/campaigns, GET /campaigns  →  the path "/campaigns" under the script name "/texts"
"""

from typing import Any
from urllib.parse import unquote

from webapp.serving.wsgi import RAW_TARGET, SCRIPT_NAME, Scope


class Prefix:
    """The ASGI app round another one that takes a path away, where a request has it."""

    def __init__(self, app: Any, path: str) -> None:
        """`path` is percent-encoded, without a slash at its end; blank where there is none."""
        self._app = app
        self._raw, self._path = path.encode(), unquote(path)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Pass a request on."""
        if self._raw:
            scope = {**scope, SCRIPT_NAME: self._path}
            if self._has_prefix(scope):
                scope[RAW_TARGET] = _from_root(scope[RAW_TARGET][len(self._raw) :])
                scope["path"] = scope["path"][len(self._path) :] or "/"
        await self._app(scope, receive, send)

    def _has_prefix(self, scope: Scope) -> bool:
        raw: bytes = scope[RAW_TARGET]
        is_whole = raw[len(self._raw) : len(self._raw) + 1] in (b"", b"/", b"?")
        return raw.startswith(self._raw) and is_whole and scope["path"].startswith(self._path)


def _from_root(target: bytes) -> bytes:
    return target if target.startswith(b"/") else b"/" + target
