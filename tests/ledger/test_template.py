"""Merge fields, the limit of 1,600 characters, and the count of segments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadInput
from ledger.messages.template import (
    MAX_LENGTH,
    Encoding,
    Segments,
    Template,
    field_name,
    segments,
    unusual_characters,
)

GSM_BASIC = "aZ0 @\n\r\u00e9\u0394\u00c7"
GSM_EXTENSION = "^{}\\[~]|\u20ac\f"


@pytest.mark.parametrize(
    "text",
    [
        "Hi {{first_name}}!",
        "Hi {{ first_name }}!",
        "Hi {{First_Name}}!",
        "Hi {{\tFIRST_NAME\n}}!",
    ],
)
def test_a_field_is_merged_however_it_is_spelled(text):
    assert Template.parse(text).merge({"first_name": "Ada"}) == "Hi Ada!"


def test_fields_are_told_once_each_in_the_order_of_the_message():
    template = Template.parse("{{b}} {{a}} {{ B }} {{grade_5}}")
    assert template.fields == ("b", "a", "grade_5")


def test_single_braces_are_plain_text():
    assert Template.parse("{a} } { {{b}}}").merge({"b": "x"}) == "{a} } { x}"


def test_a_merged_value_is_never_read_as_a_field():
    assert Template.parse("{{a}}").merge({"a": "{{b}}", "b": "no"}) == "{{b}}"


def test_a_field_without_a_value_merges_as_blank():
    assert Template.parse("Hi{{x}}!").merge({}) == "Hi!"


def test_line_ends_become_one_character_and_controls_go():
    assert Template.parse("a\r\nb\rc\td\0\x07").merge({}) == "a\nb\nc\td"


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", "The message is empty."),
        (" \n\t ", "The message is empty."),
        ("\0", "The message is empty."),
        ("Hi {{first_name", "The message has {{ without }} after it."),
        ("Hi {{ {{a}}", "The message has {{ without }} after it."),
        ("Hi {{a}", "The message has {{ without }} after it."),
        ("Hi a}}", "The message has }} without {{ before it."),
        ("Hi {{a}}}}", "The message has }} without {{ before it."),
        ("\ud800", "The message has characters that are not text; type it again."),
        ("x" * 1601, "message would be 1,601 characters, the limit is 1,600"),
        ("x" * 1601 + "{{a}}", "message would be 1,601 characters, the limit is 1,600"),
    ],
)
def test_a_message_that_cannot_be_sent_is_refused(text, refusal):
    with pytest.raises(BadInput) as refused:
        Template.parse(text)
    assert str(refused.value) == refusal


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("{{}}", "{{first_name}}"),
        ("{{  }}", "{{first_name}}"),
        ("{{First Name}}", "{{first_name}}"),
        ("{{student-id}}", "{{student_id}}"),
        ("{{pr\u00e9nom}}", "{{prenom}}"),
        ("{{{name}}}", "{{name}}"),
    ],
)
def test_a_bad_field_name_is_refused_with_the_right_one(text, hint):
    with pytest.raises(BadInput, match="is not a merge field") as refused:
        Template.parse(text)
    assert str(refused.value).endswith(f"such as {hint}.")


def test_an_unknown_field_is_named_with_the_nearest_and_those_the_file_has():
    template = Template.parse("{{frist_name}} {{grade}} {{phone}}")
    with pytest.raises(BadInput) as refused:
        template.check_fields(["phone", "first_name"])
    assert str(refused.value) == (
        "The file has no column for {{frist_name}}, {{grade}}. "
        "Did you mean {{first_name}}? It has: phone, first_name."
    )


def test_a_field_like_no_other_gets_no_suggestion():
    with pytest.raises(BadInput, match=r"^The file has no column for {{zzz}}\. It has: phone\.$"):
        Template.parse("{{zzz}}").check_fields(["phone"])


def test_known_fields_pass():
    assert Template.parse("{{phone}}").check_fields(iter(["phone", "name"])) is None


def test_a_message_of_exactly_the_limit_is_taken():
    assert len(Template.parse("{{a}}").merge({"a": "x" * MAX_LENGTH})) == MAX_LENGTH


def test_a_message_over_the_limit_after_merging_is_refused():
    with pytest.raises(BadInput, match=r"^message would be 1,742 characters, the limit is 1,600$"):
        Template.parse("Hi{{a}}").merge({"a": "x" * 1740})


def test_a_message_that_merges_to_nothing_is_refused():
    with pytest.raises(BadInput, match=r"^message would be empty$"):
        Template.parse(" {{a}} ").merge({"a": " "})


@given(st.text("{}ab_ \n", max_size=20))
def test_any_message_is_parsed_or_refused_and_nothing_of_it_is_lost(text):
    try:
        template = Template.parse(text)
    except BadInput:
        return
    spelled = {name: "{{" + name + "}}" for name in template.names}
    assert "".join(template.merge(spelled).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("First Name", "first_name"),
        (" Phone # ", "phone"),
        ("Student-ID (new)", "student_id_new"),
        ("Pr\u00e9nom", "prenom"),
        ("Stra\u00dfe", "strasse"),
        ("a__b", "a_b"),
        ("\u96fb\u8a71", ""),
        ("", ""),
    ],
)
def test_a_column_heading_gives_a_field_name(heading, name):
    assert field_name(heading) == name


@pytest.mark.parametrize(
    ("text", "units", "count"),
    [
        ("", 0, 0),
        ("a", 1, 1),
        ("a" * 160, 160, 1),
        ("a" * 161, 161, 2),
        ("a" * 306, 306, 2),
        ("a" * 307, 307, 3),
        ("\u20ac" * 80, 160, 1),
        ("a" * 152 + "\u20ac" + "a" * 152, 306, 3),
        ("a" * 151 + "\u20ac" + "a" * 153, 306, 2),
    ],
)
def test_gsm_segments_hold_160_septets_alone_and_153_joined(text, units, count):
    assert segments(text) == Segments(Encoding.GSM7, units, count)


@pytest.mark.parametrize(
    ("text", "units", "count"),
    [
        ("\u4f60", 1, 1),
        ("\u4f60" * 70, 70, 1),
        ("\u4f60" * 71, 71, 2),
        ("\u4f60" * 134, 134, 2),
        ("\u4f60" * 135, 135, 3),
        ("\U0001f600" * 35, 70, 1),
        ("\U0001f600" * 66, 132, 2),
        ("\U0001f600" * 67, 134, 3),
        ("\u4f60" + "\U0001f600" * 66 + "\u4f60", 134, 2),
    ],
)
def test_ucs2_segments_hold_70_units_alone_and_67_joined(text, units, count):
    assert segments(text) == Segments(Encoding.UCS2, units, count)


@pytest.mark.parametrize(
    ("text", "limit"),
    [("a", 160), ("a" * 161, 153), ("\u4f60", 70), ("\u4f60" * 71, 67), ("", 160)],
)
def test_a_segment_holds_less_when_several_are_joined(text, limit):
    assert segments(text).unit_limit == limit


@pytest.mark.parametrize("character", GSM_BASIC)
def test_a_basic_gsm_character_costs_one_unit(character):
    assert segments(character) == Segments(Encoding.GSM7, 1, 1)


@pytest.mark.parametrize("character", GSM_EXTENSION)
def test_an_extension_character_costs_two_units(character):
    assert segments(character) == Segments(Encoding.GSM7, 2, 1)


@pytest.mark.parametrize("character", "`\u2019\u201c\u2014\u2026\u00e7\u00e1\t\x1b")
def test_a_character_beyond_gsm_forces_ucs2(character):
    assert segments(f"abc{character}").encoding is Encoding.UCS2


def test_the_gsm_alphabet_has_its_127_basic_and_10_extension_characters():
    gsm = [c for c in map(chr, range(0x3000)) if segments(c).encoding is Encoding.GSM7]
    assert [sum(segments(c).units == width for c in gsm) for width in (1, 2)] == [127, 10]


@given(st.text(max_size=400))
def test_units_of_ucs2_are_those_of_utf16(text):
    assert segments(text + "\u4f60").units == len((text + "\u4f60").encode("utf-16-le")) // 2


@given(st.text(GSM_BASIC + GSM_EXTENSION + "\U0001f600", max_size=500))
def test_segments_are_enough_and_waste_at_most_one_unit_each(text):
    counted = segments(text)
    room = counted.count * counted.unit_limit
    least = (counted.count - 1) * (counted.unit_limit - 1)
    assert least < counted.units <= room or not text


def test_unusual_characters_are_told_once_each_in_order():
    assert unusual_characters("\u2019a\u4f60\u2019\u20ac\U0001f600") == (
        "\u2019",
        "\u4f60",
        "\U0001f600",
    )
