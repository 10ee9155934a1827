"""Given a contact's events, opting out and in gives an event or is refused."""

import pytest

from kit.stories import ADA, CONTACT, opted_in, opted_out, story, wrote
from ledger.domain.contact import Contact
from ledger.domain.events import ContactOptedIn, ContactOptedOut
from ledger.errors import Refused


def given(*events):
    return Contact.from_events(CONTACT, story(*events))


def test_a_number_never_heard_of_may_be_texted():
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
def test_the_last_wish_holds(events, is_opted_out):
    assert given(*events).is_opted_out is is_opted_out


@pytest.mark.parametrize("source", ["staff", "inbound", "provider"])
def test_an_opt_out_keeps_by_what_it_came(source):
    assert given(opted_out(source)).opt_out_source == source


def test_an_opt_in_forgets_by_what_the_opt_out_came():
    assert given(opted_out("inbound"), opted_in()).opt_out_source is None


def test_an_opt_out_is_the_next_event_of_the_contact():
    event = given(wrote()).opt_out("usr_1", "staff", ADA)
    assert isinstance(event, ContactOptedOut)
    assert (event.originator_id, event.originator_version) == (CONTACT, 2)
    assert (event.actor, event.source, event.private.phone) == ("usr_1", "staff", ADA)


def test_an_opt_out_twice_is_refused():
    with pytest.raises(Refused, match="opted out already"):
        given(opted_out()).opt_out("usr_1", "staff", ADA)


def test_an_opt_in_is_the_next_event_of_the_contact():
    event = given(opted_out()).opt_in("usr_1", "staff", ADA)
    assert isinstance(event, ContactOptedIn)
    assert event.originator_version == 2


@pytest.mark.parametrize("events", [[], [wrote()], [opted_out(), opted_in()]])
def test_an_opt_in_of_a_number_not_opted_out_is_refused(events):
    with pytest.raises(Refused, match="not opted out"):
        given(*events).opt_in("usr_1", "staff", ADA)


def test_an_opt_out_without_the_number_has_no_sealed_part():
    assert given().opt_out("sender", "provider", None).private is None
