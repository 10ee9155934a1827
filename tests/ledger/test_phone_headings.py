"""Which columns have phone numbers, by their headings alone."""

import pytest

from ledger.messages.phone_headings import phone_heading


@pytest.mark.parametrize(
    "heading",
    [
        *("Phone", "PHONE #", "Tel.", "Telephone", "Ph#", "PHN_NBR", "Phones", "MSISDN"),
        *("Primary Phone", "Cell Phone 1", "Guardian 1 Phone Number", "Phone Number 1"),
        *("Phone (mobile)", "Phone 1 - Value", "guardian_cell", "contacts.cellPhone"),
        *("Mother Cell", "Mother's Cell Phone", "Parent/Guardian Mobile", "Mobile No."),
        *("cellphone", "homephone", "guardianphonenumber", "mother_dayphone", "HomePhone1"),
        *("Tel\u00e9fono", "M\u00f3vil", "Celular del padre", "N\u00famero de tel\u00e9fono"),
        *("T\u00e9l\u00e9phone", "T\u00e9l. portable", "T\u00e9l. m\u00e8re", "Tele\u0301fono"),
        *("Phone\nNumber", " Phone Number* ", "Home/Cell Phone", "Emergency Contact 1 Phone"),
    ],
)
def test_a_phone_column_is_recognized(heading):
    assert phone_heading(heading) is not None
    assert not phone_heading(heading).is_doubtful


@pytest.mark.parametrize(
    "heading",
    [
        *("Phone Type", "Phone 1 - Type", "Phone Extension", "Cell Provider", "phonetype", "Fax"),
        *(
            "SMS Opt In",
            "Cell Phone Consent",
            "Phone Notes",
            "Phone Country Code",
            "Mobile Carrier",
        ),
        *("Student Number", "ID", "Account Number", "Name", "Hotel", "Cellar", "Excel", ""),
        *("Best time to call", "School Phone", "Doctor Phone", "Do not text this phone", "x" * 100),
    ],
)
def test_any_other_column_is_not(heading):
    assert phone_heading(heading) is None


@pytest.mark.parametrize(
    "heading",
    [
        "Number",
        "Contact No.",
        "Portable",
        "SMS",
        "Text Number",
        "WhatsApp",
        "Room phone",
        "P1 Cell",
        "What is your cell phone number?",
        "Has phone",
    ],
)
def test_a_doubtful_heading_counts_by_its_cells(heading):
    assert phone_heading(heading).is_doubtful


@pytest.mark.parametrize(
    ("better", "other"),
    [
        ("mobile", "cell"),
        ("cell", "phone"),
        ("Parent Cell", "Phone"),
        ("mobile", "parent mobile"),
        ("phone", "number"),
        ("Phone", "Home Phone"),
        ("Home Phone", "Work Phone"),
        ("Work Phone", "Emergency Cell"),
        ("Primary Phone", "Phone"),
        ("Phone", "Alternate Phone"),
        ("Mother Cell", "Room Cell"),
        ("Work Cell", "Phone"),
    ],
)
def test_of_two_columns_one_is_better(better, other):
    assert phone_heading(better).rank < phone_heading(other).rank


def test_the_first_of_numbered_columns_is_better():
    first, second = phone_heading("Guardian 1 Phone"), phone_heading("Guardian 2 Phone")
    assert (first.rank, first.ordinals < second.ordinals) == (second.rank, True)
    assert not first.is_rivalled_by(second)


@pytest.mark.parametrize(
    ("one", "other", "is_rivalled"),
    [
        ("Mother Cell", "Father Cell", True),
        ("Student Cell", "Parent Phone", True),
        ("Cell", "Mother Cell", False),
        ("Mother Cell", "Father Phone", False),
        ("Mother Cell", "Student Emergency Cell", False),
    ],
)
def test_columns_of_different_people_are_rivals(one, other, is_rivalled):
    assert phone_heading(one).is_rivalled_by(phone_heading(other)) == is_rivalled
