"""The head of every page of one campaign: its state, the acts it allows, and what is amiss."""

from ledger.domain.campaign import ALLOWED
from ledger.domain.vocabulary import CampaignState
from projections.callback_silence import Silence
from projections.campaigns.rows import CampaignRow
from webapp.current import application
from webapp.pages.common import now, past, status
from webapp.pages.live import Block, make_block


def campaign_head(campaign: CampaignRow) -> Block:
    """The head as a live block; its address is `campaigns.head`. Nobody acts in the past."""
    allowed = [act for act, states in ALLOWED.items() if campaign.state in states]
    return make_block(
        "campaigns/_head.html",
        campaign=campaign,
        launched_by=staff_name(campaign.launched_by),
        acts=[] if past() else allowed,
        unread=status().unread_events(campaign.campaign_id),
        silence=None if past() else silences([campaign]).get(campaign.campaign_id),
        undecided=0 if past() else application().status.undecided_count(campaign.campaign_id),
        public_url=application().settings.public_url,
    )


def campaign_frame(campaign: CampaignRow, tab: str) -> dict[str, object]:
    """What campaigns/_frame.html wants besides the tab's own block."""
    return {"campaign": campaign, "head_block": campaign_head(campaign), "tab": tab}


def staff_name(user_id: str) -> str:
    """The name behind an id; the id itself where nobody is known by it."""
    return application().accounts.name_of(user_id) or user_id


def silences(campaigns: list[CampaignRow]) -> dict[str, Silence]:
    """Those of the campaigns that wait for callbacks in vain; archived ones wait no more."""
    waiting = {c.campaign_id for c in campaigns if c.state is not CampaignState.ARCHIVED}
    app = application().silences.silent(now())
    return {each.campaign_id: each for each in app if each.campaign_id in waiting}
