"""Contacts who have one number get one text, which names them all."""

import io

from ledger.messages.contact_file import ParsedContacts, read_contacts
from ledger.messages.template import Template

ONE, TWO = "4155550101", "4155550102"
HEADER = "Phone,First Name,Last Name,Room\n"


def read(rows: str, message: str = "Hi {{first_name}}", header: str = HEADER) -> ParsedContacts:
    return read_contacts(
        io.BytesIO(f"{header}{rows}".encode()),
        region="US",
        template=Template.parse(message),
        skip_invalid=True,
    )


def texts(parsed: ParsedContacts, message: str) -> list[str]:
    return [Template.parse(message).merge(row.fields) for row in parsed.rows]


def test_siblings_are_named_in_one_text():
    parsed = read(f"{ONE},Ada,Okafor,1\n{TWO},Cleo,Lund,2\n{ONE},Ben,Okafor,3\n")
    assert [row.name for row in parsed.rows] == ["Ada Okafor, Ben Okafor", "Cleo Lund"]
    assert texts(parsed, "Hi {{first_name}}") == ["Hi Ada & Ben", "Hi Cleo"]
    assert parsed.report.shared_numbers == 1
    (row,) = parsed.skipped
    assert (str(row), row.is_duplicate, row.is_joined) == (
        "line 4: Ben Okafor, \u201c4155550101\u201d: same number as line 2; one text for both",
        True,
        True,
    )


def test_three_are_joined_with_commas():
    parsed = read(f"{ONE},Ada,X,\n{ONE},Ben,X,\n{ONE},Cy,X,\n")
    assert texts(parsed, "{{first_name}} {{last_name}}") == ["Ada, Ben & Cy X"]


def test_a_row_that_repeats_the_contact_is_a_duplicate():
    parsed = read(f"{ONE},Ada,Okafor,1\n{ONE},ADA,Okafor,1\n{ONE},,,\n")
    assert [row.name for row in parsed.rows] == ["Ada Okafor"]
    assert (parsed.report.shared_numbers, len(parsed.repeated)) == (0, 2)


def test_a_name_that_is_merged_tells_siblings_apart():
    header = "Guardian Name,Guardian Cell,Student First Name\n"
    parsed = read(
        f"Eve Lund,{ONE},Ada\nEve Lund,{ONE},Ben\n", "About {{student_first_name}}", header
    )
    assert texts(parsed, "About {{student_first_name}}") == ["About Ada & Ben"]


def test_any_other_field_is_of_the_first_row_and_that_is_said():
    message = "{{first_name}}: room {{room}}"
    parsed = read(f"{ONE},Ada,X,1\n{ONE},Ben,X,2\n", message)
    assert texts(parsed, message) == ["Ada & Ben: room 1"]
    assert parsed.report.differing_fields == {"room": 1}


def test_a_crowd_is_not_named_in_the_text():
    parsed = read("".join(f"{ONE},Child{n},,\n" for n in range(7)))
    (row,) = parsed.rows
    assert row.name == "Child0, Child1, Child2, Child3, Child4 and 2 more"
    assert row.fields["first_name"] == "Child0"
    assert parsed.report.differing_fields == {"first_name": 1}


def test_names_that_make_the_text_too_long_are_left_out():
    message = "Hi {{first_name}}" + "." * 1590
    parsed = read(f"{ONE},Ada,,\n{ONE},Benjamin,,\n", message)
    assert [row.fields["first_name"] for row in parsed.rows] == ["Ada"]


def test_siblings_are_found_however_far_apart():
    others = "".join(f"{4155560000 + n},X,,\n" for n in range(2000))
    parsed = read(f"{ONE},Ada,,\n{others}{ONE},Ben,,\n")
    assert next(iter(parsed.rows)).name == "Ada, Ben"
    assert len(parsed.rows) == 2001
