"""Named templates: made, changed and archived, with names that nobody can mistake."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from kit.offices import add_office
from kit.world import STAFF, World
from ledger.domain.events import CampaignText, MessageVariants, NamedTemplateMade
from ledger.domain.named_templates import (
    MOST_TEMPLATES,
    STREAM,
    KeyedText,
    NamedTemplates,
)
from ledger.domain.names import LONGEST_NAME
from ledger.errors import BadInput, NotFound, Refused
from webapp.named_templates import archive_template, change_template, make_template

TEXT = CampaignText(name="Snow day", message="Hi {{first_name}}, no school today.")


def make(
    world: World, template_id: str = "tpl_1", text: CampaignText = TEXT, office: str | None = None
) -> None:
    make_template(world.app, text, STAFF, office_id=office, template_id=template_id)


def change(world: World, text: CampaignText, request: str | None = None) -> None:
    change_template(world.app, "tpl_1", text, STAFF, request=request)


def archive(world: World) -> None:
    archive_template(world.app, "tpl_1", STAFF)


def templates(world: World) -> NamedTemplates:
    return world.app.ledger.reader.load(NamedTemplates, STREAM)


def test_template_keeps_its_message_with_all_wordings(world: World):
    variants = MessageVariants(column="language", messages={"es": "Hola {{first_name}}"})
    text = CampaignText(name="  Snow   day ", message="Hi {{first_name}}", variants=variants)
    make(world, text=text)
    (template,) = templates(world).kept
    assert template.name == "Snow day"
    assert template.text.message == "Hi {{first_name}}"
    assert template.text.variants == variants


def test_same_id_makes_a_template_once(world: World):
    make(world)
    make(world, text=CampaignText(name="Other", message="Other"))
    assert [each.name for each in templates(world).kept] == ["Snow day"]


def test_message_is_sealed(world: World):
    make(world)
    (recorded,) = world.app.ledger.reader.stream(STREAM)
    assert b"school" not in recorded.row.state
    assert b"Snow" not in recorded.row.state


def test_name_is_taken_once_in_any_spelling(world: World):
    make(world)
    with pytest.raises(Refused, match="There is a template “SNOW day” already"):
        make(world, "tpl_2", CampaignText(name="SNOW  day", message="Hi"))


def test_name_that_looks_the_same_is_taken(world: World):
    make(world)
    for name in ("Snow\u200b day", "Snow\u00a0day", "S\u2060now day\ufe0f", "\uff33now day"):
        with pytest.raises(Refused, match="already"):
            make(world, "tpl_2", CampaignText(name=name, message="Hi"))


def test_two_people_who_take_one_name_at_once_make_one_template(world: World):
    def attempt(number: int) -> bool:
        try:
            make(world, f"tpl_{number}")
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(attempt, range(8)))
    assert made.count(True) == 1
    assert len(templates(world).kept) == 1


def test_two_offices_may_use_one_name_but_not_that_of_the_district(world: World):
    north, south = add_office(world, "North"), add_office(world, "South")
    make(world, "tpl_1", office=north)
    make(world, "tpl_2", office=south)
    with pytest.raises(Refused):
        make(world, "tpl_3")
    make(world, "tpl_3", CampaignText(name="Fair", message="Hi"))
    with pytest.raises(Refused):
        make(world, "tpl_4", CampaignText(name="fair", message="Hi"), north)


def test_archived_template_cannot_be_changed_and_frees_its_name(world: World):
    make(world)
    archive(world)
    archive(world)
    assert world.app.ledger.reader.head() == world.last(STREAM).seq
    with pytest.raises(Refused, match="is archived and cannot be changed"):
        change(world, TEXT)
    make(world, "tpl_2")
    assert [each.template_id for each in templates(world).kept] == ["tpl_2"]


def test_change_without_a_difference_records_nothing(world: World):
    make(world)
    head = world.app.ledger.reader.head()
    change(world, TEXT)
    assert world.app.ledger.reader.head() == head


def test_repeated_request_does_not_undo_a_later_change(world: World):
    make(world)
    first = CampaignText(name="Snow day", message="First")
    change(world, first, "req_1")
    change(world, CampaignText(name="Snow day", message="Second"), "req_2")
    change(world, first, "req_1")
    assert templates(world).template("tpl_1").text.message == "Second"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CampaignText(name=" ", message="Hi"), "The template has no name"),
        (CampaignText(name="N" * (LONGEST_NAME + 1), message="Hi"), "longer than 200 characters"),
        (CampaignText(name="\x07", message="Hi"), "The template has no name"),
        (CampaignText(name="\u200b\u202e", message="Hi"), "The template has no name"),
        (CampaignText(name="\u3164", message="Hi"), "The template has no name"),
        (CampaignText(name="Snow day", message=" "), "message"),
        (CampaignText(name="Snow day", message="Hi {{first name"), "without }} after it"),
    ],
)
def test_bad_name_or_message_is_refused_and_nothing_is_recorded(
    world: World, text: CampaignText, words: str
):
    head = world.app.ledger.reader.head()
    with pytest.raises(BadInput, match=words):
        make(world, text=text)
    assert world.app.ledger.reader.head() == head


def test_template_of_a_closed_office_and_an_unknown_one_are_refused(world: World):
    with pytest.raises(NotFound):
        make(world, office="off_none")
    with pytest.raises(NotFound, match="There is no template tpl_1"):
        archive(world)


def test_there_are_only_so_many_templates():
    aggregate = NamedTemplates.from_events(
        STREAM,
        (
            NamedTemplateMade(
                originator_id=STREAM,
                originator_version=number + 1,
                actor=STAFF,
                template_id=f"tpl_{number}",
                private=CampaignText(name=f"T{number}", message="Hi"),
                name_key=f"T{number}",
            )
            for number in range(MOST_TEMPLATES)
        ),
    )
    with pytest.raises(Refused, match="There are 500 templates already"):
        aggregate.make(STAFF, "tpl_new", KeyedText(TEXT, "new"), None)
