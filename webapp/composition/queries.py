"""The views of a ledger, and what is asked of them."""

import pkgutil
from typing import TYPE_CHECKING, cast

from webapp.composition.part import part, scoped_property, scoped_queries, whole_queries

if TYPE_CHECKING:
    from ledger.domain.offices import Scope
    from projections.callback_silence import SilenceQueries
    from projections.campaigns.current_queries import CurrentCampaignQueries
    from projections.campaigns.replies import ReplyQueries
    from projections.campaigns.unconfirmed import UnconfirmedQueries
    from projections.contact_lists import ContactListQueries
    from projections.conversations.inbox import Inbox
    from projections.costs.queries import CostQueries
    from projections.drafts import DraftQueries
    from projections.engine.views import Views
    from projections.launch_requests import LaunchRequestQueries
    from projections.names import NameQueries
    from projections.numbers_to_fix.queries import NumbersToFixQueries
    from projections.opt_outs import OptOutQueries
    from projections.overview.all_campaigns import AllCampaignsQueries
    from projections.overview.listed import ListedQueries
    from projections.overview.queries import OverviewQueries
    from projections.people.search import PeopleSearch
    from projections.possible_opt_outs import PossibleOptOutQueries
    from projections.report_facts import ReportFacts
    from projections.resend_requests import ResendRequestQueries
    from projections.responses import ResponsesQueries
    from projections.retention import RetentionQueries
    from webapp.scrubbing import Scrubber
    from webapp.settings import Settings
    from webapp.view_faults import ViewFaults

_POSSIBLE_OPT_OUTS = "projections.possible_opt_outs:PossibleOptOutQueries"


class Queries:
    """The views, and the queries of them."""

    settings: "Settings"
    scope: "Scope"

    views: "part[Views]" = part("webapp.parts.views:views")
    """The views; they are opened, and created where they do not exist. Raises `BadSetting`."""
    status: "part[CurrentCampaignQueries]" = part("webapp.parts.views:status")
    """Campaigns and their contacts, as pages and commands show them."""
    view_faults: "part[ViewFaults]" = part("webapp.view_faults:ViewFaults")
    """Repairs the views after faults."""
    scrubber: "part[Scrubber]" = part("webapp.parts.views:scrubber")
    """Removes deleted data from the files of ledger and views."""

    silences: "whole_queries[SilenceQueries]" = whole_queries(
        "projections.callback_silence:SilenceQueries"
    )
    """Whether callbacks come at all."""
    listed: "whole_queries[ListedQueries]" = whole_queries(
        "projections.overview.listed:ListedQueries"
    )
    """Numbers of each campaign in a list."""
    retention: "whole_queries[RetentionQueries]" = whole_queries(
        "projections.retention:RetentionQueries"
    )
    """When the last campaign of each contact ended."""

    names: "scoped_queries[NameQueries]" = scoped_queries("projections.names:NameQueries")
    """Names of campaigns and people."""
    drafts: "scoped_queries[DraftQueries]" = scoped_queries("projections.drafts:DraftQueries")
    """Campaigns that are being written."""
    contact_lists: "scoped_queries[ContactListQueries]" = scoped_queries(
        "projections.contact_lists:ContactListQueries"
    )
    """Contact lists with their versions."""
    launch_requests: "scoped_queries[LaunchRequestQueries]" = scoped_queries(
        "projections.launch_requests:LaunchRequestQueries"
    )
    """Launches that wait for approval."""
    resend_requests: "scoped_queries[ResendRequestQueries]" = scoped_queries(
        "projections.resend_requests:ResendRequestQueries"
    )
    """Resends that wait for approval."""
    opt_outs: "scoped_queries[OptOutQueries]" = scoped_queries("projections.opt_outs:OptOutQueries")
    """The opt-outs in force."""
    overviews: "scoped_queries[OverviewQueries]" = scoped_queries(
        "projections.overview.queries:OverviewQueries"
    )
    """Numbers of a whole campaign."""
    all_campaigns: "scoped_queries[AllCampaignsQueries]" = scoped_queries(
        "projections.overview.all_campaigns:AllCampaignsQueries"
    )
    """Numbers of all campaigns, by month."""
    costs: "scoped_queries[CostQueries]" = scoped_queries("projections.costs.queries:CostQueries")
    """What texts cost by Twilio's records."""
    responses: "scoped_queries[ResponsesQueries]" = scoped_queries(
        "projections.responses:ResponsesQueries"
    )
    """Texts from people and opt-outs, by quarter of an hour."""
    unconfirmed: "scoped_queries[UnconfirmedQueries]" = scoped_queries(
        "projections.campaigns.unconfirmed:UnconfirmedQueries"
    )
    """Texts that no carrier confirms."""
    replies: "scoped_queries[ReplyQueries]" = scoped_queries(
        "projections.campaigns.replies:ReplyQueries"
    )
    """Who replied to a campaign."""
    people_search: "scoped_queries[PeopleSearch]" = scoped_queries(
        "projections.people.search:PeopleSearch"
    )
    """The search over everything."""
    numbers_to_fix: "scoped_queries[NumbersToFixQueries]" = scoped_queries(
        "projections.numbers_to_fix.queries:NumbersToFixQueries"
    )
    """Numbers that cannot be reached."""
    report_facts: "scoped_queries[ReportFacts]" = scoped_queries(
        "projections.report_facts:ReportFacts"
    )
    """When texts were sent and delivered, for reports."""
    conversations: "scoped_queries[Inbox]" = scoped_queries("projections.conversations.inbox:Inbox")
    """Texts to and from each number."""

    @scoped_property
    def possible_opt_outs(self) -> "PossibleOptOutQueries":
        """Texts that may ask for an opt-out and wait for staff."""
        queries = pkgutil.resolve_name(_POSSIBLE_OPT_OUTS)(
            self.views.engine, self.settings.time_zone, scope=self.scope
        )
        return cast("PossibleOptOutQueries", queries)
