"""The views of a ledger: opened, asked for the state of campaigns, and freed of deleted data."""

from projections.campaigns.current_queries import CurrentCampaignQueries
from projections.engine.views import Views
from webapp.bootstrap import Application
from webapp.opened_views import open_views
from webapp.scrubbing import Scrubber


def views(application: Application) -> Views:
    """The views, which are created where they do not exist; raises `BadSetting`."""
    return open_views(application.settings, application.store, application.ledger)


def status(application: Application) -> CurrentCampaignQueries:
    """The queries of campaigns and their contacts, of all offices."""
    engine, time_at = application.views.engine, application.ledger.time_at
    return CurrentCampaignQueries(engine, time_at, application.sending_conditions)


def scrubber(application: Application) -> Scrubber:
    """What removes deleted data."""
    return Scrubber(application.ledger, application.views)
