"""All campaigns by month: the page, its filters, its past, the API and the CSV."""

import csv
import io
from datetime import UTC, datetime

import pytest
from python_calamine import CalamineWorkbook

from kit.api import ApiClient, system_token
from kit.offices import add_office, launch_for
from kit.staff import Staff, words_of
from kit.world import ADA, BEN, CLEO, World
from ledger.commands.text_prices import RecordTextPrices
from ledger.domain.offices import Scope
from ledger.domain.text_prices import TextPrice
from projections.responses import ResponsesQueries


@pytest.fixture
def year(database_url, clock, provider):
    """A campaign in March and one at the end of May in Chicago, which is June in UTC."""
    world = World.open(database_url, clock, provider, LEDGER_TIME_ZONE="America/Chicago")
    march = world.launch((ADA, BEN, CLEO), name="Spring fair")
    world.send()
    clock.advance(seconds=3)
    world.callback(world.delivery(march, ADA))
    world.callback(world.delivery(march, BEN), 1, "undelivered", 30006)
    world.inbound("Thanks", ADA, sid="SMin1")
    world.inbound("STOP", ADA, sid="SMin2")
    sid = world.sid_of(world.delivery(march, ADA))
    prices = {sid: TextPrice(1, 7_900, "USD")}
    world.execute(RecordTextPrices(stream_id="prc_1", campaign_id=march, prices=prices))
    clock.advance(datetime(2026, 6, 1, 3, tzinfo=UTC) - clock.now())
    world.launch((CLEO,), name="Graduation")
    world.send()
    yield world
    world.close()


def html(staff, path):
    page = staff.open(path)
    assert page.status_code == 200
    return page.text


def rows(page):
    """The rows of the table, as words."""
    found = [row.partition("</tr>")[0] for row in page.split("<tr ")[1:]]
    return [words_of(row) for row in found if 'id="month-' in row[:60]]


def test_each_month_of_the_schools_zone_has_its_numbers(year):
    page = html(Staff(year), "/months")
    assert rows(page)[0].startswith("May 2026 1 1 1 0 1 0 100 % 0 0 none")
    assert rows(page)[1].startswith("April 2026: no campaigns")
    assert rows(page)[2].startswith("March 2026 1 3 3 1 1 1 66.6 % 2 1 0.0079 USD of 1 text")
    assert rows(page)[3].startswith("All of 2026 2 4 4 1 2 1 75.0 % 2 1 0.0079 USD of 1 text")


def test_a_month_leads_to_its_campaigns(year):
    staff = Staff(year)
    page = html(staff, "/months")
    assert 'href="/campaigns?month=2026-05"' in page
    listed = html(staff, "/campaigns?month=2026-05")
    assert "Only campaigns that were launched in May 2026." in words_of(listed)
    assert "Graduation" in listed
    assert "Spring fair" not in listed
    empty = words_of(html(staff, "/campaigns?month=2026-04"))
    assert "No campaign was launched in April 2026" in empty
    assert staff.open("/campaigns?month=2026-13").status_code == 404


def test_chart_and_times_are_there(year):
    page = html(Staff(year), "/months")
    assert "March 2026: 1 delivered, 1 pending, 1 failed." in page
    assert '<th scope="row">03:00</th><td class="heat-1" title="1 text">3 s</td>' in page


@pytest.mark.both_databases
def test_a_past_moment_has_the_numbers_of_then(year):
    """Both follow the same rules: the past is read from events, the present from small tables."""
    staff, head = Staff(year), year.app.ledger.reader.head()
    assert rows(html(staff, f"/months?as_of={head}")) == rows(html(staff, "/months"))
    sent = next(e.seq for e in year.app.ledger.reader.events() if e.topic == "CallbackReceived")
    page = html(staff, f"/months?as_of={sent - 1}")
    assert [row[:44] for row in rows(page)] == ["March 2026 1 3 3 0 3 0 100 % 0 0 none"]


def test_another_year_is_empty_and_a_wrong_one_is_refused(year):
    staff = Staff(year)
    assert "No campaigns in 2024" in words_of(html(staff, "/months?year=2024"))
    assert staff.open("/months?year=later").status_code == 404
    assert staff.open("/months?quarter=1").status_code == 404


def test_workbook_has_the_numbers_of_the_csv(year):
    staff = Staff(year)
    answer = staff.open("/months/months.xlsx?year=2026")
    assert answer.headers["Content-Disposition"] == "attachment; filename=months-2026.xlsx"
    (sheet,) = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).sheet_names
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_name(sheet)
    headings, *months = rows.to_python()
    lines = list(csv.reader(staff.open("/months/months.csv?year=2026").text.splitlines()))
    assert headings == [lines[0][0].removeprefix("\ufeff"), *lines[0][1:]]
    assert [month[0] for month in months] == [line[0] for line in lines[1:]]
    assert [month[1:] for month in months] == [
        [float(cell) if cell else "" for cell in line[1:]] for line in lines[1:]
    ]


def test_api_and_csv_have_the_same_numbers(year):
    staff = Staff(year)
    answer = ApiClient(staff.app, system_token(year)).get("/months?year=2026").json
    text = staff.open("/months/months.csv?year=2026").data.decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text)))
    assert answer["years"] == [2026]
    assert [month["month"] for month in answer["months"]] == ["2026-05", "2026-04", "2026-03"]
    march = answer["months"][2]
    assert (march["unreachable"], march["replies"], march["opt_outs"]) == (1, 2, 1)
    assert march["amounts"] == [{"currency": "USD", "amount": "0.0079"}]
    for month, line in zip(answer["months"], lines, strict=True):
        shared = set(line) & set(month)
        assert {name: str(month[name]) for name in shared} == {n: line[n] for n in shared}
    assert [line["cost USD"] for line in lines] == ["", "", "0.0079"]


def test_no_campaigns_make_an_empty_page(staff):
    assert "No campaigns in 2026" in words_of(html(staff, "/months"))


def test_an_office_has_its_own_months(world):
    north, south = add_office(world, "North"), add_office(world, "South")
    launch_for(world, north, "Northern", {ADA: "Ada Byron"})
    launch_for(world, south, "Southern", {BEN: "Ben Okri", CLEO: "Cleo Merode"})
    world.send()
    world.inbound("Thanks", ADA, sid="SMn1")
    world.app.views.catch_up()
    staff = Staff(world)
    assert rows(html(staff, f"/months?office={north}"))[0].startswith(
        "March 2026 1 1 1 0 1 0 100 % 1 0"
    )
    assert rows(html(staff, f"/months?office={south}"))[0].startswith(
        "March 2026 1 2 2 0 2 0 100 % 0 0"
    )
    assert rows(html(staff, "/months"))[0].startswith("March 2026 2 3 3 0 3 0 100 % 1 0")
    seen = world.app.within(Scope(frozenset([south])))
    march = [datetime(2026, month, 1, tzinfo=UTC) for month in (3, 4)]
    assert seen.responses.between(march) == [(0, 0)]
    head = world.app.ledger.reader.head()
    assert seen.responses.as_of(head).between(march, north) == [(0, 0)]
    assert len(seen.status.campaigns()) == 1
    assert seen.costs.accepted().keys() == {seen.status.campaigns()[0].campaign_id}


@pytest.mark.both_databases
def test_responses_are_the_same_from_the_table_and_from_the_events(world):
    world.launch((ADA, BEN))
    world.send()
    for number, words in enumerate(("Thanks", "STOP", "When?"), 1):
        world.inbound(words, ADA if number % 2 else BEN, sid=f"SMr{number}")
    world.app.views.catch_up()
    queries = ResponsesQueries(world.app.views.engine)
    bounds = [datetime(2026, month, 1, tzinfo=UTC) for month in (1, 3, 4, 5)]
    newest = queries.between(bounds)
    world.app.views.follow(5.0)
    head = world.app.ledger.reader.head()
    assert newest == queries.between(bounds) == queries.as_of(head).between(bounds)
    assert newest == [(0, 0), (3, 1), (0, 0)]
    assert list(world.app.views.differences()) == []
