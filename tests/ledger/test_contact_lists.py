"""Contact lists: versions, what a launch reads of them, and that a forgetting reaches them."""

import json
from io import BytesIO
from pathlib import Path

import pytest

from kit.bundles import export, unpack, verified
from kit.offices import add_office
from kit.races import at_once
from kit.world import ADA, STAFF, World
from ledger.domain.events import ContactListed, ListVersion
from ledger.domain.offices import Scope
from ledger.errors import BadInput, NotFound
from webapp.contact_ids import contact_ids_of_person
from webapp.contact_lists import (
    ListContacts,
    NewList,
    UploadedFile,
    delete_list,
    make_list,
    rename_list,
    replace_list,
)
from webapp.parts.proof import verify_ledger
from webapp.person_file.content import person_file
from webapp.person_file.document import person_file_document

FAMILIES = (
    b"Student ID,First name,Phone\n"
    b"1,Ada,(415) 555-0101\n"
    b"2,Ben,415-555-0102\n"
    b"3,Amy,415-555-0101\n"
    b"4,Cy,see mother\n"
)


def made(world: World, name: str = "Families", file: bytes = FAMILIES) -> str:
    uploaded = UploadedFile(file=BytesIO(file), name="families.csv")
    list_id, _parsed = make_list(world.app, NewList(name=name), uploaded, STAFF)
    world.catch_up()
    return list_id


def replaced(world: World, list_id: str, file: bytes) -> None:
    replace_list(world.app, list_id, UploadedFile(file=BytesIO(file)), STAFF)
    world.catch_up()


def content(world: World, list_id: str, number: int | None = None) -> list[str]:
    with ListContacts.of(world.app, list_id, number).opened() as file:
        return file.read().decode().splitlines()


def faults(world: World) -> list[object]:
    return list(verify_ledger(world.app.settings, {}, lambda _done, _total: None).faults)


@pytest.mark.both_databases
def test_list_has_the_rows_of_its_file_in_their_order_without_those_of_no_number(world: World):
    list_id = made(world)
    assert content(world, list_id) == [
        "Student ID,First name,Phone",
        "1,Ada,(415) 555-0101",
        "2,Ben,415-555-0102",
        "3,Amy,415-555-0101",
    ]
    (row,) = world.app.contact_lists.all()
    version = row.newest
    assert (row.name, version.number, version.contacts, version.rows, version.left_out) == (
        ("Families", 1, 2, 3, 1)
    )


@pytest.mark.both_databases
def test_newer_upload_is_the_next_version_and_the_earlier_stays(world: World):
    list_id = made(world)
    replaced(world, list_id, b"Phone\n415-555-0104\n")
    assert content(world, list_id) == ["Phone", "415-555-0104"]
    assert len(content(world, list_id, 1)) == 4
    assert [each.number for each in world.app.contact_lists.get(list_id).versions] == [2, 1]


@pytest.mark.both_databases
def test_forgotten_person_is_in_no_version_and_the_ledger_is_sound(world: World):
    list_id = made(world)
    replaced(world, list_id, FAMILIES)
    world.forget(ADA)
    for number in (1, 2):
        assert content(world, list_id, number) == [
            "Student ID,First name,Phone",
            "2,Ben,415-555-0102",
        ]
    rows = world.app.ledger.reader.events(topics=(ContactListed.topic,))
    forgotten = [each.event.private_part for each in rows if each.contact_id == world.contact(ADA)]
    assert forgotten == [None, None]
    assert faults(world) == []


@pytest.mark.both_databases
def test_deleted_list_is_gone_and_the_ledger_is_sound(world: World):
    list_id = made(world)
    before = world.app.ledger.reader.head()
    delete_list(world.app, list_id, STAFF)
    world.catch_up()
    assert world.app.contact_lists.all() == []
    assert [row.name for row in world.app.contact_lists.as_of(before).all()] == [""]
    with pytest.raises(NotFound):
        content(world, list_id)
    assert faults(world) == []


@pytest.mark.both_databases
def test_name_is_found_in_any_case_and_is_no_other_lists(world: World):
    list_id = made(world)
    other = made(world, "Staff")
    assert world.app.contact_lists.named("families").list_id == list_id
    with pytest.raises(BadInput, match="“Families” already"):
        rename_list(world.app, other, "FAMILIES", STAFF)
    seq = world.app.ledger.reader.head()
    rename_list(world.app, list_id, "Parents", STAFF)
    world.catch_up()
    assert world.app.contact_lists.get(list_id).name == "Parents"
    assert world.app.contact_lists.as_of(seq).get(list_id).name == "Families"


@pytest.mark.both_databases
def test_other_file_under_a_name_that_was_used_has_only_its_own_rows(world: World):
    list_id = "lst_" + 24 * "b"
    for file in (FAMILIES, b"Phone\n415-555-0104\n"):
        uploaded = UploadedFile(file=BytesIO(file))
        make_list(world.app, NewList(name="Families"), uploaded, STAFF, list_id=list_id)
    world.catch_up()
    assert content(world, list_id) == ["Phone", "415-555-0104"]


@pytest.mark.both_databases
def test_repeated_upload_is_recorded_once(world: World):
    for _ in range(2):
        uploaded = UploadedFile(file=BytesIO(FAMILIES))
        make_list(world.app, NewList(name="Families"), uploaded, STAFF, list_id="lst_" + 24 * "a")
    world.catch_up()
    (row,) = world.app.contact_lists.all()
    assert len(row.versions) == 1
    assert ListContacts.of(world.app, row.list_id).reference == ListVersion(
        list_id=row.list_id, number=1
    )


@pytest.mark.both_databases
def test_two_uploads_at_the_same_time_make_no_two_lists_of_one_name(world: World):
    other = world.again()
    acts = [lambda: made(world), lambda: made(other, "FAMILIES"), lambda: made(other, "Families")]
    assert at_once(acts, BadInput) == 1
    world.catch_up()
    (row,) = world.app.contact_lists.all()
    assert row.name.casefold() == "families"


@pytest.mark.both_databases
def test_two_lists_renamed_at_the_same_time_get_no_common_name(world: World):
    first, second = made(world), made(world, "Staff")
    other = world.again()
    acts = [
        lambda: rename_list(world.app, first, "Everybody", STAFF),
        lambda: rename_list(other.app, second, "everybody", STAFF),
    ]
    assert at_once(acts, BadInput) == 1


@pytest.mark.both_databases
def test_name_that_a_list_no_longer_has_can_be_given_at_once(world: World):
    list_id = made(world)
    rename_list(world.app, list_id, "Parents", STAFF)
    delete_list(world.app, made(world, "Staff"), STAFF)
    world.catch_up()
    assert made(world, "Staff")
    assert made(world)


@pytest.mark.both_databases
def test_offices_may_have_lists_of_one_name_that_nobody_of_them_sees_together(world: World):
    north, south = add_office(world, "North"), add_office(world, "South")
    for each in (north, south):
        app = world.app.within(Scope(frozenset({each})))
        make_list(
            app,
            NewList(name="Families", office_id=each),
            UploadedFile(file=BytesIO(FAMILIES)),
            STAFF,
        )
    with pytest.raises(BadInput, match="“Families” already"):
        make_list(world.app, NewList(name="Families"), UploadedFile(file=BytesIO(FAMILIES)), STAFF)
    world.catch_up()
    assert len(world.app.contact_lists.all()) == 2


def test_name_of_a_list_is_one_line_without_control_characters(world: World):
    list_id = made(world, " Fami\x1b[31mlies\n2026\t ")
    assert world.app.contact_lists.get(list_id).name == "Fami[31mlies 2026"
    with pytest.raises(BadInput, match="The list has no name"):
        made(world, "\x00\x1f\n")


@pytest.mark.parametrize("is_texted", [True, False], ids=["texted", "only listed"])
def test_forgetting_a_person_reaches_the_file_about_them_and_no_bundle_has_the_rows(
    world: World, tmp_path, is_texted
):
    made(world, file=b"Student ID,First name,Phone\nS-77,Ada Quux,(415) 555-0101\n")
    if is_texted:
        world.launch([ADA])
        world.catch_up()
    assert "S-77" in all_held(world)
    before = export(world, tmp_path / "before.zip")
    assert verified(before).code == 0
    world.forget(ADA)
    world.catch_up()
    after = export(world, tmp_path / "after.zip")
    assert verified(after).code == 0
    for bundle in (before, after):
        assert "ContactListed" in read_whole(bundle)
        assert "S-77" not in read_whole(bundle)
        assert "Quux" not in read_whole(bundle)
    assert "S-77" not in all_held(world)


def all_held(world: World) -> str:
    """The file about Ada, as the API and the commands have it."""
    file = person_file(world.app, contact_ids_of_person(world.app, world.contact(ADA)))
    return json.dumps(person_file_document(file, {}))


def read_whole(bundle: Path) -> str:
    """Everything in a bundle: it never has what is sealed in clear."""
    return "\n".join(
        path.read_bytes().decode("latin-1")
        for path in sorted(unpack(bundle).rglob("*"))
        if path.is_file()
    )
