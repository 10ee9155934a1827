"""Declares the operations of the API: what each takes and answers, for requests and for OpenAPI.

    @blueprint.get("/campaigns")
    @operation("listCampaigns", tag="Campaigns", answer=CampaignPage, example=EXAMPLE)
    @needs(Permission.SEE_STATUS)
    def index(query: CampaignQuery) -> Answer[CampaignPage]:
        ...

The first paragraph of a view's docstring is the summary of the operation, the rest its description.
The parameters `query` and `json` of a view are read from the request into the models that annotate
them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeAlias, TypeVar, cast

from flask import Request, Response
from spectree import Response as AnswersOfSpec
from spectree import SpecTree
from spectree.model_adapter.msgspec_adapter import MsgspecModelAdapter
from spectree.plugins.base import Context
from spectree.plugins.flask_plugin import FlaskPlugin

from webapp.api.idempotency import once
from webapp.api.models.base import MomentQuery
from webapp.api.models.problem import Problem
from webapp.api.problem_types import Kind
from webapp.api.reading import may_be_file, may_be_left_out, read_body, read_query, refuse_query

T = TypeVar("T")
View = TypeVar("View", bound=Callable[..., Any])
Answer: TypeAlias = T | tuple[T, int] | tuple[T, int, dict[str, str]] | tuple[T, dict[str, str]]
"""What a view returns: a model, perhaps with a status and headers."""

_OF_ALL = (Kind.NO_TOKEN, Kind.FORBIDDEN, Kind.RATE_LIMITED, Kind.UNAVAILABLE, Kind.INVALID)
_OF_CHANGES = (Kind.MALFORMED, Kind.REFUSED, Kind.IN_PROGRESS, Kind.KEY_REUSED, Kind.UNCONFIRMED)
_OF_BODIES = (Kind.MALFORMED, Kind.TOO_LARGE, Kind.MEDIA_TYPE)


class _Reader(FlaskPlugin):
    """Reads requests strictly, and answers with problems where they are wrong."""

    def request_validation(  # noqa: PLR0917 - the signature of spectree
        self, request: Request, query: Any, json: Any, form: Any, headers: Any, cookies: Any
    ) -> None:
        """Read query and body."""
        del form, headers, cookies  # no operation has any
        if not query:
            refuse_query()
        context = Context(
            read_query(query) if query else None, read_body(json) if json else None, *[None] * 3
        )
        request.context = context  # type: ignore[attr-defined]

    def validate_response(
        self,
        resp: Any,
        resp_model: Any,
        skip_validation: bool,  # noqa: FBT001 - the signature of spectree
        force_resp_serialize: bool,  # noqa: FBT001 - the same
    ) -> tuple[Any, Any]:
        """Return the answer of a view; one that is a file passes as it is."""
        if isinstance(resp, Response):
            return resp, None
        made: tuple[Any, Any] = super().validate_response(
            resp, resp_model, skip_validation, force_resp_serialize
        )
        return made


SPEC = SpecTree(
    "flask",
    backend=_Reader,
    model_adapter=cast("Any", MsgspecModelAdapter()),
    before=lambda *_: None,
    mode="strict",
    naming_strategy=lambda model: model.__name__,
    nested_naming_strategy=lambda _parent, child: child,
    page_templates={},
)
"""What all operations were declared with. It is no app, and knows none."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What the document says of an operation beside its models."""

    operation_id: str
    example: Any
    """An answer."""
    request_example: Any
    waiting_example: Any
    """An answer with the status 202, where there is one."""
    is_change: bool
    takes_key: bool
    """Whether it needs the header Idempotency-Key."""
    takes_files: bool
    """Whether the body may be a file."""
    needs_body: bool
    """False where it has none, or where that may be left out."""
    knows_past: bool
    """Whether it takes `as_of`."""
    file_types: Sequence[str] = ()
    """The media types of the answer, where that is a file."""
    problems: Sequence[Kind] = field(default_factory=list)


OPERATIONS: dict[str, Operation] = {}
"""Operation id → operation."""


def operation(  # noqa: PLR0913 - each says something else of the operation
    operation_id: str,
    *,
    tag: str,
    answer: type[Any] | None = None,
    example: Any = None,
    request_example: Any = None,
    waiting_example: Any = None,
    status: int = 200,
    is_change: bool = False,
    takes_key: bool = False,
    file_types: Sequence[str] = (),
    problems: Sequence[Kind] = (),
) -> Callable[[View], Callable[..., Response]]:
    """Declare an operation.

    Args:
        operation_id: Its name in the OpenAPI document and in generated clients: `listCampaigns`.
        tag: The heading below which it stands.
        answer: The model of the answer.
        example: An answer, as an example for readers.
        request_example: A body, if it has one.
        waiting_example: The answer 202, if something else may have to happen first.
        status: The status of the answer.
        is_change: Whether it changes something; then it needs an Idempotency-Key.
        takes_key: Whether it needs one although it changes nothing.
        file_types: The media types of the answer, where that is a file; then it has no model.
        problems: What it may answer beside what all operations may.
    """

    def declare(view: View) -> Callable[..., Response]:
        has_body = "json" in view.__annotations__
        query = view.__annotations__.get("query")
        kinds = [
            *_OF_ALL,
            *problems,
            *(_OF_CHANGES if is_change else ()),
            *(_OF_BODIES if has_body else ()),
        ]
        OPERATIONS[operation_id] = Operation(
            operation_id=operation_id,
            example=example,
            request_example=request_example,
            waiting_example=waiting_example,
            is_change=is_change,
            takes_key=is_change or takes_key,
            takes_files=has_body and may_be_file(view.__annotations__["json"]),
            needs_body=has_body and not may_be_left_out(view.__annotations__["json"]),
            knows_past=query is not None and issubclass(query, MomentQuery),
            file_types=file_types,
            problems=list(dict.fromkeys(kinds)),
        )
        answers = {f"HTTP_{status}": answer} if answer else {}
        answers["HTTP_422"] = Problem
        if waiting_example is not None:
            answers["HTTP_202"] = type(waiting_example)
        run: Callable[..., Response] = SPEC.validate(
            resp=AnswersOfSpec(*([] if answer else [f"HTTP_{status}"]), **answers),
            tags=[tag],
            operation_id=operation_id,
        )(view)
        return _once(run) if is_change else run

    return declare


def _once(run: Callable[..., Response]) -> Callable[..., Response]:
    @wraps(run)
    def carry_out(**place: Any) -> Response:
        return once(lambda: run(**place))

    return carry_out
