"""The moment that a page or an answer of the API shows, and the queries as of that moment."""

from datetime import datetime

from flask import g

from projections.campaigns.campaign_queries import CampaignQueries
from projections.campaigns.unconfirmed import UnconfirmedQueries
from projections.contact_lists import ContactListQueries
from projections.conversations.inbox import Inbox
from projections.costs.queries import CostQueries
from projections.names import NameQueries
from projections.numbers_to_fix.queries import NumbersToFixQueries
from projections.opt_outs import OptOutQueries
from projections.overview.all_campaigns import AllCampaignsQueries
from projections.overview.queries import OverviewQueries
from projections.possible_opt_outs import PossibleOptOutQueries
from projections.responses import ResponsesQueries
from webapp.as_of import Past
from webapp.current import application


def past() -> Past | None:
    """Return the moment of the past that is shown, or None for now."""
    moment: Past | None = g.get("past")
    return moment


def until_seq() -> int | None:
    """Return the seq up to which the ledger is read; None for all of it."""
    moment = past()
    return None if moment is None else moment.seq


def seq_and_time() -> tuple[int, datetime]:
    """Return the last event of the moment that is shown, and its time."""
    app, moment = application(), past()
    if moment is None:
        return app.views.position().seq, app.clock.now()
    return moment.seq, moment.at or app.ledger.reader.time_at(moment.seq)


def status() -> CampaignQueries:
    """Return the views of campaigns and contacts at the moment that is shown."""
    moment, queries = past(), application().status
    return queries if moment is None else queries.as_of(moment.seq)


def contact_lists() -> ContactListQueries:
    """Return the contact lists at the moment that is shown."""
    moment, queries = past(), application().contact_lists
    return queries if moment is None else queries.as_of(moment.seq)


def names() -> NameQueries:
    """Return the names of people and campaigns at the moment that is shown."""
    moment, queries = past(), application().names
    return queries if moment is None else queries.as_of(moment.seq)


def conversations() -> Inbox:
    """Return the views of conversations at the moment that is shown."""
    moment, queries = past(), application().conversations
    return queries if moment is None else queries.as_of(moment.seq)


def opt_outs() -> OptOutQueries:
    """Return the views of opt-outs at the moment that is shown."""
    moment, queries = past(), application().opt_outs
    return queries if moment is None else queries.as_of(moment.seq)


def possible_opt_outs() -> PossibleOptOutQueries:
    """Return the views of possible opt-outs at the moment that is shown."""
    moment, queries = past(), application().possible_opt_outs
    return queries if moment is None else queries.as_of(moment.seq)


def numbers_to_fix() -> NumbersToFixQueries:
    """Return the views of the numbers to fix at the moment that is shown."""
    moment, queries = past(), application().numbers_to_fix
    return queries if moment is None else queries.as_of(moment.seq)


def overviews() -> OverviewQueries:
    """Return the numbers of whole campaigns at the moment that is shown."""
    moment, queries = past(), application().overviews
    return queries if moment is None else queries.as_of(moment.seq)


def all_campaigns() -> AllCampaignsQueries:
    """Return the numbers of many campaigns at the moment that is shown."""
    moment, queries = past(), application().all_campaigns
    return queries if moment is None else queries.as_of(moment.seq)


def responses() -> ResponsesQueries:
    """Return what people sent up to the moment that is shown."""
    moment, queries = past(), application().responses
    return queries if moment is None else queries.as_of(moment.seq)


def costs() -> CostQueries:
    """Return what texts cost at the moment that is shown."""
    moment, queries = past(), application().costs
    return queries if moment is None else queries.as_of(moment.seq)


def unconfirmed() -> UnconfirmedQueries:
    """Return the views of texts that no carrier confirms at the moment that is shown."""
    moment, queries = past(), application().unconfirmed
    return queries if moment is None else queries.as_of(moment.seq)
