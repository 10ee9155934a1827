"""Many whole stories in one thread, from seeds; see kit/simulation.py."""

import pytest

from kit.simulation import tell

_STORIES = 40

pytestmark = pytest.mark.torture


def test_nobody_is_texted_twice_or_forgotten_in_many_stories(seed):
    told = [tell(1000 * seed + number) for number in range(_STORIES)]
    assert [fault for fault in told if fault] == []
