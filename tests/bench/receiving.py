"""Signed, durable callbacks over 32 connections, against an empty handler on the same server."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from bench.building import build, form_of, phone
from bench.load import Load, load, request
from bench.measuring import Figure, Reach, figure, middle, times
from bench.setting import Setting
from kit.processes import free_port, signature
from kit.provider import sid
from kit.world import World, environment

CONNECTIONS = 32
_STATUSES = ("queued", "sending", "sent", "delivered")
_EMPTY = Path(__file__).with_name("empty.py")


def run(setting: Setting) -> Iterator[Figure]:
    """The lines of this benchmark."""
    url, scale = setting.new_url("SQLite"), setting.scale
    people = max(scale.callbacks // len(_STATUSES), 1)
    built = build(url, people, with_callbacks=False)
    with setting.world(url) as world:
        posts = _posts(world, built.campaign_ids[0], people)
    rates: dict[str, list[float]] = {"ours": [], "empty": []}
    slowest: list[float] = []
    with _process(url, "-m", "webapp", "receive") as ours, _process(url, str(_EMPTY)) as empty:
        for number in range(scale.rounds):
            part = posts[number :: scale.rounds]
            found = _loaded(ours, part)
            rates["ours"].append(found.rate)
            slowest.append(1000 * found.quantile(0.99))
            rates["empty"].append(_loaded(empty, part).rate)
    what = "signed, durable callbacks, receiver"
    how = f"{middle(rates['ours']):,.0f} a second; the empty one {middle(rates['empty']):,.0f}"
    ratio = times(rates["ours"], rates["empty"])
    yield figure(what, "an empty Flask handler, same server", Reach(0.6), ratio, how)
    yield figure(f"{what}: p99", "–", Reach(30, "ms", is_most=True), slowest, "as above")


def _loaded(url: str, posts: Sequence[bytes]) -> Load:
    found = load(url, CONNECTIONS, posts)
    assert found.statuses == {"204": len(posts)}, found.statuses
    return found


def _posts(world: World, campaign_id: str, people: int) -> list[bytes]:
    """Every delivery's callbacks, each of them new to the ledger."""
    identity = world.app.ledger.identity
    numbers = [phone(line) for line in range(2, people + 2)]
    ids = [identity.delivery_id(campaign_id, identity.contact_id(number)) for number in numbers]
    return [
        _post(world, delivery_id, form_of(sid(int(number[1:])), status, number))
        for status in _STATUSES
        for delivery_id, number in zip(ids, numbers, strict=True)
    ]


def _post(world: World, delivery_id: str, form: dict[str, str]) -> bytes:
    url = world.app.callback_url(delivery_id, 1).partition("#")[0]
    return request(
        urlsplit(url).path,
        urlencode(form).encode(),
        Content_Type="application/x-www-form-urlencoded",
        X_Twilio_Signature=signature(url, form),
    )


@contextmanager
def _process(url: str, *command: str) -> Iterator[str]:
    """A server in a process of its own; gives its address."""
    port = free_port()
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, *command, "--port", str(port)],
        env=os.environ | environment(url) | {"PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        process.stdout.readline()
        yield f"http://127.0.0.1:{port}"
        process.terminate()
