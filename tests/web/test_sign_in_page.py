"""What an outsider learns from the pages that need no sign-in: nothing of the ledger."""

import re

from kit.world import ADA, BEN
from webapp.app import create_app

PATHS = (
    *("/sign-in", "/sign-in/no-such-link", "/sign-in?as_of=2", "/sign-in?as_of=9999"),
    *("/campaigns?as_of=9999", "/audit/1", "/audit/9999", "/nowhere", "/nowhere?as_of=9999"),
    *("/shared/made-up", "/shared/made-up?as_of=9999"),
)


def shown_to_outsiders(world):
    """The status and the page at each address, without the token of its form."""
    client = create_app(world.app).test_client()
    answers = {path: client.get(path) for path in PATHS}
    form_token = re.compile(r'value="[\w.-]{60,}"')
    return {
        path: (each.status_code, form_token.sub("", each.text)) for path, each in answers.items()
    }


def test_an_outsider_cannot_tell_how_much_is_recorded(world):
    before = shown_to_outsiders(world)
    world.launch([ADA, BEN])
    world.send()
    world.catch_up()
    assert shown_to_outsiders(world) == before
    mains = "".join(page.partition("<main")[2] for _, page in before.values())
    assert not re.search(r"Verified|events?\b|#\d", mains)
