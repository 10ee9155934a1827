"""A contact file is read completely, with its bad rows named, or refused with a sentence."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadInput
from ledger.messages.contact_file import ParsedContacts, SkippedRow, read_contacts
from ledger.messages.contact_rows import ContactFileRow
from ledger.messages.template import Template

HELLO = Template.parse("Hello")
ONE = "4155550101"
TWO = "4155550102"
THREE = "4155550103"


def read(
    text: str | bytes, message: str = "Hello", *, skip_invalid: bool = False
) -> ParsedContacts:
    data = text.encode() if isinstance(text, str) else text
    template = Template.parse(message)
    file = io.BytesIO(data)
    return read_contacts(file, region="US", template=template, skip_invalid=skip_invalid)


def first(text: str | bytes) -> ContactFileRow:
    return next(iter(read(text).rows))


def refusal(text: str | bytes, message: str = "Hello", *, skip_invalid: bool = False) -> str:
    with pytest.raises(BadInput) as refused:
        read(text, message, skip_invalid=skip_invalid)
    return str(refused.value)


def test_a_row_has_its_line_number_name_and_fields():
    parsed = read("Phone,First Name,Last Name,Grade\n(415) 555-0101,Ada,Lovelace,5\n")
    fields = {
        "phone": "+14155550101",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "grade": "5",
    }
    assert list(parsed.rows) == [
        ContactFileRow(2, "+14155550101", "Ada Lovelace", fields, "America/Los_Angeles")
    ]
    assert parsed.skipped == ()


@pytest.mark.parametrize(
    "data",
    [
        f"phone,name\n{ONE},Zo\u00eb\n".encode(),
        f"phone,name\n{ONE},Zo\u00eb\n".encode("utf-8-sig"),
        f"phone;name\r\n{ONE};Zo\u00eb\r\n".encode("utf-8-sig"),
        f"phone\tname\r\n{ONE}\tZo\u00eb\r\n".encode("utf-16"),
        b"\xfe\xff" + f"phone\tname\n{ONE}\tZo\u00eb".encode("utf-16-be"),
        f"phone,name\r{ONE},Zo\u00eb".encode(),
        f'"phone", "name"\n"{ONE}", "Zo\u00eb"\n'.encode(),
        f'="phone",name\n="{ONE}",Zo\u00eb\n'.encode(),
        f"\n\nphone,name\n\n{ONE},Zo\u00eb\n".encode(),
    ],
)
def test_every_text_format_of_spreadsheets_is_read(data):
    row = first(data)
    assert (row.phone, row.name) == ("+14155550101", "Zo\u00eb")


@pytest.mark.parametrize(
    ("data", "beginning"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b" \r\n\t\n", "The file is empty."),
        (b"PK\x03\x04\x14\x00", "This is not a CSV file."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "This is not a CSV file."),
        (b"%PDF-1.7", "This is not a CSV file."),
        (b"phone\n415\x005550101\n", "This is not a text file."),
        ("phone\n4155550101\n".encode("utf-16-le"), "This is not a text file."),
        ("phone\n4155550101\n".encode("utf-32"), "This is not a text file."),
        (b"phone,name\n4155550101,A\n4155550102,Zo\xeb\n", "Line 3 of the file is not UTF-8"),
        (b"\xff\xfep", "Line 1 of the file is not UTF-8"),
    ],
)
def test_a_file_that_is_not_text_is_refused(data, beginning):
    assert refusal(data, skip_invalid=True).startswith(beginning)


def test_a_file_in_another_encoding_is_refused_with_the_way_to_save_it():
    assert 'choose "Save As", then "CSV UTF-8' in refusal(b"phone,name\n4155550101,Zo\xeb\n")


def test_a_header_alone_is_refused():
    assert refusal("phone,name\n\n,\n") == "The file has a header and no contacts below it."


@pytest.mark.parametrize(
    "heading",
    [
        *("phone", "PHONE", "Phone #", "Phone Number", "phone_number", "Tel.", "Telephone"),
        *("Cell", "Cell Phone", "cellphone", "Mobile", "Mobile-Phone", " number ", "Parent Phone"),
    ],
)
def test_the_phone_column_is_known_by_many_names(heading):
    assert first(f"id,{heading}\n7,{ONE}\n").phone == "+14155550101"


@pytest.mark.parametrize(
    "header",
    ["phone,mobile", "mobile,phone", "cell,mobile", "number,mobile", "parent phone,mobile"],
)
def test_of_several_phone_columns_the_mobile_is_used(header):
    cells = ",".join(ONE if heading == "mobile" else TWO for heading in header.split(","))
    assert first(f"{header}\n{cells}\n").phone == "+14155550101"


@pytest.mark.parametrize(
    ("headings", "cells", "field"),
    [
        ('phone,"last; first; middle"', f"{ONE},x", "last_first_middle"),
        ('"last; first; middle",phone', f"x,{ONE}", "last_first_middle"),
        ('"grade, room, seat";phone', f"x;{ONE}", "grade_room_seat"),
        ('phone\t"grade, room, seat"', f"{ONE}\tx", "grade_room_seat"),
        ('"a;b","c;d;e",phone', f"y,x,{ONE}", "c_d_e"),
        ('"the ""first""; second; third",phone', f"x,{ONE}", "the_first_second_third"),
    ],
)
def test_a_quoted_heading_may_hold_another_delimiter(headings, cells, field):
    assert first(f"{headings}\n{cells}\n").fields[field] == "x"


def test_a_file_without_a_phone_column_is_refused_with_the_columns_it_has():
    assert refusal("Name, E-Mail,,Grade\nA,B,C,D\n") == (
        'The file has no column "phone" or "mobile". Its columns are: Name, E-Mail, Grade.'
    )


def test_two_columns_of_one_merge_field_are_refused():
    assert refusal(f"phone,First Name,first_name\n{ONE},A,B\n") == (
        'Two columns have the merge field first_name: "First Name", "first_name".'
    )


def test_columns_without_a_heading_are_ignored():
    fields = first(f"phone,,Grade,\u96fb\u8a71,,\n{ONE},x,5,y,z,\n").fields
    assert fields == {"phone": "+14155550101", "grade": "5"}


def test_the_number_is_also_the_field_phone():
    fields = first(f"Cell\n{ONE}\n").fields
    assert fields == {"cell": "+14155550101", "phone": "+14155550101"}


def test_another_column_called_phone_keeps_its_own_value():
    fields = first(f"mobile,phone\n{ONE},office\n").fields
    assert fields == {"mobile": "+14155550101", "phone": "office"}


@pytest.mark.parametrize(
    ("header", "cells", "name"),
    [
        ("name", "Ada Lovelace", "Ada Lovelace"),
        ("Full Name", "Ada Lovelace", "Ada Lovelace"),
        ("Contact Name", "Ada Lovelace", "Ada Lovelace"),
        ("first_name,last_name", "Ada,Lovelace", "Ada Lovelace"),
        ("Last,First", "Lovelace,Ada", "Ada Lovelace"),
        ("Surname,Given name", "Lovelace,Ada", "Ada Lovelace"),
        ("FirstName,LastName", "Ada,", "Ada"),
        ("name,first_name,last_name", "Countess,Ada,Lovelace", "Countess"),
        ("name,first_name,last_name", ",Ada,Lovelace", "Ada Lovelace"),
        ("grade", "5", ""),
    ],
)
def test_the_name_is_the_column_name_or_else_first_and_last(header, cells, name):
    assert first(f"phone,{header}\n{ONE},{cells}\n").name == name


def test_names_and_fields_lose_blanks_around_them_and_control_characters():
    row = first(f'phone,name\n{ONE},"  Ada\nLove\x07lace\x7f\t"\n')
    assert (row.name, row.fields["name"]) == ("Ada Lovelace", "Ada Lovelace")


def test_a_line_number_is_where_the_row_starts():
    text = f'phone,note\n\n{ONE},"a\nb\r\nc"\n,\n{TWO},x\r\n{THREE},y'
    assert [row.line for row in read(text).rows] == [3, 7, 8]


def test_a_row_with_too_few_cells_is_filled_with_blanks():
    assert first(f"grade,phone,room\n5,{ONE}\n").fields["room"] == ""


def test_blank_cells_beyond_the_header_are_ignored():
    assert len(read(f"phone,name\n{ONE},Ada,, \n").rows) == 1


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"{ONE},Ada,Lovelace,", "4 cells, but the header has 2"),
        ("555-0101,Ada", "the area code is missing"),
        (",Ada", "no phone number"),
        ("n/a,Ada", "not a phone number"),
    ],
)
def test_a_bad_row_is_named_by_line_and_reason(row, reason):
    parsed = read(f"phone,name\n{THREE},Grace\n{row}\n", skip_invalid=True)
    assert parsed.skipped == parsed.bad == (SkippedRow(3, reason),)


def test_a_bad_row_refuses_the_whole_file():
    assert refusal(f"phone\n{ONE}\n12\n") == (
        "1 row of the file cannot be texted. Correct the file, or have bad rows skipped:\n"
        "line 3: the number is too short"
    )


def test_of_many_bad_rows_ten_are_named_and_the_others_counted():
    lines = refusal("phone\n" + f"{ONE}\n" + "12\n" * 1212).splitlines()
    assert (lines[0][:11], lines[10], lines[11:]) == (
        "1,212 rows ",
        "line 12: the number is too short",
        ["and 1,202 more"],
    )


def test_ten_bad_rows_are_all_named():
    lines = refusal(f"phone\n{ONE}\n" + "12\n" * 10).splitlines()
    assert lines[-1] == "line 12: the number is too short"


def test_a_file_without_a_usable_row_is_refused_even_when_bad_rows_are_skipped():
    assert refusal("phone\n12\n", skip_invalid=True) == (
        "No row of the file can be texted:\nline 2: the number is too short"
    )


def test_the_first_row_of_a_number_is_used_and_the_others_are_skipped():
    parsed = read(f"phone,name\n{ONE},Ada\n{TWO},Bo\n+1 415 555-0101,Cy\n{ONE},Di\n")
    assert [row.name for row in parsed.rows] == ["Ada", "Bo"]
    assert [(row.line, row.reason) for row in parsed.skipped] == [
        (4, "same number as line 2"),
        (5, "same number as line 2"),
    ]
    assert parsed.bad == ()


def test_a_bad_row_does_not_make_a_later_row_a_duplicate():
    text = f"phone,note\n{ONE},\n{ONE},x\n"
    parsed = read(text, "{{note}}", skip_invalid=True)
    assert ([row.line for row in parsed.rows], parsed.bad) == (
        [3],
        (SkippedRow(2, "message would be empty"),),
    )


def test_bad_rows_and_duplicates_are_listed_in_the_order_of_the_file():
    parsed = read(f"phone\n{ONE}\n12\n{ONE}\n13\n", skip_invalid=True)
    assert [(row.line, row.is_duplicate) for row in parsed.skipped] == [
        (3, False),
        (4, True),
        (5, False),
    ]


def test_a_message_too_long_after_merging_makes_its_row_bad():
    text = f"phone,note\n{ONE},x\n{TWO},{'x' * 1740}\n"
    assert read(text, "Hi{{note}}", skip_invalid=True).bad == (
        SkippedRow(3, "message would be 1,742 characters, the limit is 1,600"),
    )


def test_an_unknown_merge_field_refuses_the_file_even_when_bad_rows_are_skipped():
    text = f"phone,First Name\n{ONE},Ada\n"
    assert refusal(text, "Hi {{firstname}}", skip_invalid=True) == (
        "The file has no column for {{firstname}}. "
        "Did you mean {{first_name}}? It has: phone, first_name."
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f'phone,name\n{ONE},"Ada\n{TWO},Bo\n', 2),
        (f'phone,name\n{ONE},Ada\n{TWO},"Bo" Diddley\n', 3),
        (f"phone,name\n{ONE},{'x' * 200_000}\n", 2),
        ('"phone\n', 1),
    ],
)
def test_a_row_with_an_open_quotation_mark_refuses_the_file(text, line):
    said = refusal(text, skip_invalid=True)
    assert said.startswith(f"The row at line {line} cannot be read: a quotation mark")


@pytest.mark.parametrize("shift", range(4))
def test_a_long_file_is_read_across_the_borders_of_its_chunks(shift):
    lines = "".join(f"{4155550000 + n},Zo\u00eb\n" for n in range(6000))
    rows = list(read(f"phone,name,{shift * 'x'}\n{lines}").rows)
    assert (len(rows), {row.name for row in rows}) == (6000, {"Zo\u00eb"})


def test_bytes_that_are_not_text_are_named_by_their_line():
    data = b"phone\n" + b"4155550101\n" * 20_000 + b"\xff\n"
    assert refusal(data).startswith("Line 20002 of the file is not UTF-8 text.")


def test_quotation_marks_inside_a_cell_are_plain_text():
    assert first(f'phone,name\n{ONE},Ada "the first"\n').name == 'Ada "the first"'


def test_progress_is_reported_every_thousand_rows_and_at_the_end():
    counts: list[int] = []
    file = io.BytesIO(("phone\n" + f"{ONE}\n" * 2500).encode())
    read_contacts(file, region="US", template=HELLO, skip_invalid=False, progress=counts.append)
    assert counts == [1000, 2000, 2500]


@given(
    st.lists(
        st.tuples(st.sampled_from([ONE, TWO, THREE, "12", ""]), st.text(max_size=8)),
        max_size=12,
    ),
    st.sampled_from([",", ";", "\t"]),
)
def test_every_row_that_is_not_blank_is_read_or_skipped_with_a_reason(cells, delimiter):
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([("phone", "note"), ("4155550100", "first"), *cells])
    data = written.getvalue().replace("\0", "").encode()
    parsed = read(data, skip_invalid=True)
    filled = [pair for pair in cells if "".join(pair).replace("\0", "").strip()]
    assert len(parsed.rows) + len(parsed.skipped) == len(filled) + 1


@given(
    start=st.sampled_from([b"", b"phone,name\n", b"phone\n4155550101\n"]),
    data=st.binary(max_size=60) | st.text(',;\t"\n\r =+0123456789ab', max_size=60).map(str.encode),
)
def test_any_bytes_are_read_or_refused(start, data):
    try:
        parsed = read(start + data, skip_invalid=True)
    except BadInput:
        return
    assert parsed.rows
