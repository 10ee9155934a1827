"""Asks the identity provider: where to send people, and who came back. Authlib does the protocol.

Every question ends after a few seconds, and few are asked at once, so that a provider that is away
or slow holds up nobody but those who sign in by it.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLongError
from dataclasses import dataclass
from typing import Any, TypeVar

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from ledger.errors import LedgerError
from webapp.sign_in_settings import OidcSettings

_PART_SECONDS = 4
_ANSWER_SECONDS = 8
_AT_ONCE = 4
_KEPT_SECONDS = 3600
"""How long the provider's addresses and keys are believed."""
_AWAY_SECONDS = 5
"""After a failure nobody asks again for that long."""
_LEEWAY_SECONDS = 60
AGAIN = {"prompt": "login", "max_age": "0"}
"""Parameters of a question to somebody who is signed in there: who they are is asked again."""
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
"""Of signatures with a key pair; a token that is signed by other means, or not, is refused."""

_log = logging.getLogger(__name__)
Result = TypeVar("Result")


class ProviderAway(LedgerError):  # noqa: N818 - reads as the outcome it is
    """The provider did not answer in time, or not as OpenID Connect says. Try again later."""


class NotProven(LedgerError):  # noqa: N818 - likewise
    """What came back does not prove who somebody is. They start again."""


@dataclass(frozen=True)
class Question:
    """What a person is sent to the provider with; it is kept in the session until the answer."""

    address: str
    """Where the browser goes."""
    state: str
    nonce: str
    verifier: str
    """PKCE's: the code is worth nothing without it."""


@dataclass(frozen=True)
class ProvenPerson:
    """Who somebody is, as the provider says."""

    subject: str
    """The provider's id, which never changes."""
    name: str
    groups: tuple[str, ...]
    authenticated_at: int | None
    """When they last proved it to the provider, in seconds since 1970; None: it does not say."""

    def check_proved_since(self, asked_at: float) -> None:
        """Raise `NotProven` unless they proved to the provider who they are after it was asked."""
        if self.authenticated_at is None or self.authenticated_at < asked_at - _LEEWAY_SECONDS:
            raise NotProven(
                "The provider let you through without asking who you are, so nothing was done. "
                "Sign out there, and try again."
            )


class _Kept:
    """A document of the provider, asked for again after an hour."""

    def __init__(self, fetch: Callable[[], Any]) -> None:
        self._fetch, self._at = fetch, 0.0
        self._value: Any = None
        self._lock = threading.Lock()

    def value(self, *, not_older_than: float = _KEPT_SECONDS) -> Any:
        with self._lock:
            if self._value is None or time.monotonic() - self._at > not_older_than:
                self._value, self._at = self._fetch(), time.monotonic()
            return self._value


class Provider:
    """One identity provider; may be used by many threads."""

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings
        self._metadata = _Kept(self._fetch_metadata)
        self._keys = _Kept(self._fetch_keys)
        self._threads = ThreadPoolExecutor(_AT_ONCE, "identity-provider")
        self._places = threading.BoundedSemaphore(_AT_ONCE)
        self._away_until = 0.0

    def question(self, back: str, **parameters: str) -> Question:
        """Return where to send somebody, who comes back to `back`. Raises `ProviderAway`.

        With `AGAIN` as parameters they have to prove once more who they are.
        """
        endpoint = self._asked(lambda: self._metadata.value()["authorization_endpoint"])
        nonce, verifier = generate_token(32), generate_token(64)
        with self._client(back) as client:
            address, state = client.create_authorization_url(
                endpoint, nonce=nonce, code_verifier=verifier, **parameters
            )
        return Question(address, state, nonce, verifier)

    def person(self, question: Question, code: str, back: str) -> ProvenPerson:
        """Return who came back with a code. Raises `ProviderAway`, and `NotProven`."""
        return self._asked(lambda: self._person(question, code, back))

    def _person(self, question: Question, code: str, back: str) -> ProvenPerson:
        metadata = self._metadata.value()
        with self._client(back) as client:
            token = client.fetch_token(
                metadata["token_endpoint"], code=code, code_verifier=question.verifier
            )
            claims = self._claims(token, question.nonce)
            if self._settings.groups_claim not in claims and "userinfo_endpoint" in metadata:
                answer = client.get(metadata["userinfo_endpoint"])
                answer.raise_for_status()
                about = answer.json()
                if about.get("sub") != claims["sub"]:
                    raise NotProven("The provider described somebody else.")
                claims = {**about, **claims}
        return ProvenPerson(
            subject=claims["sub"],
            name=_name(claims),
            groups=_groups(claims, self._settings),
            authenticated_at=_seconds(claims.get("auth_time")),
        )

    def _claims(self, token: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """Return what the id token says, once its signature, issuer and audience were checked."""
        signed = str(token.get("id_token", ""))
        try:
            decoded = jwt.decode(signed, self._key_set(), algorithms=_ALGORITHMS)
        except InvalidKeyIdError:  # the provider changed its keys
            keys = KeySet.import_key_set(self._keys.value(not_older_than=_AWAY_SECONDS))
            decoded = jwt.decode(signed, keys, algorithms=_ALGORITHMS)
        client_id = self._settings.client_id
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"essential": True, "value": self._settings.issuer},
                "aud": {"essential": True, "value": client_id},
            },
            {"nonce": nonce, "client_id": client_id, "access_token": token.get("access_token")},
        )
        claims.validate(leeway=_LEEWAY_SECONDS)
        return dict(claims)

    def _key_set(self) -> KeySet:
        return KeySet.import_key_set(self._keys.value())

    def _fetch_metadata(self) -> Any:
        issuer = self._settings.issuer
        metadata = _json(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if metadata.get("issuer") != issuer:
            raise ProviderAway(f"The provider calls itself {metadata.get('issuer')}, not {issuer}.")
        return metadata

    def _fetch_keys(self) -> Any:
        return _json(self._metadata.value()["jwks_uri"])

    def _client(self, back: str) -> Any:
        return OAuth2Session(
            self._settings.client_id,
            self._settings.client_secret,
            scope="openid profile email",
            redirect_uri=back,
            code_challenge_method="S256",
            default_timeout=_PART_SECONDS,
        )

    def _asked(self, ask: Callable[[], Result]) -> Result:
        """Ask in a thread of its own. Raises `ProviderAway`, and `NotProven`."""
        if time.monotonic() < self._away_until or not self._places.acquire(blocking=False):
            raise ProviderAway("It did not answer a moment ago, or too many people ask at once.")
        future = self._threads.submit(ask)
        future.add_done_callback(lambda _: self._places.release())
        try:
            return future.result(_ANSWER_SECONDS)
        except (requests.RequestException, TooLongError) as error:
            self._away_until = time.monotonic() + _AWAY_SECONDS
            _log.warning("The identity provider does not answer: %s", error)
            raise ProviderAway("It does not answer.") from error
        except (AuthlibBaseError, JoseError) as error:
            _log.warning("The identity provider's answer proves nobody: %s", error)
            raise NotProven("Its answer was refused.") from error
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            _log.warning("The identity provider answers otherwise than OpenID Connect: %r", error)
            raise ProviderAway("Its answer cannot be read.") from error


def _json(address: str) -> Any:
    answer = requests.get(address, timeout=_PART_SECONDS)
    answer.raise_for_status()
    return answer.json()


def _name(claims: Mapping[str, Any]) -> str:
    names = (claims.get(claim) for claim in ("preferred_username", "email", "name", "sub"))
    return next(str(name) for name in names if name)


def _seconds(claim: Any) -> int | None:
    return claim if isinstance(claim, int) and not isinstance(claim, bool) else None


def _groups(claims: Mapping[str, Any], settings: OidcSettings) -> tuple[str, ...]:
    """Return the groups; some providers write one group as a text."""
    groups = claims.get(settings.groups_claim) or []
    return (groups,) if isinstance(groups, str) else tuple(map(str, groups))
