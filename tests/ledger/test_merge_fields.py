"""Names of merge fields, and fields in the brackets of other programs."""

import pytest

from ledger.messages.merge_fields import misspelled_field

FIELDS = ("phone", "first_name", "last_name", "grade")


@pytest.mark.parametrize(
    "written",
    [
        *("{first_name}", "{ First Name }", "[first_name]", "[FIRSTNAME]", "[[first_name]]"),
        *("((first_name))", "(first_name)", "${first_name}", "%{first_name}", "#{first_name}"),
        *("{$first_name}", "{%first_name%}", "<first_name>", "<<first_name>>", "<%= first_name %>"),
        *(
            "\u00abFirst Name\u00bb",
            "*|FNAME|*",
            "*|FIRST_NAME|*",
            "%first_name%",
            "%%first_name%%",
        ),
        *("#first_name#", "|first_name|", "{first_name|there}", "{contact.first_name}"),
        *("\uff5bfirst_name\uff5d", "$first_name", "$FirstName"),
    ],
)
def test_a_field_in_other_brackets_is_noticed(written):
    field = misspelled_field(f"Hi {written}, welcome", FIELDS)
    assert field is not None
    assert (field.written, field.name) == (written, "first_name")


@pytest.mark.parametrize(
    "text",
    [
        *("{hello}", "[see below]", "(grade)", "50% grade 5%", "first_name", "a < b > c", "{}"),
        *("*|UNSUB|*", "Grade: {5}", "#1 phone", "* grade *"),
    ],
)
def test_ordinary_brackets_are_text(text):
    assert misspelled_field(text, FIELDS) is None
