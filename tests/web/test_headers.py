"""The headers of every answer: nothing is stored, except what never changes."""

import re
from collections import defaultdict

import pytest

from kit.addresses import path_of
from kit.staff import Staff, link_token
from webapp.door import create_receiver

FOR_EVER = "public, max-age=31536000, immutable"


def asked(staff: Staff) -> list[tuple[str, str]]:
    """Every method and address of the app, with ids that name nothing."""
    places = defaultdict(lambda: "1", act="pause")
    rules = [rule for rule in staff.app.url_map.iter_rules() if "/static/" not in rule.rule]
    return [
        (method, path_of(rule, places))
        for rule in rules
        for method in sorted(rule.methods - {"OPTIONS", "HEAD"})
    ]


def test_no_answer_may_be_stored_whoever_asks_and_whatever_a_library_says(staff: Staff):
    stranger = staff.app.test_client()
    staff.app.after_request_funcs[None].insert(0, as_a_library_does)
    addresses = asked(staff)
    assert len(addresses) > 70
    pages = [address for address in addresses if address[0] == "GET"]
    for client, asked_for in ((stranger, addresses), (staff.client, pages)):
        answers = [client.open(path, method=method, buffered=True) for method, path in asked_for]
        told = {answer.headers.get("Cache-Control") for answer in answers}
        assert told == {"no-store"}
        assert {answer.headers["X-Content-Type-Options"] for answer in answers} == {"nosniff"}


def as_a_library_does(response):
    response.headers["Cache-Control"] = "public, max-age=600"
    response.headers["X-Content-Type-Options"] = "none"
    return response


def test_pages_with_data_are_not_stored_now_or_in_the_past(staff, world, campaign):
    delivery_id = world.delivery(campaign)
    head = world.app.ledger.reader.head()
    paths = [f"/campaigns/{campaign}", f"/deliveries/{delivery_id}", "/conversations", "/opt-outs"]
    files = [
        f"/campaigns/{campaign}/contacts.csv",
        "/audit/events.ndjson",
        "/opt-outs/opt-outs.csv",
    ]
    for path in (*paths, *files, *(f"{path}?as_of={head}" for path in paths)):
        answer = staff.open(path, buffered=True)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store"), path
        assert "Expires" not in answer.headers


def test_a_static_file_is_kept_for_ever_at_the_address_that_pages_name(staff):
    page = staff.open("/statuses").text
    named = re.findall(r'(?:href|src)="(/static/\w+/[\w.]+)"', page)
    assert len(named) == 4
    module = next(path for path in named if path.endswith(".js")).replace(
        "ledger.js", "vendor/idiomorph.js"
    )
    for path in (*named, module):
        answer = staff.open(path, buffered=True)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, FOR_EVER)
        assert not {"Set-Cookie", "Vary", "Expires"} & set(answer.headers.keys())


@pytest.mark.parametrize("path", ["ledger.css", "000000000000/ledger.css", "1/../../app.py"])
def test_a_static_file_at_another_address_is_not_stored(staff, path):
    answer = staff.open(f"/static/{path}", buffered=True)
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_app_of_callbacks_alone_has_the_same_headers(world):
    answer = create_receiver(world.app).test_client().get("/health")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_no_page_learns_the_address_of_a_sign_in_link_from_it(world, staff):
    link = f"/sign-in/{link_token(world.app.accounts, 'B. Weber')}"
    for answer in (staff.open(link), staff.press(link), staff.open(link)):
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
