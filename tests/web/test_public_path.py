"""A public address with a path, behind a proxy that takes the path away, or keeps it."""

import re

import pytest

from kit.desk import Line
from kit.everything import everything
from kit.markup import Markup
from kit.provider import GENUINE
from kit.staff import Staff, link_token, text_of
from kit.world import World
from ledger.errors import BadSetting
from webapp.app import create_app
from webapp.door import create_server
from webapp.serving.limits import Limits
from webapp.serving.listener import listen

PUBLIC = "https://school.example/our%20texts"
PATH = "/our%20texts"
TEXT = b"MessageSid=SM2&From=%2B14155550101&Body=Thank+you"
PROXIES = {"kept": PATH, "taken away": ""}


@pytest.fixture
def school(world, clock, provider):
    opened = World.open(world.url, clock, provider, LEDGER_PUBLIC_URL=PUBLIC)
    yield opened
    opened.close()


@pytest.fixture
def server(school):
    server = create_server(
        school.app,
        create_app(school.app),
        listener=listen("127.0.0.1", 0),
        limits=Limits(connections=20, refusal_seconds=0),
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture
def line(server):
    line = Line(server)
    yield line
    line.close()


@pytest.mark.parametrize("prefix", PROXIES.values(), ids=PROXIES)
def test_callbacks_are_taken_and_their_signature_is_that_of_the_public_address(
    line, provider, prefix
):
    form = "application/x-www-form-urlencoded"
    asked = line.ask(
        f"{prefix}/twilio/inbound?a=%2B1", TEXT, X0Twilio0Signature=GENUINE, Content0Type=form
    )
    assert asked.head()[0] == 204
    assert provider.checked[-1][0] == f"{PUBLIC}/twilio/inbound?a=%2B1"


@pytest.mark.parametrize("prefix", PROXIES.values(), ids=PROXIES)
def test_pages_lead_to_pages_below_the_path(line, prefix):
    status, headers = line.ask(f"{prefix}/campaigns?q=1", method="GET").head()
    asked_for = "/our+texts/campaigns?q%3D1"
    assert (status, headers["location"]) == (302, f"{PATH}/sign-in?next={asked_for}")


@pytest.mark.parametrize("prefix", PROXIES.values(), ids=PROXIES)
@pytest.mark.parametrize("probe", ["/livez", "/readyz"])
def test_probes_are_answered(line, prefix, probe):
    assert line.ask(prefix + probe, method="GET").head()[0] == 200


def test_a_path_that_only_begins_alike_is_another_one(line):
    assert line.ask(f"{PATH}s/readyz", method="GET").head()[0] == 404


@pytest.mark.parametrize("path", ["/campaigns", "/twilio/texts", "/livez", "/api"])
def test_a_path_that_is_one_of_the_pages_is_refused(world, clock, provider, path):
    school = World.open(
        world.url, clock, provider, LEDGER_PUBLIC_URL=f"https://school.example{path}"
    )
    listener = listen("127.0.0.1", 0)
    with pytest.raises(BadSetting, match=f"LEDGER_PUBLIC_URL has the path {path}, which this"):
        create_server(school.app, create_app(school.app), listener=listener)
    listener.socket.close()
    school.close()


def test_every_address_on_every_page_begins_with_the_path(world, provider, clock):
    """Of pages now and of the past, and where staff are led after an act."""
    shown = everything(world, provider, clock)
    below = {"base_url": "http://localhost/texts"}
    seen = 0
    for path in shown.paths(shown.seqs["delivery"]):
        answer = shown.staff.client.get(path, **below)
        html = text_of(answer)
        wrong = [each for each in addresses(html) if not each.startswith("/texts/")]
        assert wrong == [], path
        assert answer.headers.get("Location", "/texts/").startswith("/texts/"), path
        seen += len(addresses(html))
    assert seen > 1000


def test_a_page_that_stands_alone_begins_with_the_path_too(world, staff, monkeypatch):
    monkeypatch.setattr(type(world.app.status), "campaigns", property())  # which cannot be read
    staff.app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = staff.client.get("/campaigns", base_url="http://localhost/texts")
    assert answer.status_code == 500
    assert [each for each in addresses(answer.text) if not each.startswith("/texts/")] == []


def addresses(html):
    """The addresses of this program in a page; those that begin with ? or # are of the page."""
    if "<html" not in html:
        return []
    found = re.findall(r'(?:href|src|action|data-live|data-preview-url)="(/[^"]*)"', html)
    return found + [live for live in Markup(html).live if live.startswith("/")]


def test_signing_in_leads_to_the_page_that_was_asked_for(world):
    staff = Staff(world)
    below = {"base_url": "http://localhost/texts"}
    link = f"/sign-in/{link_token(world.app.accounts, 'B. Weber')}"
    client = staff.app.test_client()
    page = client.get(link, **below).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    answer = client.post(link, data={"csrf_token": token}, **below)
    assert answer.location == "/texts/"
    assert "Path=/texts/sign-in" in " ".join(answer.headers.getlist("Set-Cookie"))
