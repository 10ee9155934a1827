"""Given a contact's events, an act returns the next event or is refused."""

import pytest

from kit.stories import ADA, CONTACT, forgotten, opted_in, opted_out, story, wrote
from ledger.domain.contact import Contact
from ledger.domain.events import ContactForgotten, ContactOptedIn, ContactOptedOut, PhoneNumber
from ledger.errors import Refused


def given(*events):
    return Contact.from_events(CONTACT, story(*events))


def test_a_number_without_events_may_be_texted():
    contact = given()
    assert (contact.version, contact.is_opted_out) == (0, False)


@pytest.mark.parametrize(
    ("events", "is_opted_out"),
    [
        ([opted_out()], True),
        ([opted_out(), opted_in()], False),
        ([opted_out(), opted_in(), opted_out()], True),
        ([opted_out(), wrote()], True),
        ([wrote()], False),
    ],
)
def test_the_last_opt_out_or_opt_in_counts(events, is_opted_out):
    assert given(*events).is_opted_out is is_opted_out


@pytest.mark.parametrize("source", ["staff", "inbound", "provider"])
def test_an_opt_out_keeps_its_source(source):
    assert given(opted_out(source)).opt_out_source == source


def test_an_opt_in_clears_the_source_of_the_opt_out():
    assert given(opted_out("inbound"), opted_in()).opt_out_source is None


PLACE = {"originator_id": CONTACT, "originator_version": 2, "actor": "usr_1"}


def test_an_opt_out_is_the_next_event_of_the_contact():
    assert given(wrote()).opt_out("usr_1", "staff", ADA) == ContactOptedOut(
        **PLACE, source="staff", private=PhoneNumber(phone=ADA)
    )


OPT_OUTS = [
    # events, source of the opt-out, and whether it changes anything
    ([], "staff", True),
    ([], "inbound", True),
    ([opted_out("inbound"), opted_in()], "inbound", True),
    ([opted_out("staff")], "inbound", True),
    ([opted_out("staff")], "provider", True),
    ([opted_out("staff")], "staff", False),
    ([opted_out("inbound")], "staff", False),
    ([opted_out("inbound")], "provider", False),
    ([opted_out("provider")], "inbound", False),
]


@pytest.mark.parametrize(("events", "source", "is_new"), OPT_OUTS)
def test_an_opt_out_by_the_person_adds_to_one_by_staff(events, source, is_new):
    assert given(*events).is_new_opt_out(source) is is_new


@pytest.mark.parametrize(("events", "source"), [row[:2] for row in OPT_OUTS if row[2]])
def test_an_opt_out_that_changes_something_is_recorded(events, source):
    assert given(*events).opt_out("usr_1", source, ADA).source == source


@pytest.mark.parametrize(("events", "source"), [row[:2] for row in OPT_OUTS if not row[2]])
def test_an_opt_out_that_changes_nothing_is_refused(events, source):
    with pytest.raises(Refused, match=r"^This number is opted out already\.$"):
        given(*events).opt_out("usr_1", source, ADA)


@pytest.mark.parametrize(
    ("events", "is_blocked"),
    [
        ([], False),
        ([opted_out("staff")], False),
        ([opted_out("inbound")], True),
        ([opted_out("provider")], True),
        ([opted_out("inbound"), opted_in()], False),
    ],
)
def test_twilio_blocks_what_staff_did_not_opt_out(events, is_blocked):
    assert given(*events).is_blocked_by_provider is is_blocked


@pytest.mark.parametrize(("phone", "sealed"), [(ADA, PhoneNumber(phone=ADA)), (None, None)])
def test_an_opt_in_is_the_next_event_of_the_contact(phone, sealed):
    assert given(opted_out()).opt_in("usr_1", "inbound", phone) == ContactOptedIn(
        **PLACE, source="inbound", private=sealed
    )


def test_a_forgetting_is_the_next_event_of_the_contact():
    assert given(wrote()).forget("usr_1") == ContactForgotten(**PLACE)


def test_a_forgotten_contact_stays_opted_out():
    contact = given(opted_out("inbound"), forgotten(), wrote())
    assert contact == Contact(
        stream_id=CONTACT,
        version=3,
        is_opted_out=True,
        opt_out_source="inbound",
        was_forgotten=True,
    )


def test_a_contact_without_a_forgetting_was_not_forgotten():
    assert given(opted_out()).was_forgotten is False


@pytest.mark.parametrize("events", [[], [wrote()], [opted_out(), opted_in()]])
def test_an_opt_in_of_a_number_not_opted_out_is_refused(events):
    with pytest.raises(Refused, match=r"^This number is not opted out\.$"):
        given(*events).opt_in("usr_1", "staff", ADA)


def test_an_opt_out_without_the_number_has_no_sealed_part():
    assert given().opt_out("sender", "provider", None).private is None
