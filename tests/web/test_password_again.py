"""The password again before what cannot be undone, takes data out or concerns people."""

import re
from dataclasses import replace
from html import unescape

import pytest
from werkzeug.test import TestResponse

from kit.accounts import set_password
from kit.sign_in import PASSWORD
from kit.staff import Staff, words_of
from kit.world import ADA, World
from webapp.accounts import limits

NAME = "J. Ortiz"


@pytest.fixture
def ortiz(world: World, staff: Staff) -> Staff:
    """An admin with a password, who signed in an hour ago."""
    set_password(world.app.accounts, NAME, PASSWORD)
    staff._sign_in()
    with staff.client.session_transaction() as session:
        session["fs_paa"] -= 3600
    return staff


def confirm(staff: Staff, asked: TestResponse, password: str = PASSWORD) -> TestResponse:
    """Send the form once more from the page that asks for the password."""
    fields = hidden_fields(asked.text) | {"again-password": password}
    return staff.client.post(asked.request.path, data=fields)


def hidden_fields(html: str) -> dict[str, str]:
    form = html.partition('<form class="form"')[2].partition("</form>")[0]
    tags = re.findall(r'<input [^>]*type="hidden"[^>]*>', form)
    given = [dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in tags]
    return {each["name"]: unescape(each["value"]) for each in given}


def asking_before(campaign: str, world: World) -> list[str]:
    delivery = f"/deliveries/{world.delivery(campaign, ADA)}"
    return [
        *(f"/campaigns/{campaign}/archive", f"{delivery}/forget", f"{delivery}/file"),
        *("/audit/events.csv", "/audit/events.ndjson"),
    ]


def test_a_page_that_needs_it_leads_to_the_question_and_back(ortiz, campaign, world):
    for path in asking_before(campaign, world):
        answer = ortiz.client.get(path, buffered=True)
        assert (path, answer.status_code) == (path, 302)
        assert answer.location == f"/account/verify?next={path}"
    asked = ortiz.client.get(answer.location)
    assert "Your password again" in asked.text
    assert "15 minutes after" in words_of(asked.text)
    done = ortiz.client.post(
        answer.location, data=hidden_fields(asked.text) | {"password": PASSWORD}
    )
    assert (done.status_code, done.location) == (302, path)
    assert ortiz.client.get(path).status_code == 200


def test_whoever_signed_in_just_now_is_not_asked(staff, campaign, world):
    for path in asking_before(campaign, world):
        assert staff.client.get(path, buffered=True).status_code == 200


def test_other_pages_and_acts_do_not_ask(ortiz, campaign):
    for path in ("/campaigns/new", f"/campaigns/{campaign}/pause", "/audit", "/people"):
        assert ortiz.client.get(path).status_code == 200


def test_an_export_that_is_made_in_the_background_asks_too(ortiz):
    assert post(ortiz, "/audit/workbooks", up_to="1").status_code == 403
    assert ortiz.client.get("/audit/workbooks/new?up_to=1").status_code == 302


def test_a_form_that_was_open_too_long_is_sent_once_more_with_the_password(ortiz, world):
    asked = post(ortiz, "/people", name="Ito", role="auditor")
    assert asked.status_code == 403
    assert "What you entered is kept." in asked.text
    assert [each.name for each in world.app.accounts.all()] == [NAME]
    done = confirm(ortiz, asked)
    assert done.status_code == 200
    assert "Sign-in link of Ito" in done.text
    assert post(ortiz, "/people", name="Ada", role="staff").status_code == 200


def test_a_wrong_password_does_nothing_and_is_asked_again(ortiz, world):
    asked = post(ortiz, "/people", name="Ito", role="auditor")
    again = confirm(ortiz, asked, "wrong horse")
    assert again.status_code == 422
    assert "This is not your present password." in again.text
    assert hidden_fields(again.text) == hidden_fields(asked.text)
    assert [each.name for each in world.app.accounts.all()] == [NAME]


def test_guesses_are_limited(ortiz, campaign, monkeypatch):
    monkeypatch.setattr(limits, "OF_OWNER", replace(limits.OF_OWNER, failures=2))
    asked = post(ortiz, f"/campaigns/{campaign}/archive")
    codes = [confirm(ortiz, asked, "wrong horse").status_code for _ in range(3)]
    assert codes == [422, 422, 429]


def test_somebody_without_a_password_needs_a_new_link(staff):
    with staff.client.session_transaction() as session:
        session["fs_paa"] -= 3600
    asked = post(staff, "/people", name="Ito", role="auditor")
    assert asked.status_code == 403
    assert "You have no password, and you signed in more than 15 minutes ago." in asked.text
    assert staff.client.get("/account/password").status_code == 302
    staff._sign_in()
    assert staff.client.get("/account/password").status_code == 200


def post(staff: Staff, path: str, **fields: str) -> TestResponse:
    """Post a form with the token of a page."""
    token = staff.open("/account").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    return staff.client.post(path, data={"csrf_token": token, **fields})
