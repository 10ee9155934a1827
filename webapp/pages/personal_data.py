"""Personal data over all contacts: every forgetting ever recorded, and the legal holds in force."""

from flask import Blueprint, render_template

from webapp.audit.names import AuditNames
from webapp.audit.rows import AuditRows
from webapp.campaign_legal_holds import campaign_legal_holds
from webapp.current import application
from webapp.forgettings import FORGETTINGS, forgettings_of
from webapp.legal_holds import all_legal_holds
from webapp.pages.common import until_seq
from webapp.pages.event_pages import event_page
from webapp.pages.filters import check_filters
from webapp.permissions import Permission, needs

blueprint = Blueprint("personal_data", __name__, url_prefix="/personal-data")


@blueprint.get("/forgotten")
@needs(Permission.SEE_WORDS)
def forgotten() -> str:
    """List every forgetting, the newest first."""
    check_filters(())
    app, until = application(), until_seq()
    page = event_page(app.ledger.reader, FORGETTINGS, until)
    rows = AuditRows(AuditNames(app, until))
    return render_template(
        "personal_data/forgotten.html",
        page=page,
        forgettings=forgettings_of(app.ledger.reader, rows, page.events),
    )


@blueprint.get("/legal-holds")
@needs(Permission.SEE_WORDS)
def legal_holds() -> str:
    """List the legal holds in force on contacts and on campaigns, in the order of placing."""
    check_filters(())
    app, until = application(), until_seq()
    in_force = all_legal_holds(app, until)
    names = app.names if until is None else app.names.as_of(until)
    of_campaigns = campaign_legal_holds(app, until)
    return render_template(
        "personal_data/legal_holds.html",
        legal_holds=in_force,
        people=names.people({hold.contact_id for hold in in_force.holds}),
        campaign_holds=of_campaigns,
        campaigns=names.campaigns(),
    )
