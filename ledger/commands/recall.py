"""Recalling a campaign: no further attempts, and who asked for that."""

from ledger.commands.campaigns import CampaignCommand
from ledger.domain.campaign import Campaign
from ledger.domain.events import CampaignAct


class RecallCampaign(CampaignCommand):
    """Make no further attempts; the caller then asks the provider to cancel what it has not sent.

    Possible in a closed campaign too. Refused in an archived one.
    """

    def event(self, campaign: Campaign) -> CampaignAct:
        return campaign.recall(self.by, request=self.request)
