"""A contact file is read completely, with its bad rows named, or refused with a sentence."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.errors import BadInput
from ledger.messages.contact_file import ParsedContacts, read_contacts
from ledger.messages.contact_report import BrokenCell
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
        ContactFileRow(
            2,
            "+14155550101",
            "Ada Lovelace",
            fields,
            "America/Los_Angeles",
            cells=("(415) 555-0101", "Ada", "Lovelace", "5"),
        )
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
        (b"%PDF-1.7", "This is not a CSV file."),
        (b"\r\n<HTML><table><tr><td>Phone", "This is not a CSV file."),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Workbook>", "This is not a CSV file."),
        (b"phone\n415\x005550101\n", "This is not a text file."),
        ("phone\n4155550101\n".encode("utf-16-le"), "This is not a text file."),
        ("phone\n4155550101\n".encode("utf-32"), "This is not a text file."),
        (b"phone\n4155550101\n\x81\n", "Line 3 of the file is neither UTF-8 nor Windows-1252"),
        (b"phone\r4155550101\r\x81\r", "Line 3 of the file is neither UTF-8 nor Windows-1252"),
        (b"phone\r\n41\r\n\x81\r\n", "Line 3 of the file is neither UTF-8 nor Windows-1252"),
        (b"\xef\xbb\xbfphone\n\xeb\n", "Line 2 of the file is not UTF-8 text."),
        (b"\xff\xfep", "Line 1 of the file is not UTF-16 text."),
    ],
)
def test_a_file_that_is_not_text_is_refused(data, beginning):
    assert refusal(data, skip_invalid=True).startswith(beginning)


def test_a_file_in_no_encoding_is_refused_with_the_way_to_save_it():
    assert 'choose "Save As", then "CSV UTF-8' in refusal(b"phone,name\n4155550101,Zo\x81\n")


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("cp1252", "Windows-1252")],
)
def test_the_encoding_is_recognized_and_kept(encoding, name):
    parsed = read(f"phone,name\n{ONE},Zo\u00eb \u2013 \u20ac\n".encode(encoding))
    assert parsed.report.encoding == name
    assert [row.name for row in parsed.rows] == ["Zo\u00eb \u2013 \u20ac"]


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


def test_a_merge_field_that_two_columns_have_is_refused():
    text = f"phone,First Name,first_name\n{ONE},A,B\n"
    assert refusal(text, "{{first_name}}") == (
        'Several columns have the merge field first_name: "First Name", "first_name". Rename one.'
    )
    assert first(text).name == "A"


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
        ("Nombre,Apellidos", "Ada,Lovelace", "Ada Lovelace"),
        ("Nom,Pr\u00e9nom", "Lovelace,Ada", "Ada Lovelace"),
        ("Student Name", "Ada Lovelace", "Ada Lovelace"),
        ("name", '"=""Ada"""', "Ada"),
        ("name", "'Dee", "Dee"),
        ("name", "\u200b", ""),
        ("name", "#N/A", ""),
        ("grade", "5", ""),
    ],
)
def test_the_name_is_the_column_name_or_else_first_and_last(header, cells, name):
    assert first(f"phone,{header}\n{ONE},{cells}\n").name == name


def test_names_and_fields_lose_blanks_around_them_and_control_characters():
    row = first(f'phone,name\n{ONE},"  Ada\nLove\x07lace\x7f\t"\n')
    assert (row.name, row.fields["name"]) == ("Ada Lovelace", "Ada Lovelace")


def test_a_merged_field_is_cleaned_and_any_other_is_kept_as_it_is():
    text = f"phone,a,b\n{ONE}, 'x\u200b, 'x\u200b\n"
    (row,) = read(text, "{{a}}").rows
    assert (row.fields["a"], row.fields["b"]) == ("x", "'x\u200b")


def test_what_a_recipient_would_notice_is_counted():
    text = (
        f"phone,name\n{ONE},\n{TWO},#N/A\n{THREE},A\u200bda\n"
        "4155550104,Jos\u00c3\u00a9\n4155550105,B\u200bo\n12,\n"
    )
    report = read(text, "Hi {{name}}", skip_invalid=True).report
    assert report.blank_fields == {"name": 2}
    assert report.errors == {("name", "#N/A"): 1}
    assert report.dropped == {("name", "\u200b"): 2}
    assert report.broken == [BrokenCell(5, "name", "Jos\u00c3\u00a9")]


def test_a_blank_field_with_a_default_is_not_counted():
    parsed = read(f"phone,name\n{ONE},\n", "Hi {{name|there}}")
    assert parsed.report.blank_fields == {}


def test_a_field_in_other_brackets_refuses_the_file():
    assert refusal(f"phone,First Name\n{ONE},Ada\n", "Hi {First Name}", skip_invalid=True) == (
        "The message would be sent with {First Name} in it. To have it replaced by each contact's "
        "value, write {{first_name}}."
    )


def test_words_in_one_brace_that_are_no_column_are_reported():
    parsed = read(
        f"phone,name\n{ONE},Ada\n", message="{frist_name}, {5}, { } {{name}} {frist_name}"
    )
    assert parsed.report.single_braced == ("{frist_name}",)


def test_thousands_of_columns_are_read():
    header = ",".join(f"c{n}" for n in range(10_000))
    cells = "," * 9_999
    assert len(first(f"phone,{header}\n{ONE},{cells}\n").fields) == 10_001


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
def test_a_bad_row_is_joined_by_line_and_reason(row, reason):
    parsed = read(f"phone,name\n{THREE},Grace\n{row}\n", skip_invalid=True)
    assert [(row.line, row.reason) for row in parsed.bad] == [(3, reason)]
    assert parsed.skipped == parsed.bad


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("415-555,Ada Okafor", "line 2: Ada Okafor, \u201c415-555\u201d: the number is too short"),
        ("415-555,", "line 2: \u201c415-555\u201d: the number is too short"),
        (",Ada Okafor", "line 2: Ada Okafor: no phone number"),
        ("=1,\x1b[2J'Ada", "line 2: [2J'Ada, \u201c=1\u201d: not a phone number"),
        (f"{'9' * 60},", f"line 2: \u201c{'9' * 40}\u2026\u201d: the number is too long"),
    ],
)
def test_a_bad_row_is_shown_with_its_name_and_number(row, words):
    parsed = read(f"phone,name\n{row}\n{ONE},Bo\n", skip_invalid=True)
    assert [str(row) for row in parsed.bad] == [words]


def test_a_bad_row_refuses_the_whole_file():
    assert refusal(f"phone\n{ONE}\n12\n") == (
        "1 row of the file cannot be texted. Correct the file, or have bad rows skipped:\n"
        "line 3: \u201c12\u201d: the number is too short"
    )


def test_of_many_bad_rows_ten_are_named_and_the_others_counted():
    lines = refusal("phone\n" + f"{ONE}\n" + "12\n" * 1212).splitlines()
    assert (lines[0][:11], lines[10], lines[11:]) == (
        "1,212 rows ",
        "line 12: \u201c12\u201d: the number is too short",
        ["and 1,202 more"],
    )


def test_ten_bad_rows_are_all_named():
    lines = refusal(f"phone\n{ONE}\n" + "12\n" * 10).splitlines()
    assert lines[-1] == "line 12: \u201c12\u201d: the number is too short"


def test_a_file_without_a_usable_row_is_refused_even_when_bad_rows_are_skipped():
    assert refusal("phone\n12\n", skip_invalid=True) == (
        "No row of the file can be texted:\nline 2: \u201c12\u201d: the number is too short"
    )


def test_the_first_row_of_a_number_is_used_and_the_others_are_skipped():
    parsed = read(f"phone,name\n{ONE},Ada\n{TWO},Bo\n+1 415 555-0101,Ada\n{ONE},\n")
    assert [row.name for row in parsed.rows] == ["Ada", "Bo"]
    assert [(row.line, row.reason) for row in parsed.skipped] == [
        (4, "same number as line 2"),
        (5, "same number as line 2"),
    ]
    assert parsed.bad == ()


def test_a_bad_row_does_not_make_a_later_row_a_duplicate():
    text = f"phone,note\n{ONE},\n{ONE},x\n"
    parsed = read(text, "{{note}}", skip_invalid=True)
    assert [row.line for row in parsed.rows] == [3]
    assert [(row.line, row.reason) for row in parsed.bad] == [(2, "message would be empty")]


def test_bad_rows_and_duplicates_are_listed_in_the_order_of_the_file():
    parsed = read(f"phone\n{ONE}\n12\n{ONE}\n13\n", skip_invalid=True)
    assert [(row.line, row.is_duplicate) for row in parsed.skipped] == [
        (3, False),
        (4, True),
        (5, False),
    ]


def test_a_message_too_long_after_merging_makes_its_row_bad():
    text = f"phone,note\n{ONE},x\n{TWO},{'x' * 1740}\n"
    (row,) = read(text, "Hi{{note}}", skip_invalid=True).bad
    assert (row.line, row.reason) == (
        3,
        "message would be 1,742 characters, the limit is 1,600",
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
    data = b"phone\n" + b"4155550101\n" * 20_000 + b"\x81\n"
    assert refusal(data).startswith("Line 20002 of the file is neither UTF-8 nor Windows-1252")


def test_quotation_marks_inside_a_cell_are_plain_text():
    assert first(f'phone,name\n{ONE},Ada "the first"\n').name == 'Ada "the first"'


def test_progress_is_reported_every_thousand_rows_and_at_the_end():
    counts: list[int] = []
    file = io.BytesIO(("phone\n" + f"{ONE}\n" * 2500).encode())
    read_contacts(file, region="US", template=HELLO, skip_invalid=False, progress=counts.append)
    assert counts == [1000, 2000, 2500]


_DROPPED = {0: None, ord("\x1a"): None}


@example(cells=[("", "\x1a")], delimiter=",")
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
    filled = [pair for pair in cells if "".join(pair).translate(_DROPPED).strip()]
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


def test_numbers_abroad_are_counted_by_country_with_the_most_first():
    numbers = ("4155550101", "+3235550123", "+16475052806", "+16475052807", "+15005550001")
    assert list(read("\n".join(("phone", *numbers))).report.numbers_abroad.items()) == [
        ("CA", 2),
        ("BE", 1),
    ]


def test_numbers_of_the_schools_country_are_not_abroad():
    assert read(f"phone\n{ONE}\n+15555550101").report.numbers_abroad == {}


def test_a_number_that_is_skipped_is_not_counted_abroad():
    parsed = read("phone\n+16475052806\n+16475052806\n+3235", skip_invalid=True)
    assert parsed.report.numbers_abroad == {"CA": 1}
