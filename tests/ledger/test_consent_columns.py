"""The consent in a row of a contact file."""

from datetime import UTC, datetime
from io import BytesIO

import pytest

from ledger.messages.contact_file import read_contacts
from ledger.messages.skipped_rows import BadRows
from ledger.messages.template import Template
from ledger.messages.written_times import WrittenTimes

TIMES = WrittenTimes(zone="America/New_York", now=datetime(2026, 11, 24, 18, tzinfo=UTC))
AUGUST = datetime(2026, 8, 15, 4, tzinfo=UTC)


def consents(text):
    file = read_contacts(
        BytesIO(text.encode()),
        region="US",
        template=Template.parse("Hello"),
        skip_invalid=False,
        times=TIMES,
    )
    return [row.consent and (row.consent.source, row.consent.given_at) for row in file.rows]


@pytest.mark.parametrize("source", ["Consent source", "consent", "CONSENT_SOURCE"])
@pytest.mark.parametrize("time", ["Consent at", "consent time", "Consent date", "consent_given_at"])
def test_source_and_time_are_in_columns_of_several_names(source, time):
    assert consents(f"phone,{source},{time}\n4155550101,Fall form,2026-08-15\n") == [
        ("Fall form", AUGUST)
    ]


def test_a_file_without_such_columns_has_no_consent():
    assert consents("phone,form\n4155550101,Fall form\n") == [None]


def test_one_of_both_is_enough():
    text = "phone,consent_source,consent_at\n4155550101,Fall form,\n4155550102,,2026-08-15\n"
    assert consents(text) == [("Fall form", None), ("", AUGUST)]


@pytest.mark.parametrize("answer", ["No", "no.", "declined", "FALSE", "0", "Withdrawn"])
def test_an_answer_that_says_no_is_no_consent(answer):
    assert consents(f"phone,consent,consent_at\n4155550101,{answer},2026-08-15\n") == [None]


def test_blank_cells_are_no_consent():
    assert consents("phone,consent,consent_at\n4155550101,,\n") == [None]


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        ("last fall", "“last fall” is no time; write one such as 2026-11-24 or 2026-11-24T09:00"),
        ("2027-01-01", "“2027-01-01” is in the future"),
    ],
)
def test_a_time_that_cannot_be_makes_the_row_bad(time, reason):
    with pytest.raises(BadRows) as refusal:
        consents(f"phone,consent,consent_at\n4155550102,form,\n4155550101,form,{time}\n")
    assert refusal.value.named == (f"line 3: “4155550101”: the time of the consent, {reason}",)
