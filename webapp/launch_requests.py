"""Launches that wait for approval, as a JSON document for their command and the API."""

from collections.abc import Mapping
from typing import Any

from projections.launch_requests import RequestRow
from webapp.documents import iso


def launch_request_document(row: RequestRow) -> Mapping[str, Any]:
    """Return a request as `campaign requests --json` prints it."""
    return {
        "id": row.campaign_id,
        "name": row.name,
        "contacts": row.contact_count,
        "requested_at": iso(row.requested_at),
        "requested_by": row.requested_by,
    }
