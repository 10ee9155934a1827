"""The workbook of the audit trail: the events of its CSV, as cells of text, number and time."""

import csv
import errno
import io
import re
import time
import zipfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from python_calamine import CalamineWorkbook

from kit.forging import forging
from kit.store import ledger_file
from kit.world import ADA, BEN
from ledger.store.search import Kind
from webapp.audit.export import AuditExport, Format
from webapp.audit.names import AuditNames
from webapp.audit.query import AuditQuery, SeqRange
from webapp.audit.rows import CSV_FIELDS, Row
from webapp.audit.words import exact_words_of, read_arguments
from webapp.audit.workbook import LONGEST_CELL, AuditWorkbook
from webapp.audit.workbook_export import WorkbookOrder, write_workbook

NIGHT = datetime(2026, 3, 2, 9, tzinfo=UTC)
EVERYTHING = AuditQuery()
WHAT_HAPPENED = CSV_FIELDS.index("what_happened")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def tell(world):
    campaign_id = world.launch([ADA, BEN], name="=HYPERLINK(1)")
    world.send()
    world.callback(world.delivery(campaign_id), status="undelivered", code=30006)
    world.catch_up()
    return campaign_id


@dataclass
class Made:
    data: bytes
    sha256: str

    def sheet(self, name):
        return sheet_of(self.data, name)


def sheet_of(data, name):
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name(name).to_python()


@pytest.fixture
def folder(tmp_path):
    """Where temporary files are written: none may stay."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    yield folder
    assert list(folder.iterdir()) == []


def make(world, folder, query=EVERYTHING, up_to=None):
    up_to = world.app.ledger.reader.head() if up_to is None else up_to
    order = WorkbookOrder(query=query, up_to=up_to, names=AuditNames(world.app, up_to))
    file = io.BytesIO()
    summary = write_workbook(world.app, order, file, folder=folder)
    return Made(file.getvalue(), summary.sha256)


def csv_rows(world, query, up_to):
    reader = world.app.ledger.reader
    export = AuditExport(reader, AuditNames(world.app, up_to), query.search(reader), up_to)
    text = "".join(part.text for part in export.parts(Format.CSV))
    return list(csv.reader(io.StringIO(text, newline="")))


def as_csv(row):
    """The cells as the CSV has them, where an apostrophe stands before what may be a formula."""
    seq, at, *texts = row
    written = f"{at.replace(tzinfo=UTC):%Y-%m-%dT%H:%M:%S.%f}"
    return [
        str(int(seq)),
        written,
        *(f"'{t}" if t.startswith(FORMULA_STARTS) else t for t in texts),
    ]


def written_rows(folder, rows, **options):
    file = io.BytesIO()
    with AuditWorkbook(file, folder=folder, created_at=NIGHT, **options) as workbook:
        workbook.add(rows)
        workbook.finish([("Search", "Every event")])
    return file.getvalue()


@pytest.mark.parametrize("search", ["all", "contact", "campaign", "none"])
def test_the_rows_are_those_of_the_csv_of_the_same_search(world, campaign, folder, search):
    query = {
        "all": AuditQuery(),
        "contact": AuditQuery(contact=(world.contact(ADA),)),
        "campaign": AuditQuery(campaign=campaign),
        "none": AuditQuery(sid="SMnone"),
    }[search]
    head = world.app.ledger.reader.head()
    headings, *rows = make(world, folder, query).sheet("Events")
    expected_headings, *expected = csv_rows(world, query, head)
    for row in expected:
        row[1] = f"{datetime.fromisoformat(row[1]):%Y-%m-%dT%H:%M:%S.%f}"
    assert headings == expected_headings == list(CSV_FIELDS)
    assert [as_csv(row) for row in rows] == expected


def test_the_same_search_up_to_the_same_event_is_the_same_file_later(
    world, campaign, folder, monkeypatch
):
    query, head = AuditQuery(campaign=campaign), world.app.ledger.reader.head()
    first = make(world, folder, query, head)
    world.clock.advance(hours=3)
    world.callback(world.delivery(campaign), 1, "delivered")
    world.catch_up()
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    again = make(world, folder, query, head)
    monkeypatch.undo()
    time.tzset()
    assert again == first
    assert make(world, folder, query) != first


def test_the_file_was_created_when_its_last_event_was_recorded(world, campaign, folder):
    head = world.app.ledger.reader.head()
    with zipfile.ZipFile(io.BytesIO(make(world, folder).data)) as archive:
        properties = archive.read("docProps/core.xml").decode()
    at = f"{world.app.ledger.reader.time_at(head):%Y-%m-%dT%H:%M:%SZ}"
    assert re.findall(r">([^<]*)</dcterms:(\w+)>", properties) == [
        (at, "created"),
        (at, "modified"),
    ]
    assert re.findall(r"<dc:creator>(.*?)<", properties) in ([], [""])


def test_a_text_is_never_a_formula_a_link_or_markup(folder):
    texts = [
        *("=1+1", "+14155550101", "-1", "@SUM(A1)", "https://school.example", "mailto:a@b.example"),
        *("<r><t>red</t></r>", "<r>&</r>", "_x0041_", " a ", "a\r\nb", "a\tb", "007", "1e5"),
        *("\x00\x01\x08\x0b\x1f", "tail\x7f\x85", "😀", "TRUE", "#REF!"),
    ]
    rows = [Row(seq=seq, summary=text) for seq, text in enumerate(texts, start=1)]
    workbook = written_rows(folder, rows)
    _headings, *found = sheet_of(workbook, "Events")
    assert [row[WHAT_HAPPENED] for row in found] == texts
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert [name for name, xml in parts.items() if "<f>" in xml or "hyperlink" in xml] == []
    assert all(ET.fromstring(xml) is not None for xml in parts.values())


def test_a_character_that_no_xml_may_hold_is_written_in_the_workbooks_own_escape(folder):
    _headings, row = sheet_of(written_rows(folder, [Row(seq=1, summary="a\ufffeb")]), "Events")
    assert row[WHAT_HAPPENED] == "a_xFFFE_b"


@pytest.mark.parametrize("text", ["a" * LONGEST_CELL, "😀" * (LONGEST_CELL // 2)])
def test_a_text_of_the_longest_length_is_whole_in_its_cell(folder, text):
    workbook = written_rows(folder, [Row(seq=1, summary=text)])
    assert sheet_of(workbook, "Events")[1][WHAT_HAPPENED] == text
    assert sheets_of(workbook) == ["About", "Events"]


@pytest.mark.parametrize("text", ["ab" * 40_000, "😀" * 20_000], ids=["letters", "emoji"])
def test_a_longer_text_is_whole_in_a_sheet_of_its_own(folder, text):
    rows = [Row(seq=7, summary=text), Row(seq=8, summary="short"), Row(seq=9, summary=text)]
    workbook = written_rows(folder, rows)
    cells = [row[WHAT_HAPPENED] for row in sheet_of(workbook, "Events")[1:]]
    assert cells[0] == text[:16_000] + "… (whole in the sheet “Long texts”)"
    assert cells[1] == "short"
    headings, *parts = sheet_of(workbook, "Long texts")
    assert headings == ["seq", "column", "part", "text"]
    for seq in (7, 9):
        of_row = [part for part in parts if part[0] == seq]
        assert "".join(text for *_place, text in of_row) == text
        assert [part for _seq, _column, part, _text in of_row] == [*range(1, len(of_row) + 1)]
        assert {column for _seq, column, *_more in of_row} == {"what_happened"}


def test_more_rows_than_a_sheet_can_hold_go_on_in_further_sheets(folder):
    rows = [Row(seq=seq, summary="a") for seq in range(1, 6)]
    workbook = written_rows(folder, rows, rows_per_sheet=3)
    assert sheets_of(workbook) == ["About", "Events", "Events 2", "Events 3"]
    found = [sheet_of(workbook, name) for name in sheets_of(workbook)[1:]]
    assert [[row[0] for row in sheet] for sheet in found] == [
        ["seq", 1, 2],
        ["seq", 3, 4],
        ["seq", 5],
    ]


def test_the_first_sheet_says_what_the_file_is(world, campaign, folder):
    reader, head = world.app.ledger.reader, world.app.ledger.reader.head()
    query = AuditQuery(contact=(world.contact(ADA),), code="30006")
    workbook = make(world, folder, query)
    lines = {line[0]: line[1] for line in workbook.sheet("About")}
    last = reader.stream(world.delivery(campaign))[-1].seq
    command = lines["To make it again"]
    assert lines == {
        "Delivery Ledger": "Events of the audit trail",
        "Search": 'contact:"Ada Lovelace" code:30006',
        "Record of access": "included",
        "Ledger": world.app.ledger.ledger_id,
        "As of event": head,
        "Recorded at": reader.time_at(head).replace(tzinfo=None),
        "Fingerprint of that event": reader.event(head).row.leaf.hex(),
        "Events in this workbook": 1,
        "First event": last,
        "Last event": last,
        "Sheets of events": 1,
        "Times": "UTC, to the millisecond; the CSV of the same events has microseconds.",
        "Long texts": "None: every text is whole in its cell.",
        "To make it again": command,
        "Or on the page": f"/audit/exports?contact={world.contact(ADA)}&code=30006&as_of={head}",
        "The same file": "The same search as of the same event is the same file, with the same "
        "SHA-256, until somebody in it is forgotten or renamed. Another version of the program may "
        "write it differently.",
    }
    assert command == (
        f"delivery-ledger audit contact:{world.contact(ADA)} code:30006 --as-of {head} --xlsx "
        "--out events.xlsx"
    )


def test_the_first_sheet_names_the_ledger_where_there_are_several(world, campaign, folder):
    settings = replace(world.app.settings, ledger_name="north")
    north = replace(world, app=replace(world.app, settings=settings))
    lines = {line[0]: line[1] for line in make(north, folder, up_to=3).sheet("About")}
    assert lines["To make it again"] == (
        "delivery-ledger --ledger north audit --as-of 3 --xlsx --out events.xlsx"
    )


def test_the_search_of_the_command_is_the_search_of_the_file(world, campaign, staff):
    queries = [
        AuditQuery(type=("CampaignLaunched", "CampaignClosed"), actor=staff.user_id),
        AuditQuery(contact=(world.contact(ADA), world.contact(BEN)), campaign=campaign),
        AuditQuery(delivery=world.delivery(campaign), sid="SM1", code="30006"),
        AuditQuery(since=NIGHT, until=NIGHT + timedelta(days=1, microseconds=3)),
        AuditQuery(seq=SeqRange(4, 9), kind=Kind.LATE, leaves_out_routine=True, access=True),
        AuditQuery(),
    ]
    names = AuditNames(world.app)
    for query in queries:
        assert read_arguments(exact_words_of(query), names, world.clock.now()) == query


def test_an_altered_event_is_shown_as_altered(world, campaign, folder):
    seq = world.app.ledger.reader.head()
    world.close()
    with forging(ledger_file(world.folder)) as file:
        file.execute(f"UPDATE events SET actor = 'Ben', leaf = 'no bytes' WHERE seq = {seq}")
    workbook = make(world.again(), folder)
    *_others, last = workbook.sheet("Events")
    assert [cell for cell in last if cell] == [seq, "Altered: this event is not what was recorded"]
    lines = {line[0]: line[1] for line in workbook.sheet("About")}
    assert lines["Fingerprint of that event"] == "It was altered: see `delivery-ledger verify`."


def test_nobody_who_was_forgotten_is_in_it(world, campaign, folder):
    head = world.app.ledger.reader.head()
    assert b"Lovelace" in events_xml(make(world, folder, up_to=head).data)
    world.forget(ADA)
    world.catch_up()
    assert b"Lovelace" not in events_xml(make(world, folder, up_to=head).data)


class FullDisk(io.BytesIO):
    """A file on a disk that has room for a few bytes."""

    def write(self, data):
        if self.tell() + len(data) > 500:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


def test_a_full_disk_is_one_error_and_nothing_is_written_after_it(world, campaign, tmp_path):
    order = WorkbookOrder(query=EVERYTHING, up_to=3, names=AuditNames(world.app, 3))
    with FullDisk() as file, pytest.raises(OSError, match="No space left") as raised:
        write_workbook(world.app, order, file, folder=tmp_path)
    assert raised.value.errno == errno.ENOSPC


def events_xml(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read("xl/worksheets/sheet2.xml")


def sheets_of(data):
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).sheet_names
