"""The endpoints of a ledger, read from its events, and the acts of staff on them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from ledger.commands.webhooks import (
    AddWebhook,
    ChangeWebhook,
    RotateWebhookSecret,
    SwitchOffWebhook,
)
from ledger.domain.actors import SENDER
from ledger.domain.events import (
    WebhookAdded,
    WebhookAddress,
    WebhookEvent,
    WebhookReplayed,
    WebhookResumed,
)
from ledger.domain.vocabulary import SwitchOffCause
from ledger.domain.webhooks import STREAM, Endpoint, Webhooks
from ledger.errors import BadInput, NotFound
from ledger.ledger import Ledger
from ledger.messages.outside_text import encodable
from ledger.recorded_event import RecordedEvent
from webapp.explain.event_problems import sound
from webapp.webhooks.addresses import check_url
from webapp.webhooks.message import CHOOSABLE
from webapp.webhooks.signing import EndpointKeys


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """Where an endpoint's cursor begins, and since which event."""

    after: int
    """The seq after which it begins."""
    set_by: int
    """The seq of the event that said so: a cursor that was set by an earlier one begins again."""
    resumed_by: int
    """The seq of the last event after which messages go out at once."""
    changed_at: datetime
    """When the last event about the endpoint was recorded."""


@dataclass(frozen=True)
class NewSecrets:
    """What staff give to the program that takes the messages; the secret is shown once."""

    endpoint_id: str
    secret: str
    public_key: str


class WebhookEndpoints:
    """Reads and changes the endpoints. `by` is the user id of who does it.

    A change that names a `request` is made once; a repeat of it returns what the first one did.

    Every method raises `StoreUnavailable`.
    """

    def __init__(self, ledger: Ledger, *, allows_private: bool) -> None:
        self._ledger, self.allows_private = ledger, allows_private

    def all(self) -> list[tuple[Endpoint, Beginning]]:
        """Return every endpoint in the order in which they were added."""
        recorded = sound(self._ledger.reader.stream(STREAM))
        webhooks = Webhooks.from_events(STREAM, (each.event for each in recorded))
        beginnings: dict[str, Beginning] = {}
        for each in recorded:
            event = each.event
            if isinstance(event, WebhookEvent):
                old = beginnings.get(event.endpoint_id)
                beginnings[event.endpoint_id] = _beginning(each, event, old)
        return [(each, beginnings[each.endpoint_id]) for each in webhooks.endpoints.values()]

    def endpoint(self, endpoint_id: str) -> Endpoint:
        """Return one endpoint; raises `NotFound`."""
        for endpoint, _beginning in self.all():
            if endpoint.endpoint_id == endpoint_id:
                return endpoint
        raise NotFound(
            f"There is no webhook endpoint {endpoint_id}. It may have been removed; "
            "`delivery-ledger webhook list` shows those that there are."
        )

    def keys(self, endpoint: Endpoint) -> EndpointKeys:
        """Return the newest keys of an endpoint."""
        number = endpoint.secret_number
        return EndpointKeys(self._ledger.identity, endpoint.endpoint_id, number)

    def add(
        self,
        url: str,
        name: str,
        types: Collection[str],
        by: str,
        *,
        has_personal_data: bool,
        request: str | None = None,
    ) -> NewSecrets:
        """Add an endpoint; with a `request` once. Raises `BadInput` for what cannot be, `Refused`.

        A repeat of the request returns the secrets of the endpoint that it added.
        """
        check_url(url, allows_private=self.allows_private)
        identity = self._ledger.identity
        endpoint_id = identity.endpoint_id(request) if request else identity.new_endpoint_id()
        if request and any(each.endpoint_id == endpoint_id for each, _ in self.all()):
            return self._secrets(endpoint_id, 1)
        command = AddWebhook(
            endpoint_id=endpoint_id,
            address=WebhookAddress(url=url, name=encodable(name).strip()),
            types=_checked(types),
            has_personal_data=has_personal_data,
            by=by,
        )
        self._ledger.execute(command).result()
        return self._secrets(endpoint_id, 1)

    def rotate(self, endpoint_id: str, by: str, request: str | None = None) -> NewSecrets:
        """Give an endpoint new secrets. Raises `NotFound` and `Refused`."""
        number = self._ledger.execute(RotateWebhookSecret(endpoint_id, by, request)).result()
        return self._secrets(endpoint_id, number)

    def choose_types(
        self, endpoint_id: str, types: Collection[str], by: str, request: str | None = None
    ) -> None:
        """Let an endpoint get other types. Raises `NotFound`, `BadInput` and `Refused`."""
        act = partial(Webhooks.choose_types, actor=by, endpoint_id=endpoint_id)
        self._change(partial(act, types=_checked(types)), request)

    def pause(self, endpoint_id: str, by: str, request: str | None = None) -> None:
        """Let messages wait. Raises `NotFound` and `Refused`."""
        self._change(partial(Webhooks.pause, actor=by, endpoint_id=endpoint_id), request)

    def resume(self, endpoint_id: str, by: str, request: str | None = None) -> None:
        """Let messages go out again, at once. Raises `NotFound`."""
        self._change(partial(Webhooks.resume, actor=by, endpoint_id=endpoint_id), request)

    def replay(self, endpoint_id: str, since: int, by: str, request: str | None = None) -> None:
        """Send messages since a seq again. Raises `NotFound`, `BadInput` for no such seq."""
        head = self._ledger.reader.head()
        if since > head + 1:
            raise BadInput(f"The ledger ends at #{head}; give the number of an event up to that.")
        replay = partial(Webhooks.replay, actor=by, endpoint_id=endpoint_id, since=since)
        self._change(replay, request)

    def remove(self, endpoint_id: str, by: str, request: str | None = None) -> None:
        """End an endpoint for good. Raises `NotFound`."""
        self._change(partial(Webhooks.remove, actor=by, endpoint_id=endpoint_id), request)

    def switch_off(self, endpoint_id: str, cause: SwitchOffCause) -> bool:
        """Send nothing more, as the program decides; return whether that is new."""
        return self._ledger.execute(SwitchOffWebhook(endpoint_id, cause, SENDER)).result()

    def _change(self, act: Callable[[Webhooks], WebhookEvent], request: str | None) -> None:
        self._ledger.execute(ChangeWebhook(act, request)).result()

    def _secrets(self, endpoint_id: str, number: int) -> NewSecrets:
        keys = EndpointKeys(self._ledger.identity, endpoint_id, number)
        return NewSecrets(endpoint_id, keys.secret, keys.public_key)


def _beginning(recorded: RecordedEvent, event: WebhookEvent, old: Beginning | None) -> Beginning:
    seq, at = recorded.seq, recorded.recorded_at
    match event:
        case WebhookReplayed():
            return Beginning(after=event.since - 1, set_by=seq, resumed_by=seq, changed_at=at)
        case WebhookResumed() if old:
            return replace(old, resumed_by=seq, changed_at=at)
        case _ if old and not isinstance(event, WebhookAdded):
            return replace(old, changed_at=at)
        case _:
            return Beginning(after=seq, set_by=seq, resumed_by=seq, changed_at=at)


def _checked(types: Collection[str]) -> list[str]:
    """Return the types in their usual order; raises `BadInput` for one that there is not."""
    unknown = sorted(set(types) - set(CHOOSABLE))
    if unknown:
        raise BadInput(f"There is no type {unknown[0]}. The types are: {', '.join(CHOOSABLE)}.")
    return [each.value for each in CHOOSABLE if each in types]
