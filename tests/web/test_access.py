"""The record of access: what pages put into it, that they do not wait for it, where it is shown."""

import csv
import io
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from kit.accounts import set_password
from kit.sign_in import CHEAP, PASSWORD
from kit.staff import Staff
from kit.world import ADA, BEN, World
from ledger.domain.vocabulary import ExportKind, SignInMeans, ViewPlace
from ledger.store.engine import reading
from ledger.store.search import Kind, Search
from webapp.accounts.hashing import PasswordHasher
from webapp.accounts.table import failed_sign_ins
from webapp.background.records import keep_access_record
from webapp.explain.access import failed_summary


@pytest.fixture
def world(database_url, clock, provider):
    opened = World.open(database_url, clock, provider, records_access=True)
    yield opened
    opened.app.access_recorder.wait()
    opened.close()


@pytest.fixture
def staff(world):
    world.app.accounts.hasher = PasswordHasher(CHEAP)
    return Staff(world)


@pytest.fixture
def accesses(world):
    """What was recorded, in order, without signing in by a link, which every test does."""

    def read():
        world.app.access_recorder.wait()
        found = world.app.ledger.reader.search(Search(kind=Kind.ACCESS))
        events = [recorded.event for recorded in found]
        return [each for each in events if getattr(each, "means", None) is not SignInMeans.LINK]

    return read


def written(world):
    """The seq of a text that Ada wrote."""
    world.inbound("Thank you")
    return world.last(world.contact()).seq


class OnePass:
    """Lets a background thread do its work once."""

    def __init__(self) -> None:
        self.passes = iter([False, True])

    def wait(self, _seconds: float) -> bool:
        return next(self.passes)


def sign_in(staff: Staff, name: str, password: str) -> None:
    page = staff.client.get("/sign-in").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    form = {"username": name, "password": password, "csrf_token": token and token[1]}
    staff.client.post("/sign-in", data=form)


# Signing in.


def test_a_sign_in_by_link_and_one_by_password_are_recorded(world, staff):
    set_password(world.app.accounts, "J. Ortiz", PASSWORD)
    staff.client.delete_cookie("ledger_session")
    world.clock.advance(minutes=1)
    sign_in(staff, "j. ortiz", PASSWORD)
    world.app.access_recorder.wait()
    found = world.app.ledger.reader.search(Search(kind=Kind.ACCESS))
    means = [(each.event.actor, each.event.means) for each in found]
    ortiz = staff.user_id
    assert means == [(ortiz, SignInMeans.LINK), (ortiz, SignInMeans.PASSWORD)]


def test_a_sign_in_is_recorded_once_an_hour_for_each_means(world, staff, accesses):
    """So nobody with a password makes the ledger grow without end."""
    hours = set()
    for _ in range(4):
        for means in (SignInMeans.PASSWORD, SignInMeans.LINK, SignInMeans.PASSWORD):
            world.app.access_recorder.sign_in(staff.user_id, means)
        hours.add(world.clock.now().hour)
        world.clock.advance(minutes=25)
    assert 2 <= len(hours) < 4
    assert len(accesses()) == len(hours)
    found = list(world.app.ledger.reader.search(Search(kind=Kind.ACCESS)))
    assert len(found) == 2 * len(hours)


def test_failures_are_counted_per_name_and_minute_and_unknown_names_together(
    world, staff, accesses
):
    set_password(world.app.accounts, "J. Ortiz", PASSWORD)
    staff.client.delete_cookie("ledger_session")
    for name in ("j. ortiz", "J. Ortiz", "nobody", "somebody else", "nobody"):
        sign_in(staff, name, "wrong password")
    staff.open("/sign-in/no-such-link")
    keep_access_record(world.app, OnePass())
    assert accesses() == []  # the minute is not over
    world.clock.advance(seconds=66)
    keep_access_record(world.app, OnePass())
    keep_access_record(world.app, OnePass())
    counts = {each.actor: each.count for each in accesses()}
    assert counts == {staff.user_id: 2, "unknown": 4}
    assert len(accesses()) == 2


def test_an_outsider_adds_at_most_two_events_an_hour_for_each_name(world, accesses):
    """The first minute is seen soon, the others of its hour together."""
    began = world.clock.now()
    for _ in range(20):
        world.app.accounts.failed_sign_ins.count(None)
        world.clock.advance(minutes=1, seconds=6)
        keep_access_record(world.app, OnePass())
        world.clock.advance(seconds=-6)
    (first,) = accesses()
    assert (first.minute, first.count, first.last_minute) == (began, 1, None)
    world.clock.advance(minutes=40, seconds=6)
    for _ in range(2):
        keep_access_record(world.app, OnePass())
    _, rest = accesses()
    minutes = (began + timedelta(minutes=1), began + timedelta(minutes=19))
    assert (rest.minute, rest.last_minute, rest.count) == (*minutes, 19)
    assert failed_summary(rest) == (
        "Failed to sign in with an unknown name: 19 times in 19 minutes. Who tried is not known"
    )
    with reading(world.app.accounts._engine) as connection:
        assert connection.execute(sa.select(failed_sign_ins)).all() == []


def test_failures_of_an_hour_that_is_over_are_one_event(world, accesses):
    for _ in range(3):
        world.app.accounts.failed_sign_ins.count(None)
        world.clock.advance(minutes=2)
    world.clock.advance(hours=2)
    keep_access_record(world.app, OnePass())
    assert [each.count for each in accesses()] == [3]


def test_failures_wait_while_the_ledger_takes_no_events(world, staff, accesses):
    world.app.accounts.failed_sign_ins.count(None)
    world.clock.advance(minutes=2)
    with read_only(world):
        keep_access_record(world.app, OnePass())
    assert accesses() == []
    keep_access_record(world.app, OnePass())
    assert [each.count for each in accesses()] == [1]


def test_staff_can_sign_in_while_the_ledger_takes_no_events(world, staff):
    set_password(world.app.accounts, "J. Ortiz", PASSWORD)
    staff.client.delete_cookie("ledger_session")
    with read_only(world):
        sign_in(staff, "J. Ortiz", PASSWORD)
        assert staff.open("/campaigns").status_code == 200


# Looking.


def test_a_view_of_raw_words_is_recorded_once_an_hour(world, staff, accesses):
    seq = written(world)
    for _ in range(2):
        staff.read(f"/audit/{seq}")
    staff.read(f"/conversations/{world.contact()}")
    assert [(each.actor, each.contact_id, each.place) for each in accesses()] == [
        (staff.user_id, world.contact(), ViewPlace.EVENT)
    ]
    world.clock.advance(hours=1)
    staff.read(f"/conversations/{world.contact()}")
    assert [each.place for each in accesses()] == [ViewPlace.EVENT, ViewPlace.CONVERSATION]


def test_a_contact_page_counts_once_it_shows_a_text_of_the_person(world, staff, accesses):
    page = f"/deliveries/{world.delivery(world.launch())}"
    staff.read(page)
    assert accesses() == []
    written(world)
    staff.read(page)
    assert [each.place for each in accesses()] == [ViewPlace.CONTACT]


def test_a_preview_is_recorded(world, staff, accesses):
    campaign = world.launch([ADA, BEN])
    staff.read(f"/deliveries/{world.delivery(campaign, BEN)}/preview")
    (preview,) = accesses()
    assert (preview.contact_id, preview.campaign_id) == (world.contact(BEN), campaign)


def test_events_without_words_of_a_person_are_nobodys_view(world, staff, accesses):
    campaign = world.launch()
    world.pause(campaign)
    for recorded in world.app.ledger.reader.stream(campaign):
        staff.read(f"/audit/{recorded.seq}")
    staff.read("/audit")
    staff.read(f"/campaigns/{campaign}")
    assert accesses() == []


# Taking out.


def test_downloads_are_recorded_with_what_they_are_limited_to(world, staff, accesses):
    campaign = world.launch()
    ada, head = world.delivery(campaign), world.app.ledger.reader.head()
    staff.open(f"/campaigns/{campaign}/contacts.csv").close()
    staff.open("/opt-outs/opt-outs.csv").close()
    staff.read(f"/deliveries/{ada}/file")
    staff.open(f"/audit/events.ndjson?delivery={ada}&as_of={head}").close()
    staff.open(f"/audit/events.csv?contact={world.contact()}&as_of={head}").close()
    staff.open(f"/compare.csv?from=1&as_of={head}").close()
    staff.open(f"/campaigns/{campaign}/compare.csv?from=1&as_of={head}").close()
    staff.open(f"/deliveries/{ada}/compare.csv?from=1&as_of={head}").close()
    assert staff.open(f"/campaigns/cam_no/compare.csv?from=1&as_of={head}").status_code == 404
    found = [(e.kind, e.form, e.campaign_id, e.contact_id, e.until) for e in accesses()]
    assert found == [
        (ExportKind.CONTACTS, "csv", campaign, None, None),
        (ExportKind.OPT_OUTS, "csv", None, None, None),
        (ExportKind.PERSON_FILE, "html", None, world.contact(), None),
        (ExportKind.EVENTS, "ndjson", campaign, world.contact(), head),
        (ExportKind.EVENTS, "csv", None, world.contact(), head),
        (ExportKind.COMPARISON, "csv", None, None, head),
        (ExportKind.COMPARISON, "csv", campaign, None, head),
        (ExportKind.COMPARISON, "csv", None, world.contact(), head),
    ]


# Nobody waits for it, and nothing fails without it.


def test_a_page_does_not_wait_for_its_record(world, staff, accesses):
    seq = written(world)
    with world.app.ledger.recorder.commit():  # nobody else can write meanwhile
        assert staff.open(f"/audit/{seq}").status_code == 200
    assert [each.place for each in accesses()] == [ViewPlace.EVENT]


class read_only:  # noqa: N801 - a context manager
    """Within the block, the ledger's database refuses every change."""

    def __init__(self, world: World) -> None:
        self._engine = world.app.ledger.recorder._engine

    def __enter__(self) -> None:
        self._engine.dispose()
        sa.event.listen(self._engine, "connect", _refuse_changes)

    def __exit__(self, *_error: object) -> None:
        sa.event.remove(self._engine, "connect", _refuse_changes)
        self._engine.dispose()


def _refuse_changes(connection: object, _record: object) -> None:
    connection.execute("PRAGMA query_only = ON")


def test_a_page_of_a_ledger_that_takes_no_events_is_shown_and_logged(
    world, staff, accesses, caplog
):
    seq = written(world)
    with read_only(world):
        assert staff.open(f"/audit/{seq}").status_code == 200
        world.app.access_recorder.wait()
        assert staff.open("/health").json["access_unrecorded"] == 1
    logged = f"Not in the record of access: WordsViewed by {staff.user_id}, contact "
    assert f"{logged}{world.contact()}" in caplog.text
    staff.read(f"/audit/{seq}")
    assert [each.place for each in accesses()] == [ViewPlace.EVENT]


# Where it is shown.


def seqs_of(staff, query):
    rows = csv.DictReader(io.StringIO(staff.open(f"/audit/events.csv?{query}").text, newline=""))
    return {int(row["seq"]) for row in rows}


def test_lists_leave_it_out_unless_they_are_about_somebody_or_certain_events(world, staff):
    seq = written(world)
    staff.read(f"/audit/{seq}")
    world.app.access_recorder.wait()
    looked = world.app.ledger.reader.last("WordsViewed").seq
    until = f"as_of={looked}"
    assert staff.open("/audit").text.count(f'id="event-{looked}"') == 0
    shown = {
        query: looked in seqs_of(staff, f"{until}&{query}")
        for query in (
            *("", "access=yes", "is=access", "type=WordsViewed", f"seq={looked}"),
            *(f"actor={staff.user_id}", f"contact={world.contact()}"),
            *("routine=no", "access=no&seq=1..", f"routine=no&actor={staff.user_id}", "is=late"),
        )
    }
    assert {query for query, is_shown in shown.items() if not is_shown} == {
        *("", "routine=no", "access=no&seq=1..", f"routine=no&actor={staff.user_id}", "is=late")
    }
    assert seqs_of(staff, f"{until}&is=access") == {looked, 1}


def test_the_trail_names_who_looked_and_at_whom(world, staff):
    world.launch([ADA])
    staff.read(f"/audit/{written(world)}")
    world.app.access_recorder.wait()
    page = staff.read("/audit?is=access")
    assert "Looked at words of this person, on the page of an event Ada Lovelace" in page
    assert "Signed in with a link" in page


def test_a_wrong_answer_to_access_is_refused(staff):
    answer = staff.open("/audit?access=maybe")
    assert answer.status_code == 422
    assert "Write access:no or access:yes." in answer.text


def test_the_contact_page_says_who_looked_and_when(world, staff):
    page = f"/deliveries/{world.delivery(world.launch())}"
    assert "Nobody has, as far as is recorded." in staff.read(page)
    before = world.app.ledger.reader.head()
    seq = written(world)
    staff.read(f"/audit/{seq}")
    world.app.access_recorder.wait()
    looked = "Looked at words of this person, on the page of an event"
    words = staff.read(page)
    assert looked in words
    assert "by J. Ortiz" in words
    assert "Nobody has, as far as is recorded." in staff.read(f"{page}?as_of={before}")


def test_it_is_no_step_and_no_change_of_a_campaign(world, staff):
    campaign = world.launch()
    before = world.app.ledger.reader.head()
    staff.open(f"/campaigns/{campaign}/contacts.csv").close()
    world.app.access_recorder.wait()
    assert world.app.ledger.reader.head() > before
    step = staff.open(f"/campaigns/{campaign}?as_of={before}&step=last")
    assert step.location.endswith(f"as_of={before}")
    assert "0 events" in staff.read(f"/campaigns/{campaign}/compare?from={before}")
