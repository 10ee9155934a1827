"""The OpenAPI document as rows for the page of the reference: operations, models, and types."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
_REFERENCE = "#/components/schemas/"


@dataclass(frozen=True)
class Field:
    """A parameter, or a field of a model."""

    name: str
    type: str
    """In words: "string", "list of Campaign"."""
    words: str
    is_required: bool


@dataclass(frozen=True, kw_only=True)
class ShownOperation:
    """An operation, as the page shows it."""

    operation_id: str
    method: str
    path: str
    tag: str
    summary: str
    description: str
    parameters: Sequence[Field]
    body: str
    """The model of the body; blank where there is none."""
    body_example: Any
    answers: Sequence[tuple[str, str, str]]
    """Status, what it says, and the model."""
    example: Any


def operations(document: Schema) -> Iterator[ShownOperation]:
    """Yield all operations, in the order of the document."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield _operation(path, method, operation)


def models(document: Schema) -> Iterator[tuple[str, Sequence[Field]]]:
    """Yield the models, with their fields."""
    for name, schema in document["components"]["schemas"].items():
        required = schema.get("required", ())
        yield (
            name,
            [
                Field(field, _type(part), part.get("description", ""), field in required)
                for field, part in schema.get("properties", {}).items()
            ]
            or [Field("", _type(schema), schema.get("description", ""), is_required=True)],
        )


def _operation(path: str, method: str, operation: Schema) -> ShownOperation:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    answers = {status: _content(answer) for status, answer in operation["responses"].items()}
    examples = [content.get("example") for status, content in answers.items() if status < "3"]
    return ShownOperation(
        operation_id=operation["operationId"],
        method=method.upper(),
        path=path,
        tag=operation["tags"][0],
        summary=operation["summary"],
        description=operation["description"],
        parameters=[
            Field(each["name"], _type(each["schema"]), each["description"], each["required"])
            for each in operation["parameters"]
        ],
        body=_type(body["schema"]) if body else "",
        body_example=body.get("example"),
        answers=[
            (
                status,
                answer["description"],
                _type(answers[status]["schema"]) if answers[status] else "",
            )
            for status, answer in operation["responses"].items()
        ],
        example=next(iter(examples), None),
    )


def _content(answer: Schema) -> Schema:
    """Return what an answer has: its schema and example; nothing for one without a body."""
    return next(iter(answer.get("content", {}).values()), {})


def _type(schema: Schema) -> str:
    """Return a type in words."""
    if reference := schema.get("$ref"):
        return str(reference).removeprefix(_REFERENCE)
    if choices := schema.get("anyOf"):
        return " or ".join(map(_type, choices))
    if values := schema.get("enum"):
        return ", ".join(map(str, values))
    match schema.get("type"):
        case "array":
            return f"list of {_type(schema.get('items', {}))}"
        case "object" if isinstance(more := schema.get("additionalProperties"), dict):
            return f"object of {_type(more)}"
        case str(name):
            return name
    return "anything"
