"""Webhook endpoints: the list, adding one, and what is done with one."""

from functools import partial

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
from webapp.webhooks.documents import endpoint_documents
from webapp.webhooks.endpoints import NewSecrets
from webapp.webhooks.message import CHOOSABLE

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


@blueprint.post("/<endpoint_id>/pause")
@_change("pauseWebhook")
@needs(MANAGE_SYSTEMS)
def pause(endpoint_id: str) -> Answer[models.WebhookEndpoint]:
    """Send nothing to an endpoint until it is resumed; its messages wait."""
    endpoints = application().webhook_endpoints
    if not endpoints.endpoint(endpoint_id).is_paused:
        endpoints.pause(endpoint_id, caller().actor)
    return _endpoint(endpoint_id)


@blueprint.post("/<endpoint_id>/resume")
@_change("resumeWebhook")
@needs(MANAGE_SYSTEMS)
def resume(endpoint_id: str) -> Answer[models.WebhookEndpoint]:
    """Send to an endpoint again, at once, where it was paused, switched off or failing."""
    application().webhook_endpoints.resume(endpoint_id, caller().actor)
    return _endpoint(endpoint_id)


@blueprint.post("/<endpoint_id>/replay")
@_change("replayWebhook", request_example=models.EXAMPLE_REPLAY)
@needs(MANAGE_SYSTEMS)
def replay(json: models.WebhookReplay, endpoint_id: str) -> Answer[models.WebhookEndpoint]:
    """Send everything since an event again, under the same message ids."""
    try:
        application().webhook_endpoints.replay(endpoint_id, json.since, caller().actor)
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
    """Give an endpoint new secrets; the old ones sign too for 24 hours."""
    return _secrets(application().webhook_endpoints.rotate(endpoint_id, caller().actor))


def _secrets(secrets: NewSecrets) -> models.WebhookSecrets:
    return models.WebhookSecrets(
        id=secrets.endpoint_id, secret=secrets.secret, public_key=secrets.public_key
    )


def _endpoint(endpoint_id: str) -> models.WebhookEndpoint:
    for document in endpoint_documents(application()):
        if document["id"] == endpoint_id:
            return fitted(document, models.WebhookEndpoint)
    raise NotFound(f"There is no webhook endpoint {endpoint_id}.")
