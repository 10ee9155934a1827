"""A request to the API, in a process that is killed between its commit and keeping its answer."""

import os
import signal
from typing import Any

from kit.api import ApiClient
from kit.clock import ManualClock
from kit.processes import separate_processes
from kit.provider import FakeProvider
from kit.world import World
from webapp.api.kept_answers import KeptAnswers
from webapp.app import create_app


def kill_request(url: str, token: str, path: str, json: Any, key: str) -> None:
    """Post to the API of the world at that address; `kill -9` when the answer is to be kept."""
    arguments = (url, token, path, json, key)
    process = separate_processes().Process(target=_post_until_killed, args=arguments)
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL, f"it ended by itself: {process.exitcode}"


def _post_until_killed(url: str, token: str, path: str, json: Any, key: str) -> None:
    KeptAnswers.keep = _killed  # type: ignore[method-assign]
    world = World.open(url, ManualClock(), FakeProvider())
    ApiClient(create_app(world.app), token).post(path, json, **{"Idempotency-Key": key})


def _killed(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)
