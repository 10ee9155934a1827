"""The server's thread that makes checkpoints: it outlives what refuses them, and says it once."""

import logging
from dataclasses import replace

from kit.clock import Passes
from kit.foreign_witness import NAME, foreign_witness
from kit.world import World
from ledger.proof.witnesses import witnesses_in
from webapp.background.checkpoints import keep_checkpoints
from webapp.bootstrap import build
from webapp.door import create_receiver


def logged(caplog) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == "webapp.background.checkpoints"
    ]


def test_a_lost_key_is_logged_once_and_signing_goes_on_when_it_is_back(world, caplog):
    world.launch()
    world.app.checkpoints.make()
    world.opt_out()
    key = world.app.settings.signing_key
    kept = key.rename(key.with_name("elsewhere"))
    world.clock.advance(minutes=61)
    refused = Passes(3)
    keep_checkpoints(world.app, refused)
    (words,) = logged(caplog)
    assert words.startswith(f"No checkpoint is made: The signing key {key} is missing, but")
    assert refused.pauses == [5.0, 60.0, 60.0, 60.0]
    watcher = create_receiver(world.app).test_client()
    assert watcher.get("/health").json["signing"] == "refused"
    kept.rename(key)
    keep_checkpoints(world.app, Passes(1))
    assert world.app.checkpoints.latest().size == world.app.ledger.reader.head()
    assert watcher.get("/health").json["signing"] == "on"


def test_a_witness_that_does_not_cosign_is_logged_once(world, caplog):
    world.launch()
    caplog.set_level(logging.WARNING)
    with foreign_witness() as foreign:
        settings = replace(world.app.settings, witnesses=witnesses_in(foreign.setting))
        app = build(settings, clock=world.clock)
        passes = Passes(3)
        keep_checkpoints(app, passes)
        World(url=world.url, clock=world.clock, provider=world.provider, app=app).close()
    assert logged(caplog) == [
        f"Not cosigned: {NAME} does not know this ledger: give its operator the line `Key: …`."
    ]
    assert passes.pauses == [5.0, 5.0, 5.0, 5.0]
    assert len(foreign.requests) == 1
