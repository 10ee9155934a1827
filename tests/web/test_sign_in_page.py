"""What an outsider learns from the pages that need no sign-in: nothing of the ledger."""

import re

import pytest

from kit.world import ADA, BEN
from webapp.app import create_app


def shown_to_outsiders(world, path: str) -> tuple[int, str]:
    """The status and the page, without the token of its form."""
    answer = create_app(world.app).test_client().get(path)
    return answer.status_code, re.sub(r'value="[\w.-]{60,}"', "", answer.text)


@pytest.mark.parametrize(
    "path",
    [
        *("/sign-in", "/sign-in/no-such-link", "/sign-in?as_of=2", "/sign-in?as_of=9999"),
        *("/campaigns?as_of=9999", "/audit/1", "/audit/9999", "/nowhere", "/nowhere?as_of=9999"),
        *("/shared/made-up", "/shared/made-up?as_of=9999"),
    ],
)
def test_an_outsider_cannot_tell_how_much_is_recorded(world, path):
    before = shown_to_outsiders(world, path)
    world.launch([ADA, BEN])
    world.send()
    world.catch_up()
    assert shown_to_outsiders(world, path) == before
    assert not re.search(r"Verified|events?\b|#\d", before[1].partition("<main")[2])
