"""The rows of a contact file, in memory or on the disk."""

import gc

import pytest

from ledger.messages import contact_rows
from ledger.messages.contact_rows import ContactFileRow, FirstLines, RowsOnDisk

ROWS = [
    ContactFileRow(n, f"+1415555{n:04}", f"Zo\u00eb {n}", {"grade": str(n)}) for n in range(1201)
]


@pytest.fixture(params=["in memory", "on the disk"])
def rows(request, monkeypatch):
    if request.param == "on the disk":
        monkeypatch.setattr(contact_rows, "_IN_MEMORY", 1000)
    return RowsOnDisk(iter(ROWS))


def test_rows_can_be_iterated_more_than_once(rows):
    assert (len(rows), list(rows), list(rows)) == (1201, ROWS, ROWS)


def test_two_iterations_at_once_do_not_disturb_each_other(rows):
    assert list(zip(rows, rows, strict=True)) == list(zip(ROWS, ROWS, strict=True))


def test_the_file_is_closed_with_the_last_reference():
    rows = RowsOnDisk(ROWS)
    file = rows._file
    del rows
    gc.collect()
    assert file.closed


def test_no_rows_are_false():
    assert not RowsOnDisk([])


def test_a_number_keeps_its_first_line():
    with FirstLines() as lines:
        assert [lines.add("+14155550101", 2), lines.add("+14155550101", 3)] == [True, False]
        assert (lines.of("+14155550101"), lines.of("+14155550102")) == (2, None)
