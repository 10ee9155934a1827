"""Tokens of the API: who gets one, what it may do, and what ends it."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from kit.accounts import add_account
from kit.api import ApiClient, system_token
from kit.roles import API_OPEN, MAY_CALL
from kit.staff import Staff
from kit.world import World
from ledger.domain.people import STREAM
from ledger.domain.vocabulary import Role
from ledger.errors import BadInput, Refused
from webapp.accounts.api_tokens import ApiToken, TokenOrder
from webapp.accounts.limits import OF_TOKEN
from webapp.accounts.token_format import TOKEN, is_api_token, new_api_token
from webapp.app import API
from webapp.permissions import Access

ADMIN = Access(Role.ADMIN)


def person_token(world: World, user_id: str, role: Role) -> tuple[ApiToken, str]:
    order = TokenOrder(name="Script", access=Access(role))
    return world.app.token_changes.add(user_id, order, user_id, ADMIN)


def test_a_token_is_recognised_by_its_form_and_a_slip_is_noticed():
    token = new_api_token()
    assert TOKEN.fullmatch(token)
    assert is_api_token(token)
    assert not is_api_token(token[:-1] + ("0" if token[-1] != "0" else "1"))
    assert new_api_token() != token


def test_every_operation_has_its_roles(web: Flask):
    routes = {rule.endpoint for rule in web.extensions[API].url_map.iter_rules()}
    assert routes == MAY_CALL.keys() | API_OPEN


def test_each_role_calls_its_operations_and_no_other(world: World, web: Flask):
    wrong = []
    for role in Role:
        client = ApiClient(web, system_token(world, role, name=role))
        for rule in web.extensions[API].url_map.iter_rules():
            address = rule.build(dict.fromkeys(rule.arguments, "x"))[1].removeprefix("/api/v1")
            for method in rule.methods - {"HEAD", "OPTIONS"}:
                status = client.send(method, address).status_code
                may = rule.endpoint in API_OPEN or role in MAY_CALL[rule.endpoint]
                if (status != 403) != may:
                    wrong.append((role, rule.endpoint, method, status))
    assert wrong == []


def test_without_a_token_nothing_is_answered_not_even_with_a_session(world: World, web: Flask):
    answer = ApiClient(web, None).get("/campaigns")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Delivery Ledger"'
    assert Staff(world, app=web).open("/api/v1/campaigns").status_code == 401


def test_a_token_of_a_person_ends_with_the_account_and_follows_its_role(world: World, web: Flask):
    admin, sam = (add_account(world.app.accounts, name) for name in ("A. Admin", "Sam"))
    client = ApiClient(web, person_token(world, sam, Role.STAFF)[1])
    assert client.post("/campaigns/check", {}).status_code == 422
    world.app.people.change_role(sam, Role.VIEWER, admin)
    assert client.post("/campaigns/check", {}).status_code == 403
    assert client.get("/campaigns").status_code == 200
    world.app.people.disable(sam, admin)
    assert client.get("/campaigns").status_code == 401
    world.app.people.enable(sam, admin)
    assert client.get("/campaigns").status_code == 401


def test_a_token_that_expired_or_was_revoked_says_so(world: World, web: Flask):
    secret = system_token(world)
    client = ApiClient(web, secret)
    assert client.get("/campaigns").status_code == 200
    world.clock.advance(timedelta(days=90))
    assert client.get("/campaigns").json["detail"] == "This token is expired. Make a new one."
    revoked = ApiClient(web, system_token(world))
    (token, *_) = world.app.accounts.api_tokens.all()
    world.app.token_changes.revoke(token.token_id, "usr_1")
    assert revoked.get("/campaigns").json["detail"] == "This token is revoked. Make a new one."
    with pytest.raises(Refused, match="revoked already"):
        world.app.token_changes.revoke(token.token_id, "usr_1")


def test_a_token_may_do_no_more_than_its_maker_and_its_owner(world: World):
    admin, sam = (add_account(world.app.accounts, name) for name in ("A. Admin", "Sam"))
    world.app.people.change_role(sam, Role.STAFF, admin)
    with pytest.raises(Refused, match="A token of Sam may do no more than Sam may"):
        person_token(world, sam, Role.AUDITOR)
    order = TokenOrder(name="SIS", access=Access(Role.AUDITOR))
    with pytest.raises(Refused, match="no more than you may"):
        world.app.token_changes.add_of_system(order, sam, Access(Role.STAFF))
    too_long = TokenOrder(name="SIS", access=ADMIN, lifetime=timedelta(days=400))
    with pytest.raises(BadInput, match="from 1 to 366 days"):
        world.app.token_changes.add_of_system(too_long, sam, ADMIN)


def test_making_and_ending_a_token_are_events_without_its_secret_or_name(world: World):
    secret = system_token(world, Role.STAFF)
    (token,) = world.app.accounts.api_tokens.all()
    world.app.token_changes.revoke(token.token_id, "usr_1")
    made, revoked = (each.event for each in world.app.ledger.reader.stream(STREAM))
    assert (made.topic, revoked.topic) == ("ApiTokenMade", "ApiTokenRevoked")
    assert (made.account_id, made.role) == (token.owner_id, Role.STAFF)
    assert "PowerSchool" not in str(made)
    assert token.start == secret[:12]
    assert secret[12:] not in str(made)


def test_two_tokens_of_one_name_are_of_one_system_whose_name_the_audit_trail_shows(world: World):
    system_token(world)
    system_token(world, name="powerschool")
    first, second = world.app.accounts.api_tokens.all()
    assert first.owner_id == second.owner_id
    assert world.app.accounts.names()[first.owner_id] in {"PowerSchool", "powerschool"}


def test_wrong_tokens_are_counted_and_limited_by_address(world: World, web: Flask):
    right, wrong = ApiClient(web, system_token(world)), ApiClient(web, new_api_token())
    for _ in range(OF_TOKEN.failures):
        assert wrong.get("/campaigns").status_code == 401
    refused = wrong.get("/campaigns")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert right.get("/campaigns").status_code == 200
    assert world.app.accounts.failed_sign_ins.total == OF_TOKEN.failures


def test_the_use_of_a_token_is_written_once_a_minute(world: World, web: Flask):
    client, tokens = ApiClient(web, system_token(world)), world.app.accounts.api_tokens
    client.get("/campaigns")
    first = tokens.all()[0].used_at
    world.clock.advance(timedelta(seconds=59))
    client.get("/campaigns")
    assert tokens.all()[0].used_at == first
    world.clock.advance(timedelta(seconds=1))
    client.get("/campaigns")
    assert tokens.all()[0].used_at > first


def test_people_make_and_revoke_their_tokens_on_a_page_that_shows_the_secret_once(
    world: World, web: Flask
):
    staff = Staff(world, app=web)
    shown = staff.press("/account/tokens", name="Import", role="staff", days="30")
    secret = re.search(TOKEN, shown.text)[0]
    assert ApiClient(web, secret).get("/campaigns").status_code == 200
    page = staff.open("/account/tokens").text
    assert secret not in page
    assert secret[:12] in page
    (address,) = re.findall(r'action="(/account/tokens/\w+/revoke)"', page)
    other = Staff(world, "Sam", app=web)
    assert other.client.post(address, data=_token_of_form(other)).status_code == 404
    assert staff.client.post(address, data=_token_of_form(staff)).status_code == 303
    assert ApiClient(web, secret).get("/campaigns").status_code == 401


def test_an_admin_makes_and_revokes_tokens_of_systems_on_a_page(world: World, web: Flask):
    staff = Staff(world, app=web)
    shown = staff.press("/people/systems", name="PowerSchool", role="staff", days="90")
    secret = re.search(TOKEN, shown.text)[0]
    page = staff.open("/people/systems").text
    (address,) = re.findall(r'action="(/people/systems/\w+/revoke)"', page)
    assert staff.client.post(address, data=_token_of_form(staff)).status_code == 303
    assert ApiClient(web, secret).get("/campaigns").status_code == 401
    assert "API token of PowerSchool made: staff" in staff.read("/audit")


def test_an_admin_sees_and_revokes_the_tokens_of_somebody_on_their_page(world: World, web: Flask):
    staff = Staff(world, app=web)
    ito = add_account(world.app.accounts, "Ito", Role.STAFF)
    token, secret = person_token(world, ito, Role.STAFF)
    page = staff.open(f"/people/{ito}").text
    assert token.start in page
    (address,) = re.findall(rf'action="(/people/{ito}/tokens/\w+/revoke)"', page)
    of_another = address.replace(ito, world.app.accounts.known_id_of("J. Ortiz"))
    form = _token_of_form(staff)
    assert staff.client.post(of_another, data=form).status_code == 404
    assert ApiClient(web, secret).get("/campaigns").status_code == 200
    assert staff.client.post(address, data=form).status_code == 303
    assert ApiClient(web, secret).get("/campaigns").status_code == 401
    assert token.start not in staff.open(f"/people/{ito}").text


def test_the_password_is_asked_for_before_a_token_is_made(world: World, web: Flask):
    staff = Staff(world, app=web)
    world.clock.advance(timedelta(minutes=16))
    with staff.client.session_transaction() as session:
        session["fs_paa"] = 0
    refused = staff.press("/account/tokens", name="Import", role="staff", days="30")
    assert refused.status_code == 403
    assert world.app.accounts.api_tokens.all() == []


def _token_of_form(staff: Staff) -> dict[str, str]:
    value = re.search(r'name="csrf_token" value="([^"]+)"', staff.open("/account/tokens").text)
    return {"csrf_token": value[1]}
