"""The answer for what the ledger has and the views do not show yet: never "not found".

A launch of thousands is in the ledger seconds before its rows are in the views, and while it is
under way the views do not list it at all. Its pages say so meanwhile, and load themselves again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flask import g, request

from ledger.domain.campaign import Campaign
from ledger.domain.delivery import Delivery
from ledger.domain.events import ContactEnrolled
from ledger.errors import NotFound
from ledger.store.search import Search
from webapp.current import application
from webapp.explain.numbers import counted
from webapp.pages.moments import past
from webapp.sound_aggregates import SoundAggregates

RELOAD_SECONDS = 3


@dataclass(frozen=True)
class Preparation:
    """What is known of something that the views do not show yet."""

    title: str
    words: str
    is_over: bool = False
    """Whether it will never be shown: a launch that was given up."""


def preparation() -> Preparation | None:
    """Return what the ledger knows of the ids in the address; None where nothing is prepared.

    For a page of which the views have nothing. Raises as `SoundAggregates.load` does, and
    `NotFound` for the id of something else.
    """
    if past() is not None:
        return None
    ids, source = request.view_args or {}, SoundAggregates(application().ledger.reader)
    if "delivery_id" in ids:
        return _of_delivery(source, ids["delivery_id"])
    if "campaign_id" in ids:
        return _of_campaign(source, ids["campaign_id"])
    return _of_contact(ids.get("contact_id"))


def _of_delivery(source: SoundAggregates, delivery_id: str) -> Preparation | None:
    delivery = source.load(Delivery, delivery_id)
    if not delivery.exists or _is_shown(application().status.contact, delivery_id):
        return None
    words = "What was recorded of this contact is being read from the ledger."
    contact = Preparation("This contact is being prepared", words) if g.get("behind") else None
    return _of_campaign(source, delivery.campaign_id) or contact


def _of_campaign(source: SoundAggregates, campaign_id: str) -> Preparation | None:
    campaign = source.load(Campaign, campaign_id)
    if not (campaign.exists and campaign.is_listed):
        return None
    if _is_shown(application().status.campaign, campaign_id):
        return None
    name = f"\u201c{campaign.text.name}\u201d" if campaign.text else "This campaign"
    if campaign.launch_request:
        words = "It texts nobody before somebody else approves it, under Waiting for approval."
        return Preparation(f"{name} waits for approval", words, is_over=True)
    if campaign.is_swept:
        words = "Its launch was refused or given up before anybody was texted."
        return Preparation(f"{name} was not launched", words, is_over=True)
    enrolled = counted(enrolled_count(campaign_id), "contact")
    if campaign.state is None:
        words = f"It is being launched: {enrolled} enrolled so far. Nobody is texted yet."
        return Preparation(f"{name} is being prepared", words)
    words = f"It is launched, with {enrolled}. Its rows are being read from the ledger."
    return Preparation(f"{name} is being prepared", words)


def _is_shown(find: Callable[[str], object], row_id: str) -> bool:
    try:
        find(row_id)
    except NotFound:
        return False
    return True


def enrolled_count(campaign_id: str) -> int:
    """Return the position of the last contact that was enrolled: they are numbered from 1."""
    enrolments = Search(campaign_id=campaign_id, topics=(ContactEnrolled.topic,), newest_first=True)
    last = application().ledger.reader.search(enrolments, limit=1)
    return last[0].event.position if last and isinstance(last[0].event, ContactEnrolled) else 0


def _of_contact(contact_id: str | None) -> Preparation | None:
    """Return that a conversation is prepared, where the person is in events not read yet."""
    if contact_id is None or not g.get("behind"):
        return None
    events = Search(contact_ids=(contact_id,), newest_first=True)
    if not application().ledger.reader.search(events, limit=1):
        return None
    words = "What was recorded of this person is being read from the ledger."
    return Preparation("This conversation is being prepared", words)
