"""The application as somebody of certain offices has it: with queries that know theirs alone.

So a page, an operation of the API or an export that asks the application cannot forget the offices.
"""

from copy import copy

from ledger.domain.offices import Scope
from ledger.errors import StoreUnavailable
from ledger.lazy_property import lazy_property
from projections.campaigns.current_queries import CurrentCampaignQueries
from projections.campaigns.replies import ReplyQueries
from projections.campaigns.unconfirmed import UnconfirmedQueries
from projections.contact_lists import ContactListQueries
from projections.conversations.inbox import Inbox
from projections.costs.queries import CostQueries
from projections.drafts import DraftQueries
from projections.launch_requests import LaunchRequestQueries
from projections.names import NameQueries
from projections.numbers_to_fix.queries import NumbersToFixQueries
from projections.opt_outs import OptOutQueries
from projections.overview.all_campaigns import AllCampaignsQueries
from projections.overview.queries import OverviewQueries
from projections.people.search import PeopleSearch
from projections.possible_opt_outs import PossibleOptOutQueries
from projections.report_facts import ReportFacts
from projections.resend_requests import ResendRequestQueries
from projections.responses import ResponsesQueries
from webapp.bootstrap import Application
from webapp.offices.scoped_reader import ScopedReader
from webapp.offices.visibility import Visibility


def within(app: Application, scope: Scope) -> Application:
    """Return the application for a scope; it shares all other parts with the whole one."""
    if scope.is_everything:
        return app
    _build_shared(app)
    engine = app.views.engine
    names, conversations = (
        NameQueries(engine, scope=scope),
        Inbox(engine, scope=scope),
    )
    visibility = Visibility(scope, app.ledger.reader, names, conversations, app.scope_of)
    scoped = copy(app)
    vars(scoped).update(
        scope=scope,
        visibility=visibility,
        ledger=app.ledger.read_by(ScopedReader(app.ledger.reader, visibility)),
        names=names,
        conversations=conversations,
        people_search=PeopleSearch(engine, scope=scope),
        numbers_to_fix=NumbersToFixQueries(engine, scope=scope),
        overviews=OverviewQueries(engine, scope=scope),
        costs=CostQueries(engine, scope=scope),
        all_campaigns=AllCampaignsQueries(engine, scope=scope),
        responses=ResponsesQueries(engine, scope=scope),
        unconfirmed=UnconfirmedQueries(engine, scope=scope),
        report_facts=ReportFacts(engine, scope),
        replies=ReplyQueries(engine, scope),
        drafts=DraftQueries(engine, scope),
        contact_lists=ContactListQueries(engine, scope),
        launch_requests=LaunchRequestQueries(engine, scope),
        resend_requests=ResendRequestQueries(engine, scope),
        possible_opt_outs=PossibleOptOutQueries(engine, app.settings.time_zone, scope=scope),
        opt_outs=OptOutQueries(engine, scope=scope),
        status=CurrentCampaignQueries(
            engine, app.ledger.time_at, app.sending_conditions, scope=scope
        ),
    )
    return scoped


def _build_shared(app: Application) -> None:
    """Build each part that is not built yet, so that the whole application has it too."""
    for name, value in vars(Application).items():
        if isinstance(value, lazy_property) and name not in vars(app):
            try:
                getattr(app, name)
            except StoreUnavailable:
                continue  # who needs it learns so
