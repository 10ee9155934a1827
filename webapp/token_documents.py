"""Tokens of the API as JSON documents, for their command and the API."""

from typing import Any

from webapp.accounts.api_tokens import ApiToken
from webapp.bootstrap import Application
from webapp.documents import iso
from webapp.permissions import Permission


def token_owner(app: Application, made: ApiToken) -> str:
    """Return as whom it acts: the name of a person, or "a system"."""
    if made.is_of_system:
        return "a system"
    return app.accounts.name_of(made.owner_id) or made.owner_id


def token_document(app: Application, made: ApiToken) -> dict[str, Any]:
    """Return a token as `token list --json` prints it."""
    return {
        "id": made.token_id,
        "begins": made.start,
        "name": made.name,
        "person": None if made.is_of_system else token_owner(app, made),
        "role": made.access.role,
        "numbers": made.access.may(Permission.SEE_NUMBERS),
        "offices": sorted(made.access.office_ids),
        "state": made.state_at(app.clock.now()),
        "made_at": iso(made.made_at),
        "expires_at": iso(made.expires_at),
        "last_used_at": iso(made.used_at),
    }
