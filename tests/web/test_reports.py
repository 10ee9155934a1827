"""Reports: the rows of the uploaded file, in its order, with what became of each text."""

import csv
import io
import json
from urllib.parse import unquote

import pytest
from python_calamine import CalamineWorkbook

from kit.launch_form import press
from kit.staff import Staff, words_of
from kit.world import ADA, BEN, STAFF, World
from ledger.commands.launch import launch
from ledger.commands.launch_order import LaunchOrder
from ledger.messages.contact_cells import guarded, unguarded
from ledger.messages.contact_file import ParsedContacts, read_contacts
from ledger.messages.template import Template
from webapp.workbooks.making import make_waiting

FILE = (
    "Lincoln Elementary - Contact Export;;;;\r\n"
    "\r\n"
    "Student Number;First Name;Guardian 1 Phone;Guardian 2 Phone;Status\r\n"
    '20114;Renée;"(415) 555-0101";415-555-0109;active\r\n'
    "20116;Cy;see mother's number;;active\r\n"
    "20117;Ben;415 555 0102;;=1+1\r\n"
    ";;;;\r\n"
    "20115;Iñigo;415.555.0101;;active\r\n"
).encode("utf-16")
"""What the program of a school writes: a title, semicolons, UTF-16, an empty line, a note in place
of a number, and two children of one guardian.
"""
OWN = ["Student Number", "First Name", "Guardian 1 Phone", "Guardian 2 Phone", "Status"]


def read(file: bytes) -> ParsedContacts:
    template = Template.parse("Hello {{first_name}}")
    return read_contacts(io.BytesIO(file), region="US", template=template, skip_invalid=True)


@pytest.fixture
def campaign(world: World) -> str:
    """The file is launched; the guardian of two got the text, Ben's number is a landline."""
    parsed = read(FILE)
    order = LaunchOrder(
        name="Fair: 2026",
        message="Hello {{first_name}}",
        rows=parsed.rows,
        columns=parsed.columns,
        left_out=parsed.bad,
    )
    campaign_id = launch(world.app.ledger, order, STAFF)
    world.send()
    world.callback(world.delivery(campaign_id, ADA))
    world.callback(world.delivery(campaign_id, BEN), status="undelivered", code=30006)
    return campaign_id


def rows_of(text: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))


@pytest.mark.both_databases
def test_csv_joins_the_outcome_to_every_row_of_the_file(staff: Staff, campaign: str) -> None:
    answer = staff.open(f"/campaigns/{campaign}/report.csv")
    headings, *rows = rows_of(answer.data)
    assert headings[:7] == [*OWN, "Status (2)", "Reason"]
    assert [(row[0], row[5], row[6], row[8]) for row in rows] == [
        ("20114", "Delivered", "", ""),
        ("20116", "Not texted", "Left out", ""),
        ("20117", "Failed", "Unreachable number", "30006"),
        ("20115", "Delivered", "", ""),
    ]
    assert rows[2][4] == "'=1+1"
    assert rows[0][headings.index("SID")]
    assert rows[0][headings.index("Delivered at")]
    assert rows[0][headings.index("Segments")] == ""
    name = unquote(answer.headers["Content-Disposition"])
    assert "Fair 2026, " in name
    assert name.endswith(('.csv"', ".csv"))


def test_report_can_be_uploaded_again_as_it_is(staff: Staff, campaign: str) -> None:
    again = read(staff.open(f"/campaigns/{campaign}/report.csv").data)
    assert [row.cells[:5] for row in again.rows] == [
        ("20114", "Renée", "(415) 555-0101", "415-555-0109", "active"),
        ("20117", "Ben", "415 555 0102", "", "=1+1"),
    ]


def test_report_keeps_the_filter_and_the_search_of_the_page(staff: Staff, campaign: str) -> None:
    failed = staff.open(f"/campaigns/{campaign}/report.ndjson?status=failed")
    assert [json.loads(line)["Student Number"] for line in failed.text.splitlines()] == ["20117"]
    searched = staff.press(f"/campaigns/{campaign}/report", q="ren", form="csv")
    assert [row[0] for row in rows_of(searched.data)[1:]] == ["20114", "20115"]


def test_report_of_an_event_stays_the_same_file(staff: Staff, world: World, campaign: str) -> None:
    head = world.app.ledger.reader.head()
    before = staff.open(f"/campaigns/{campaign}/report.csv").data
    world.launch([ADA], name="Another")
    world.archive(campaign)
    assert staff.open(f"/campaigns/{campaign}/report.csv?as_of={head}").data == before


def test_workbook_has_the_same_cells_as_texts(staff: Staff, campaign: str) -> None:
    with staff.open(f"/campaigns/{campaign}/report.xlsx") as answer:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0)
    headings, _first, _second, ben, _fourth = sheet.to_python()
    assert headings[:5] == OWN
    assert ben[:6] == ["20117", "Ben", "415 555 0102", "", "=1+1", "Failed"]


def test_long_workbook_is_made_in_the_background(
    staff: Staff, world: World, campaign: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.pages.reports._MOST_ROWS_AT_ONCE", 0)
    answer = staff.open(f"/campaigns/{campaign}/report.xlsx?status=failed")
    assert answer.location == "/reports"
    assert "Waits to be made" in staff.read("/reports")
    make_waiting(world.app, least_free_bytes=0)
    assert "Ready: 1 row" in staff.read("/reports")
    (job, _before), *_ = world.app.workbooks.of_owner(staff_id(world), "report")
    with staff.open(f"/reports/{job.job_id}/file") as answer:
        assert answer.data[:2] == b"PK"
    assert "There is no workbook" in staff.read("/audit/workbooks")


def staff_id(world: World) -> str:
    """The account that pages act for."""
    return next(iter(world.app.accounts.names()))


def test_forgotten_contact_is_in_the_report_without_its_cells(
    staff: Staff, world: World, campaign: str
) -> None:
    world.forget(ADA)
    rows = rows_of(staff.open(f"/campaigns/{campaign}/report.csv").data)[1:]
    assert not [row for row in rows if "Renée" in row or "20115" in row]
    assert [row[5] for row in rows if row[0] == "Forgotten"] == ["Delivered"]


def test_follow_up_texts_a_part_of_an_earlier_campaign(
    staff: Staff, world: World, campaign: str
) -> None:
    form = staff.open(f"/campaigns/new?follow_up={campaign}&status=delivered")
    words = words_of(form.text)
    assert "Texts go to the numbers in Guardian 1 Phone." in words
    check = press(staff, form, "check", message="Thank you {{first_name}}")
    world.clock.advance(minutes=1)
    press(staff, check, "launch")
    follow_up = world.app.status.campaigns()[0]
    assert follow_up.name == "Fair: 2026: follow-up"
    assert [row.name for row in world.rows(follow_up.campaign_id)] == ["Renée, Iñigo"]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@A1", "\t=1+1", "\r=1+1"])
def test_a_cell_that_may_be_a_formula_is_guarded_and_read_back(cell):
    assert guarded(cell) == f"'{cell}"
    assert unguarded(guarded(cell)) == cell
