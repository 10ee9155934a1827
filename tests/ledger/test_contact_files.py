"""What a launch keeps of its contact file: cells as they were, left-out rows, ids of the school."""

from collections.abc import Sequence
from io import BytesIO

from kit.world import STAFF, World
from ledger.commands.launch import launch
from ledger.commands.launch_order import LaunchOrder
from ledger.domain.events import ContactEnrolled, ContactFileRecorded, RowsLeftOut
from ledger.domain.vocabulary import IdKind
from ledger.messages.contact_file import ParsedContacts, read_contacts
from ledger.messages.file_columns import id_kind, ids_in, recognized_ids
from ledger.messages.template import Template
from ledger.recorded_event import RecordedEvent
from webapp.parts.proof import verify_ledger

SCHOOL_EXPORT = (
    "Lincoln Elementary - Contact Export;;;;;;\r\n"
    "\r\n"
    "Student Number;Household ID;Student First Name;"
    "Guardian 1 Phone;Guardian 2 Phone;Grade;Notes\r\n"
    '20114;H-7;Renée;"(415) 555-0101";415-555-0102;2;call after 3\r\n'
    ";;;;;;\r\n"
    "20115;H-7;Iñigo;415.555.0101;;5;\r\n"
    "20116;H-8;Cy;see mother's number;;1;\r\n"
    "20117;H-9;Di;(415) 555-0104 ask for Di;;3;=1+1\r\n"
    "20118;H-9;Ed;+1 415 555 0105;;3;-\r\n"
).encode("utf-16")
"""What the program of a school writes: a title, semicolons, UTF-16, empty lines, notes."""


def parsed(file: bytes = SCHOOL_EXPORT) -> ParsedContacts:
    template = Template.parse("Hello {{student_first_name}}")
    return read_contacts(BytesIO(file), region="US", template=template, skip_invalid=True)


def launched(world: World, file: bytes = SCHOOL_EXPORT) -> str:
    contacts = parsed(file)
    order = LaunchOrder(
        name="Fair",
        message="Hello {{student_first_name}}",
        rows=contacts.rows,
        columns=contacts.columns,
        left_out=contacts.bad,
    )
    return launch(world.app.ledger, order, STAFF, launch_name="fair")


def events(world: World, kind: type) -> Sequence[RecordedEvent]:
    return world.app.ledger.reader.events(topics=(kind.topic,))


def test_enrolment_keeps_every_row_of_its_number_as_it_was(world: World) -> None:
    launched(world)
    first, *_ = [recorded.event for recorded in events(world, ContactEnrolled)]
    assert isinstance(first, ContactEnrolled)
    assert first.private
    assert first.private.rows == (
        (4, ("20114", "H-7", "Renée", "(415) 555-0101", "415-555-0102", "2", "call after 3")),
        (6, ("20115", "H-7", "Iñigo", "415.555.0101", "", "5", "")),
    )


def test_rows_left_out_are_recorded_once_however_often_the_launch_is_repeated(
    world: World,
) -> None:
    assert launched(world) == launched(world)
    (recorded,) = events(world, RowsLeftOut)
    assert isinstance(recorded.event, RowsLeftOut)
    assert recorded.event.private
    rows = [(row.line, row.cells[3], row.reason) for row in recorded.event.private.rows]
    assert rows[0] == (7, "see mother's number", "not a phone number")
    assert rows[1][:2] == (8, "(415) 555-0104 ask for Di")
    assert b"mother" not in recorded.row.state


def test_columns_of_the_schools_ids_are_recorded_before_the_first_enrolment(world: World) -> None:
    launched(world)
    (file,) = events(world, ContactFileRecorded)
    assert isinstance(file.event, ContactFileRecorded)
    assert file.event.id_columns == {IdKind.STUDENT: (0,), IdKind.HOUSEHOLD: (1,)}
    enrolled = events(world, ContactEnrolled)
    assert file.seq < enrolled[0].seq
    person = enrolled[0].event.private_part
    assert ids_in(person.rows, file.event.id_columns[IdKind.STUDENT]) == ["20114", "20115"]  # type: ignore[attr-defined]


def test_row_with_a_readable_number_that_is_left_out_is_sealed_for_that_contact(
    world: World,
) -> None:
    file = b"First name,Phone,Time zone\nAda,4155550101,\nBen,4155550102,Nowhere/City\n"
    contacts = read_contacts(
        BytesIO(file), region="US", template=Template.parse("Hello"), skip_invalid=True
    )
    order = LaunchOrder(
        name="Fair",
        message="Hello",
        rows=contacts.rows,
        columns=contacts.columns,
        left_out=contacts.bad,
    )
    launch(world.app.ledger, order, STAFF)
    (recorded,) = events(world, RowsLeftOut)
    assert recorded.contact_id == world.app.ledger.identity.contact_id("+14155550102")
    world.forget("+14155550102")
    (recorded,) = events(world, RowsLeftOut)
    assert recorded.event.private_part is None


def test_apostrophe_that_a_report_put_before_a_cell_is_taken_off() -> None:
    rows = parsed(b"Student first name,Phone\n'=1+1,'+14155550101\n").rows
    assert [row.cells for row in rows] == [("=1+1", "+14155550101")]


def test_headings_that_name_an_id_of_the_school() -> None:
    headings = ("Student ID", "student_number", "studentId", "STU_NO", "Pupil Identifier", "SSID")
    assert {id_kind(heading) for heading in headings} == {IdKind.STUDENT}
    households = ("Household", "Household ID", "Family Id", "familyNumber", "Numero de familia")
    assert {id_kind(heading) for heading in households} == {IdKind.HOUSEHOLD}
    others = (
        "Student",
        "Student Phone Number",
        "Family Name",
        "Number",
        "ID",
        "Student Zip Code",
        "",
    )
    assert {id_kind(heading) for heading in others} == {None}
    assert recognized_ids(("Student 1 ID", "Phone", "Student 2 ID")) == {IdKind.STUDENT: (0, 2)}


def test_a_ledger_with_a_contact_file_proves_itself(world: World) -> None:
    launched(world)
    assert verify_ledger(world.app.settings, {}, lambda _done, _total: None).faults == []
