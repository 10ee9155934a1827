"""Webhook endpoints: the list, adding one, and what is done with one."""

from functools import partial
from typing import Any

from flask import Blueprint

from ledger.errors import BadInput, NotFound
from webapp.acts import MANAGE_SYSTEMS
from webapp.api.authentication import caller
from webapp.api.fitting import fitted
from webapp.api.idempotency import request_id
from webapp.api.models import webhooks as models
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.api.problems import invalid
from webapp.current import application
from webapp.permissions import needs
from webapp.webhooks.documents import SHOWN_TRIES, endpoint_documents, try_document
from webapp.webhooks.endpoints import NewSecrets
from webapp.webhooks.message import CHOOSABLE
from webapp.webhooks.single import send_test

blueprint = Blueprint("webhooks", __name__, url_prefix="/webhooks")

_TAG = "Webhooks"
_change = partial(
    operation,
    tag=_TAG,
    answer=models.WebhookEndpoint,
    example=models.EXAMPLE,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)


@blueprint.get("")
@operation("listWebhooks", tag=_TAG, answer=models.WebhookList, example=models.EXAMPLE_LIST)
@needs(MANAGE_SYSTEMS)
def index() -> Answer[models.WebhookList]:
    """List all endpoints, and how far each is behind."""
    return fitted({"items": endpoint_documents(application())}, models.WebhookList)


@blueprint.post("")
@operation(
    "addWebhook",
    tag=_TAG,
    answer=models.WebhookSecrets,
    example=models.EXAMPLE_SECRETS,
    request_example=models.EXAMPLE_ORDER,
    is_change=True,
)
@needs(MANAGE_SYSTEMS)
def add(json: models.WebhookOrder) -> Answer[models.WebhookSecrets]:
    """Send the program at an address what is recorded from now on. Keep the secret."""
    try:
        secrets = application().webhook_endpoints.add(
            json.url,
            json.name,
            CHOOSABLE if json.types is None else json.types,
            caller().actor,
            has_personal_data=json.personal_data,
            request=request_id("add webhook"),
        )
    except BadInput as error:
        raise invalid(str(error), pointer="/url" if json.types is None else "/types") from error
    return _secrets(secrets)


@blueprint.get("/<endpoint_id>")
@operation(
    "getWebhook",
    tag=_TAG,
    answer=models.WebhookWithTries,
    example=models.EXAMPLE_WITH_TRIES,
    problems=[Kind.NOT_FOUND],
)
@needs(MANAGE_SYSTEMS)
def show(endpoint_id: str) -> Answer[models.WebhookWithTries]:
    """Return one endpoint, with its last tries. It knows the present only."""
    tries = application().webhook_sending.log.newest(endpoint_id, SHOWN_TRIES)
    more = {"tries": [try_document(each) for each in tries]}
    return fitted(_endpoint_document(endpoint_id) | more, models.WebhookWithTries)


@blueprint.post("/<endpoint_id>/pause")
@_change("pauseWebhook")
@needs(MANAGE_SYSTEMS)
def pause(endpoint_id: str) -> Answer[models.WebhookEndpoint]:
    """Send nothing to an endpoint until it is resumed; its messages wait."""
    endpoints = application().webhook_endpoints
    if not endpoints.endpoint(endpoint_id).is_paused:
        endpoints.pause(endpoint_id, caller().actor, request_id(f"pause webhook {endpoint_id}"))
    return _endpoint(endpoint_id)


@blueprint.post("/<endpoint_id>/resume")
@_change("resumeWebhook")
@needs(MANAGE_SYSTEMS)
def resume(endpoint_id: str) -> Answer[models.WebhookEndpoint]:
    """Send to an endpoint again, at once, where it was paused, switched off or failing."""
    endpoints = application().webhook_endpoints
    endpoints.resume(endpoint_id, caller().actor, request_id(f"resume webhook {endpoint_id}"))
    return _endpoint(endpoint_id)


@blueprint.post("/<endpoint_id>/replay")
@_change("replayWebhook", request_example=models.EXAMPLE_REPLAY)
@needs(MANAGE_SYSTEMS)
def replay(json: models.WebhookReplay, endpoint_id: str) -> Answer[models.WebhookEndpoint]:
    """Send everything since an event again, under the same message ids."""
    endpoints, request = (
        application().webhook_endpoints,
        request_id(f"replay webhook {endpoint_id}"),
    )
    try:
        endpoints.replay(endpoint_id, json.since, caller().actor, request)
    except BadInput as error:
        raise invalid(str(error), pointer="/since") from error
    return _endpoint(endpoint_id)


@blueprint.post("/<endpoint_id>/rotate")
@operation(
    "rotateWebhookSecret",
    tag=_TAG,
    answer=models.WebhookSecrets,
    example=models.EXAMPLE_SECRETS,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(MANAGE_SYSTEMS)
def rotate(endpoint_id: str) -> Answer[models.WebhookSecrets]:
    """Give an endpoint new secrets; the old ones sign too for 24 hours.

    A repeat with the same Idempotency-Key returns the same secrets, whatever was cut off meanwhile.
    """
    endpoints, request = (
        application().webhook_endpoints,
        request_id(f"rotate webhook {endpoint_id}"),
    )
    return _secrets(endpoints.rotate(endpoint_id, caller().actor, request))


@blueprint.post("/<endpoint_id>/types")
@_change("chooseWebhookTypes", request_example=models.EXAMPLE_TYPES)
@needs(MANAGE_SYSTEMS)
def choose_types(json: models.WebhookTypes, endpoint_id: str) -> Answer[models.WebhookEndpoint]:
    """Send an endpoint messages of these types from now on, and of no others."""
    endpoints, request = application().webhook_endpoints, request_id(f"webhook types {endpoint_id}")
    if set(json.types) != set(endpoints.endpoint(endpoint_id).types):
        try:
            endpoints.choose_types(endpoint_id, json.types, caller().actor, request)
        except BadInput as error:
            raise invalid(str(error), pointer="/types") from error
    return _endpoint(endpoint_id)


@blueprint.post("/<endpoint_id>/test")
@operation(
    "testWebhook",
    tag=_TAG,
    answer=models.WebhookTry,
    example=models.EXAMPLE_TRY,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(MANAGE_SYSTEMS)
def test(endpoint_id: str) -> Answer[models.WebhookTry]:
    """Send a test message now, and return what the endpoint answered."""
    app = application()
    made = send_test(app.webhook_sending, app.webhook_endpoints.endpoint(endpoint_id))
    return fitted(try_document(made), models.WebhookTry)


@blueprint.delete("/<endpoint_id>")
@operation(
    "removeWebhook",
    tag=_TAG,
    answer=models.WebhookRemoved,
    example=models.EXAMPLE_REMOVED,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(MANAGE_SYSTEMS)
def remove(endpoint_id: str) -> Answer[models.WebhookRemoved]:
    """Send nothing more to an endpoint, for good."""
    endpoints, request = (
        application().webhook_endpoints,
        request_id(f"remove webhook {endpoint_id}"),
    )
    endpoints.remove(endpoint_id, caller().actor, request)
    return models.WebhookRemoved(id=endpoint_id)


def _secrets(secrets: NewSecrets) -> models.WebhookSecrets:
    return models.WebhookSecrets(
        id=secrets.endpoint_id, secret=secrets.secret, public_key=secrets.public_key
    )


def _endpoint(endpoint_id: str) -> models.WebhookEndpoint:
    return fitted(_endpoint_document(endpoint_id), models.WebhookEndpoint)


def _endpoint_document(endpoint_id: str) -> dict[str, Any]:
    for document in endpoint_documents(application()):
        if document["id"] == endpoint_id:
            return document
    raise NotFound(f"There is no webhook endpoint {endpoint_id}.")
