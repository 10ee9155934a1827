"""Given a contact's events, an act returns the next event or is refused."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from kit.clock import MONDAY
from kit.stories import (
    ADA,
    CONTACT,
    consented,
    dismissed,
    forgotten,
    looked_up,
    opted_in,
    opted_out,
    story,
    wrote,
)
from ledger.domain.contact import LINE_TYPE_KEPT, Contact
from ledger.domain.events import (
    ContactForgotten,
    ContactOptedIn,
    ContactOptedOut,
    Form,
    InboundReceived,
    OptingWords,
)
from ledger.domain.events.contacts import POSSIBLE_OPT_OUT
from ledger.domain.vocabulary import LineType, OptOutMeans, OptOutSource, Wording
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


@pytest.mark.parametrize("source", ["staff", "inbound", "words", "provider"])
def test_an_opt_out_keeps_its_source(source):
    assert given(opted_out(source)).opt_out_source == source


def test_an_opt_in_clears_the_source_of_the_opt_out():
    assert given(opted_out("inbound"), opted_in()).opt_out_source is None


PLACE = {"originator_id": CONTACT, "originator_version": 2, "actor": "usr_1"}


def test_an_opt_out_is_the_next_event_of_the_contact():
    assert given(wrote()).opt_out("usr_1", "staff", ADA) == ContactOptedOut(
        **PLACE, source="staff", private=OptingWords(phone=ADA)
    )


OPT_OUTS = [
    # events, source of the opt-out, and whether it changes anything
    ([], "staff", True),
    ([], "inbound", True),
    ([opted_out("inbound"), opted_in()], "inbound", True),
    ([opted_out("staff")], "inbound", True),
    ([opted_out("staff")], "provider", True),
    ([opted_out("staff")], "staff", False),
    ([opted_out("staff")], "words", False),
    ([opted_out("inbound")], "staff", True),
    ([opted_out("inbound")], "inbound", False),
    ([opted_out("inbound")], "words", False),
    ([opted_out("inbound")], "provider", False),
    ([opted_out("words")], "staff", True),
    ([opted_out("words")], "inbound", True),
    ([opted_out("words")], "words", False),
    ([opted_out("words")], "provider", True),
    ([opted_out("provider")], "staff", False),
    ([opted_out("provider")], "inbound", False),
    ([opted_out("provider")], "words", False),
    ([opted_out("provider")], "provider", False),
    ([opted_out("words"), opted_out("inbound")], "provider", False),
    ([opted_out("words"), opted_out("inbound")], "staff", True),
    ([opted_out("staff"), opted_out("inbound")], "staff", False),
]


@pytest.mark.parametrize(("events", "source", "is_new"), OPT_OUTS)
def test_an_opt_out_is_new_where_twilio_or_a_yes_treats_the_number_otherwise(
    events, source, is_new
):
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
        ([opted_out("words")], False),
        ([opted_out("inbound")], True),
        ([opted_out("provider")], True),
        ([opted_out("inbound"), opted_out("staff")], True),
        ([opted_out("inbound"), opted_in()], False),
    ],
)
def test_twilio_blocks_after_its_own_keywords_and_what_it_reported(events, is_blocked):
    assert given(*events).is_blocked_by_provider is is_blocked


@pytest.mark.parametrize(("phone", "sealed"), [(ADA, OptingWords(phone=ADA)), (None, None)])
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
        opt_out_sources=("inbound",),
        was_forgotten=True,
        was_opted_out=True,
        has_written=True,
    )


def test_a_contact_without_a_forgetting_was_not_forgotten():
    assert given(opted_out()).was_forgotten is False


@pytest.mark.parametrize("events", [[], [wrote()], [opted_out(), opted_in()]])
def test_an_opt_in_of_a_number_not_opted_out_is_refused(events):
    with pytest.raises(Refused, match=r"^This number is not opted out\.$"):
        given(*events).opt_in("usr_1", "staff", ADA)


def test_an_opt_out_without_the_number_has_no_sealed_part():
    assert given().opt_out("sender", "provider", None).private is None


def test_an_opt_out_by_staff_says_how_and_when_the_person_asked():
    event = given().opt_out("usr_1", "staff", ADA, means=OptOutMeans.LETTER, received_at=MONDAY)
    assert (event.means, event.received_at) == (OptOutMeans.LETTER, MONDAY)


# What lifts an opt-out.

LIFTED = [
    # the opt-outs in order, whether "Yes" lifts them, and whether START does
    ((), False, False),
    (("inbound",), True, True),
    (("words",), True, True),
    (("staff",), False, True),
    (("provider",), False, True),
    (("words", "inbound"), True, True),
    (("staff", "inbound"), False, True),
    (("inbound", "staff"), False, True),
    (("words", "staff"), False, True),
    (("words", "provider"), False, True),
    (("staff", "provider"), False, True),
]


@pytest.mark.parametrize(("sources", "by_yes", "by_start"), LIFTED)
def test_a_yes_lifts_only_what_the_person_texted_and_a_start_everything(sources, by_yes, by_start):
    contact = given(*map(opted_out, sources))
    assert contact.is_lifted_by_text(is_start=False) is by_yes
    assert contact.is_lifted_by_text(is_start=True) is by_start


ACTS = st.sampled_from([*OptOutSource, "yes", "start", "staff opts in"])


def after(acts):
    """The contact after these acts, each recorded as the commands do: where it changes anything."""
    contact = given()
    for act in acts:
        if act in set(OptOutSource):
            event = opted_out(act) if contact.is_new_opt_out(act) else None
        elif act == "staff opts in":
            event = opted_in() if contact.is_opted_out else None
        else:
            is_lifted = contact.is_lifted_by_text(is_start=act == "start")
            event = opted_in("inbound") if is_lifted else None
        if event:
            contact = contact.with_events([replace(event, originator_version=contact.version + 1)])
    return contact


NO_LIFTING = st.lists(st.sampled_from([*OptOutSource, "yes"]), max_size=8)


@given_any(st.lists(ACTS, max_size=8), NO_LIFTING)
def test_after_an_opt_out_by_staff_no_yes_ever_lifts_it(acts, later):
    assert after([*acts, "staff", *later]).is_opted_out


@given_any(NO_LIFTING)
def test_after_an_opt_out_that_twilio_reported_no_yes_ever_lifts_it(later):
    assert after(["provider", *later]).is_opted_out


@given_any(st.lists(ACTS, max_size=12), st.sampled_from([*OptOutSource]))
def test_after_any_opt_out_nothing_is_sent_until_something_lifts_it(acts, source):
    assert after([*acts, source]).is_opted_out
    assert not after([*acts, source, "start"]).is_opted_out
    assert not after([*acts, source, "staff opts in"]).is_opted_out


# Texts.


def test_a_text_is_the_next_event_of_the_contact_with_its_judgement():
    text = Form(parameters=(("From", ADA), ("Body", "Thank you")))
    event = given(wrote()).receive(
        "twilio", sid="SM7", dedupe="dedupe7", wording=Wording.ORDINARY, form=text
    )
    assert event == InboundReceived(
        **PLACE | {"actor": "twilio"},
        sid="SM7",
        dedupe="dedupe7",
        wording="ordinary",
        private=text,
    )


# Texts that may ask for an opt-out.


def possible(sid="SMin"):
    return wrote("Too many of these", sid=sid, wording=Wording.POSSIBLE_OPT_OUT)


def test_the_wording_of_a_possible_opt_out_is_the_one_that_events_record():
    assert POSSIBLE_OPT_OUT == Wording.POSSIBLE_OPT_OUT


@pytest.mark.parametrize(
    ("events", "waiting"),
    [
        ([possible("SM1")], ("SM1",)),
        ([possible("SM1"), possible("SM2")], ("SM1", "SM2")),
        ([possible("SM1"), possible("SM2"), dismissed("SM1")], ("SM2",)),
        ([possible("SM1"), dismissed("SM1"), possible("SM2")], ("SM2",)),
        ([possible("SM1"), wrote(sid="SM2", wording=Wording.ORDINARY)], ("SM1",)),
        ([possible("SM1"), wrote(sid="SM2")], ("SM1",)),
        ([possible("SM1"), opted_out()], ()),
        ([possible("SM1"), opted_out(), opted_in()], ()),
        ([opted_out(), possible("SM1")], ()),
        ([opted_out(), opted_in(), possible("SM1")], ("SM1",)),
        ([possible("SM1"), forgotten()], ()),
        ([wrote(wording=None)], ()),
    ],
)
def test_a_possible_opt_out_waits_until_an_opt_out_a_dismissal_or_a_forgetting(events, waiting):
    assert given(*events).possible_opt_outs == waiting


def test_a_dismissal_names_the_text():
    event = given(possible("SM1")).dismiss("usr_1", "SM1")
    assert (event.sid, event.actor) == ("SM1", "usr_1")


@pytest.mark.parametrize("events", [[], [wrote(sid="SM1")], [possible("SM1"), dismissed("SM1")]])
def test_a_dismissal_of_a_text_that_does_not_wait_is_refused(events):
    with pytest.raises(
        Refused,
        match=r"^This text does not wait for a decision; look at the list again\.$",
    ):
        given(*events).dismiss("usr_1", "SM1")


# Consent.

LATER = MONDAY + timedelta(days=1)


def test_a_recorded_consent_is_in_force():
    contact = given(consented())
    assert (contact.has_consent, contact.consent_given_at) == (True, MONDAY)


@pytest.mark.parametrize("end", [[opted_out()], [opted_out(), opted_in()], [forgotten()]])
def test_an_opt_out_or_a_forgetting_ends_it(end):
    assert not given(consented(), *end).has_consent


@pytest.mark.parametrize(
    ("events", "given_at", "is_new"),
    [
        ([], MONDAY, True),
        ([], None, True),
        ([consented()], MONDAY, False),
        ([consented()], None, False),
        ([consented()], LATER, True),
        ([consented(None)], MONDAY, True),
        ([consented(), opted_out()], LATER, False),
        ([consented(), opted_out(), opted_in()], MONDAY, False),
        ([consented(), opted_out(), opted_in()], LATER, True),
        ([opted_out(), opted_in()], None, False),
        ([opted_out(), opted_in()], MONDAY, True),
        ([consented(), forgotten()], MONDAY, True),
    ],
)
def test_a_consent_is_new_if_it_is_later_than_the_last_one(events, given_at, is_new):
    assert given(*events).is_new_consent(given_at) is is_new


def test_a_consent_without_a_time_keeps_the_time_of_the_last_one():
    assert given(consented(), consented(None)).consent_given_at == MONDAY


@pytest.mark.parametrize("events", [[wrote()], [wrote(wording=POSSIBLE_OPT_OUT)]])
def test_who_sent_a_text_has_written_until_they_are_forgotten(events):
    assert given(*events).has_written
    assert not given(*events, forgotten()).has_written
    assert not given().has_written


LANDLINE, MOBILE = looked_up(LineType.LANDLINE), looked_up(LineType.MOBILE)


@pytest.mark.parametrize(
    ("events", "is_landline"),
    [
        ([], False),
        ([LANDLINE], True),
        ([MOBILE], False),
        ([looked_up(None)], False),
        ([LANDLINE, MOBILE], False),
        ([LANDLINE, forgotten()], False),
    ],
)
def test_the_last_look_up_says_whether_a_number_is_a_landline(events, is_landline):
    assert given(*events).is_landline(MONDAY) is is_landline


@pytest.mark.parametrize("line_type", [LineType.LANDLINE, None])
def test_a_look_up_counts_for_180_days(line_type):
    contact = given(looked_up(line_type))
    end = MONDAY + LINE_TYPE_KEPT
    assert contact.has_recent_look_up(end - timedelta(seconds=1))
    assert not contact.has_recent_look_up(end)
    assert not contact.is_landline(end)
