"""Files of opt-outs: which columns are read, and what becomes of rows that cannot be read."""

from datetime import UTC, datetime
from io import BytesIO

import pytest

from ledger.errors import BadInput
from ledger.messages.contact_header import PhoneColumnUnclear
from ledger.messages.opt_out_file import read_opt_outs
from ledger.messages.skipped_rows import BadRows
from ledger.messages.written_times import WrittenTimes

TIMES = WrittenTimes(zone="America/New_York", now=datetime(2026, 11, 24, 18, tzinfo=UTC))
FOUR_BAD_ROWS = (
    "4 rows of the file cannot be read, so that no opt-out is recorded. Correct the file, or have "
    "bad rows skipped:"
)
ADA, BEN = "+14155550101", "+14155550102"


def read(text, **options):
    file = BytesIO(text.encode())
    return read_opt_outs(file, times=TIMES, **{"skip_invalid": False} | options)


def only(text, **options):
    (row,) = read(text, **options).rows
    return row


def test_a_row_has_a_number_a_source_and_a_time():
    row = only(f"phone,source,means,opted_out_at\n{ADA},staff,letter,2026-11-24T09:00\n")
    assert (row.line, row.phone) == (2, ADA)
    assert (row.source, row.means) == ("staff", "letter")
    assert row.received_at == datetime(2026, 11, 24, 14, tzinfo=UTC)


def test_a_column_of_numbers_is_enough():
    row = only("Mobile\n(415) 555-0101\n")
    assert (row.phone, row.source, row.means, row.received_at) == (ADA, "staff", None, None)


@pytest.mark.parametrize("heading", ["received_at", "Opt-out date", "Time", "Date", "Opt out at"])
def test_the_time_is_in_a_column_of_several_names(heading):
    assert only(f"phone,{heading}\n{ADA},2026-11-24\n").received_at is not None


@pytest.mark.parametrize(
    ("source", "means", "expected"),
    [
        ("inbound", "", ("inbound", None)),
        ("words", "", ("words", None)),
        ("provider", "letter", ("provider", None)),
        ("staff", "", ("staff", None)),
        ("staff", "In person", ("staff", "in-person")),
        ("Letter", "", ("staff", "letter")),
        ("", "phone", ("staff", "phone")),
        ("", "", ("staff", None)),
    ],
)
def test_source_and_means_are_those_of_an_export_or_one_of_both(source, means, expected):
    row = only(f"phone,source,means\n{ADA},{source},{means}\n")
    assert (row.source, row.means) == expected


def test_the_means_for_the_file_count_for_rows_without_their_own():
    file = read(f"phone,source\n{ADA},\n{BEN},letter\n", means="phone")
    assert [row.means for row in file.rows] == ["phone", "letter"]


def test_an_unknown_source_never_leaves_an_opt_out_out():
    file = read(f"phone,source\n{ADA},Web form\n{BEN},Web form\n")
    assert [(row.source, row.means) for row in file.rows] == [("staff", "other")] * 2
    assert file.unknown_sources == {"Web form": 2}


def test_bad_rows_refuse_the_file_with_line_value_and_reason():
    with pytest.raises(BadRows) as refusal:
        read(f"phone,time\n415-555,\n{ADA},soon\n{BEN},2027-01-01\n,2026-01-01\n{ADA},\n")
    assert str(refusal.value).splitlines() == [
        FOUR_BAD_ROWS,
        "line 2: “415-555”: the number is too short",
        f"line 3: “{ADA}”: “soon” is no time; write one such as 2026-11-24 or 2026-11-24T09:00",
        f"line 4: “{BEN}”: “2027-01-01” is in the future",
        "line 5: no phone number",
    ]


def test_bad_rows_can_be_skipped():
    file = read(f"phone\n415-555\n{ADA}\n", skip_invalid=True)
    assert [row.phone for row in file.rows] == [ADA]
    assert [row.line for row in file.skipped] == [2]


def test_a_file_of_bad_rows_alone_is_refused_all_the_same():
    with pytest.raises(BadRows, match="No row of the file can be read"):
        read("phone\n415-555\n", skip_invalid=True)


def test_a_row_with_more_cells_than_the_header_is_bad():
    with pytest.raises(BadRows, match="3 cells, but the header has 2"):
        read(f"phone,source\n{ADA},letter,oops\n")


def test_forgotten_contacts_of_an_export_are_counted_and_not_bad():
    file = read(f"contact_id,phone\ncon_abc,\ncon_def,{ADA}\n")
    assert ([row.phone for row in file.rows], file.forgotten) == ([ADA], 1)


def test_a_number_may_be_listed_twice_for_it_may_have_two_opt_outs():
    file = read(f"phone,source\n{ADA},staff\n{ADA},words\n")
    assert [row.source for row in file.rows] == ["staff", "words"]


def test_a_file_without_opt_outs_is_refused():
    with pytest.raises(BadInput, match="a header and no opt-outs below it"):
        read("phone,source\n")


def test_staff_choose_among_several_columns_of_numbers():
    text = f"Mother cell,Father cell\n{ADA},{BEN}\n"
    with pytest.raises(PhoneColumnUnclear, match="Several columns have phone numbers"):
        read(text)
    assert only(text, phone_column="Father cell").phone == BEN


def test_a_file_without_a_column_of_numbers_is_refused():
    with pytest.raises(PhoneColumnUnclear):
        read("name,source\nAda,letter\n")
