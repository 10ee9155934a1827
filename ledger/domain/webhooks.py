"""Webhook endpoints: what each gets, with which secrets, and whether anything is sent to it.

Each act returns the next event of the stream or raises a refusal. Standard library only.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from ledger.domain.aggregate import Aggregate
from ledger.domain.events import (
    Event,
    WebhookAdded,
    WebhookAddress,
    WebhookEvent,
    WebhookPaused,
    WebhookRemoved,
    WebhookReplayed,
    WebhookResumed,
    WebhookSecretRotated,
    WebhookSwitchedOff,
    WebhookTypesChosen,
)
from ledger.domain.vocabulary import SwitchOffCause
from ledger.errors import BadInput, NotFound, Refused

STREAM = "webhooks"
MOST_ENDPOINTS = 50
"""How many a ledger may have at once: each is sent every message on its own."""
LONGEST_NAME = 64
LONGEST_URL = 2000
OVERLAP = timedelta(hours=24)
"""How long messages are signed with the old secrets, too, after a rotation."""

E = TypeVar("E", bound=WebhookEvent)


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One endpoint, as the last event about it leaves it."""

    endpoint_id: str
    types: tuple[str, ...]
    has_personal_data: bool
    address: WebhookAddress | None
    """None where the sealed part cannot be read."""
    secret_number: int = 1
    old_secret_until: datetime | None = None
    """Until when messages are signed with the secrets before, too."""
    is_paused: bool = False
    switched_off: SwitchOffCause | None = None

    @property
    def is_active(self) -> bool:
        """Whether messages may be sent to it."""
        return not self.is_paused and self.switched_off is None

    @property
    def name(self) -> str:
        """What staff call it."""
        return self.address.name if self.address else self.endpoint_id

    def secret_numbers(self, now: datetime) -> list[int]:
        """Return the numbers of the secrets that sign a message now, the newest first."""
        is_old_in_use = self.old_secret_until is not None and now < self.old_secret_until
        old = [self.secret_number - 1] if is_old_in_use else []
        return [self.secret_number, *old]


@dataclass(frozen=True, kw_only=True)
class Webhooks(Aggregate):
    """All endpoints that were not removed."""

    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    requests: Mapping[str, int] = field(default_factory=dict)
    """Request that was carried out → the number of its endpoint's secrets right after it."""

    def _changes(self, event: Event) -> Mapping[str, Any]:
        if not isinstance(event, WebhookEvent):
            raise self.not_found("the webhook endpoints")
        endpoints = {**self.endpoints}
        if isinstance(event, WebhookAdded):
            endpoints[event.endpoint_id] = _added(event)
        elif isinstance(event, WebhookRemoved):
            endpoints.pop(event.endpoint_id, None)
        elif event.endpoint_id in endpoints:
            endpoints[event.endpoint_id] = _changed(endpoints[event.endpoint_id], event)
        return {"endpoints": endpoints, "requests": self._requests_with(event, endpoints)}

    def _requests_with(
        self, event: WebhookEvent, endpoints: Mapping[str, Endpoint]
    ) -> Mapping[str, int]:
        if event.request is None:
            return self.requests
        endpoint = endpoints.get(event.endpoint_id)
        return {**self.requests, event.request: endpoint.secret_number if endpoint else 0}

    def endpoint(self, endpoint_id: str) -> Endpoint:
        """Return an endpoint; raises `NotFound`."""
        if endpoint_id not in self.endpoints:
            raise NotFound(
                f"There is no webhook endpoint {endpoint_id}; `delivery-ledger webhook list` shows "
                "those that there are."
            )
        return self.endpoints[endpoint_id]

    def add(
        self,
        actor: str,
        endpoint_id: str,
        address: WebhookAddress,
        *,
        types: Collection[str],
        has_personal_data: bool,
    ) -> WebhookAdded:
        """Begin an endpoint. Raises `BadInput`, and `Refused` where there are too many."""
        _check_types(types)
        is_name = bool(address.name.strip()) and address.name.isprintable()
        if not is_name or len(address.name) > LONGEST_NAME:
            raise BadInput(
                f"Give the endpoint a name of one line, of at most {LONGEST_NAME} characters."
            )
        if len(address.url) > LONGEST_URL:
            raise BadInput(f"The address may have {LONGEST_URL} characters.")
        if len(self.endpoints) >= MOST_ENDPOINTS:
            raise Refused(f"There are {MOST_ENDPOINTS} endpoints already. Remove one first.")
        return WebhookAdded(
            **self.header(actor),
            endpoint_id=endpoint_id,
            types=tuple(types),
            has_personal_data=has_personal_data,
            private=address,
        )

    def choose_types(
        self, actor: str, endpoint_id: str, types: Collection[str]
    ) -> WebhookTypesChosen:
        """Let an endpoint get other types. Raises `NotFound`, `BadInput` without any, `Refused`."""
        endpoint = self.endpoint(endpoint_id)
        _check_types(types)
        if set(types) == set(endpoint.types):
            raise Refused("The endpoint gets these types already.")
        header = self.header(actor)
        return WebhookTypesChosen(**header, endpoint_id=endpoint_id, types=tuple(types))

    def rotate(self, actor: str, endpoint_id: str, now: datetime) -> WebhookSecretRotated:
        """Give an endpoint new secrets. Raises `NotFound`, and `Refused` during a rotation."""
        endpoint = self.endpoint(endpoint_id)
        if len(endpoint.secret_numbers(now)) > 1:
            raise Refused(
                "The secret was rotated less than 24 hours ago, and the one before is still in "
                "use. Rotate it again after that time."
            )
        return WebhookSecretRotated(
            **self.header(actor),
            endpoint_id=endpoint_id,
            number=endpoint.secret_number + 1,
            old_until=now + OVERLAP,
        )

    def pause(self, actor: str, endpoint_id: str) -> WebhookPaused:
        """Let messages wait. Raises `NotFound`, and `Refused` where they wait already."""
        if not self.endpoint(endpoint_id).is_active:
            raise Refused("Nothing is sent to this endpoint already.")
        return self._next(WebhookPaused, actor, endpoint_id)

    def resume(self, actor: str, endpoint_id: str) -> WebhookResumed:
        """Let messages go out again, at once where they waited after failures.

        Raises `NotFound`.
        """
        self.endpoint(endpoint_id)
        return self._next(WebhookResumed, actor, endpoint_id)

    def replay(self, actor: str, endpoint_id: str, since: int) -> WebhookReplayed:
        """Let messages since a seq go out again. Raises `NotFound`, and `BadInput`."""
        self.endpoint(endpoint_id)
        if since < 1:
            raise BadInput("Give the number of an event, from 1.")
        return WebhookReplayed(**self.header(actor), endpoint_id=endpoint_id, since=since)

    def remove(self, actor: str, endpoint_id: str) -> WebhookRemoved:
        """End an endpoint for good. Raises `NotFound`."""
        self.endpoint(endpoint_id)
        return self._next(WebhookRemoved, actor, endpoint_id)

    def switch_off(
        self, actor: str, endpoint_id: str, cause: SwitchOffCause
    ) -> WebhookSwitchedOff | None:
        """Send nothing more to an endpoint; None where nothing is sent to it already."""
        endpoint = self.endpoints.get(endpoint_id)
        if endpoint is None or not endpoint.is_active:
            return None
        return WebhookSwitchedOff(**self.header(actor), endpoint_id=endpoint_id, cause=cause)

    def _next(self, kind: type[E], actor: str, endpoint_id: str) -> E:
        return kind(**self.header(actor), endpoint_id=endpoint_id)


def _check_types(types: Collection[str]) -> None:
    if not types:
        raise BadInput("Choose at least one type of message.")


def _added(event: WebhookAdded) -> Endpoint:
    return Endpoint(
        endpoint_id=event.endpoint_id,
        types=event.types,
        has_personal_data=event.has_personal_data,
        address=event.private,
    )


def _changed(endpoint: Endpoint, event: WebhookEvent) -> Endpoint:
    match event:
        case WebhookSecretRotated():
            return replace(endpoint, secret_number=event.number, old_secret_until=event.old_until)
        case WebhookTypesChosen():
            return replace(endpoint, types=event.types)
        case WebhookPaused():
            return replace(endpoint, is_paused=True)
        case WebhookResumed():
            return replace(endpoint, is_paused=False, switched_off=None)
        case WebhookSwitchedOff():
            return replace(endpoint, switched_off=event.cause)
        case _:
            return endpoint
