"""What the tests of the API share."""

import pytest
from flask import Flask

from kit.api import ApiClient, system_token
from kit.world import World
from webapp.app import create_app


@pytest.fixture
def web(world: World) -> Flask:
    return create_app(world.app)


@pytest.fixture
def api(world: World, web: Flask) -> ApiClient:
    """A system whose token may do everything."""
    return ApiClient(web, system_token(world))
