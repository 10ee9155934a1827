"""An identity provider of the tests' own: OpenID Connect over HTTP, with tokens that are signed.

It checks what a provider must: the client's secret, the address to which people come back, PKCE,
and that a code is used once. A person there "signs in" by `send_back`.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey

CLIENT, SECRET = "ledger", "a secret of the client"


class IdentityProvider:
    """Answers at `issuer`; `changed` replaces claims of the id tokens that follow."""

    def __init__(self, issuer: str) -> None:
        self.issuer, self.changed = issuer, dict[str, Any]()
        self.is_away = False
        self._codes: dict[str, tuple[dict[str, str], dict[str, Any]]] = {}
        self.change_keys()

    def change_keys(self) -> None:
        """Sign with another key from now on."""
        kid = secrets.token_hex(4)
        self.key = ECKey.generate_key("P-256", {"kid": kid, "alg": "ES256", "use": "sig"})

    def send_back(self, address: str, subject: str, **claims: Any) -> str:
        """Let a person sign in at the address that the ledger sent them to; return where to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        if "max_age" in asked:
            assert asked["prompt"] == "login"
            claims = {"auth_time": int(time.time()), **claims}
        code = secrets.token_urlsafe(12)
        self._codes[code] = (asked, {"sub": subject, **claims})
        answer = {"code": code, "state": asked["state"]}
        return f"{urlsplit(asked['redirect_uri']).path}?{urlencode(answer)}"

    def document(self, path: str) -> dict[str, Any] | None:
        """The document at a path."""
        at = self.issuer
        metadata = {
            "issuer": at,
            "authorization_endpoint": f"{at}/authorize",
            "token_endpoint": f"{at}/token",
            "jwks_uri": f"{at}/keys",
        }
        keys = {"keys": [self.key.as_dict(private=False)]}
        return {"/.well-known/openid-configuration": metadata, "/keys": keys}.get(path)

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The tokens for a code; None where something of the request is wrong."""
        asked, claims = self._codes.pop(form.get("code", ""), ({}, {}))
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        client = base64.b64encode(f"{CLIENT}:{SECRET}".replace(" ", "+").encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        is_right = (
            asked.get("code_challenge") == base64.urlsafe_b64encode(digest).decode().rstrip("=")
            and form.get("redirect_uri") == asked.get("redirect_uri")
            and authorization.removeprefix("Basic ") in {client, plain}
        )
        if not is_right:
            return None
        now = int(time.time())
        body = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300}
        body |= {"nonce": asked["nonce"], **claims, **self.changed}
        signed = jwt.encode({"alg": "ES256", "kid": self.key.kid}, body, self.key)
        return {"access_token": "x", "token_type": "Bearer", "id_token": signed}


@contextmanager
def identity_provider() -> Iterator[IdentityProvider]:
    """A provider at a free port, for as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(provider.document(self.path), 404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(provider.token(form, self.headers.get("Authorization", "")), 400)

        def _answer(self, document: dict[str, Any] | None, otherwise: int) -> None:
            status = 503 if provider.is_away else 200 if document else otherwise
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(document or {"error": "invalid_grant"}).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = IdentityProvider(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
