"""The audit trail and the page of one event, as an auditor reads them."""

import json
import re
from html import unescape

import pytest

from kit.golden import EVENTS
from kit.ledger_commands import AppendEvents
from kit.staff import Staff
from kit.world import ADA, BEN, CLEO, STAFF
from ledger.commands.launch import launch
from ledger.commands.launch_order import LaunchOrder
from ledger.domain.events import EVENT_TYPES
from ledger.messages.contact_rows import ContactFileRow
from ledger.store.schema import contact_keys

MINUS = "\N{MINUS SIGN}"


def tell(world):
    campaign_id = world.launch([ADA, BEN], name="Fall aid reminder")
    world.send()
    return campaign_id


@pytest.fixture
def ada(world, campaign):
    return world.delivery(campaign, ADA)


def seqs(page):
    """The events that the list shows, in its order."""
    return [int(part.split('"')[0]) for part in page.text.split('id="event-')[1:]]


def link(page, word):
    """Where the link of the pagination leads."""
    (tag,) = [t for t in page.text.split("<a ") if t.startswith("class") and f">{word}</a>" in t]
    return tag.split('href="')[1].split('"')[0].replace("&amp;", "&")


# The list.


def test_an_empty_ledger_says_so(staff):
    assert "Nothing has happened yet" in staff.read("/audit")


def test_every_event_is_a_readable_row_the_newest_first(world, staff, campaign, ada):
    world.callback(ada, status="undelivered", code=30006)
    assert seqs(staff.open("/audit")) == list(range(world.app.ledger.reader.head(), 0, -1))
    words = staff.read("/audit")
    assert (
        "Callback undelivered: unreachable number (30006) Ada Lovelace Fall aid reminder Twilio "
        "2 Mar 2026 09:00:00"
    ) in words


def test_an_act_of_staff_is_shown_with_their_name(staff, ada):
    staff.press(f"/deliveries/{ada}/opt-out")
    assert "Opted out by staff Ada Lovelace none J. Ortiz" in staff.read("/audit")


def test_a_row_leads_to_its_campaign_its_contact_and_its_event(staff, campaign, ada):
    html = staff.open("/audit").text
    for to in (f"/campaigns/{campaign}", f"/deliveries/{ada}", "/audit/1"):
        assert f'href="{to}"' in html


@pytest.mark.parametrize(
    ("query", "is_wanted"),
    [
        ("delivery={ada}", lambda entry, ada, _: entry.delivery_id == ada),
        ("campaign={campaign}", lambda entry, _, campaign: entry.campaign_id == campaign),
        ("type=AttemptStarted", lambda entry, *_: entry.topic == "AttemptStarted"),
        ("actor=sender", lambda entry, *_: entry.row.columns["actor"] == "sender"),
        (
            "actor=sender&type=AttemptStarted&delivery={ada}",
            lambda entry, ada, _: (entry.topic, entry.delivery_id) == ("AttemptStarted", ada),
        ),
    ],
)
def test_a_filter_narrows_the_list(world, staff, campaign, ada, *, query, is_wanted):
    world.launch([CLEO], name="Another")
    page = staff.open("/audit?" + query.format(ada=ada, campaign=campaign))
    entries = world.app.ledger.reader.events()
    wanted = [e.seq for e in entries if is_wanted(e, ada, campaign)]
    assert seqs(page) == wanted[::-1] != []


def test_a_filter_keeps_what_was_chosen(staff, campaign, ada):
    html = staff.open(
        f"/audit?campaign={campaign}&type=AttemptStarted&actor=sender&delivery={ada}"
    ).text
    assert html.count(" selected>") == 3
    assert f'value="{ada}"' in html


def test_every_type_and_everybody_who_acts_can_be_chosen(staff):
    html = staff.open("/audit").text
    for name in [event_type.topic for event_type in EVENT_TYPES] + ["sender", "twilio"]:
        assert f'<option value="{name}">' in html


def test_a_filter_that_fits_nothing_says_so(staff, campaign):
    words = staff.read(f"/audit?campaign={campaign}&type=CampaignClosed")
    assert "No event fits this search" in words


UNKNOWN = {
    "type=Nonsense": "There is no type of event that is called Nonsense.",
    "campaign=cam_none": "There is no campaign cam_none.",
    "delivery=%27": "There is no delivery &#39;.",
    "actor=x": "Nobody with the id x has acted in this ledger.",
    "contact=con_none": "There is no contact con_none.",
    "campaing=cam_none": "There is no filter campaing. There is: type, actor, campaign, contact,",
}


def test_an_unknown_id_or_filter_is_an_error_and_not_an_empty_trail(staff, campaign):
    for query, sentence in UNKNOWN.items():
        for address in ("/audit", "/audit/events.ndjson"):
            answer = staff.open(f"{address}?{query}")
            assert (answer.status_code, sentence in answer.text) == (404, True), query


def test_a_delivery_of_another_campaign_is_an_error(world, staff, campaign):
    other = world.launch([CLEO], name="Another")
    delivery = world.delivery(other, CLEO)
    answer = staff.open(f"/audit?campaign={campaign}&delivery={delivery}")
    assert answer.status_code == 404
    assert f"There is no delivery {delivery} in the campaign {campaign}." in answer.text


def test_somebody_who_has_not_acted_yet_can_be_chosen(staff, campaign):
    assert "No event fits this search" in staff.read(f"/audit?actor={staff.user_id}")


def test_pages_follow_each_other_without_a_gap_or_a_repetition(world, staff):
    world.launch([f"+1415555{number:04}" for number in range(120)])
    first = staff.open("/audit")
    second = staff.open(link(first, "Next"))
    third = staff.open(link(second, "Next"))
    everything = seqs(first) + seqs(second) + seqs(third)
    assert everything == list(range(world.app.ledger.reader.head(), 0, -1))
    assert seqs(staff.open(link(third, "Previous"))) == seqs(second)
    assert seqs(staff.open(link(second, "Previous"))) == seqs(first)
    assert ">Next</a>" not in third.text
    assert ">Previous</a>" not in first.text


def test_paging_keeps_the_filter(staff, world):
    world.launch([f"+1415555{number:04}" for number in range(60)])
    page = staff.open("/audit?type=ContactEnrolled")
    assert link(page, "Next").startswith("/audit?type=ContactEnrolled&before=")


def test_the_audit_trail_holds_no_number_or_text(world, staff, campaign):
    world.inbound("a private word", ADA)
    words = staff.open("/audit").text
    assert [w for w in (ADA, "555 0101", "Hello", "private word") if w in words] == []


def test_the_events_are_downloaded_in_the_order_of_seq(world, staff, campaign, ada):
    answer = staff.open(f"/audit/events.ndjson?delivery={ada}")
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert [row["type"] for row in rows] == world.topics(ada)
    assert answer.mimetype == "application/x-ndjson"
    assert "attachment" in answer.headers["Content-Disposition"]


def test_a_person_not_signed_in_sees_no_event(staff, campaign):
    stranger = staff.app.test_client()
    for page in ("/audit", "/audit/1", "/audit/events.ndjson"):
        assert "/sign-in" in stranger.get(page).location


# One event.


def test_an_event_shows_its_place_and_its_fingerprint(world, staff, ada):
    entry = world.last(ada)
    words = staff.read(f"/audit/{entry.seq}")
    assert f"Event #{entry.seq}: Attempt accepted Accepted by Twilio (queued)" in words
    assert f"stream {ada} version 3" in words
    assert f"fingerprint {entry.row.leaf.hex()}" in words


def test_an_event_shows_what_it_changed(world, staff, ada):
    world.callback(ada, status="undelivered", code=30006)
    words = staff.read(f"/audit/{world.last(ada).seq}")
    assert "A fact of turn 1: hard failure (rank 23)" in words
    assert f"contact {MINUS} was pending + is failed" in words
    assert f"message {MINUS} was sent + is undelivered" in words
    assert "reason + is Unreachable number" in words
    assert "attempts 1 no change" in words


def test_a_late_failure_of_an_older_attempt_changes_nothing(world, staff, ada):
    world.callback(ada)
    world.callback(ada, status="undelivered", code=30006)
    words = staff.read(f"/audit/{world.last(ada).seq}")
    assert "contact delivered no change" in words
    assert "reports + is contradict each other" in words


def test_an_event_after_archive_changes_nothing(world, staff, campaign, ada):
    world.archive(campaign)
    world.callback(ada)
    words = staff.read(f"/audit/{world.last(ada).seq}")
    assert "After archive. It is kept, and changed nothing." in words
    assert "contact pending no change" in words


def test_an_unknown_status_of_twilio_is_not_a_fact_about_a_status(world, staff, ada):
    world.callback(ada, status="pondering")
    words = staff.read(f"/audit/{world.last(ada).seq}")
    assert "It is not a fact about a status." in words
    assert "contact pending no change" in words


def test_the_raw_fields_of_a_callback_are_its_parameters_in_order(world, staff, ada):
    world.callback(ada, To=ADA, Blank="")
    words = staff.read(f"/audit/{world.last(ada).seq}")
    assert f"MessageStatus delivered To {ADA} Blank (blank)" in words


def test_no_event_leads_to_a_page_that_is_not_there(world, staff, campaign):
    def give_up(_enrolled):
        raise ConnectionError

    order = LaunchOrder(name="Given up", message="Hi", rows=[ContactFileRow(2, CLEO, "Cleo", {})])
    with pytest.raises(ConnectionError):
        launch(world.app.ledger, order, STAFF, progress=give_up)
    world.catch_up()
    pages = [
        staff.open(f"/audit/{seq}").text for seq in range(1, world.app.ledger.reader.head() + 1)
    ]
    for to in {to for html in pages for to in re.findall(r'href="(/[acd][^"#]+)', html)}:
        assert staff.open(unescape(to)).status_code < 400, to
    assert "(not launched)" in pages[-1]


def test_a_parameter_that_looks_like_html_is_shown_as_it_came(world, staff, ada):
    world.callback(ada, ErrorMessage="<script>alert(1)</script>")
    html = staff.open(f"/audit/{world.last(ada).seq}").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert" not in html


def test_an_event_without_its_key_says_that_it_cannot_be_opened(world, staff, campaign, ada):
    engine = world.app.ledger.recorder._engine
    with engine.begin() as connection:
        connection.execute(contact_keys.delete())
    enrolled = world.app.ledger.reader.stream(ada)[0].seq
    other = Staff(world.again())
    assert "The sealed part cannot be opened any more: its key is gone." in other.read(
        f"/audit/{enrolled}"
    )


def test_events_lead_to_their_neighbours_in_the_ledger_and_in_their_stream(world, staff, ada):
    first, second, third = [entry.seq for entry in world.app.ledger.reader.stream(ada)]
    html = staff.open(f"/audit/{second}").text
    for seq in (second - 1, second + 1, first, third):
        assert f'href="/audit/{seq}"' in html
    assert "In its stream, 2 of 3" in html


@pytest.mark.parametrize("seq", ["0", "999", str(10**30), "x", "-1"])
def test_an_event_that_is_not_there_is_not_found(staff, campaign, seq):
    answer = staff.open(f"/audit/{seq}")
    assert answer.status_code == 404
    assert "All campaigns" in answer.text


@pytest.mark.parametrize("stream_id", sorted({event.originator_id for event in EVENTS}))
def test_every_kind_of_event_has_its_page(world, staff, stream_id):
    """Golden events, each put where its stream would have it."""
    story = [event for event in EVENTS if event.originator_id == stream_id]
    numbered = [
        type(event)(**{**vars_of(event), "originator_version": version})
        for version, event in enumerate(story, start=1)
    ]
    world.app.ledger.execute(AppendEvents(numbered)).result()
    for seq, event in enumerate(story, start=1):
        words = staff.read(f"/audit/{seq}")
        assert event.topic in words
        assert "fingerprint" in words, event.topic


def vars_of(event):
    return {name: getattr(event, name) for name in event.__dataclass_fields__ if name != "topic"}


def test_an_opt_out_is_shown_as_a_change_of_the_number(world, staff, campaign):
    world.opt_out(ADA)
    words = staff.read(f"/audit/{world.last(world.contact(ADA)).seq}")
    assert f"number {MINUS} was may be texted + is opted out" in words


def test_a_pause_is_shown_as_a_change_of_the_campaign(world, staff, campaign):
    world.pause(campaign)
    words = staff.read(f"/audit/{world.last(campaign).seq}")
    assert f"campaign {MINUS} was sending + is paused" in words


def test_an_event_leads_to_its_cause_and_to_what_it_caused(world, staff, ada):
    enrolled, started, accepted = world.app.ledger.reader.stream(ada)
    world.clock.advance(seconds=4)
    world.callback(ada, status="undelivered", code=30008)
    bounced = world.last(ada)
    world.inbound("STOP")
    opted_out, withdrawn = world.last(world.contact(ADA)), world.last(ada)
    inbound = world.app.ledger.reader.stream(world.contact(ADA))[0]
    chain = [
        (started, f"Caused by #{enrolled.seq}"),
        (accepted, f"Caused by #{started.seq}"),
        (bounced, f"Caused by #{accepted.seq} Accepted by Twilio (queued) 4.0 seconds before"),
        (opted_out, f"Caused by #{inbound.seq} A text came in that asks for an opt-out"),
        (opted_out, f"Caused #{withdrawn.seq} Withdrawn: the contact opted out 0.0 seconds after"),
        (withdrawn, f"Caused by #{opted_out.seq} Opted out by a text 0.0 seconds before"),
    ]
    for recorded, words in chain:
        assert words in staff.read(f"/audit/{recorded.seq}")


def test_what_twilio_posted_was_signed_and_what_the_sender_did_was_not(world, staff, ada):
    world.callback(ada)
    assert "Who Twilio, signature right" in staff.read(f"/audit/{world.last(ada).seq}")
    first = world.app.ledger.reader.stream(ada)[0]
    assert "signature" not in staff.read(f"/audit/{first.seq}")
