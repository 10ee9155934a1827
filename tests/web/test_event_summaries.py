"""The audit trail: every event as a readable row, and no personal word in its summary."""

from dataclasses import replace

import pytest

from kit import stories
from kit.clock import MONDAY
from kit.golden import EVENTS
from ledger.domain.events import EVENT_TYPES, DataExported
from ledger.domain.vocabulary import ExportKind, OptOutMeans, Reason
from webapp.documents import event_document
from webapp.explain.event_fields import data_of
from webapp.explain.event_summaries import SUMMARIES, summary_of, type_label

by_topic = pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.topic)
PERSONAL = (stories.ADA, "Ada", "Lovelace", "Spring fair", "Hello", "Thank you")


def test_every_type_of_event_has_a_sentence_and_no_other():
    assert set(SUMMARIES) == set(EVENT_TYPES)


def test_a_type_of_event_is_joined_in_words():
    labels = {event_type.topic: type_label(event_type.topic) for event_type in EVENT_TYPES}
    assert labels["AttemptOutcomeUnknown"] == "Attempt outcome unknown"
    assert len(set(labels.values())) == len(EVENT_TYPES)


@by_topic
def test_every_event_has_a_sentence(event):
    sentence = summary_of(event)
    assert sentence[0].isupper()
    assert "_" not in sentence


@by_topic
def test_no_summary_holds_a_number_a_name_or_a_text(event):
    assert [word for word in PERSONAL if word in summary_of(event)] == []


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        (stories.launched(), "Launched to 1 contact"),
        (replace(stories.launched(), contact_count=1234), "Launched to 1,234 contacts"),
        (stories.paused(), "Campaign paused"),
        (stories.paused(Reason.ACCOUNT, "20003"), "Campaign paused: Twilio account (20003)"),
        (stories.enrolled(position=7), "Contact 7 enrolled"),
        (stories.opted_out("inbound"), "Opted out by a text"),
        (stories.opted_out("words"), "Opted out by a text in the person's own words"),
        (
            replace(stories.opted_out(), means=OptOutMeans.PHONE, received_at=MONDAY),
            "Opted out by staff, asked by phone, received 2 Mar 2026, 09:00 UTC",
        ),
        (stories.wrote(), "A text came in"),
        (stories.wrote(wording="ordinary"), "A text came in"),
        (stories.wrote(wording="opt_out"), "A text came in that asks for an opt-out"),
        (stories.wrote(wording="possible_opt_out"), "A text came in that may ask for an opt-out"),
        (stories.dismissed(), "Not an opt-out: staff dismissed a text"),
        (stories.marked_fixed(), "Marked as fixed: the number in the school's records"),
        (
            replace(stories.enrolled(), confirm_before=MONDAY),
            "Confirmation of the opt-out enrolled",
        ),
        (stories.withdrawn(), "Withdrawn: the contact opted out"),
        (stories.withdrawn(reason=Reason.LANDLINE), "Withdrawn: the number is a landline"),
        (stories.looked_up(), "Line type looked up: landline"),
        (stories.looked_up(None), "Line type looked up: Twilio does not know it"),
        (stories.withdrawn(reason=Reason.TOO_LATE), "Withdrawn: too late to confirm the opt-out"),
        (stories.failed(), "Callback as told: unreachable number (30006)"),
        (
            replace(stories.delivered(), is_other_sid=True),
            "Callback as told about another SID",
        ),
    ],
)
def test_a_sentence_says_what_happened(event, sentence):
    assert summary_of(event) == sentence


def test_the_data_of_a_callback_has_sid_and_status_in_twilios_words():
    data = data_of(stories.delivered(sid="SM7"))
    assert (data["sid"], data["status"]) == ("SM7", "as told")


def test_an_event_is_shown_with_its_seq_time_and_actor(world, clock):
    campaign_id = world.launch()
    row = event_document(world.app.ledger.reader.event(1), {"usr_1": "Grace"})
    assert {name: row[name] for name in ("seq", "type", "campaign_id", "delivery_id", "actor")} == {
        "seq": 1,
        "type": "CampaignCreated",
        "campaign_id": campaign_id,
        "delivery_id": None,
        "actor": "Grace",
    }
    assert row["recorded_at"] == clock.now().isoformat()


def test_an_actor_without_a_known_name_is_shown_by_id(world):
    world.launch()
    assert event_document(world.app.ledger.reader.event(1), {})["actor"] == "usr_1"


@pytest.mark.parametrize(
    ("kind", "campaign_id", "contact_id", "until", "sentence"),
    [
        ("person_file", None, "con_1", None, "Exported the file of this person (csv)"),
        ("person_file", None, None, None, "Exported the file of a person not known here (csv)"),
        ("contacts", "cam_1", None, 41, "Exported contacts of a campaign (csv), up to #41"),
        ("bundle", None, None, 41, "Exported a bundle for auditors (csv), up to #41"),
        (
            *("comparison", "cam_1", "con_1", 41),
            "Exported a comparison of this person in a campaign at two moments (csv), up to #41",
        ),
    ],
)
def test_an_export_says_once_whose_data_it_was(kind, campaign_id, contact_id, until, sentence):
    (exported,) = [event for event in EVENTS if isinstance(event, DataExported)][:1]
    event = replace(
        exported,
        kind=ExportKind(kind),
        form="csv",
        campaign_id=campaign_id,
        contact_id=contact_id,
        until=until,
    )
    assert summary_of(event) == sentence
