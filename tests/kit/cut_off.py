"""A request to the API that is cut off after its commit, and what comes before its repeat."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask

from kit.api import ApiClient
from kit.killed_request import ApiRequest
from kit.provider import FakeProvider
from kit.world import ADA, BEN, STAFF, World
from ledger.domain.vocabulary import Role
from webapp.accounts.api_tokens import TokenOrder
from webapp.permissions import Access


def nothing() -> None:
    """Nobody does anything before the repeat."""


@dataclass(frozen=True)
class Attempt:
    """A request that is cut off, and what happens before it is sent again."""

    request: ApiRequest
    meanwhile: Callable[[], object] = nothing
    token: str | None = None
    """Whose it is; None: the system's."""


@dataclass(frozen=True)
class School:
    """A world, and a system that may do everything in it."""

    world: World
    web: Flask
    token: str
    provider: FakeProvider

    @property
    def api(self) -> ApiClient:
        """The system."""
        return ApiClient(self.web, self.token)

    def post(self, path: str, json: Any = None) -> Any:
        """Post another request, which must be carried out, and return its answer."""
        answer = self.api.post(path, json)
        assert answer.status_code < 300, answer.text
        return answer.json

    def campaign(self, *phones: str) -> str:
        """A campaign whose texts have left."""
        campaign_id = self.world.launch(phones or (ADA, BEN))
        self.world.send()
        self.world.catch_up()
        return campaign_id

    def failed(self) -> str:
        """A campaign in which both texts failed, for a reason that may pass."""
        campaign_id = self.campaign()
        for phone in (ADA, BEN):
            self.fail(campaign_id, phone)
        self.world.catch_up()
        return campaign_id

    def fail(self, campaign_id: str, phone: str, code: int = 30034, turn: int = 1) -> None:
        """Let Twilio report a failure."""
        delivery_id = self.world.delivery(campaign_id, phone)
        self.world.callback(delivery_id, turn, status="undelivered", code=code)

    def sam(self, role: Role = Role.ADMIN) -> str:
        """The account of Sam, beside an admin who can sign in."""
        admin = self.world.app.people.add("A. Admin", Role.ADMIN, STAFF).user_id
        self.world.app.people.set_password(admin, "correct horse battery", STAFF)
        return self.world.app.people.add("Sam", role, STAFF).user_id

    def token_of(self, user_id: str) -> str:
        """The secret of a token of somebody's own."""
        order, admin = TokenOrder(name="script", access=Access(Role.ADMIN)), Access(Role.ADMIN)
        return self.world.app.token_changes.add(user_id, order, user_id, admin)[1]


def request(path: str, json: Any = None, method: str = "POST") -> ApiRequest:
    return ApiRequest(path=path, json=json, method=method)
