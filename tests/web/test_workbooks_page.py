"""Workbooks on pages: asked for, made in the background, downloaded by the account that asked."""

import hashlib
import io
import os
import re
import threading
from dataclasses import replace

import pytest
from playwright.sync_api import expect
from python_calamine import CalamineWorkbook

from kit.browser import scrolls_sideways
from kit.staff import Staff, served, sign_in
from kit.world import ADA, BEN, environment
from ledger.clock import SystemClock
from ledger.store.search import Kind, Search
from webapp.background.commands import keep_workbooks, remove_workbooks
from webapp.background.work import BACKGROUND_WORK
from webapp.ledgers.directory import directory_in
from webapp.workbooks.job import State
from webapp.workbooks.making import make_waiting

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def form_of(campaign_id, up_to):
    return f"/audit/workbooks/new?campaign={campaign_id}&up_to={up_to}"


def ask(staff, campaign_id, up_to):
    """Press the button of the form, which leads to the list."""
    page = staff.open(form_of(campaign_id, up_to)).text
    path = re.search(r'<form class="form confirm-form" method="post" action="([^"]+)"', page)[1]
    path = path.replace("&amp;", "&")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    return staff.client.post(path, data={"csrf_token": token})


def downloads(staff):
    """The addresses of the file and of its SHA-256, as the list has them."""
    page = staff.open("/audit/workbooks").text
    return re.findall(r'href="(/audit/workbooks/\w+/(?:file|sha256))"', page)


def opened(staff, path):
    """The answer to a download, which is closed as a server closes it."""
    answer = staff.open(path)
    answer.get_data()
    answer.close()
    return answer


@pytest.fixture
def head(world, campaign):
    return world.app.ledger.reader.head()


def test_a_workbook_is_made_in_the_background_and_downloaded(world, staff, campaign, head):
    answer = ask(staff, campaign, head)
    assert (answer.status_code, answer.location) == (303, "/audit/workbooks")
    assert "Waits to be made" in staff.read("/audit/workbooks")
    make_waiting(world.app)
    shown = staff.read("/audit/workbooks")
    assert f"up to #{head} Ready: {head - 1} events, #1 to #{head}." in shown
    file, sha256 = downloads(staff)
    workbook = opened(staff, file)
    digest, name = hashlib.sha256(workbook.data).hexdigest(), f"audit-1-{head}-as-of-{head}.xlsx"
    assert (workbook.mimetype, workbook.headers["Cache-Control"]) == (XLSX, "no-store")
    assert workbook.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert int(workbook.headers["Content-Length"]) == len(workbook.data)
    assert digest in shown
    assert staff.open(sha256).text == (
        f"# {name}\n# {head - 1} events, #1 to #{head}\n{digest}  {name}\n"
    )
    rows = CalamineWorkbook.from_filelike(io.BytesIO(workbook.data)).get_sheet_by_name("Events")
    assert [int(row[0]) for row in rows.to_python()[1:]] == [
        int(line.partition(",")[0])
        for line in staff.open(
            f"/audit/events.csv?campaign={campaign}&as_of={head}"
        ).text.splitlines()[1:]
    ]


def test_each_account_sees_its_own_alone(world, staff, campaign, head):
    ask(staff, campaign, head)
    make_waiting(world.app)
    other = Staff(world, "B. Smith")
    assert "There is no workbook" in other.read("/audit/workbooks")
    for path in downloads(staff):
        assert opened(staff, path).status_code == 200
        answer = other.open(path)
        assert answer.status_code == 404
        assert "There is no such workbook any more" in answer.text
        assert staff.app.test_client().get(path).status_code == 302


def test_an_export_is_recorded_once_with_whom(recording_world):
    world = recording_world
    campaign = world.launch([ADA, BEN])
    world.catch_up()
    staff, head = Staff(world), world.app.ledger.reader.head()
    ask(staff, campaign, head)
    world.clock.advance(minutes=2)
    ask(staff, campaign, head)
    make_waiting(world.app)
    opened(staff, downloads(staff)[0])
    world.app.access_recorder.wait()
    found = world.app.ledger.reader.search(Search(kind=Kind.ACCESS, topics=("DataExported",)))
    assert [(e.event.actor, e.event.form, e.event.campaign_id, e.event.until) for e in found] == [
        (staff.user_id, "xlsx", campaign, head)
    ]


def test_the_page_of_exports_leads_to_it_now_and_in_the_past(world, staff, campaign, head):
    world.callback(world.delivery(campaign))
    now = world.app.ledger.reader.head()
    for moment, up_to in (("", now), (f"&as_of={head}", head)):
        page = staff.open(f"/audit/exports?campaign={campaign}{moment}").text
        assert f'href="{form_of(campaign, up_to)}"'.replace("&", "&amp;") in page
    shown = staff.read(form_of(campaign, head))
    assert re.search(rf'Search campaign:"[^"]+" Up to event #{head} It is made in the', shown)


def test_a_workbook_of_the_past_has_the_names_of_then(world, staff, campaign, head):
    ask(staff, campaign, head)
    world.callback(world.delivery(campaign))
    make_waiting(world.app)
    workbook = opened(staff, downloads(staff)[0]).data
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(workbook)).get_sheet_by_name("Events")
    assert max(row[0] for row in sheet.to_python()[1:]) == head


def test_a_full_queue_and_an_interrupted_workbook_are_sentences(world, staff, campaign, head):
    queue = world.app.workbooks
    for up_to in (head, head - 1):
        ask(staff, campaign, up_to)
        world.clock.advance(seconds=1)
    answer = ask(staff, campaign, head - 2)
    assert (answer.status_code, answer.location) == (303, "/audit/workbooks")
    assert "You have 2 workbooks that are not ready yet." in staff.read("/audit/workbooks")
    with queue.working():
        queue.report(queue.next_waiting(), events=1200, last=3100, final=4000)
        shown = staff.read("/audit/workbooks")
        assert "Being made: 1,200 events so far, up to #3,100 of #4,000" in shown
        assert "Waits for 1 workbook" in shown
    queue.tidy()
    shown = staff.read("/audit/workbooks")
    assert "It was not made. It was interrupted: the process that made it ended" in shown
    again = re.search(r'href="([^"]+)">Start again', staff.open("/audit/workbooks").text)[1]
    assert again.replace("&amp;", "&") == form_of(campaign, head)


def test_a_workbook_that_is_not_ready_can_be_stopped(world, staff, campaign, head):
    ask(staff, campaign, head)
    path = re.search(r'href="([^"]+/stop)">Stop…', staff.open("/audit/workbooks").text)[1]
    page = staff.open(path).text
    assert f"up to event #{head}" in re.sub(r"<[^>]+>|\s+", " ", page).lower().replace("  ", " ")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    assert staff.client.post(path).status_code == 400
    assert Staff(world, "B. Smith").open(path).status_code == 404
    for words in ("The workbook is stopped", "This workbook is not being made any more."):
        answer = staff.client.post(path, data={"csrf_token": token})
        assert (answer.status_code, answer.location) == (303, "/audit/workbooks")
        assert words in staff.read("/audit/workbooks")
    assert staff.open(path).status_code == 404
    assert not world.app.workbooks.tidy()


@pytest.mark.parametrize("parameters", ['{"since":"soon"}', '{"is":"nonsense"}', '{"seq":"x"}'])
def test_a_job_whose_search_cannot_be_read_has_failed(world, staff, campaign, head, parameters):
    job, _is_new = world.app.workbooks.ask(staff.user_id, {"campaign": campaign}, head)
    file = world.app.settings.databases.workbooks / f"{job.job_id}.json"
    file.write_text(file.read_text().replace(f'{{"campaign":"{campaign}"}}', parameters))
    shown = staff.read("/audit/workbooks")
    assert "A search that cannot be read up to" in shown
    assert "It was not made. Its search cannot be read: another version of the program" in shown
    assert staff.open(f"/audit/workbooks/{job.job_id}/stop").status_code == 200
    make_waiting(world.app)
    assert world.app.workbooks.of_owner(staff.user_id)[0][0].state is State.FAILED
    assert "It was not made." in staff.read("/audit/workbooks")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/audit/workbooks/new", "422 &#39;&#39; is not a number"),
        ("/audit/workbooks/new?up_to=999", "404 There is no event #999; the ledger ends at #"),
        ("/audit/workbooks/new?up_to=1&campaign=cam_none", "404 There is no campaign cam_none."),
        ("/audit/workbooks/new?up_to=1&q=Ada", "404 There is no filter q."),
        ("/audit/workbooks?x=1", "404 There is no filter x."),
        ("/audit/workbooks/none/file", "404 There is no such workbook any more."),
        ("/audit/workbooks/none/stop", "404 This workbook is not being made any more."),
        ("/audit/workbooks/none/sha256", "404 There is no such workbook any more."),
    ],
)
def test_what_is_not_there_is_said(staff, campaign, path, words):
    status, _, sentence = words.partition(" ")
    answer = staff.open(path)
    assert answer.status_code == int(status)
    assert sentence in answer.text


def test_a_search_that_is_not_there_starts_nothing(world, staff, campaign, head):
    page = staff.open(form_of(campaign, head)).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    path = f"/audit/workbooks?campaign=cam_none&up_to={head}"
    assert staff.client.post(path, data={"csrf_token": token}).status_code == 404
    assert staff.client.post(f"/audit/workbooks?up_to={head}").status_code == 400
    assert not world.app.workbooks.tidy()


def test_a_folder_that_cannot_be_used_is_a_sentence(world, staff, campaign, head):
    world.app.settings.databases.workbooks.write_text("")
    answer = ask(staff, campaign, head)
    assert answer.status_code == 503
    assert "The folder of workbooks cannot be used" in answer.text


class OnePass(threading.Event):
    """Lets a background thread do its work once; remembers how long it then waits."""

    def __init__(self):
        super().__init__()
        self.pauses = []

    def wait(self, seconds=None):
        self.pauses.append(seconds)
        return len(self.pauses) > 1


def test_a_server_removes_workbooks_while_another_is_being_made(world, staff, campaign, head):
    ask(staff, campaign, head)
    make_waiting(world.app)
    queue, folder = world.app.workbooks, world.app.settings.databases.workbooks
    queue.ask("usr_smith", {}, head)
    assert remove_workbooks in BACKGROUND_WORK
    with queue.working():
        queue.next_waiting()
        world.forget(ADA)
        remove_workbooks(world.app, OnePass())
        assert not list(folder.glob("*.xlsx"))


@pytest.fixture
def asked(world, staff, campaign, head, monkeypatch):
    """The state of a job that a page asked for; another process can read the settings."""
    for name, value in environment(world.url).items():
        monkeypatch.setenv(name, value)
    world.clock.advance(seconds=(SystemClock().now() - world.clock.now()).total_seconds())
    ask(staff, campaign, head)
    return lambda: world.app.workbooks.of_owner(staff.user_id)[0][0].state


def test_a_server_of_one_of_several_ledgers_lets_another_process_make_it(
    world, asked, caplog, monkeypatch, tmp_path
):
    folder = tmp_path / "ledgers"
    folder.mkdir()
    own = "\n".join(f'{name} = "{value}"' for name, value in environment(world.url).items())
    (folder / "north.toml").write_text(own)
    (folder / "south.toml").write_text(own.replace("ledger.sqlite3", "south.sqlite3"))
    monkeypatch.delenv("LEDGER_DATABASE_URL")
    monkeypatch.setenv("LEDGER_DIRECTORY", str(folder))
    north = directory_in(os.environ).ledger("north")
    passes = OnePass()
    keep_workbooks(replace(world.app, settings=north.settings), passes)
    assert (passes.pauses, asked(), caplog.messages) == ([1.0, 1.0], State.READY, [])


def test_a_server_whose_other_process_fails_says_why_and_tries_later(
    world, asked, caplog, monkeypatch
):
    monkeypatch.setenv("LEDGER_SECRET_KEY", "another secret")
    passes = OnePass()
    keep_workbooks(world.app, passes)
    assert (passes.pauses, asked()) == ([1.0, 30.0], State.WAITING)
    assert "master key" in caplog.text


@pytest.mark.browser
def test_the_whole_way_in_a_browser(page, world, staff, campaign, head):
    with served(staff.app) as url:
        sign_in(page, url, world)
        page.goto(f"{url}/audit?campaign={campaign}")
        page.get_by_role("link", name="Export…").click()
        page.get_by_role("link", name="Make… XLSX").click()
        assert scrolls_sideways(page, 320, 1280) == []
        page.get_by_role("button", name="Make the workbook").click()
        expect(page.get_by_text("Waits to be made")).to_be_visible()
        page.get_by_role("link", name="Stop…").click()
        expect(page.get_by_role("button", name="Stop the workbook")).to_be_visible()
        assert scrolls_sideways(page, 320, 1280) == []
        page.get_by_role("link", name="Cancel").click()
        make_waiting(world.app)
        expect(page.get_by_text("Ready")).to_be_visible()
        assert scrolls_sideways(page, 320, 1280) == []
        with page.expect_download() as download:
            page.get_by_role("link", name=re.compile("^Download")).click()
    data = download.value.path().read_bytes()
    assert download.value.suggested_filename == f"audit-1-{head}-as-of-{head}.xlsx"
    assert (
        world.app.workbooks.of_owner(staff.user_id)[0][0].sha256 == hashlib.sha256(data).hexdigest()
    )
