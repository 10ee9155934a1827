"""Databases that are full or read-only, one at a time: what works, and what is said."""

import urllib.request
from urllib.error import HTTPError
from urllib.parse import urlencode

import pytest

from kit.disks import Trouble, away, full, no_file_beyond, read_only
from kit.processes import signature
from kit.staff import Staff, form_token, link_token, served, words_of
from kit.world import ADA, PUBLIC_URL, World
from ledger.errors import CommitUnconfirmed, StoreUnavailable
from ledger.providers.twilio import TwilioProvider
from ledger.store.engine import reading
from webapp.app import create_app
from webapp.door import create_callbacks


@pytest.fixture(params=[full, read_only])
def trouble(request) -> Trouble:
    return request.param


@pytest.fixture
def staff(world: World) -> Staff:
    """Somebody signed in, at the app with the real check of signatures, as a server starts it."""
    world.app.__dict__["provider"] = TwilioProvider(world.app.settings.twilio)
    world.app.build_all()
    return Staff(world)


def post_text(staff: Staff, world: World, sid: str) -> int:
    """Post a long text from Ada, as Twilio does; gives the status of the answer."""
    form = {"MessageSid": sid, "From": ADA, "Body": "x" * 20_000}
    token = world.app.settings.twilio.auth_tokens[0]
    return (
        create_callbacks(staff.app.extensions["delivery-ledger"])
        .test_client()
        .post(
            "/twilio/inbound",
            data=urlencode(form),
            content_type="application/x-www-form-urlencoded",
            headers={"X-Twilio-Signature": signature(f"{PUBLIC_URL}/twilio/inbound", form, token)},
            environ_overrides={"REQUEST_URI": "/twilio/inbound"},
        )
        .status_code
    )


def problems(staff: Staff) -> tuple[int, str, set[str]]:
    """Status, word and places of /health."""
    answer = staff.open("/health")
    found = {problem["place"] for problem in answer.json["problems"]}
    assert all(problem["words"] in answer.json["words"] for problem in answer.json["problems"])
    return answer.status_code, answer.json["status"], found


WELL = (200, "ok", set())


def test_a_ledger_that_cannot_be_written_refuses_callbacks_and_says_so(world, staff, trouble):
    assert problems(staff) == WELL
    with trouble(world.app.store.engine):
        assert [post_text(staff, world, f"SM{each}") for each in range(3)] == [503] * 3
        assert problems(staff) == (503, "impaired", {"ledger"})
        ready = staff.open("/readyz")
        assert staff.open("/campaigns").status_code == 200
    assert (ready.status_code, ready.headers["Retry-After"]) == (503, "5")
    assert "The disk of the ledger is" in ready.text
    assert "callbacks are answered 503" in ready.text
    assert post_text(staff, world, "SM0") == 204
    assert staff.open("/readyz").text.startswith("ready\n")
    assert problems(staff) == WELL


def test_an_act_that_cannot_be_recorded_says_why(world, staff):
    with read_only(world.app.store.engine):
        answer = staff.press("/sending", act="stop", reason="a test")
    assert answer.status_code == 503
    assert "The disk of the ledger is read-only. Nothing can be recorded" in answer.text


def test_an_act_of_which_it_is_not_known_whether_it_was_recorded_says_that(
    world, staff, monkeypatch
):
    def lost(*_):
        raise CommitUnconfirmed("It is not known whether it was written.")

    with read_only(world.app.store.engine):
        staff.press("/sending", act="stop", reason="a test")
        monkeypatch.setattr(type(world.app.ledger.recorder), "commit", lost)
        answer = staff.press("/sending", act="stop", reason="a test")
    assert "It is not known whether it was written." in answer.text
    assert "Nothing can be recorded" not in answer.text


def test_views_that_cannot_be_written_lose_no_callback_and_catch_up_later(world, staff, trouble):
    staff.open("/campaigns")
    with trouble(world.app.views.engine):
        assert [post_text(staff, world, f"SM{each}") for each in range(3)] == [204] * 3
        page = staff.open("/conversations")
        assert problems(staff) == (503, "impaired", {"views"})
        assert staff.open("/readyz").text.startswith("ready\n")
    assert page.status_code == 200
    assert "Pages do not show the newest events. The disk of the views is" in words_of(page.text)
    assert "x" * 100 not in page.text
    page = staff.open("/conversations").text
    assert "x" * 30 in page
    assert "Pages do not show" not in page
    assert problems(staff) == WELL


def signing_in(staff, token):
    """The answer to somebody else's use of a link."""
    link, client = f"/sign-in/{token}", staff.app.test_client()
    return client.post(link, data={"csrf_token": form_token(client.get(link).text)})


def test_accounts_that_cannot_be_written_keep_only_new_people_out(world, staff, trouble):
    token = link_token(world.app.accounts, "B. Weber")
    with trouble(world.app.accounts_engine):
        assert post_text(staff, world, "SM1") == 204
        refused = signing_in(staff, token)
        assert staff.open("/campaigns").status_code == 200
        found = problems(staff)
    if trouble is read_only:  # a full one had room for the one row
        assert refused.status_code == 503
        assert "The disk of the accounts is read-only." in refused.text
        assert found == (503, "impaired", {"accounts"})
    if trouble is read_only:  # after a full one the link is used
        assert signing_in(staff, token).status_code == 302


def test_the_senders_database_stops_nobody_else(world, staff, trouble):
    world.launch()
    with trouble(world.app.sending_engine):
        assert post_text(staff, world, "SM1") == 204
        world.app.callback_problems.flush()
        assert staff.open("/campaigns").status_code == 200
    assert problems(staff) == WELL


def test_a_server_starts_without_views_and_accounts_and_finds_them_later(world):
    world.launch()
    with away(world, "ledger.views.sqlite3", "ledger.accounts.sqlite3"):
        started = world.again()
        started.app.build_all()
        create_app(started.app)
        for use in (started.catch_up, started.app.accounts.names):
            with pytest.raises(StoreUnavailable):
                use()
    started.catch_up()
    assert [campaign.name for campaign in started.app.status.campaigns()] == ["Spring fair"]
    assert started.app.accounts.names() == {}
    started.close()


_LONG_SORT = (
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 300000) "
    "SELECT printf('%0100d', n * 7919 % 600011) AS text FROM numbers ORDER BY text"
)
"""30 MB, which is more than a connection may have in memory."""


def test_a_query_without_room_for_temporary_files_is_no_fault_of_the_ledgers_disk(world, staff):
    with no_file_beyond(1000):
        sort_much(world)
    assert problems(staff) == (503, "impaired", {"uploads"})
    assert staff.open("/readyz").text.startswith("ready\n")


def sort_much(world: World) -> None:
    with pytest.raises(StoreUnavailable), reading(world.app.store.engine) as connection:
        connection.exec_driver_sql(_LONG_SORT).first()


@pytest.mark.filterwarnings(
    "ignore:Unclosed file <tempfile:ResourceWarning"
)  # of Werkzeug's parser
@pytest.mark.parametrize("size", [600_000, 2_000_000])
def test_an_upload_that_finds_no_room_is_refused_in_words(staff, size):
    """The smaller one is kept in memory by the server, and in a file by the form's parser."""
    boundary = "limit"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="contacts"; filename="a.csv"\r\n'
    body = f"{head}\r\n".encode() + b"x" * size + f"\r\n--{boundary}--\r\n".encode()
    content_type = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    with served(staff.app) as url:
        staff.open("/campaigns/new")
        cookie = {"Cookie": "; ".join(f"{c.key}={c.value}" for c in staff.client._cookies.values())}
        agent = {"User-Agent": staff.client.environ_base["HTTP_USER_AGENT"]}
        upload = urllib.request.Request(
            f"{url}/campaigns/new", data=body, headers=content_type | cookie | agent
        )
        with no_file_beyond(1000), pytest.raises(HTTPError) as refused:
            urllib.request.urlopen(upload, timeout=20)
    with refused.value as answer:
        assert answer.status == 503
        assert "The disk of uploaded files is full or read-only." in answer.read().decode()
