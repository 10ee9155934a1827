"""Makes models of documents, with phone numbers masked for a token that may not see them."""

from typing import Any, TypeVar

import msgspec

from webapp.api.authentication import may
from webapp.explain.masked_numbers import without_numbers
from webapp.permissions import Permission

T = TypeVar("T")


def fitted(document: Any, model: type[T]) -> T:
    """Return a document of `webapp.documents` as a model; what the model lacks is left out."""
    shown = document if may(Permission.SEE_NUMBERS) else _masked(document)
    return msgspec.convert(shown, model)


def _masked(value: Any) -> Any:
    match value:
        case str():
            return without_numbers(value)
        case dict():
            return {name: _masked(part) for name, part in value.items()}
        case list() | tuple():
            return [_masked(part) for part in value]
    return value
