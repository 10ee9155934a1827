"""The header `Idempotency-Key`: a request that changes something is carried out once.

A client that got no answer sends the same request again, with the same key.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from flask import Response, current_app, g, request

from ledger.errors import StoreUnavailable
from webapp.api.authentication import caller
from webapp.api.kept_answers import (
    InProgressError,
    KeptAnswer,
    KeptAnswers,
    KeyReusedError,
    RequestName,
)
from webapp.api.models.problem import FieldProblem
from webapp.api.problem_types import Kind
from webapp.api.problems import ProblemFound
from webapp.api.reading import sent_body
from webapp.current import application

KEY = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEPT_ANSWERS = "delivery-ledger.kept-answers"
"""The extension of the app that has the store."""
_LONGEST_KEY = 200
_RETRY_AFTER = {"Retry-After": "2"}
_KEPT_HEADERS = ("Content-Type", "Location")
_MISSING = (
    "A request that changes something needs the header Idempotency-Key, such as a new UUID. "
    "Send the same key again only with the same request: it is then carried out once."
)


@dataclass(frozen=True)
class CurrentRequest:
    """The request that is being carried out."""

    name: str
    """Under which the ledger knows what it does: the same request has the same name."""
    go_on: Callable[[], None]
    """To be called now and then by what takes long."""


def current_request() -> CurrentRequest:
    """Return the request that is being carried out, for what the ledger must do once."""
    return cast("CurrentRequest", g.current_request)


def request_id(act: str) -> str:
    """Return the id that the events of an act have, so that the ledger notices a repeat.

    The act is part of it: a key that is used again for another act is another request.
    """
    return application().ledger.identity.request_id(act, current_request().name)


def once(run: Callable[[], Response]) -> Response:
    """Carry a request out; answer a repeat with what was answered before."""
    key = sent_key()
    name = _name_of(key)
    store: KeptAnswers = current_app.extensions[KEPT_ANSWERS]
    try:
        kept = store.begin(name)
    except InProgressError as error:
        raise ProblemFound(Kind.IN_PROGRESS, headers=_RETRY_AFTER) from error
    except KeyReusedError as error:
        part = FieldProblem(detail="Use a new key for another request.", header=KEY)
        raise ProblemFound(Kind.KEY_REUSED, errors=[part]) from error
    if kept is not None:
        return _answer(kept)
    g.current_request = CurrentRequest(request_name(key), lambda: _renew(store, name))
    return _carry_out(run, store, name)


def _carry_out(run: Callable[[], Response], store: KeptAnswers, name: RequestName) -> Response:
    """Keep the answer of what was done; where nothing was changed, let the key be used again."""
    try:
        answer = run()
    except BaseException:  # where it is not known what was done, the ledger notices a repeat
        with suppress(StoreUnavailable):
            store.forget(name)
        raise
    headers = {each: answer.headers[each] for each in _KEPT_HEADERS if each in answer.headers}
    with suppress(StoreUnavailable):  # the ledger notices a repeat all the same
        store.keep(name, KeptAnswer(answer.status_code, headers, answer.get_data()))
    return answer


def _renew(store: KeptAnswers, name: RequestName) -> None:
    with suppress(StoreUnavailable):
        store.renew(name)


def _answer(kept: KeptAnswer) -> Response:
    return Response(kept.body, kept.status, {**kept.headers, REPLAYED: "true"})


def request_name(key: str) -> str:
    """Return under which name the ledger does what a request with this key asks for."""
    return f"api {caller().actor} {key}"


def sent_key() -> str:
    """Return the key in the header. Raises `ProblemFound`."""
    key = request.headers.get(KEY, "").strip()
    if not key:
        part = FieldProblem(detail=_MISSING, header=KEY)
        raise ProblemFound(Kind.MALFORMED, _MISSING, [part])
    if len(key) > _LONGEST_KEY or not key.isprintable():
        words = f"An Idempotency-Key has at most {_LONGEST_KEY} printable characters."
        raise ProblemFound(Kind.MALFORMED, words, [FieldProblem(detail=words, header=KEY)])
    return key


def _name_of(key: str) -> RequestName:
    """Return by what the request is known: its method, its address and its body."""
    line = f"{request.method} {request.full_path} {request.mimetype}\n".encode()
    secret = application().settings.secret_key
    return RequestName.of(secret, caller().actor, key, line + sent_body())
