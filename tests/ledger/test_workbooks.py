"""Workbooks are read as a person sees them, and none can take the machine's memory."""

import io
from datetime import date, datetime, time

import pytest

from kit.workbooks import ods, xls, xlsx, xlsx_of_rows
from ledger.errors import BadInput
from ledger.messages.contact_file import ParsedContacts, read_contacts
from ledger.messages.contact_rows import ContactFileRow
from ledger.messages.template import Template

ADA = ("Ada", 4155550101.0)


def read(data: bytes, phone_column: str | None = None) -> ParsedContacts:
    return read_contacts(
        io.BytesIO(data),
        region="US",
        template=Template.parse("Hello"),
        skip_invalid=True,
        phone_column=phone_column,
    )


def first(data: bytes) -> ContactFileRow:
    return next(iter(read(data).rows))


def refusal(data: bytes) -> str:
    with pytest.raises(BadInput) as refused:
        read(data)
    return str(refused.value)


def test_numbers_are_whole_and_rows_are_those_of_the_sheet():
    parsed = read(xlsx({"Contacts": [[], ["Contact Export"], [], ["Name", "Phone"], ADA, [], ADA]}))
    assert [(row.line, row.phone, row.name) for row in parsed.rows] == [(5, "+14155550101", "Ada")]
    assert [row.line for row in parsed.skipped] == [7]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (5.0, "5"),
        (5.25, "5.25"),
        (-3.0, "-3"),
        (1e15, "1000000000000000"),
        (True, "TRUE"),
        (date(2026, 11, 30), "2026-11-30"),
        (datetime(2026, 11, 30, 8, 30), "2026-11-30 08:30"),  # noqa: DTZ001
        (time(8, 30), "08:30"),
        ("007", "007"),
        ("Zo\u00eb & <Bo>", "Zo\u00eb & <Bo>"),
        ("#N/A", ""),
        (None, ""),
    ],
)
def test_a_cell_is_read_as_a_person_would_write_it(cell, text):
    row = first(xlsx({"S": [["Phone", "Note"], [4155550101.0, cell]]}))
    assert row.fields["note"] == text


def test_the_first_sheet_with_a_phone_column_is_read_and_named():
    parsed = read(
        xlsx(
            {
                "Info": [["Read me", "please"]],
                "Grade 5": [["Name", "Phone"], ADA],
                "Grade 6": [["Phone", "A", "B"], [4155550102.0]],
            }
        )
    )
    assert (parsed.report.sheet, len(parsed.rows)) == ("Grade 5", 1)
    assert parsed.report.other_sheets == ("Grade 6",)


def test_a_sheet_that_explains_the_columns_is_not_read():
    explained = [["Column", "Meaning"], ["Phone", "the number of a parent"]]
    file = xlsx({"Read me": explained, "Grade 5": [["Name", "Phone"], ADA]})
    assert read(file).report.sheet == "Grade 5"
    assert read(file).report.other_sheets == ()


def test_the_only_sheet_needs_no_name():
    assert read(xlsx({"Grade 5": [["Name", "Phone"], ADA]})).report.sheet == ""


def test_a_chosen_column_chooses_its_sheet():
    file = xlsx({"A": [["Phone"], [4155550101.0]], "B": [["Cell of Ada"], [4155550102.0]]})
    parsed = read(file, "cell of ada")
    assert [row.phone for row in parsed.rows] == ["+14155550102"]


def test_a_hidden_sheet_is_not_read():
    file = xlsx({"Old": [["Phone"], [4155550101.0]], "New": [["Phone"], [4155550102.0]]}, ["Old"])
    assert first(file).phone == "+14155550102"


@pytest.mark.parametrize("data", [xls(), ods(("Phone", "Name"), ("415 555 0101", "Zo\u00eb"))])
def test_workbooks_of_old_excel_and_libreoffice_are_read(data):
    row = first(data)
    assert (row.line, row.phone, row.name) == (2, "+14155550101", "Zo\u00eb")


@pytest.mark.parametrize(
    ("data", "beginning"),
    [
        (xlsx({"S": []}), "The workbook is empty."),
        (xlsx({"S": [["Phone"], [4155550101.0]]}, ["S"]), "The workbook is empty."),
        (xlsx({"S": [["Phone"]]}), "The file has a header and no contacts below it."),
        (xlsx({"S": [["Who", "Where"]]}), 'The file has no column "phone" or "mobile".'),
        (b"PK\x03\x04spreadsheet", "This workbook cannot be read; it may be damaged"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 letter",
            "This workbook cannot be read; it may be damaged",
        ),
        (xlsx({"S": [["Phone"], [4155550101.0]]})[:-40], "This workbook cannot be read"),
    ],
)
def test_a_workbook_that_cannot_be_used_is_refused(data, beginning):
    assert refusal(data).startswith(beginning)


def test_a_cell_far_away_takes_no_memory_of_this_process():
    near, far = ("A1", 1), ("XFD1048576", 1048576)
    rows = "".join(f'<row r="{n}"><c r="{at}"><v>1</v></c></row>' for at, n in (near, far))
    assert refusal(xlsx_of_rows({"S": rows})).startswith("This workbook is damaged, or too large")
