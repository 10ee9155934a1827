"""The sentences about a contact file before a launch."""

from collections import Counter

import pytest

from ledger.messages.contact_report import BrokenCell, ContactFileReport
from webapp.explain.characters import character_name
from webapp.explain.contact_files import file_notes


def notes(**known: object) -> list[str]:
    usual = {"phone_column": "Phone", "columns": ("Phone",), "sheet": "", "encoding": "UTF-8"}
    return file_notes(ContactFileReport(home="US", **usual | known))


def test_the_column_is_always_named():
    assert notes() == ["Texts go to the column “Phone”."]
    assert notes(sheet="Grade 5") == ["Texts go to the column “Phone” of the sheet “Grade 5”."]


@pytest.mark.parametrize("encoding", ["UTF-8", "UTF-16", ""])
def test_a_usual_encoding_needs_no_note(encoding):
    assert len(notes(encoding=encoding)) == 1


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        (
            {"encoding": "Windows-1252"},
            (
                "The file is not in UTF-8; it was read as Windows-1252. Check that letters with "
                "accents are right."
            ),
        ),
        (
            {"broken": [BrokenCell(4, "name", "Jos\u00c3\u00a9")], "broken_count": 1},
            (
                "The letters of 1 value are damaged: line 4, “Jos\u00c3\u00a9”. "
                "Correct them, or export the file again as UTF-8."
            ),
        ),
        (
            {"broken": [BrokenCell(4, "name", "\ufffd")], "broken_count": 12},
            (
                "The letters of 12 values are damaged: line 4, “\ufffd”; and 11 more. "
                "Correct them, or export the file again as UTF-8."
            ),
        ),
        (
            {"blank_fields": Counter(first_name=3)},
            (
                "{{first_name}} is blank for 3 contacts. To send a word in its place, "
                "write {{first_name|there}}."
            ),
        ),
        (
            {"blank_fields": Counter(room=1)},
            (
                "{{room}} is blank for 1 contact. To send a word in its place, "
                "write {{room|unknown}}."
            ),
        ),
        (
            {"single_braced": ("{frist_name}",)},
            (
                "The message is sent with {frist_name} in it: no column has that name. A field is "
                "the name of a column in two braces, such as {{first_name}}."
            ),
        ),
        (
            {"other_sheets": ("Grade 6",)},
            (
                "The sheet “Grade 6” has phone numbers too, and is not read. To text them, put "
                "all contacts on one sheet, or launch each sheet from a file of its own."
            ),
        ),
        (
            {"other_sheets": ("Grade 6", "Grade 7")},
            (
                "The sheets “Grade 6”, “Grade 7” have phone numbers too, and are not read. To "
                "text them, put all contacts on one sheet, or launch each sheet from a file of "
                "its own."
            ),
        ),
        (
            {"errors": Counter({("name", "#N/A"): 2})},
            "name is #N/A for 2 contacts; it counts as blank.",
        ),
        (
            {"dropped": Counter({("name", "\u200b"): 1})},
            (
                "name has an invisible character for 1 contact: zero width space (U+200B). "
                "It is left out."
            ),
        ),
        (
            {"shared_numbers": 1},
            "1 number belongs to more than one contact; it gets one text for all of them.",
        ),
        (
            {"shared_numbers": 2},
            "2 numbers belong to more than one contact; each gets one text for all of them.",
        ),
        (
            {"differing_fields": Counter(room=1)},
            (
                "{{room}} differs between the rows of 1 number; the text has the value of the "
                "first row."
            ),
        ),
    ],
)
def test_each_oddity_has_its_sentence(known, sentence):
    assert notes(**known)[1:] == [sentence]


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("\u2019", "\u2019"),
        ("\u4f60", "\u4f60"),
        ("\U0001f600", "\U0001f600"),
        ("\u200b", "zero width space (U+200B)"),
        ("\u00a0", "no-break space (U+00A0)"),
        ("\u2028", "line separator (U+2028)"),
        ("\u0301", "combining acute accent (U+0301)"),
        ("\ufe0f", "variation selector-16 (U+FE0F)"),
        ("\u3164", "hangul filler (U+3164)"),
        ("\u2800", "braille pattern blank (U+2800)"),
        ("\x85", "U+0085"),
        ("\U000e0041", "tag latin capital letter a (U+E0041)"),
    ],
)
def test_a_character_that_is_not_seen_is_joined(character, name):
    assert character_name(character) == name
