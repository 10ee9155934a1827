"""Errors as RFC 9457 describes them: `application/problem+json`."""

from typing import Annotated

from msgspec import Meta

from webapp.api.models.base import AnswerModel


class FieldProblem(AnswerModel, frozen=True, omit_defaults=True):
    """What is wrong with one part of a request."""

    detail: Annotated[str, Meta(description="What is wrong, and what to do.")]
    pointer: Annotated[
        str | None,
        Meta(
            description="A JSON Pointer (RFC 6901) to the part of the body.",
            examples=["/contacts/3/phone"],
        ),
    ] = None
    parameter: Annotated[
        str | None, Meta(description="The query parameter.", examples=["cursor"])
    ] = None
    header: Annotated[str | None, Meta(description="The header.", examples=["Idempotency-Key"])] = (
        None
    )


class Problem(AnswerModel, frozen=True):
    """Why a request was not answered as it asked."""

    type: Annotated[
        str,
        Meta(
            description="Which problem it is, for programs. The reference lists them.",
            examples=["urn:problem-type:delivery-ledger:not-found"],
        ),
    ]
    title: Annotated[str, Meta(description="The problem in a few words.")]
    status: Annotated[int, Meta(description="The status of the answer.")]
    detail: Annotated[str, Meta(description="What happened, and what to do.")]
    instance: Annotated[str, Meta(description="The path that was asked for.")]
    request_id: Annotated[
        str, Meta(description="The id of the request, as in the log and in `X-Request-Id`.")
    ]
    errors: Annotated[
        list[FieldProblem], Meta(description="The parts of the request that are wrong.")
    ]
