"""Which row of a file is its header, which column is texted, and how the file is delimited."""

import io

import pytest

from ledger.errors import BadInput
from ledger.messages.contact_file import ParsedContacts, columns_in, read_contacts
from ledger.messages.contact_header import PhoneColumnUnclear
from ledger.messages.template import Template

ONE, TWO, THREE = "4155550101", "4155550102", "4155550103"


def read(text: str, phone_column: str | None = None, message: str = "Hello") -> ParsedContacts:
    return read_contacts(
        io.BytesIO(text.encode()),
        region="US",
        template=Template.parse(message),
        skip_invalid=False,
        phone_column=phone_column,
    )


def texted(text: str, phone_column: str | None = None) -> list[tuple[int, str]]:
    return [(row.line, row.phone[2:]) for row in read(text, phone_column).rows]


def refusal(text: str, phone_column: str | None = None) -> PhoneColumnUnclear:
    with pytest.raises(PhoneColumnUnclear) as refused:
        read(text, phone_column)
    return refused.value


@pytest.mark.parametrize(
    ("titles", "line"),
    [
        ("Contact Export - Spring 2026\n", 2),
        ("Contact Export\n\nGenerated:,2026-11-26 08:00\n\n", 5),
        ("Guardian phone numbers of grade 5\n", 2),
        ("Mobile\n", 2),
        ("Questions?,415-555-0199\n", 2),
        ('"Two\nlines"\n', 3),
        (99 * "Please do not share this list\n", 100),
    ],
)
def test_titles_may_stand_above_the_header(titles, line):
    assert texted(f"{titles}Name,Mobile\nAda,{ONE}\n") == [(line + 1, ONE)]


@pytest.mark.parametrize(
    "merged",
    ["Student,,Phone Numbers,,", "Élève,,Téléphones,,", "Alumno,,Teléfonos del acudiente,,"],
)
def test_headings_that_span_columns_may_stand_above_the_header(merged):
    rows = f"First Name,Last Name,Home,Cell,Work\nAda,Lund,{TWO},{ONE},{THREE}\n"
    assert texted(f"{merged}\n{rows}") == [(3, ONE)]


def test_a_first_contact_without_a_number_is_no_header():
    rows = f"Student,Phone,Room\nAda,no phone,4\nBen,{ONE},5\n"
    with pytest.raises(BadInput, match=r"line 2: Ada, .no phone.: not a phone number"):
        read(rows)


def test_a_contact_is_no_header():
    assert refusal(f"Name,Contact,Kind\nAda,{ONE},x\nBen,,Cell\n").columns == (
        "Name",
        "Contact",
        "Kind",
    )


def test_a_file_without_headings_is_refused_with_the_cure():
    with pytest.raises(BadInput) as refused:
        read(f"{ONE},Ada\n{TWO},Ben\n")
    assert str(refused.value) == (
        "The file has no row of headings: its first row has a phone number. Add a row above it "
        'with a heading for each column, such as "Phone" and "First name".'
    )


@pytest.mark.parametrize("text", ["\n ,, \n", "\x1a", "\u200b,\n"])
def test_a_file_of_blank_cells_is_empty(text):
    with pytest.raises(BadInput, match=r"^The file is empty.$"):
        read(text)


FAR_BELOW = f"Name,Grade,Phone\nAda,5,{ONE}\n"


@pytest.mark.parametrize("above", ["x,y\n" * 100, "x,y,z\n" * 20 + "\n" + "x,y\n" * 80])
def test_a_header_far_below_is_not_searched(above):
    assert str(refusal(f"{above}{FAR_BELOW}")).endswith(
        "A row of headings below the first 100 rows is not found."
    )


def test_a_file_without_a_phone_column_is_not_said_to_be_long():
    assert str(refusal("x,y\n" * 100)).endswith("Its columns are: x, y.")


def test_of_rows_with_many_cells_only_the_first_may_be_the_header():
    assert texted("x,y,z\n" * 19 + FAR_BELOW) == [(21, ONE)]
    assert refusal("x,y,z\n" * 20 + FAR_BELOW).columns == ("x", "y", "z")


@pytest.mark.parametrize("line", ["sep=;", "SEP=;", '"sep=;"', "sep=;;;", "\ufeffsep=;"])
def test_the_first_line_may_name_the_delimiter(line):
    assert texted(f"{line}\r\nName, full;Mobile\r\nAda;{ONE}\r\n") == [(3, ONE)]


@pytest.mark.parametrize("delimiter", ["\t", ",", "|", ":"])
def test_the_named_delimiter_may_be_any_character(delimiter):
    assert texted(f"sep={delimiter}\nName{delimiter}Mobile\nAda{delimiter}{ONE}\n") == [(3, ONE)]


@pytest.mark.parametrize(
    "text",
    [
        f"phone,first_name,grade;room;bus;x\n{ONE},Ada,5\n",
        f"Last, First, Middle, Suffix\tphone\nx\t{ONE}\n",
        f"a;b;c;d,phone\nx,{ONE}\n",
        f"name|phone\nAda|{ONE}\n",
    ],
)
def test_the_delimiter_is_the_one_that_gives_a_phone_column(text):
    assert texted(text) == [(2, ONE)]


def test_ctrl_z_at_the_end_is_no_row():
    assert texted(f"phone\n{ONE}\n\x1a") == [(2, ONE)]
    assert texted(f"phone\n{ONE}\x1a\x1a") == [(2, ONE)]
    assert texted(f"phone\n{ONE}\n\x1a\r\n") == [(2, ONE)]


def test_student_numbers_are_never_texted():
    error = refusal(f"Number,First Name,Home\n100234,Ada,{ONE}\n100235,Ben,{TWO}\n")
    assert str(error) == (
        'The file has no column "phone" or "mobile". Its columns are: Number, First Name, Home.'
    )


def test_a_column_number_of_phone_numbers_is_texted():
    assert texted(f"Name,Number\nAda,{ONE}\n") == [(2, ONE)]


def test_a_column_without_any_number_gives_way_to_one_with_numbers():
    assert texted(f"Cell,Home Phone\nyes,{ONE}\nno,{TWO}\n") == [(2, ONE), (3, TWO)]


def test_a_column_with_some_numbers_does_not():
    with pytest.raises(BadInput, match="line 3: no phone number"):
        read(f"Cell,Home Phone\n{ONE},{THREE}\n,{TWO}\n")


def test_the_number_of_somebody_else_is_not_chosen_without_asking():
    error = refusal(f"Mother Cell,Father Cell\n{ONE},{TWO}\n")
    assert str(error) == (
        "Several columns have phone numbers: \u201cMother Cell\u201d, \u201cFather Cell\u201d. "
        "Choose the one to text."
    )
    assert error.columns == ("Mother Cell", "Father Cell")


def test_students_and_parents_are_not_mixed_up():
    assert "Choose the one" in str(refusal(f"Student Cell,Parent Phone\n{ONE},{TWO}\n"))


def test_the_first_guardian_is_texted():
    header = "Guardian 2 Phone Number,Guardian 1 Phone Number,Guardian 1 Phone Type"
    parsed = read(f"{header}\n{TWO},{ONE},Mobile\n")
    assert [row.phone[2:] for row in parsed.rows] == [ONE]
    assert parsed.report.phone_column == "Guardian 1 Phone Number"


@pytest.mark.parametrize("written", ["Father Cell", " father cell ", "father_cell"])
def test_staff_choose_a_column_by_its_heading(written):
    assert texted(f"Mother Cell,Father Cell\n{ONE},{TWO}\n", written) == [(2, TWO)]


def test_a_heading_is_read_as_a_person_sees_it():
    parsed = read(f'="Mother Cell",Fa\u200bther Cell\n{ONE},{TWO}\n', "Father Cell")
    assert parsed.report.columns == ("Mother Cell", "Father Cell")


def test_a_heading_without_latin_letters_can_be_chosen():
    parsed = read(f"\u96fb\u8a71,Name\n{ONE},Ada\n", "\u96fb\u8a71")
    assert [dict(row.fields) for row in parsed.rows] == [{"name": "Ada", "phone": f"+1{ONE}"}]


def test_a_chosen_heading_that_is_missing_lists_the_columns():
    error = refusal(f"Mother Cell,Name\n{ONE},Ada\n", "Mobil")
    assert str(error) == (
        "The file has no column \u201cMobil\u201d. Its columns are: Mother Cell, Name."
    )


def test_two_phone_columns_of_one_name_are_refused():
    assert str(refusal(f"Phone,Phone\n{ONE},{TWO}\n")) == (
        "Several columns have the same name: \u201cPhone\u201d, \u201cPhone\u201d. "
        "Rename one of them, or choose another."
    )


def test_other_columns_may_share_a_name():
    assert texted(f"phone,Note,Note,\n{ONE},a,b,c\n") == [(2, ONE)]


def test_a_merged_field_of_two_columns_is_refused():
    with pytest.raises(BadInput, match='Several columns have the merge field note: "Note", "note"'):
        read(f"phone,Note,note\n{ONE},a,b\n", message="{{note}}")


def test_of_very_many_columns_forty_are_named():
    said = str(refusal(",".join(f"c{n}" for n in range(3000)) + "\n"))
    assert said.endswith("c38, c39, and 2,960 more.")


def test_the_columns_can_be_listed_whatever_they_are():
    def listed(text: str) -> tuple[str, ...]:
        return columns_in(io.BytesIO(text.encode()), "US")

    assert listed(f"Name,Phone,\nAda,{ONE}\n") == ("Name", "Phone")
    assert listed("Title\nName,Where\nAda,Paris\n") == ("Name", "Where")
    assert listed("") == ()
