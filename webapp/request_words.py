"""The gate for what browsers send: the words of forms and queries can be encoded and stored."""

from typing import Any

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict, iter_multi_items

from ledger.messages.outside_text import encodable


class _Words(ImmutableMultiDict[str, Any]):
    """Form or query parameters; files pass as they are."""

    def __init__(self, mapping: Any = None) -> None:
        pairs = iter_multi_items(mapping or ())
        super().__init__([(encodable(name), _encodable(value)) for name, value in pairs])


class WordsRequest(Request):
    """A request whose `args` and `form` have passed the gate; its raw body and path have not."""

    parameter_storage_class = _Words


def _encodable(value: Any) -> Any:
    return encodable(value) if isinstance(value, str) else value
