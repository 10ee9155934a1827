"""Merge fields, and the limit of 1,600 characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import BadInput
from ledger.messages.template import MAX_LENGTH, Template, field_name


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


def test_fields_are_listed_once_each_in_the_order_of_the_message():
    template = Template.parse("{{b}} {{a}} {{ B }} {{grade_5}}")
    assert template.fields == ("b", "a", "grade_5")


def test_single_braces_are_plain_text():
    assert Template.parse("{a} } { {{b}}}").merge({"b": "x"}) == "{a} } { x}"


def test_a_merged_value_is_never_read_as_a_field():
    assert Template.parse("{{a}}").merge({"a": "{{b}}", "b": "no"}) == "{{b}}"


def test_a_field_without_a_value_merges_as_blank():
    assert Template.parse("Hi{{x}}!").merge({}) == "Hi!"


@pytest.mark.parametrize(
    ("text", "merged"),
    [
        ("Hi {{x|there}}!", "Hi there!"),
        ("Hi {{ X | you all }}!", "Hi you all!"),
        ("Hi{{x|}}!", "Hi!"),
        ("Hi {{x|a|b}}!", "Hi a|b!"),
    ],
)
def test_a_blank_field_merges_as_its_default(text, merged):
    template = Template.parse(text)
    assert template.merge({"x": " "}) == template.merge({}) == merged
    assert template.fields == ("x",)
    assert template.fields_without_default == ()


def test_a_field_that_is_filled_needs_no_default():
    assert Template.parse("Hi {{x|there}}!").merge({"x": "Ada"}) == "Hi Ada!"


def test_a_field_that_is_written_once_without_a_default_can_leave_a_gap():
    assert Template.parse("{{x|a}} {{x}} {{y}}").fields_without_default == ("x", "y")


def test_line_ends_become_newlines_and_control_characters_are_dropped():
    assert Template.parse("a\r\nb\rc\td\0\x07").merge({}) == "a\nb\nc\td"


def test_letters_are_composed_with_their_accents():
    template = Template.parse("Cafe\u0301 for {{x|Zoe\u0308}}")
    assert template.merge({}) == "Caf\u00e9 for Zo\u00eb"


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
        ("Hi {{a|{b}}}", "{{a|{b}}: a default has no braces in it."),
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
        ("{{First Name|there}}", "{{first_name|there}}"),
        ("{{|there}}", "{{first_name|there}}"),
    ],
)
def test_a_bad_field_name_is_refused_with_the_right_one(text, hint):
    with pytest.raises(BadInput, match="is not a merge field") as refused:
        Template.parse(text)
    assert str(refused.value).endswith(f"such as {hint}.")


@pytest.mark.parametrize(
    "default", ['"there"', "'there'", "\u201cthere\u201d", 'default("there")', "default: 'there'"]
)
def test_a_default_in_quotation_marks_is_refused_with_the_right_one(default):
    with pytest.raises(BadInput) as refused:
        Template.parse("Hi {{name|" + default + "}}").check_fields(("name",))
    assert str(refused.value) == (
        f"Where name is blank, the text would have {default} in it, with these marks. "
        "Write {{name|there}}."
    )


def test_an_unknown_field_is_refused_with_the_nearest_and_all_fields_of_the_file():
    template = Template.parse("{{frist_name}} {{grade}} {{phone}}")
    with pytest.raises(BadInput) as refused:
        template.check_fields(["phone", "first_name"])
    assert str(refused.value) == (
        "The file has no column for {{frist_name}}, {{grade}}. "
        "Did you mean {{first_name}}? It has: phone, first_name."
    )


def test_a_field_unlike_all_others_gets_no_suggestion():
    with pytest.raises(BadInput, match=r"^The file has no column for {{zzz}}\. It has: phone\.$"):
        Template.parse("{{zzz}}").check_fields(["phone"])


def test_known_fields_pass():
    assert Template.parse("{{phone}}").check_fields(["phone", "name"]) is None


def test_a_message_of_exactly_the_limit_is_accepted():
    assert len(Template.parse("{{a}}").merge({"a": "x" * MAX_LENGTH})) == MAX_LENGTH


def test_a_message_over_the_limit_after_merging_is_refused():
    with pytest.raises(BadInput, match=r"^message would be 1,742 characters, the limit is 1,600$"):
        Template.parse("Hi{{a}}").merge({"a": "x" * 1740})


def test_a_message_that_merges_to_nothing_is_refused():
    with pytest.raises(BadInput, match=r"^message would be empty$"):
        Template.parse(" {{a}} ").merge({"a": " "})


@given(st.text("{}ab_ \n", max_size=20))
def test_any_message_is_parsed_without_loss_or_refused(text):
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
def test_a_column_heading_becomes_a_field_name(heading, name):
    assert field_name(heading) == name
