"""Webhook endpoints as JSON, for their command and the API."""

from typing import Any

from ledger.domain.webhooks import Endpoint
from webapp.bootstrap import Application
from webapp.documents import iso
from webapp.explain.webhooks import endpoint_sentence, endpoint_state
from webapp.webhooks.log import Try
from webapp.webhooks.progress import Progress

SHOWN_TRIES = 20


def endpoint_documents(app: Application) -> list[dict[str, Any]]:
    """Return every endpoint, and how far it is behind."""
    progress, head = app.webhook_sending.leases.all(), app.ledger.reader.head()
    return [
        _document(app, endpoint, progress.get(endpoint.endpoint_id), head, beginning.after)
        for endpoint, beginning in app.webhook_endpoints.all()
    ]


def try_document(each: Try) -> dict[str, Any]:
    """Return a try to send a message, and what the endpoint answered."""
    return {
        "at": iso(each.at),
        "message_id": each.message_id,
        "type": each.type,
        "seq": each.seq,
        "status_code": each.answer.status_code,
        "error": each.answer.error or None,
        "seconds": round(each.answer.seconds, 3),
        "answer": each.answer.text,
    }


def _document(
    app: Application, endpoint: Endpoint, progress: Progress | None, head: int, after: int
) -> dict[str, Any]:
    """Return an endpoint as `webhook list --json` prints it."""
    return {
        "id": endpoint.endpoint_id,
        "name": endpoint.name,
        "url": endpoint.address.url if endpoint.address else None,
        "types": list(endpoint.types),
        "personal_data": endpoint.has_personal_data,
        "state": endpoint_state(endpoint, progress),
        "sentence": endpoint_sentence(endpoint, progress, head, app.clock.now()),
        "seq": progress.seq if progress else after,
        "events_behind": max(head - (progress.seq if progress else after), 0),
        "failing_since": iso(progress.failing_since) if progress else None,
        "public_key": app.webhook_endpoints.keys(endpoint).public_key,
    }
