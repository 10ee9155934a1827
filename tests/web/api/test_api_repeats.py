"""Every change through the API is done once, whatever is killed between the act and its answer.

The repeat comes after somebody else has done the opposite, where there is an opposite: it undoes
nothing of that.
"""

import pytest
from flask import Flask

from kit import cut_off_settings, cut_off_texting
from kit.api import ApiClient, system_token
from kit.cut_off import School
from kit.killed_request import kill
from kit.provider import FakeProvider
from kit.world import World
from webapp.api.operations import OPERATIONS

ATTEMPTS = cut_off_texting.ATTEMPTS | cut_off_settings.ATTEMPTS

NOT_OF_THE_LEDGER = {
    "unlockPerson": "forgets wrong passwords, which are in no event",
    "makeSignInLink": "its secret is not stored: a repeat makes another link, which voids it",
    "testWebhook": "each test is one more message",
    "removeExport": "the file is gone",
}
"""Operation → why a repeat may be carried out again."""


@pytest.fixture
def school(world: World, web: Flask, provider: FakeProvider) -> School:
    return School(world, web, system_token(world), provider)


def test_every_operation_that_changes_something_is_tried() -> None:
    changes = {name for name, each in OPERATIONS.items() if each.is_change}
    tried = {name.partition(",")[0] for name in ATTEMPTS}
    assert tried | NOT_OF_THE_LEDGER.keys() == changes
    assert tried.isdisjoint(NOT_OF_THE_LEDGER)


@pytest.mark.parametrize("operation", ATTEMPTS)
def test_what_a_killed_process_did_is_done_once(school: School, operation: str) -> None:
    attempt = ATTEMPTS[operation](school)
    world, token = school.world, attempt.token or school.token
    kill(world.url, token, attempt.request, world.clock.now())
    world.catch_up()
    attempt.meanwhile()
    world.clock.advance(seconds=61)
    before = world.app.ledger.reader.head()
    repeated = attempt.request.send(ApiClient(school.web, token))
    assert repeated.status_code < 300, repeated.text
    added = [each.topic for each in world.app.ledger.reader.events(after=before)]
    assert added == []
