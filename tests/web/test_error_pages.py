"""What people see when something is refused, missing or broken; and what a watcher sees."""

from collections.abc import Iterator

import pytest

from kit.disks import away
from kit.staff import Staff

LEDGER, VIEWS = "ledger.sqlite3", "ledger.views.sqlite3"
ACCOUNTS = "ledger.accounts.sqlite3"


def test_a_page_that_is_not_there_says_so_and_offers_a_way_on(staff):
    answer = staff.open("/nowhere")
    assert answer.status_code == 404
    assert "Not found" in answer.text
    assert 'href="/campaigns"' in answer.text


def test_an_unknown_id_is_joined(staff):
    answer = staff.open("/campaigns/cmp_nothing")
    assert answer.status_code == 404
    assert "There is no campaign cmp_nothing." in answer.text


def test_a_wrong_method_is_a_page_too(staff):
    answer = staff.client.delete("/audit")
    assert answer.status_code == 405
    assert "That is not offered here" in answer.text


def test_a_form_without_its_token_is_explained_in_plain_words(staff):
    answer = staff.client.post("/deliveries/dlv_1/opt-out")
    assert answer.status_code == 400
    assert "The form is too old" in answer.text


def test_an_internal_error_shows_no_traceback(staff, world, monkeypatch):
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a secret detail")

    monkeypatch.setattr(type(world.app.status), "campaigns", broken)
    staff.app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = staff.open("/campaigns")
    assert answer.status_code == 500
    assert "Something broke here" in answer.text
    assert "secret detail" not in answer.text
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("path", ["/nowhere", "/audit?as_of=nonsense"])
def test_an_error_page_stands_alone_when_its_frame_breaks(staff, path, caplog):
    staff.app.template_context_processors[None].append(lambda: 1 // 0)
    answer = staff.open(path)
    assert answer.status_code in {404, 422}
    assert 'href="/campaigns"' in answer.text
    assert "Sign out" not in answer.text
    assert "The frame of an error page failed" in caplog.text


@pytest.mark.parametrize("path", ["/audit", "/audit/1", "/audit/events.ndjson"])
def test_while_the_ledger_is_away_the_page_says_that_nothing_is_lost(staff, world, path):
    world.launch()
    with away(world, LEDGER):
        answer = staff.open(path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "The ledger cannot be reached now" in answer.text
    assert "Nothing is lost" in answer.text


@pytest.mark.parametrize("path", ["/campaigns", "/conversations", "/audit"])
def test_while_the_views_are_unavailable_no_page_looks_empty(staff, world, path):
    world.launch()
    with away(world, VIEWS):
        answer = staff.open(path)
    assert answer.status_code == 503
    assert "The ledger is empty" not in answer.text


def test_the_error_page_is_shown_when_even_the_accounts_are_unavailable(staff, world):
    with away(world, LEDGER, VIEWS, ACCOUNTS):
        answer = staff.open("/campaigns")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "The ledger cannot be reached now" in answer.text
    assert "Sign out" not in answer.text


def test_the_glossary_needs_no_ledger(staff, world):
    with away(world, LEDGER, VIEWS):
        assert staff.open("/statuses").status_code == 200


def test_the_pages_return_with_the_store(staff, world):
    world.launch(name="Spring fair")
    with away(world, LEDGER, VIEWS):
        staff.open("/campaigns")
    assert "Spring fair" in staff.read("/campaigns")


def test_every_answer_carries_the_headers_that_keep_scripts_out(staff):
    for path in ("/audit", "/nowhere", "/health"):
        headers = staff.open(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.fixture
def watcher(staff: Staff) -> Iterator[object]:
    """Somebody who is not signed in."""
    return staff.app.test_client()


def test_health_reports_the_head_and_how_far_the_views_are_behind(world, watcher):
    world.launch()
    head = world.app.ledger.reader.head()
    told = watcher.get("/health").json
    assert (told["status"], told["head"], told["behind"]) == ("ok", head, head)
    world.catch_up()
    assert watcher.get("/health").json["behind"] == 0


@pytest.mark.parametrize("name", [LEDGER, VIEWS])
def test_health_is_503_while_a_store_is_away(world, watcher, name):
    with away(world, name):
        answer = watcher.get("/health")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.json["status"] == "unavailable"


@pytest.mark.parametrize("path", ["/audit", "/audit/1", "/statuses", "/deliveries/dlv_1"])
def test_the_pages_are_for_those_who_signed_in(watcher, path):
    answer = watcher.get(path)
    assert answer.status_code == 302
    assert answer.location.startswith("/sign-in")


def test_an_address_that_is_only_opened_is_not_told_to_send_it_again(staff):
    answer = staff.open("/permalinks/new")
    assert answer.status_code == 422
    assert "send it again" not in answer.text
