"""The newest checkpoint, for whoever wants to keep it."""

import pytest
from flask.testing import FlaskClient

from kit.world import World
from webapp.app import create_app


@pytest.fixture
def stranger(world: World) -> FlaskClient:
    """Somebody who has not signed in."""
    return create_app(world.app).test_client()


def test_the_newest_checkpoint_is_there_for_everybody(world, stranger):
    world.launch()
    world.app.checkpoints.make()
    world.opt_out()
    newest = world.app.checkpoints.make().note
    answer = stranger.get("/checkpoint")
    assert (answer.status_code, answer.mimetype, answer.text) == (200, "text/plain", newest)


def test_before_the_first_checkpoint_there_is_none(world, stranger):
    world.launch()
    answer = stranger.get("/checkpoint")
    assert (answer.status_code, answer.mimetype) == (404, "text/plain")
    assert world.app.checkpoints.latest() is None
