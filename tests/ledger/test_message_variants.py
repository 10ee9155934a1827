"""The wordings of a message: which one a contact gets, and what is refused."""

import io

import pytest

from ledger.domain.events import MessageVariants
from ledger.errors import BadInput
from ledger.messages.contact_file import ParsedContacts, read_contacts
from ledger.messages.message_variants import comparable, template_of, variants_of
from ledger.messages.wording_sizes import wording_sizes
from webapp.explain.contact_files import contact_notes, notes_for_approver
from webapp.explain.wordings import no_opt_out_sentence

FILE = (
    b"First name,Phone,Language\nAda,4155550101,ES\nBen,4155550102,en\n"
    b"Cleo,4155550103,\n,4155550104,es\n"
)
SPANISH = MessageVariants(column="language", messages={"es": "Hola {{first_name}}"})


def parsed(variants: MessageVariants | None = SPANISH, file: bytes = FILE) -> ParsedContacts:
    template = template_of("Hello", variants)
    return read_contacts(io.BytesIO(file), region="US", template=template, skip_invalid=False)


def test_each_contact_gets_the_wording_of_its_column():
    template = template_of("Hello", SPANISH)
    texts = [template.merge(row.fields) for row in parsed().rows]
    assert texts == ["Hola Ada", "Hello", "Hello", "Hola "]


def test_values_without_a_wording_are_a_warning_and_blanks_count_for_their_wording_only():
    assert contact_notes(parsed().report) == [
        "2 contacts get the wording for “es”.",
        (
            "2 contacts get the message itself, as no wording is for their value of language: "
            "“en” (1), blank (1)."
        ),
        (
            "{{first_name}} is blank for 1 contact. To send a word in its place, "
            "write {{first_name|there}}."
        ),
    ]


def test_an_approver_reads_no_value_of_a_single_contact():
    notes = notes_for_approver(parsed()).notes
    assert (
        "2 contacts get the message itself, as no wording is for their value of language."
    ) in notes


def test_a_wording_that_nobody_gets_is_said():
    portuguese = MessageVariants(column="language", messages={"pt": "Oi"})
    assert (
        "No contact has “pt” in the column language, so nobody gets that wording. "
        "Check how the file writes it."
    ) in contact_notes(parsed(portuguese).report)


def test_contacts_and_segments_are_counted_for_each_wording():
    template = template_of("Hello", SPANISH)
    written = {"": "Hello", "es": "x" * 200}
    sizes = wording_sizes(template, written, parsed().rows)
    assert [(size.value, size.contacts, size.segments) for size in sizes] == [
        ("", 2, 2),
        ("es", 2, 2),
    ]


@pytest.mark.parametrize(
    ("variants", "said"),
    [
        (
            MessageVariants(column="language", messages={"es": "Hola {{fist_name}}"}),
            (
                "The wording for “es”: The file has no column for {{fist_name}}. "
                "Did you mean {{first_name}}?"
            ),
        ),
        (
            MessageVariants(column="tongue", messages={"es": "Hola"}),
            "The file has no column tongue, which says who gets which wording. It has: ",
        ),
        (
            MessageVariants(column="language", messages={"es": " "}),
            "The wording for “es”: The message is empty.",
        ),
    ],
)
def test_a_wording_that_does_not_fit_the_file_is_refused(variants, said):
    with pytest.raises(BadInput) as refusal:
        parsed(variants)
    assert str(refusal.value).startswith(said)


@pytest.mark.parametrize(
    ("column", "written", "said"),
    [
        ("", [("es", "Hola")], "Name the column of the file"),
        ("Language", [], "there is one wording only"),
        ("Language", [("es", "Hola"), (" ES", "Oye")], "Two wordings are for “ES”."),
        ("Language", [("", "Hola")], "Say for which value of the column the wording is"),
        ("??", [("es", "Hola")], "The column “??” cannot be used"),
        ("Language", [(f"{n}", "x") for n in range(31)], "at most 30 wordings"),
    ],
)
def test_wordings_that_mean_nothing_are_refused(column, written, said):
    with pytest.raises(BadInput) as refusal:
        variants_of(column, written)
    assert said in str(refusal.value)


def test_the_order_of_wordings_and_spaces_do_not_make_another_launch():
    one = variants_of("Language", [("es", "Hola  you"), ("vi", "Chào")])
    same = variants_of("language", [("VI", "Chào"), ("es", "Hola you")])
    other = variants_of("language", [("vi", "Chào"), ("es", "Hola")])
    assert comparable("Hi", one) == comparable("Hi", same)
    assert comparable("Hi", one) != comparable("Hi", other)
    assert comparable("Hi", None) == "Hi"


def test_the_wordings_without_a_way_to_opt_out_are_named():
    assert no_opt_out_sentence({"": "Hi. Reply STOP to end.", "es": "Hola", "vi": "Chào"}) == (
        "The wording for “es” and the wording for “vi” do not say how to opt out."
    )
    assert no_opt_out_sentence({"": "Hi. Reply STOP to end."}) == ""


@pytest.mark.parametrize(
    ("written", "cell"),
    [
        ("Espan\u0303ol", "Espa\u00f1ol"),
        ("espa\u00f1ol", " ESPAN\u0303OL"),
        ("\u200bes\ufeff", "es"),
        ("zh\u00a0CN", "zh CN"),
        ("'es", '="es"'),
    ],
)
def test_a_value_is_compared_as_the_cell_is_read(written: str, cell: str):
    variants = variants_of("Language", [(written, "Hola")])
    file = f"First name,Phone,Language\nAda,4155550101,{cell}\n".encode()
    (row,) = parsed(variants, file).rows
    assert template_of("Hello", variants).merge(row.fields) == "Hola"


def test_a_value_that_counts_as_blank_is_refused_and_no_blank_cell_gets_it():
    with pytest.raises(BadInput, match="A cell with “N/A” counts as blank"):
        variants_of("Language", [("N/A", "Hola")])
    recorded = MessageVariants(column="language", messages={"N/A": "Hola"})
    assert template_of("Hello", recorded).merge({"language": ""}) == "Hello"
