"""The OpenAPI document of the API, made from what the operations declare.

spectree makes the paths and the schemas. This adds what it has no place for: examples, problems,
headers.
"""

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any, cast
from urllib.parse import quote

import msgspec
from flask import request

from webapp.api.idempotency import KEY, REPLAYED
from webapp.api.models.problem import Problem
from webapp.api.operations import OPERATIONS, SPEC, Operation
from webapp.api.problem_types import ABOUT, MEDIA_TYPE, Kind, type_of
from webapp.api.reading import FILE_TYPES, FORM

Document = dict[str, Any]

_ABOUT = """\
Launch campaigns, and read what became of every contact.

Every request has the header `Authorization: Bearer dlt_…`. The account page and
`delivery-ledger token add` make tokens; their role says what they may do. A request that changes
something has the header `Idempotency-Key`: the same request with the same key is carried out once.
Every read of what has a history takes `as_of`; the others say that they do not.
Errors are `application/problem+json` (RFC 9457).
"""
_KEY_PARAMETER: Document = {
    "name": KEY,
    "in": "header",
    "required": True,
    "description": "A new name for each request, such as a UUID. Sent again with the same request "
    f"within 24 hours, it brings the same answer, with `{REPLAYED}: true`.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
    "example": "8e03978e-40d5-43e8-bc93-6894a57f9324",
}
_ETAG_PARAMETER: Document = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` of an earlier answer. If it is still the same, 304 is answered.",
    "schema": {"type": "string"},
}
_FILE: Document = {"type": "string", "format": "binary"}
_FORM_OF_FILE: Document = {
    "type": "object",
    "properties": {"file": _FILE},
    "required": ["file"],
    "additionalProperties": False,
}
_NO_PAST = " It knows the present alone: `as_of` is answered 422."
_HEADERS: Mapping[str, str] = {
    "X-Request-Id": "The id of the request, as in the log.",
    "RateLimit-Policy": "How many requests a token may make, and in how many seconds.",
    "RateLimit": "How many are left, and after how many seconds there are more.",
    "Ledger-Seq": "The number of the newest event that the answer shows.",
}


def document() -> Document:
    """Return the document of the API at the address of this request."""
    made = cast("Document", msgspec.json.decode(msgspec.json.encode(SPEC.spec)))
    paths = {path: dict(_completed(methods)) for path, methods in sorted(made["paths"].items())}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Delivery Ledger",
            "version": version("delivery-ledger"),
            "description": _ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": quote(request.script_root) or "/"}],
        "tags": made["tags"],
        "paths": paths,
        "components": {
            "schemas": {name: _schema(schema) for name, schema in _schemas(made)},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "bearerFormat": "dlt_…"}
            },
            "headers": {
                name: {"description": words, "schema": {"type": "string"}}
                for name, words in _HEADERS.items()
            },
        },
        "security": [{"token": []}],
    }


def _schemas(made: Document) -> Iterator[tuple[str, Document]]:
    """Yield the schemas, but for those of queries, whose fields are parameters."""
    for name, schema in sorted(made["components"]["schemas"].items()):
        if not name.endswith("Query"):
            yield name, schema


def _schema(schema: Document) -> Document:
    schema.pop("title", None)
    return schema


def _completed(methods: Mapping[str, Document]) -> Iterator[tuple[str, Document]]:
    for method, operation in methods.items():
        about = OPERATIONS[operation["operationId"]]
        parameters = operation["parameters"]
        if about.takes_key:
            parameters.append(_KEY_PARAMETER)
        if method == "get":
            parameters.append(_ETAG_PARAMETER)
            if not about.knows_past:
                operation["description"] = f"{operation.get('description', '')}{_NO_PAST}".strip()
        for parameter in parameters:
            parameter["schema"] = _parameter_schema(parameter["schema"])
            if parameter["in"] == "path":
                parameter["description"] = f"The id of the {_noun(parameter['name'])}."
        if body := operation.get("requestBody"):
            body["content"]["application/json"]["example"] = _json(about.request_example)
            body["required"] = about.needs_body
            if about.takes_files:
                body["content"] |= {each: {"schema": _FILE} for each in FILE_TYPES}
                body["content"][FORM] = {"schema": _FORM_OF_FILE}
        operation["responses"] = _responses(method, about, operation["responses"])
        yield method, operation


def _noun(name: str) -> str:
    """Return what has the id of that name: "campaign_id" → "campaign"."""
    return name.removesuffix("_id").replace("_", " ")


def _parameter_schema(schema: Document) -> Document:
    """Return the schema of a parameter, which is left out where it has no value, and never null."""
    kept = {name: value for name, value in schema.items() if name not in {"anyOf", "description"}}
    if kept.get("default", ...) is None:
        del kept["default"]
    others = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    return others[0] | kept if others else kept


def _responses(method: str, about: Operation, made: Document) -> Document:
    """Return the answers of an operation, in the order of their statuses."""
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in _HEADERS}
    responses: Document = {}
    for status, response in made.items():
        if status.startswith("2") and about.file_types:
            content = {each: {"schema": _FILE} for each in about.file_types}
            responses[status] = response | {"content": content, "headers": headers}
        elif status.startswith("2"):
            example = about.waiting_example if status == "202" else about.example
            response["content"]["application/json"]["example"] = _json(example)
            responses[status] = response | {"headers": headers}
    if method == "get":
        responses["304"] = {"description": "The same as in the answer with that ETag."}
    for code in sorted({ABOUT[kind].status for kind in about.problems}):
        kinds = [kind for kind in about.problems if ABOUT[kind].status == code]
        responses[str(code)] = _problem(kinds)
    return responses


def _problem(kinds: Sequence[Kind]) -> Document:
    examples = {kind: {"summary": ABOUT[kind].title, "value": _example(kind)} for kind in kinds}
    return {
        "description": "; ".join(ABOUT[kind].title for kind in kinds),
        "content": {
            MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}
        },
    }


def _example(kind: Kind) -> Any:
    about = ABOUT[kind]
    return _json(
        Problem(
            type=type_of(kind),
            title=about.title,
            status=about.status,
            detail=about.advice,
            instance="/api/v1/campaigns",
            request_id="7f3a9c5d20b14e68",
            errors=[],
        )
    )


def _json(model: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(model))
