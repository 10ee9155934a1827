"""The API in all places: PostgreSQL, several ledgers, below a path, and after a move."""

import json

import pytest
import requests

from kit.api import ApiClient, system_token
from kit.installation import Ledgers
from kit.installation import served as served_ledgers
from kit.moves import installed
from kit.staff import served
from kit.world import ADA, World
from ledger.domain.vocabulary import Role
from webapp.accounts.api_tokens import TokenOrder
from webapp.app import create_app
from webapp.bootstrap import build
from webapp.permissions import Access

KEY = {"Idempotency-Key": "a key of this test"}
PUBLIC = "https://school.example/our%20texts"


@pytest.mark.both_databases
def test_a_key_is_kept_and_requests_are_counted_on_either_database(world: World):
    api = ApiClient(create_app(world.app), system_token(world))
    path = f"/campaigns/{world.launch()}/pause"
    first, again = api.post(path, **KEY), api.post(path, **KEY)
    assert (first.status_code, first.json) == (200, again.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["RateLimit"].startswith('"default";r=598;')


def test_a_request_that_is_repeated_after_a_move_gets_its_answer(tmp_path):
    with installed(tmp_path, ("sqlite", "sqlite"), str) as installation:
        world = installation.world()
        token, path = system_token(world), f"/campaigns/{world.launch()}/pause"
        first = ApiClient(create_app(world.app), token).post(path, **KEY)
        installation.move()
        moved = installation.world(installation.new)
        again = ApiClient(create_app(moved.app), token).post(path, **KEY)
        assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")


def test_the_host_decides_whose_ledger_a_token_is_for(tmp_path):
    ledgers = Ledgers(tmp_path)
    tokens = {}
    for name in ("north", "south"):
        ledgers.write(name)
        app = build(ledgers.directory.ledger(name).settings)
        order = TokenOrder(name="PowerSchool", access=Access(Role.STAFF))
        _, tokens[name] = app.token_changes.add_of_system(order, "usr_1", Access(Role.ADMIN))
        app.close()
    with served_ledgers(ledgers):
        ledgers.wait_for("north", "south")

        def status(host: str, token: str) -> int:
            headers = {"Authorization": f"Bearer {token}"}
            return ledgers.ask(host, "/api/v1/campaigns", headers=headers)[0]

        assert status("north.example", tokens["north"]) == 200
        assert status("south.example", tokens["north"]) == 401
        found, text, headers = ledgers.ask("west.example", "/our%20texts/api/v1/campaigns")
        assert (found, headers["Content-Type"]) == (404, "application/problem+json")
        assert json.loads(text)["type"].endswith("not-found")


def test_below_a_public_path_links_have_it_and_a_bad_host_is_a_problem(
    world: World, clock, provider
):
    school = World.open(world.url, clock, provider, LEDGER_PUBLIC_URL=PUBLIC)
    web = create_app(school.app)
    headers = {"Authorization": f"Bearer {system_token(school)}"}
    for each in ("First", "Second"):
        school.launch((ADA,), name=each)
    with served(web) as url:
        listed = requests.get(
            f"{url}/our%20texts/api/v1/campaigns?limit=1", headers=headers, timeout=20
        )
        assert listed.links["next"]["url"].startswith("/our%20texts/api/v1/campaigns?")
        bad = requests.get(
            f"{url}/our%20texts/api/v1/campaigns", headers=headers | {"Host": "a..b"}, timeout=20
        )
        assert (bad.status_code, bad.json()["status"]) == (400, 400)
    school.close()
