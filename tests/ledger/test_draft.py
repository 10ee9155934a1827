"""Given a draft's events, saving or closing it returns the next event or is refused."""

import pytest

from kit.clock import MONDAY
from kit.stories import CAMPAIGN, TEXT, created, drafted, story
from ledger.domain.draft import Draft
from ledger.domain.events import CampaignDrafted, DraftClosed
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Schedule
from ledger.errors import NotFound, Refused

DRAFT = "dra_spring"
POLICY, TIMING = ResendPolicy(attempt_limit=4), Schedule(starts_at=MONDAY)
PLACE = {"originator_id": DRAFT, "actor": "usr_1"}
SAVED, LAUNCHED = drafted()


def given(*events):
    return Draft.from_events(DRAFT, story(*events))


def test_a_draft_that_was_never_saved_is_open_and_blank():
    assert given() == Draft(stream_id=DRAFT, version=0, text=None, is_closed=False)


def test_saving_is_the_next_event():
    assert given(SAVED).save("usr_1", TEXT, POLICY, TIMING) == CampaignDrafted(
        **PLACE, originator_version=2, policy=POLICY, timing=TIMING, private=TEXT
    )


@pytest.mark.parametrize("launched_as", [None, CAMPAIGN])
def test_closing_is_the_next_event(launched_as):
    assert given(SAVED).close("usr_1", launched_as) == DraftClosed(
        **PLACE, originator_version=2, launched_as=launched_as
    )


def test_the_last_save_counts():
    again = given(SAVED).save("usr_1", None, POLICY, TIMING)
    assert given(SAVED, again) == Draft(
        stream_id=DRAFT, version=2, text=None, policy=POLICY, timing=TIMING
    )


def test_a_closed_draft_keeps_its_text():
    draft = given(SAVED, LAUNCHED)
    assert (draft.version, draft.text, draft.is_closed) == (2, SAVED.private, True)


@pytest.mark.parametrize("act", ["save", "close"])
def test_a_closed_draft_is_refused(act):
    arguments = {"save": ("usr_1", TEXT, POLICY, TIMING), "close": ("usr_1",)}[act]
    with pytest.raises(Refused) as refused:
        getattr(given(SAVED, LAUNCHED), act)(*arguments)
    assert str(refused.value) == "This draft was launched or discarded already."


def test_an_event_of_another_kind_of_stream_raises():
    with pytest.raises(NotFound, match=r" is not the id of a draft\. Check the id\.$"):
        given(created())
