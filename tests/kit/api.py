"""A program that uses the API: it has a token, and sends and reads JSON."""

import uuid
from datetime import timedelta
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from kit.world import World
from ledger.domain.vocabulary import Role
from webapp.accounts.api_tokens import TokenOrder
from webapp.permissions import Access

ROOT = "/api/v1"


def system_token(world: World, role: Role = Role.ADMIN, name: str = "PowerSchool") -> str:
    """The secret of a new token of a system."""
    order = TokenOrder(name=name, access=Access(role), lifetime=timedelta(days=90))
    _token, secret = world.app.token_changes.add_of_system(order, "usr_1", Access(Role.ADMIN))
    return secret


class ApiClient:
    """Sends requests to the app of the pages, which lets the API answer them."""

    def __init__(self, app: Flask, token: str | None) -> None:
        self._client, self._token = app.test_client(), token

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.send("GET", path, None, **headers)

    def post(self, path: str, json: Any = None, **headers: str) -> TestResponse:
        """Post JSON; under a new Idempotency-Key unless one is given."""
        return self.send("POST", path, json, **{"Idempotency-Key": str(uuid.uuid4())} | headers)

    def send(self, method: str, path: str, json: Any = None, **headers: str) -> TestResponse:
        given = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        return self._client.open(f"{ROOT}{path}", method=method, json=json, headers=given | headers)

    def send_file(
        self, path: str, data: bytes | dict[str, Any], mimetype: str, **headers: str
    ) -> TestResponse:
        """Post a file as the body, or a form that has it."""
        given = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": str(uuid.uuid4())}
        return self._client.post(
            f"{ROOT}{path}", data=data, content_type=mimetype, headers=given | headers
        )

    def send_text(self, method: str, path: str, text: str, **headers: str) -> TestResponse:
        """Send JSON as it is written."""
        given = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        return self._client.open(f"{ROOT}{path}", method=method, data=text, headers=given | headers)
