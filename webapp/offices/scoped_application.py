"""The application as somebody of certain offices has it: with queries that know theirs alone.

So a page, an operation of the API or an export that asks the application cannot forget the offices.
"""

from copy import copy

from ledger.domain.offices import Scope
from ledger.errors import StoreUnavailable
from projections.campaigns.current_queries import CurrentCampaignQueries
from webapp.bootstrap import Application
from webapp.composition.part import parts_of, scoped_property
from webapp.offices.scoped_reader import ScopedReader
from webapp.offices.visibility import Visibility


def within(app: Application, scope: Scope) -> Application:
    """Return the application for a scope; it shares all other parts with the whole one."""
    if scope.is_everything:
        return app
    _build_shared(app)
    scoped = copy(app)
    own = vars(scoped)
    for name, made in parts_of(type(app)):
        if isinstance(made, scoped_property):
            own.pop(name, None)
    own["scope"] = scope
    visibility = Visibility(
        scope, app.ledger.reader, scoped.names, scoped.conversations, app.scope_of
    )
    own.update(
        visibility=visibility,
        ledger=app.ledger.read_by(ScopedReader(app.ledger.reader, visibility)),
        status=CurrentCampaignQueries(
            app.views.engine, app.ledger.time_at, app.sending_conditions, scope=scope
        ),
    )
    return scoped


def _build_shared(app: Application) -> None:
    """Build each shared part that is not built yet, so that the whole application has it too."""
    for name, made in parts_of(type(app)):
        if not isinstance(made, scoped_property) and name not in vars(app):
            try:
                getattr(app, name)
            except StoreUnavailable:
                continue  # who needs it learns so
