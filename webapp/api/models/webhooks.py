"""Webhook endpoints, as `webhook list --json` prints them."""

from typing import Annotated

import msgspec
from msgspec import Meta

from webapp.api.models.base import AnswerModel, RequestModel
from webapp.api.models.deliveries import LARGEST_SEQ

_ID = "whk_0123456789abcdef01234567"
_Type = Annotated[str, Meta(max_length=100, examples=["delivery.status_changed"])]


class WebhookEndpoint(AnswerModel, frozen=True):
    """A program that gets messages about what is recorded."""

    id: str
    name: str
    url: str | None
    types: list[str]
    personal_data: Annotated[
        bool, Meta(description="Whether its messages have numbers, names and texts.")
    ]
    state: Annotated[str, Meta(description="`active`, `failing`, `paused` or `off`.")]
    sentence: str
    seq: Annotated[int, Meta(description="Everything up to this event was sent.")]
    events_behind: int
    failing_since: str | None
    public_key: str


class WebhookTry(AnswerModel, frozen=True):
    """A try to send an endpoint a message."""

    at: str | None
    message_id: str
    type: str
    seq: Annotated[int | None, Meta(description="The event that it is about; null for a test.")]
    status_code: Annotated[int | None, Meta(description="Null where there was no answer.")]
    error: Annotated[str | None, Meta(description="Why there was no answer.")]
    seconds: float
    answer: Annotated[str, Meta(description="The beginning of what the endpoint answered.")]


class WebhookWithTries(WebhookEndpoint, frozen=True, kw_only=True):
    """An endpoint with its last tries."""

    tries: Annotated[list[WebhookTry], Meta(description="The newest first, at most 20.")]


class WebhookTypes(RequestModel, frozen=True):
    """The types of messages that an endpoint gets from now on."""

    types: Annotated[list[_Type], Meta(min_length=1, max_length=50)]


class WebhookRemoved(AnswerModel, frozen=True):
    """An endpoint that was removed for good."""

    id: str


class WebhookList(AnswerModel, frozen=True):
    """All endpoints, in the order in which they were added."""

    items: list[WebhookEndpoint]


class WebhookOrder(RequestModel, frozen=True):
    """A new endpoint."""

    url: Annotated[str, Meta(max_length=2000, examples=["https://sis.school.example/texts"])]
    name: Annotated[str, Meta(max_length=200, description="What you call the program there.")]
    types: Annotated[
        Annotated[list[_Type], Meta(max_length=50)] | None,
        Meta(description="The types of messages that it gets; null: all of them."),
    ] = None
    personal_data: bool = False


class WebhookSecrets(AnswerModel, frozen=True):
    """The secret of an endpoint, which is shown this once."""

    id: str
    secret: str
    public_key: str


class WebhookReplay(RequestModel, frozen=True):
    """From which event on everything is sent again, under the same message ids."""

    since: Annotated[int, Meta(ge=1, le=LARGEST_SEQ)]


EXAMPLE = WebhookEndpoint(
    id=_ID,
    name="PowerSchool",
    url="https://sis.school.example/texts",
    types=["delivery.status_changed"],
    personal_data=False,
    state="active",
    sentence="Everything was sent.",
    seq=48210,
    events_behind=0,
    failing_since=None,
    public_key="whpk_MCowBQYDK2VwAyEA",
)
EXAMPLE_TRY = WebhookTry(
    at="2026-11-23T14:00:00+00:00",
    message_id="msg_0123456789abcdef",
    type="webhook.test",
    seq=None,
    status_code=200,
    error=None,
    seconds=0.12,
    answer="",
)
EXAMPLE_WITH_TRIES = WebhookWithTries(**msgspec.structs.asdict(EXAMPLE), tries=[EXAMPLE_TRY])
EXAMPLE_TYPES = WebhookTypes(types=["delivery.status_changed"])
EXAMPLE_REMOVED = WebhookRemoved(id=_ID)
EXAMPLE_LIST = WebhookList(items=[EXAMPLE])
EXAMPLE_ORDER = WebhookOrder(url="https://sis.school.example/texts", name="PowerSchool")
EXAMPLE_SECRETS = WebhookSecrets(
    id=_ID,
    secret="whsec_C2FVsBQIhrscChlQIMV",  # noqa: S106 - an example
    public_key="whpk_MCowBQYDK2VwAyEA",
)
EXAMPLE_REPLAY = WebhookReplay(since=48000)
