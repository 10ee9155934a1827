"""A request to the API, in a process that is killed between its commit and keeping its answer."""

import os
import signal
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from werkzeug.test import TestResponse

from kit.api import ApiClient
from kit.clock import MONDAY, ManualClock
from kit.processes import separate_processes
from kit.provider import FakeProvider
from kit.world import World
from webapp.api.kept_answers import KeptAnswers
from webapp.app import create_app


@dataclass(frozen=True, kw_only=True)
class ApiRequest:
    """A request that changes something: JSON, or a contact file as CSV."""

    path: str
    method: str = "POST"
    json: Any = None
    csv: str | None = None
    key: str = "one request"

    def send(self, client: ApiClient) -> TestResponse:
        """Send it under its key."""
        headers = {"Idempotency-Key": self.key}
        if self.csv is None:
            return client.send(self.method, self.path, self.json, **headers)
        return client.send_text(self.method, self.path, self.csv, **headers, **_IS_CSV)


_IS_CSV = {"Content-Type": "text/csv"}


def kill_request(url: str, token: str, path: str, json: Any, key: str) -> None:
    """Post to the API of the world at that address; `kill -9` when the answer is to be kept."""
    kill(url, token, ApiRequest(path=path, json=json, key=key))


def kill(url: str, token: str, request: ApiRequest, now: datetime = MONDAY) -> None:
    """Send any request in the same way, at a time."""
    process = separate_processes().Process(
        target=_send_until_killed, args=(url, token, request, now)
    )
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL, f"it ended by itself: {process.exitcode}"


def _send_until_killed(url: str, token: str, request: ApiRequest, now: datetime) -> None:
    KeptAnswers.keep = _killed  # type: ignore[method-assign]
    world = World.open(url, ManualClock(now), FakeProvider())
    answer = request.send(ApiClient(create_app(world.app), token))
    raise AssertionError(answer.text)


def _killed(_store: KeptAnswers, _name: object, answer: Any) -> None:
    assert answer.status < 300, answer.body
    os.kill(os.getpid(), signal.SIGKILL)
