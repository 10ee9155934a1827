"""Personal data over all contacts: every forgetting that was ever recorded."""

from flask import Blueprint, render_template

from webapp.audit.names import AuditNames
from webapp.audit.rows import AuditRows
from webapp.current import application
from webapp.forgettings import FORGETTINGS, forgettings_of
from webapp.pages.common import until_seq
from webapp.pages.event_pages import event_page

blueprint = Blueprint("personal_data", __name__, url_prefix="/personal-data")


@blueprint.get("/forgotten")
def forgotten() -> str:
    """List every forgetting, the newest first."""
    app, until = application(), until_seq()
    page = event_page(app.ledger.reader, FORGETTINGS, until)
    rows = AuditRows(AuditNames(app, until))
    return render_template(
        "personal_data/forgotten.html",
        page=page,
        forgettings=forgettings_of(app.ledger.reader, rows, page.events),
    )
