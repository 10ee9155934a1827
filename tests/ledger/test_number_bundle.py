"""A bundle about one number: what it proves, what it does not, and that its page cannot lie."""

import shutil
from pathlib import Path

import pytest

from kit.bundles import edit_lines, last, lines, run, verified
from kit.forged_numbers import (
    FORGED_PAGES,
    OTHER_FORGERIES,
    STATES,
    add_to_state,
    export_number,
    hide_other,
    misattributed,
    recount_whole,
    withhold,
)
from kit.forging import forging, recompute
from kit.store import ledger_file
from kit.world import BEN
from ledger.domain.events import (
    EVENT_TYPES,
    ContactListed,
    DataExported,
    MessagePreviewed,
    RowsLeftOut,
    WordsViewed,
)
from ledger.domain.events.access import PermalinkEvent
from ledger.domain.events.campaign_holds import CampaignLegalHoldEvent
from ledger.domain.events.contacts import ContactEvent
from ledger.domain.events.deliveries import DeliveryEvent
from ledger.errors import LedgerDamaged, NotFound
from ledger.proof import verify

ALL_PROVEN = "no other event of the "


def test_the_page_says_what_was_sent_and_each_request_to_stop(number_school):
    ben, (first, _, third) = number_school.ben, number_school.campaigns
    one, two = number_school.deliveries
    stop = "A REQUEST TO STOP was recorded: by a text on which Twilio acts, such as STOP or START"
    statuses = {
        one: "delivered. Attempts to send: 1.",
        two: "failed for good. Attempts to send: 1.",
    }
    page = (number_school.folder / "narrow" / "number.txt").read_text()
    top, counts, _, events, _, texts, _, requests = page.split("\n\n")
    assert top == f"What was recorded of the number of {ben}, in {number_school.origin} up to #26"
    assert counts == (
        "Texts planned: 2. Attempts to send: 2. Texts delivered: 1. Requests to stop: 2."
    )
    assert events.replace("2026-03-02 04:00:00 -05:00  ", "").split("\n") == [
        f"#2  usr_1  {one}: a text was planned, in {first}.",
        f"#5  sender  {one}: an attempt to send began.",
        f"#6  sender  {one}: Twilio took the text, SID SM00000000000000000000000000000001.",
        f"#15  twilio  {one}: Twilio reported on the text: delivered.",
        "#17  twilio  The number sent a text, SID SMinbound, judged as a request to stop.",
        f"#18  twilio  {stop}.",
        "#19  usr_1  The number may be texted again: by staff.",
        f"#21  usr_1  {two}: a text was planned, in {third}.",
        f"#23  sender  {two}: an attempt to send began.",
        f"#24  sender  {two}: Twilio took the text, SID SM00000000000000000000000000000004.",
        f"#25  twilio  {two}: Twilio reported on the text: failed for good; code 30006.",
        "#26  usr_1  A REQUEST TO STOP was recorded: by staff.",
    ]
    assert texts.split("\n") == [f"{key}: {value}" for key, value in sorted(statuses.items())]
    assert requests.split("\n") == [
        "After the request to stop #18, until it was lifted at #19, no attempt to send began.",
        "After the request to stop #26, up to the last event, no attempt to send began.",
        "",
    ]


def test_a_narrow_bundle_does_not_prove_that_nothing_is_left_out(number_school):
    who = f"the number of {number_school.ben}"
    answer = run(number_school.folder / "narrow" / "verify.py")
    assert answer.code == 0, answer.text
    assert answer.text.startswith(f"Right: {who}: 12 events unchanged, none missing between them")
    assert ALL_PROVEN not in answer.text
    assert "every status" not in answer.text
    assert (
        f"Not proven: {who}: that these are all its events. Other texts to it, newer statuses and "
        "newer requests to stop may be among the hidden events, which do not say whom they "
        "concern. A bundle that was made with --complete proves it\n" in answer.text
    )
    assert (
        f"Proven: {who}: by the events shown, after the request to stop #18, until it was lifted "
        "at #19, no attempt to send began\n" in answer.text
    )


def test_a_complete_bundle_proves_that_nothing_is_left_out(number_school):
    who = f"the number of {number_school.ben}"
    for bundle in ("complete", "complete.zip"):
        answer = verified(number_school.folder / bundle, number_school.early)
        assert answer.code == 0, answer.text
        assert f"Proven: {who}: no other event of the 26 concerns it\n" in answer.text
        assert (
            "Proven: all campaigns: every status proven, and so that of each of its texts\n"
            in answer.text
        )
        assert (
            f"Proven: {who}: after the request to stop #26, up to the last event, no attempt"
            in (answer.text)
        )
        assert "may be among the hidden events" not in answer.text
        assert "the statuses at #18" not in answer.text
        assert (
            f"Not proven: {who}: which number that is, and that it has no second id: a secret key "
            "made it\n" in answer.text
        )


def test_a_complete_bundle_that_hides_one_event_proves_no_more_than_a_narrow_one(number_bundles):
    """What is hidden is of somebody else, but nobody can tell that."""
    hide_other(number_bundles / "complete")
    answer = verified(number_bundles / "complete")
    assert answer.code == 0, answer.text
    assert (ALL_PROVEN in answer.text, "every status" in answer.text) == (False, False)
    assert "may be among the hidden events, which do not say whom they concern" in answer.text


def test_a_narrow_bundle_names_nobody_else(number_school):
    told = "".join(f.read_text() for f in (number_school.folder / "narrow").rglob("*.*"))
    assert [word for word in (number_school.cleo, number_school.campaigns[1]) if word in told] == []


def test_a_complete_bundle_shows_the_content_of_no_other_event(number_school):
    found = lines(number_school.folder / "complete")
    assert {line.get("contact_id") for line in found if "state" in line} == {number_school.ben}
    assert len(found) == 26
    assert not any("hidden" in line for line in found)


@pytest.mark.parametrize("kind", ["narrow", "complete"])
def test_every_forged_bundle_is_refused_with_the_reason(number_bundles, kind, tmp_path):
    wrong = []
    for number, (forge, words) in enumerate([*FORGED_PAGES, *OTHER_FORGERIES[kind]]):
        folder = Path(shutil.copytree(number_bundles / kind, tmp_path / str(number)))
        forge(folder)
        answer = verified(folder)
        if answer.code != 1 or words not in answer.text or "Traceback" in answer.text:
            wrong.append((words, answer))
    assert wrong == []


@pytest.mark.parametrize("members", STATES)
def test_the_content_of_an_event_has_one_reading(number_bundles, members):
    add_to_state(number_bundles / "narrow", members)
    answer = verified(number_bundles / "narrow")
    assert answer.code == (0 if STATES[members] else 1), answer.text
    assert STATES[members] or "the line behind #25 cannot be read: " in answer.text


def test_an_event_of_its_deliveries_that_names_another_contact_is_refused(world):
    delivery = world.delivery(world.launch([BEN]), BEN)
    world.send()
    answer = verified(misattributed(world))
    assert answer.code == 1
    assert f": an event of {delivery} concerns another number" in answer.text


def test_a_digest_is_no_event_of_another_kind_of_bundle(bundles):
    for kind in ("all", "campaign"):
        edit_lines(bundles / kind, lambda found: withhold(found[last(found, "state")]))
        recount_whole(bundles / kind)
        answer = verified(bundles / kind)
        assert answer.code == 1
        assert f" is no event of {kind}" in answer.text


def test_a_contact_without_events_has_no_bundle(world):
    world.launch([BEN])
    with pytest.raises(NotFound, match=r"^There is no contact con_none\.$"):
        world.app.exporter.number_scope("con_none", is_complete=False)


def test_an_event_without_readable_content_has_no_page(world):
    world.launch([BEN])
    with forging(ledger_file(world.folder)) as file:
        file.execute("UPDATE events SET state = CAST('[]' AS BLOB) WHERE seq = 2")
        recompute(file)
    with pytest.raises(LedgerDamaged):
        export_number(world, world.folder / "x.zip", BEN, is_complete=False)


def event(seq: int, topic: str, delivery_id: str = "", **state: object) -> dict:
    return {"seq": seq, "topic": topic, "delivery_id": delivery_id, "state": state}


def test_attempts_after_a_request_to_stop_are_named_and_confirmations_apart():
    found = [
        event(1, "AttemptStarted", "del_a"),
        event(2, "ContactOptedOut"),
        event(3, "ContactEnrolled", "del_b", confirm_before="2026-03-02T09:05:00Z"),
        event(4, "AttemptStarted", "del_b"),
        event(5, "ContactOptedOut"),
        event(6, "AttemptStarted", "del_a"),
        event(7, "AttemptStarted", "del_a"),
        event(8, "ContactOptedIn"),
        event(9, "AttemptStarted", "del_a"),
    ]
    assert verify.requests_of(found) == [
        (
            "after the request to stop #2, until the next one at #5, no attempt to send began; "
            "attempts to send a confirmation: #4"
        ),
        "after the request to stop #5, until it was lifted at #8, attempts to send began: #6, #7",
    ]


def test_the_reference_has_every_word_of_the_page():
    reference = (Path(__file__).parents[2] / "docs" / "reference" / "bundle.md").read_text()
    sentences = [f"| `{topic}` | `{words}`" for topic, words in verify.SENTENCES.items()]
    stages = [f"| {stage} | `{words}` |" for stage, words in enumerate(verify.STAGES)]
    meanings = [
        f"| `{name}` | `{value}` | `{words}` |"
        for name, values in verify.MEANINGS.items()
        for value, words in values.items()
    ]
    page = verify.NUMBER_PAGE.format(
        who="CLAIM",
        origin="ORIGIN",
        size="SIZE",
        counts="Texts planned: N. Attempts to send: N. Texts delivered: N. Requests to stop: N.",
        events="EVENTS",
        texts="TEXTS",
        requests="REQUESTS",
    )
    lines_of_page = "".join(f"    {line}\n" if line else "\n" for line in page.splitlines())
    told = [*sentences, *stages, *meanings, lines_of_page]
    assert [words for words in told if words not in reference] == []


def test_every_event_about_a_contact_has_a_sentence():
    kinds = DeliveryEvent | ContactEvent | PermalinkEvent | CampaignLegalHoldEvent
    about = [t for t in EVENT_TYPES if issubclass(t, kinds)]
    others = [WordsViewed, MessagePreviewed, DataExported, RowsLeftOut, ContactListed]
    assert {t.topic for t in (*about, *others)} == verify.SENTENCES.keys()


def test_a_value_that_could_pass_for_other_words_is_not_on_the_page():
    """A campaign's owner can write any text into an event's open fields."""
    lie = "staff.\n2026-03-02 04:00:00 -05:00  #3  usr_1  Nothing was sent"
    manifest = verify.Manifest(
        origin="o", kind="number", ids={"contact_id": "con_x"}, size=1, shown=1, files=[]
    )
    stop = event(2, "ContactOptedOut", source=lie, means=None) | {"recorded_at": 0, "actor": lie}
    page = verify.number_page(manifest, [stop], [-300])
    line = (
        "1969-12-31 19:00:00 -05:00  #2  (see the event)  A REQUEST TO STOP was recorded: (see the"
    )
    assert f"{line} event).\n" in page
    assert "Nothing was sent" not in page
