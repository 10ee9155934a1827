"""What an outsider learns from the pages that need no sign-in: nothing of the ledger."""

import re

import pytest

from kit.hashing import held
from kit.sign_in import CHEAP
from kit.world import ADA, BEN
from webapp.accounts.hashing import AT_ONCE, WAITING, PasswordHasher
from webapp.app import create_app

FORM = "application/x-www-form-urlencoded"
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


@pytest.mark.parametrize("path", ["/sign-in", "/account/password", "/nowhere"])
def test_a_stranger_sends_64_kib_at_most(world, path):
    """Before the form is looked at; a body that nobody reads is not refused."""
    client = create_app(world.app).test_client()
    name = (65 * 1024 - len("username=")) * "<"
    answer = client.post(path, data=f"username={name}", content_type=FORM)
    assert answer.status_code == {"/sign-in": 413, "/account/password": 302, "/nowhere": 404}[path]
    assert len(answer.data) < 20_000
    parts = {"username": name}
    answer = client.post("/sign-in", data=parts, content_type="multipart/form-data")
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("path", "code"),
    [("/account/password", 413), ("/opt-outs", 413), ("/campaigns/new", 400), ("/sign-out", 413)],
)
def test_staff_send_more_where_files_are_chosen_alone(staff, path, code):
    """400: the form is read, and found to have no token."""
    answer = staff.client.post(path, data={"password": 65 * 1024 * "x"})
    assert answer.status_code == code


def test_health_says_how_often_somebody_had_to_wait(world):
    world.app.accounts.hasher = PasswordHasher(CHEAP)
    client = create_app(world.app).test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/sign-in").text)
    form = {"csrf_token": token[1], "username": "nobody", "password": "wrong horse"}
    for _ in range(12):
        client.post("/sign-in", data=form)
    assert client.get("/health").json["sign_ins"] == {"waited": 2, "busy": 0}
    with held(world.app.accounts.hasher, AT_ONCE + WAITING):
        client.post("/sign-in", data=form | {"username": "somebody"})
    assert client.get("/health").json["sign_ins"] == {"waited": 2, "busy": 1}


def test_a_name_that_is_too_long_is_not_shown_again(world):
    client = create_app(world.app).test_client()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/sign-in").text)
    for name, is_shown in (("n" * 256, True), ("n" * 257, False)):
        form = {"csrf_token": token[1], "username": name, "password": "x"}
        answer = client.post("/sign-in", data=form)
        assert answer.status_code == 422
        assert (name[:256] in answer.text) is is_shown


def test_an_outsider_cannot_tell_how_much_is_recorded(world):
    before = shown_to_outsiders(world)
    world.launch([ADA, BEN])
    world.send()
    world.catch_up()
    assert shown_to_outsiders(world) == before
    mains = "".join(page.partition("<main")[2] for _, page in before.values())
    assert not re.search(r"Verified|events?\b|#\d", mains)
