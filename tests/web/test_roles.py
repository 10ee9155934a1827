"""What each role may open: every route, asked for by every role."""

import pytest
from flask import Flask
from werkzeug.routing import Rule

from kit.accounts import add_account
from kit.roles import MAY_OPEN, OPEN
from kit.sign_in import PASSWORD, Browser, make_app
from kit.staff import Staff
from kit.world import World
from ledger.domain.vocabulary import Role
from webapp.accounts import Accounts
from webapp.app import create_app


@pytest.fixture
def web(world: World) -> Flask:
    return create_app(world.app)


def address_of(rule: Rule) -> str:
    """An address of the route; nothing has the ids in it."""
    place = {name: "1" if name in ("seq", "number") else "x" for name in rule.arguments}
    if "act" in place:
        place["act"] = "pause"
    return rule.build(place)[1]


def test_every_route_has_its_roles_or_is_open(web: Flask) -> None:
    routes = {rule.endpoint for rule in web.url_map.iter_rules()}
    assert routes == MAY_OPEN.keys() | OPEN


@pytest.mark.parametrize("role", Role)
def test_a_role_opens_its_routes_and_no_other(world: World, web: Flask, role: Role) -> None:
    add_account(world.app.accounts, "A. Admin")
    client = Staff(world, "Sam", role=role, app=web).client
    wrong = []
    for rule in web.url_map.iter_rules():
        if rule.endpoint in OPEN | {"security.logout", "accounts.sign_out_everywhere"}:
            continue
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            answer = client.open(address_of(rule), method=method, buffered=True)
            if (answer.status_code != 403) != (role in MAY_OPEN[rule.endpoint]):
                wrong.append((rule.endpoint, method, answer.status_code))
    assert wrong == []


def test_a_refusal_is_a_page_that_says_who_may(world: World, web: Flask) -> None:
    add_account(world.app.accounts, "A. Admin")
    viewer = Staff(world, "Sam", role=Role.VIEWER, app=web)
    refused = viewer.open("/campaigns/new")
    assert refused.status_code == 403
    assert "You may not do that" in refused.text
    assert (
        "Your role, viewer, may not do this. To launch, reply, resend, opt out, and all other "
        "acts, one must be staff, approver or admin." in refused.text
    )


def test_a_role_that_is_changed_counts_at_the_next_request(world: World, web: Flask) -> None:
    admin = add_account(world.app.accounts, "A. Admin")
    sam = Staff(world, "Sam", role=Role.STAFF, app=web)
    assert sam.open("/campaigns/new").status_code == 200
    world.app.people.change_role(sam.user_id, Role.VIEWER, admin)
    assert sam.open("/campaigns/new").status_code == 403


def test_a_route_that_declares_nothing_is_refused_for_everybody(accounts: Accounts) -> None:
    user_id = add_account(accounts, "ortiz", Role.ADMIN)
    with accounts.changing() as roster:
        roster.set_password(user_id, accounts.hash_of(PASSWORD))
    browser = Browser(make_app(accounts).test_client())
    browser.sign_in()
    assert browser.open("/who").status_code == 200
    assert browser.open("/undeclared").status_code == 403


def test_a_page_that_is_not_there_keeps_the_menu_of_the_role(world: World, web: Flask) -> None:
    add_account(world.app.accounts, "A. Admin")
    viewer = Staff(world, "Sam", role=Role.VIEWER, app=web)
    missing = viewer.open("/nowhere")
    assert missing.status_code == 404
    assert 'href="/campaigns"' in missing.text
    assert 'href="/audit"' not in missing.text
