"""The Health page: what the ledger and all of its processes do and cannot do, in words."""

from flask import Blueprint, render_template

from webapp.current import application
from webapp.explain.health import health_report
from webapp.permissions import Permission, needs

blueprint = Blueprint("health_page", __name__)


@blueprint.get("/health-page")
@needs(Permission.SEE_STATUS)
def show() -> str:
    """Show what needs attention first, then everything."""
    app = application()
    report = health_report(app.metrics.read(), public_url=app.settings.shown_public_url)
    return render_template("health/show.html", report=report)
