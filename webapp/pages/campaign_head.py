"""The head of every page of one campaign: its state, the acts it allows, and warnings."""

from contextlib import suppress

from ledger.domain.campaign import ALLOWED
from ledger.domain.vocabulary import CampaignState
from ledger.errors import NotFound
from projections.callback_silence import Silence
from projections.campaigns.rows import CampaignRow
from projections.contact_lists import ContactListRow
from webapp.campaign_legal_holds import campaign_legal_holds
from webapp.current import application
from webapp.explain.callback_problems import PROBLEM_TITLES, problem_sentence
from webapp.explain.sentences import Sentence
from webapp.pages import live
from webapp.pages.common import now, status, until_seq
from webapp.pages.moments import past
from webapp.pages.shareable_pages import hides_events_of_staff
from webapp.shown_moment import contact_lists
from webapp.twilio_requests import signed_bases


def campaign_head(campaign: CampaignRow) -> live.Block:
    """Return the head as a live block. The past offers no acts."""
    allowed = [act for act, states in ALLOWED.items() if campaign.state in states]
    return live.make_block(
        "campaign-head",
        "campaigns/_head.html",
        campaign=campaign,
        launched_by=staff_name(campaign.launched_by),
        acts=[] if past() else allowed,
        unread=status().unread_events(campaign.campaign_id),
        silence=None if past() else silences([campaign]).get(campaign.campaign_id),
        undecided=_undecided_count(campaign.campaign_id),
        public_url=application().settings.shown_public_url,
        is_held=_is_held(campaign.campaign_id),
        followed=_followed(campaign),
        contact_list=_contact_list(campaign),
        follow_ups=status().follow_ups(campaign.campaign_id),
    )


def _followed(campaign: CampaignRow) -> CampaignRow | None:
    """Return the campaign that it follows; None for one of another office, and without one."""
    if campaign.follow_up is None:
        return None
    with suppress(NotFound):
        return status().campaign(campaign.follow_up.campaign_id)
    return None


def _contact_list(campaign: CampaignRow) -> ContactListRow | None:
    """Return the list that it went to; None for one that was deleted or is another office's."""
    if campaign.contact_list is None:
        return None
    with suppress(NotFound):
        return contact_lists().get(campaign.contact_list.list_id)
    return None


def _is_held(campaign_id: str) -> bool:
    """Whether a legal hold is on the campaign, where the reader may know it."""
    if hides_events_of_staff():
        return False
    return bool(campaign_legal_holds(application(), until_seq(), campaign_id=campaign_id).holds)


def _undecided_count(campaign_id: str) -> int:
    if past():
        return len(status().undecided(campaign_id))
    return application().status.undecided_count(campaign_id)


def campaign_frame(campaign: CampaignRow, tab: str, *blocks: live.Block) -> dict[str, object]:
    """Return the context of campaigns/_frame.html, and of a tab with these live blocks.

    They are `blocks` by their ids, and `block` is the first one.
    """
    head = campaign_head(campaign)
    return {
        "campaign": campaign,
        "head_block": head,
        "tab": tab,
        "block": blocks[0] if blocks else None,
        "blocks": {block.id: block for block in blocks},
        "live": live.page([head, *blocks], campaign.counts),
    }


def staff_name(user_id: str) -> str:
    """Return the name behind an id, or the id itself if it is unknown."""
    return application().accounts.name_of(user_id) or user_id


def silences(campaigns: list[CampaignRow]) -> dict[str, Silence]:
    """Return campaign id → silence, for campaigns that get no callbacks and are not archived."""
    waiting = {c.campaign_id for c in campaigns if c.state is not CampaignState.ARCHIVED}
    silent = application().silences.silent(now())
    return {silence.campaign_id: silence for silence in silent if silence.campaign_id in waiting}


def callback_problems() -> list[tuple[str, Sentence]]:
    """Return title and sentence of each problem with Twilio's requests in the last 24 hours."""
    public_url = application().settings.public_url
    shown_url = signed_bases(public_url)[0] if public_url else None
    return [
        (PROBLEM_TITLES[problem.problem], problem_sentence(problem, shown_url))
        for problem in application().callback_problems.recent()
    ]
