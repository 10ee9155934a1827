"""What the tests of pages share."""

import pytest

from kit.staff import Staff
from kit.world import World


@pytest.fixture
def staff(world: World) -> Staff:
    """A staff member who is signed in."""
    return Staff(world)
