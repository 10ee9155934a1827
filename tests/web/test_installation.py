"""Several ledgers served by one set of processes, each at the host of its public address."""

import json
import os
import queue
import threading
import time

import pytest

from kit.installation import Ledgers, served, settings_of, token_of
from kit.staff import form_token, link_token
from ledger.errors import StoreUnavailable
from webapp import retries
from webapp.bootstrap import build
from webapp.ledgers.installation import Installation
from webapp.processes import in_thread

UNKNOWN = (404, "Nothing is served at this address.\n")

REFUSED = "This address is not served now: the log of the server says why."


@pytest.fixture
def ledgers(tmp_path):
    made = Ledgers(tmp_path)
    for name in ("north", "south"):
        made.write(name)
    return made


@pytest.fixture
def installation(ledgers):
    with served(ledgers) as running:
        ledgers.wait_for("north", "south")
        yield running


def answer(ledgers, host, path="/sign-in", **options):
    status, text, _headers = ledgers.ask(host, path, **options)
    return status, text


@pytest.mark.usefixtures("installation")
@pytest.mark.parametrize(
    "host",
    ["west.example", "127.0.0.1", "localhost:5000", "", "north.example.evil.example", "[::1"],
)
def test_an_unknown_host_gets_a_bare_404(ledgers, host):
    assert answer(ledgers, host) == UNKNOWN
    assert answer(ledgers, host, "/twilio/inbound", form={}) == UNKNOWN


@pytest.mark.usefixtures("installation")
@pytest.mark.parametrize("host", ["North.Example", "north.example:5000", "north.example."])
def test_a_host_is_found_however_it_is_written(ledgers, host):
    assert answer(ledgers, host)[0] == 200


def test_a_host_beyond_ascii_is_found(ledgers, installation):
    ledgers.write(
        "schule",
        settings_of(
            "schule",
            f"sqlite:///{ledgers.folder}/s.sqlite3",
            LEDGER_PUBLIC_URL="https://schüle.example",
        ),
    )
    installation.look()
    assert any(answer(ledgers, "xn--schle-mva.example")[0] == 200 for _ in range(20))


@pytest.mark.usefixtures("installation")
def test_a_callback_is_recorded_in_the_ledger_of_its_host_alone(ledgers):
    assert ledgers.text_to("north") == 204
    assert "InboundReceived" in ledgers.topics("north")
    assert "InboundReceived" not in ledgers.topics("south")


@pytest.mark.usefixtures("installation")
def test_the_token_of_another_ledger_signs_nothing(ledgers):
    assert ledgers.text_to("north", token=token_of("south")) == 403


def signed_in(ledgers, name):
    """The cookies of somebody who signed in to a ledger by a link."""
    app = build(ledgers.directory.ledger(name).settings)
    token = link_token(app.accounts, "J. Ortiz")
    app.close()
    host, path = f"{name}.example", f"/sign-in/{token}"
    _status, page, headers = ledgers.ask(host, path)
    asked = {"Cookie": _cookies(headers), "Referer": f"https://{host}{path}"}
    form = {"csrf_token": form_token(page)}
    status, _text, headers = ledgers.ask(host, path, form=form, headers=asked)
    assert status == 302
    return _cookies(headers)


def _cookies(headers):
    return "; ".join(each.partition(";")[0] for each in headers.get_all("Set-Cookie"))


@pytest.mark.usefixtures("installation")
def test_a_session_of_one_ledger_is_nothing_at_another(ledgers):
    cookies = {"Cookie": signed_in(ledgers, "north")}
    assert ledgers.ask("north.example", "/campaigns", headers=cookies)[0] == 200
    status, _text, headers = ledgers.ask("south.example", "/campaigns", headers=cookies)
    assert (status, headers["Location"]) == (302, "/sign-in?next=/campaigns")


def test_a_session_is_nothing_at_another_ledger_with_the_same_secret(ledgers):
    for name in ("north", "south"):
        url = f"sqlite:///{ledgers.folder.parent / name}.sqlite3"
        ledgers.write(name, settings_of(name, url, LEDGER_SECRET_KEY="the same"))
    with served(ledgers):
        ledgers.wait_for("north", "south")
        cookies = {"Cookie": signed_in(ledgers, "north")}
        assert ledgers.ask("south.example", "/campaigns", headers=cookies)[0] == 302


def test_a_ledger_that_is_added_is_served_at_once(ledgers, installation):
    assert answer(ledgers, "west.example") == UNKNOWN
    ledgers.write("west")
    installation.look()
    ledgers.wait_for("west")
    assert ledgers.text_to("west") == 204


def test_a_ledger_that_is_removed_gets_a_404_and_its_threads_end(ledgers, installation):
    assert ledgers.text_to("south") == 204
    ledgers.directory.remove("south")
    installation.look()
    assert answer(ledgers, "south.example") == UNKNOWN
    assert ledgers.text_to("north") == 204
    for thread in threads_of("south"):
        thread.join(20)
    assert threads_of("south") == []


def threads_of(name):
    return [thread for thread in threading.enumerate() if thread.name == f"ledger {name}"]


def test_a_ledger_whose_file_changed_is_opened_again(ledgers, installation):
    assert ledgers.text_to("south") == 204
    elsewhere = f"sqlite:///{ledgers.folder}/elsewhere.sqlite3"
    ledgers.write("south", settings_of("south", elsewhere))
    installation.look()
    ledgers.wait_for("south")
    assert ledgers.text_to("south") == 204
    assert ledgers.topics("south").count("InboundReceived") == 1


def test_a_mistake_in_a_file_takes_down_that_ledger_alone(ledgers, installation, caplog):
    assert ledgers.text_to("south") == 204
    url = f"sqlite:///{ledgers.folder.parent}/south.sqlite3"
    ledgers.write("south", settings_of("south", url, LEDGER_TIME_ZONE="Mars"))
    installation.look()
    assert answer(ledgers, "south.example", "/health") == (503, f"{REFUSED}\n")
    assert ledgers.text_to("south") == 503
    assert ledgers.text_to("north") == 204
    assert "south.toml: LEDGER_TIME_ZONE must be" in caplog.text


def test_a_ledger_that_was_put_right_is_served_again(ledgers, installation):
    ledgers.write("south", "no TOML")
    installation.look()
    assert answer(ledgers, "south.example") == (503, f"{REFUSED}\n")
    ledgers.write("south")
    installation.look()
    ledgers.wait_for("south")
    assert ledgers.text_to("south") == 204


@pytest.mark.parametrize("kind", ["link to itself", "link to nothing", "pipe", "folder"])
def test_a_name_in_the_folder_that_is_no_file_stops_no_other_ledger(
    ledgers, installation, caplog, kind
):
    odd = ledgers.folder / "odd.toml"
    match kind:
        case "link to itself":
            odd.symlink_to(odd.name)
        case "link to nothing":
            odd.symlink_to("nothing")
        case "pipe":
            os.mkfifo(odd)
        case "folder":
            odd.mkdir()
    ledgers.write("west")
    installation.look()
    ledgers.wait_for("west")
    assert f"A ledger is not run. {odd} " in caplog.text


def test_the_database_of_a_ledger_that_runs_is_not_opened_for_another(ledgers, installation):
    shared = f"sqlite:///{ledgers.folder.parent}/north.sqlite3"
    ledgers.write("west", settings_of("west", shared))
    installation.look()
    assert ledgers.text_to("west") == 503
    assert ledgers.text_to("north") == 204


@pytest.mark.parametrize("host", ["north.example.", "NORTH.example", "north.example:8443"])
def test_of_two_ledgers_with_one_host_the_later_is_refused_alone(ledgers, caplog, host):
    write_second(ledgers, host)
    with served(ledgers):
        ledgers.wait_for("north", "south")
        assert ledgers.text_to("north") == 204
    assert "a-second.toml: north.toml has the host name north.example already" in caplog.text


def test_a_ledger_that_runs_goes_on_though_its_file_changes_after_one_with_its_host(
    ledgers, installation
):
    write_second(ledgers, "north.example")
    installation.look()
    url = f"sqlite:///{ledgers.folder.parent}/north.sqlite3"
    ledgers.write("north", settings_of("north", url, LEDGER_TIME_ZONE="America/Denver"))
    change_later(ledgers, "north", 10)
    installation.look()
    ledgers.wait_for("north")
    assert ledgers.text_to("north") == 204


def write_second(ledgers, host):
    """Write a file with that host, later than the others; its name comes before theirs."""
    url = f"sqlite:///{ledgers.folder}/second.sqlite3"
    ledgers.write("a-second", settings_of("a-second", url, LEDGER_PUBLIC_URL=f"https://{host}"))
    change_later(ledgers, "a-second", 5)


def change_later(ledgers, name, seconds):
    """Let a file have been changed that much later than it was."""
    file = ledgers.folder / f"{name}.toml"
    os.utime(file, times=(0, file.stat().st_mtime + seconds))


def test_a_folder_that_cannot_be_read_changes_nothing(ledgers, installation, caplog):
    ledgers.folder.rename(ledgers.folder.with_name("elsewhere"))
    installation.look()
    assert ledgers.text_to("north") == 204
    assert "The ledgers that run go on as they are." in caplog.text


def test_a_ledger_that_cannot_be_opened_is_tried_again(ledgers):
    database = ledgers.folder.parent / "north.sqlite3"
    database.write_bytes(b"no database")
    with served(ledgers):
        assert ledgers.text_to("north") == 503
        database.unlink()
        ledgers.wait_for("north", "south")


def test_a_file_whose_problem_passes_is_read_again_though_it_did_not_change(ledgers, caplog):
    obstacle = ledgers.folder.parent / "west"
    obstacle.write_text("no folder")
    ledgers.write("west", settings_of("west", f"sqlite:///{obstacle}/w.sqlite3", **WITHOUT_SECRET))
    with served(ledgers) as installation:
        for _ in range(5):
            installation.look()
        assert ledgers.text_to("west") == 503
        assert caplog.text.count("west.toml: ") == 2  # of the door and of the pages
        obstacle.unlink()
        assert eventually(lambda: installation.look() or ledgers.text_to("west") == 204)
        assert "The ledger west is run now." in caplog.text


WITHOUT_SECRET = {"LEDGER_SECRET_KEY": ""}


def eventually(is_so):
    """Whether something becomes so; what failed rests a second before it is tried again."""
    deadline = time.monotonic() + 30
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.05)
    return is_so()


def test_a_sender_that_fails_leaves_callbacks_and_pages_as_they_are(ledgers, caplog, monkeypatch):
    monkeypatch.setattr(retries, "SETTLED_SECONDS", 0.2)
    guard = ledgers.directory.ledger("north").settings.databases.file("sender")
    guard.write_text("no rollback guard")
    with served(ledgers, is_sending=True):
        ledgers.wait_for("north")
        assert eventually(lambda: health(ledgers)["sender"] == "failing")
        assert [ledgers.text_to("north") for _ in range(3)] == [204, 204, 204]
        assert answer(ledgers, "north.example")[0] == 200
        assert f"Nothing is sent. {guard} cannot be read." in health(ledgers)["words"]
        assert caplog.text.count("Nothing is sent. ") == 1
        guard.unlink()
        assert eventually(lambda: health(ledgers).get("status") == "ok")
        assert health(ledgers)["sender"] == "running"


def health(ledgers):
    """The answer of /health; without its fields until the ledger is open."""
    text = answer(ledgers, "north.example", "/health")[1]
    return json.loads(text) if text.startswith("{") else {"sender": None}


@pytest.mark.usefixtures("installation")
def test_livez_needs_no_host(ledgers):
    assert answer(ledgers, "west.example", "/livez") == (200, "alive\n")


@pytest.mark.usefixtures("installation")
def test_each_ledger_has_its_own_health(ledgers):
    assert ledgers.text_to("north") == 204
    heads = [
        json.loads(answer(ledgers, f"{name}.example", "/health")[1])["callbacks"]["recorded"]
        for name in ("north", "south")
    ]
    assert heads == [1, 0]


def test_ledgers_that_send_are_opened_though_nobody_asks_for_them(ledgers):
    opened, stop = queue.SimpleQueue(), threading.Event()

    def run(ledger, _running, _stop):
        opened.put(ledger.name)

    installation = Installation(ledgers.directory, run, opens_all=True)
    installation.look()
    keeping = threading.Thread(target=installation.keep, args=[stop])
    keeping.start()
    assert {opened.get(timeout=20) for _ in range(2)} == {"north", "south"}
    stop.set()
    keeping.join()
    installation.end()


def test_a_ledger_that_fails_while_it_runs_is_opened_again_and_ends_no_other(ledgers):
    opened, stop = queue.SimpleQueue(), threading.Event()

    def run(ledger, running, stop_of_ledger):
        opened.put(ledger.name)
        if ledger.name == "south":
            running.enter_context(in_thread(fail, stop_of_ledger))

    def fail():
        raise StoreUnavailable("It is gone.")

    installation = Installation(ledgers.directory, run, opens_all=True)
    installation.look()
    keeping = threading.Thread(target=installation.keep, args=[stop])
    keeping.start()
    names = [opened.get(timeout=20) for _ in range(3)]
    assert sorted(names) == ["north", "south", "south"]
    stop.set()
    keeping.join()
    installation.end()
