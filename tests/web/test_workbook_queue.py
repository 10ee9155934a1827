"""The queue of workbooks: what it takes, keeps and removes, and that several processes agree."""

import errno
import os
import stat
import zipfile
from dataclasses import replace
from datetime import timedelta

import pytest

from kit.world import ADA, BEN, World
from ledger.errors import NotFound, Refused, StoreUnavailable
from webapp.audit.workbook import AuditWorkbook
from webapp.explain.workbooks import DISK_FULL, INTERRUPTED, NO_DATA_ANY_MORE, TOO_LARGE
from webapp.parts.workbooks import workbooks
from webapp.workbooks.job import State
from webapp.workbooks.limits import QueueLimits
from webapp.workbooks.making import LEAST_FREE_BYTES, make_waiting
from webapp.workbooks.queue import WorkbookQueue

ORTIZ, SMITH = "usr_ortiz", "usr_smith"


@pytest.fixture
def campaign(world):
    campaign_id = world.launch([ADA, BEN])
    world.catch_up()
    return campaign_id


@pytest.fixture
def queue(world, campaign):
    return world.app.workbooks


@pytest.fixture
def folder(world):
    return world.app.settings.databases.workbooks


def limited(world, **limits) -> WorkbookQueue:
    """The queue of this world with these limits."""
    queue = workbooks(world.app)
    queue.limits = QueueLimits(**limits)
    vars(world.app)["workbooks"] = queue
    return queue


def ask(queue, owner=ORTIZ, up_to=3):
    return queue.ask(owner, {}, up_to)[0]


def states(queue, owner=ORTIZ):
    """The states of an account's jobs, in the order of asking."""
    return [job.state for job, _before in reversed(queue.of_owner(owner))]


def problem(queue, owner=ORTIZ):
    return queue.of_owner(owner)[0][0].problem


def names(folder):
    return sorted(path.suffix for path in folder.iterdir() if path.suffix != ".lock")


def test_nothing_is_on_the_disk_before_somebody_asks(world, queue, folder):
    assert queue.of_owner(ORTIZ) == []
    assert not queue.tidy()
    assert not folder.exists()


def test_only_the_owner_of_the_files_can_read_them(world, queue, folder):
    folder.mkdir(mode=0o777)
    ask(queue)
    make_waiting(world.app)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {path.suffix: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert (modes[".json"], modes[".xlsx"]) == (0o600, 0o600)


def test_jobs_are_made_in_the_order_of_asking(world, queue):
    first = ask(queue)
    world.clock.advance(seconds=1)
    second = ask(queue, SMITH)
    assert [before for _job, before in queue.of_owner(SMITH)] == [1]
    assert queue.next_waiting().job_id == first.job_id
    assert states(queue) == [State.RUNNING]
    assert queue.next_waiting().job_id == second.job_id
    assert queue.next_waiting() is None


def test_the_same_search_is_one_job_while_it_waits_and_when_it_is_ready(world, queue):
    job = ask(queue)
    assert queue.ask(ORTIZ, {}, 3) == (job, False)
    make_waiting(world.app)
    assert queue.ask(ORTIZ, {}, 3)[0].job_id == job.job_id
    assert queue.ask(SMITH, {}, 3)[1]


def test_what_would_be_too_many_is_refused_with_a_sentence(world, queue):
    queue = limited(world, unfinished=3, unfinished_of_owner=2)
    ask(queue, up_to=1)
    ask(queue, up_to=2)
    with pytest.raises(Refused, match=r"^You have 2 workbooks that are not ready yet\."):
        ask(queue)
    ask(queue, SMITH)
    with pytest.raises(Refused, match=r"^3 workbooks wait to be made\. Try again in a few minutes"):
        ask(queue, "usr_chen")
    make_waiting(world.app)
    assert ask(queue, "usr_chen").state is State.WAITING


def test_a_workbook_goes_after_an_hour(world, queue, folder):
    job = ask(queue)
    make_waiting(world.app)
    world.clock.advance(minutes=59)
    with queue.opened(job) as file:
        assert queue.ready(ORTIZ, job.job_id).size == file.seek(0, os.SEEK_END)
    world.clock.advance(minutes=1)
    with pytest.raises(NotFound):
        queue.ready(ORTIZ, job.job_id)
    assert not queue.tidy()
    assert names(folder) == []


def test_the_oldest_go_where_there_are_too_many_or_they_are_too_large(world, queue, folder):
    queue = limited(world, finished=2)
    for up_to in (1, 2, 3):
        ask(queue, up_to=up_to)
        world.clock.advance(seconds=1)
        make_waiting(world.app)
    assert [job.up_to for job, _before in queue.of_owner(ORTIZ)] == [3, 2]
    size = queue.of_owner(ORTIZ)[0][0].size
    queue.limits = replace(queue.limits, bytes=size + 10)
    queue.tidy()
    assert [job.up_to for job, _before in queue.of_owner(ORTIZ)] == [3]
    assert names(folder) == [".json", ".xlsx"]


def test_a_workbook_goes_when_somebody_is_forgotten(world, queue, folder):
    job = ask(queue)
    make_waiting(world.app)
    world.forget(ADA)
    with pytest.raises(NotFound):
        queue.ready(ORTIZ, job.job_id)
    assert (states(queue), problem(queue)) == ([State.FAILED], NO_DATA_ANY_MORE)
    queue.tidy()
    assert names(folder) == [".json"]
    ask(queue)
    assert states(queue) == [State.WAITING]


def test_one_during_whose_making_somebody_was_forgotten_is_never_ready(world, queue):
    ask(queue)
    with queue.working():
        job = queue.next_waiting()
        world.forget(ADA)
        with queue.work_folder(job) as work:
            file = work / "file"
            file.write_bytes(b"Ada")
            with pytest.raises(NotFound):
                queue.finish(job, file)
        queue.fail(job, "Another problem.")
    queue.tidy()
    assert (states(queue), problem(queue)) == ([State.FAILED], NO_DATA_ANY_MORE)


def test_what_is_written_goes_too_when_somebody_is_forgotten(world, queue, folder):
    ask(queue)
    with queue.working():
        with queue.work_folder(queue.next_waiting()) as work:
            (work / "rows").write_bytes(b"Ada")
            world.forget(ADA)
            assert states(queue) == [State.FAILED]
            queue.tidy()
            assert names(folder) == [".json"]
        world.clock.advance(minutes=59)
        assert problem(queue) == NO_DATA_ANY_MORE


def test_a_making_ends_when_somebody_is_forgotten(world, queue, folder, monkeypatch):
    def add_and_forget(_workbook, _rows):
        world.forget(ADA)

    monkeypatch.setattr("webapp.workbooks.making._REPORT_SECONDS", 0)
    monkeypatch.setattr(AuditWorkbook, "add", add_and_forget)
    monkeypatch.delattr(AuditWorkbook, "finish")
    ask(queue)
    make_waiting(world.app)
    assert (problem(queue), names(folder)) == (NO_DATA_ANY_MORE, [".json"])


def test_a_name_that_is_forgotten_but_still_in_the_views_is_in_no_workbook(world, queue):
    def texts(up_to):
        job = ask(queue, up_to=up_to)
        world.clock.advance(seconds=1)
        make_waiting(world.app)
        with queue.opened(job) as file, zipfile.ZipFile(file) as archive:
            return b"".join(map(archive.read, archive.namelist()))

    assert b"Ada Lovelace" in texts(up_to=3)
    world.forget(ADA)
    made = texts(up_to=world.app.ledger.reader.head())
    assert states(queue) == [State.FAILED, State.READY]
    assert b"Ada" not in made
    assert b"Ben Okri" in made


def test_a_job_that_waits_or_is_being_made_can_be_stopped(world, queue, folder):
    first = ask(queue, up_to=1)
    world.clock.advance(seconds=1)
    second = ask(queue, up_to=2)
    with pytest.raises(NotFound):
        queue.stop(SMITH, first.job_id)
    with queue.working(), queue.work_folder(queue.next_waiting()) as work:
        (work / "rows").write_bytes(b"Ada")
        queue.stop(ORTIZ, first.job_id)
        assert not work.exists()
        with pytest.raises(NotFound):
            queue.report(first, events=1)
        queue.fail(first, "It was stopped.")
        queue.stop(ORTIZ, second.job_id)
    assert (states(queue), names(folder)) == ([], [])
    ready = ask(queue)
    make_waiting(world.app)
    with pytest.raises(NotFound):
        queue.stop(ORTIZ, ready.job_id)
    assert states(queue) == [State.READY]


@pytest.fixture
def other(world, queue):
    """The world of another ledger whose views have the same name, with another ending."""
    views = f"sqlite:///{world.folder}/ledger.views.db"
    url = f"sqlite:///{world.folder}/other.sqlite3"
    other = World.open(url, world.clock, world.provider, LEDGER_VIEWS_URL=views)
    yield other
    other.close()


def test_ledgers_with_one_folder_leave_each_others_jobs_alone(world, queue, folder, other):
    assert other.app.settings.databases.workbooks == folder
    job = ask(queue)
    assert not other.app.workbooks.tidy()
    make_waiting(other.app)
    assert (states(queue), states(other.app.workbooks)) == ([State.WAITING], [])
    make_waiting(world.app)
    other.launch([BEN])
    other.forget(BEN)
    other.app.workbooks.tidy()
    assert queue.ready(ORTIZ, job.job_id)
    queue.opened(job).close()


def test_what_a_ledger_left_in_a_shared_folder_expires(world, queue, folder, other):
    ask(queue)
    make_waiting(world.app)
    world.clock.advance(hours=1)
    other.app.workbooks.tidy()
    assert names(folder) == []


def test_a_job_whose_process_ended_says_that_it_was_interrupted(world, queue, folder):
    ask(queue)
    with queue.working():
        job = queue.next_waiting()
        (folder / f"{job.job_id}.work").mkdir()
        (folder / f"{job.job_id}.work" / "rows").write_bytes(b"Ada")
        queue.tidy()
        assert states(queue) == [State.RUNNING]
    queue.tidy()
    assert (states(queue), problem(queue)) == ([State.FAILED], INTERRUPTED)
    assert names(folder) == [".json"]


def test_the_next_worker_takes_no_job_of_an_earlier_one_for_its_own(world, queue):
    ask(queue, up_to=1)
    with queue.working():
        queue.next_waiting()
    world.clock.advance(seconds=1)
    ask(queue, up_to=2)
    make_waiting(world.app)
    assert states(queue) == [State.FAILED, State.READY]


def test_one_process_makes_workbooks_at_a_time(world, queue):
    ask(queue)
    assert queue.tidy()
    other = world.again()
    with queue.working() as is_alone:
        assert is_alone
        assert not other.app.workbooks.tidy()
        make_waiting(other.app)
        assert states(queue) == [State.WAITING]
    make_waiting(other.app)
    other.close()
    assert states(queue) == [State.READY]


def test_a_disk_that_is_almost_full_is_left_alone(world, queue, folder):
    ask(queue)
    make_waiting(world.app, least_free_bytes=10**18)
    assert (states(queue), problem(queue)) == ([State.FAILED], DISK_FULL)
    assert names(folder) == [".json"]


@pytest.mark.parametrize("place", ["rows", "file"])
def test_a_disk_that_gets_full_leaves_no_partial_file(world, queue, folder, monkeypatch, place):
    def full(*_arguments, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    where = {
        "rows": "webapp.audit.workbook.AuditWorkbook.add",
        "file": "xlsxwriter.workbook.ZipFile.write",
    }
    ask(queue)
    monkeypatch.setattr(where[place], full)
    make_waiting(world.app)
    assert (states(queue), problem(queue)) == ([State.FAILED], DISK_FULL)
    assert names(folder) == [".json"]


def test_a_workbook_that_is_larger_than_all_may_be_is_refused(world, queue, folder):
    queue = limited(world, bytes=100)
    ask(queue)
    make_waiting(world.app)
    assert (states(queue), problem(queue)) == ([State.FAILED], TOO_LARGE)
    assert names(folder) == [".json"]


def test_a_workbook_whose_rows_are_too_large_ends_before_its_file(
    world, queue, folder, monkeypatch
):
    def add_much(_workbook, _rows):
        (next(folder.glob("*.work")) / "rows").write_bytes(bytes(101))

    queue = limited(world, working_bytes=100)
    monkeypatch.setattr(AuditWorkbook, "add", add_much)
    monkeypatch.setattr("webapp.workbooks.making._REPORT_SECONDS", 0)
    monkeypatch.delattr(AuditWorkbook, "finish")
    ask(queue)
    make_waiting(world.app)
    assert problem(queue) == TOO_LARGE


def test_a_file_that_gets_too_large_ends_before_it_is_whole(world, queue, monkeypatch):
    queue = limited(world, bytes=1000)
    monkeypatch.delattr("webapp.audit.workbook_export._sha256")
    ask(queue)
    make_waiting(world.app)
    assert problem(queue) == TOO_LARGE


def test_how_far_a_workbook_is_is_kept(world, queue, monkeypatch):
    kept, report = [], queue.report

    def remember(job, **values):
        kept.append(values)
        return report(job, **values)

    monkeypatch.setattr(queue, "report", remember)
    monkeypatch.setattr("webapp.workbooks.making._REPORT_SECONDS", 0)
    ask(queue)
    make_waiting(world.app)
    assert kept == [
        {"file_name": "audit-1-3-as-of-3.xlsx", "final": 3},
        {"events": 3, "last": 3},
    ]


def test_damaged_and_foreign_files_count_for_nothing_and_go(world, queue, folder):
    job = ask(queue)
    whole = (folder / f"{job.job_id}.json").read_text()
    damages = [("}", ""), ('"up_to":3', '"up_to":-1'), ('"up_to":3', f'"up_to":{2**63}')]
    for digit, damage in enumerate([*damages, ('Z"', '"')], start=2):
        job_id = str(digit) * 32
        text = whole.replace(job.job_id, job_id).replace(*damage)
        (folder / f"{job_id}.json").write_text(text)
    (folder / f"{'1' * 32}.json").write_bytes((folder / f"{job.job_id}.json").read_bytes())
    (folder / f"{job.job_id}.json.draft").write_bytes(b"")
    (folder / "notes").mkdir()
    assert states(queue) == [State.WAITING]
    queue.tidy()
    assert names(folder) == [".json"]


def test_a_folder_that_cannot_be_made_is_a_sentence(world, queue, folder):
    folder.write_text("")
    with pytest.raises(StoreUnavailable, match=r"^The folder of workbooks cannot be used: "):
        ask(queue)


def test_a_clock_that_goes_back_keeps_nothing_for_ever(world, queue):
    ask(queue)
    make_waiting(world.app)
    world.clock.advance(days=-1)
    assert states(queue) == []


def test_the_folder_is_beside_the_views(world, tmp_path):
    databases = world.app.settings.databases
    assert databases.workbooks == tmp_path / "ledger.views.workbooks"
    elsewhere = replace(databases, views_url="sqlite:////var/cache/school/views.sqlite3")
    assert str(elsewhere.workbooks) == "/var/cache/school/views.workbooks"
    postgresql = replace(databases, ledger_url="postgresql+psycopg://db/ledger")
    assert postgresql.workbooks == databases.file("workbooks")


def test_limits_are_an_hour_a_gigabyte_and_few():
    assert LEAST_FREE_BYTES == 512 * 1024**2
    assert QueueLimits() == QueueLimits(
        unfinished=8,
        unfinished_of_owner=2,
        finished=20,
        bytes=1024**3,
        working_bytes=8 * 1024**3,
        kept=timedelta(hours=1),
    )
