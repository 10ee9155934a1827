"""The offices of the district: the list, adding and closing them, and whose people see which."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ledger.commands.launch_rules import SetSpendingLimits
from ledger.commands.offices import ChangeOffices
from ledger.domain.events import OfficeEvent
from ledger.domain.launch_rules import STREAM, LaunchRules
from ledger.domain.offices import Offices
from ledger.errors import BadInput, Refused
from webapp.acts import CHANGE_LAUNCH_RULES, MANAGE_PEOPLE
from webapp.current import application
from webapp.launch_rules import limits_in
from webapp.pages.common import actor, with_refusal_shown
from webapp.permissions import needs
from webapp.sound_aggregates import SoundAggregates

blueprint = Blueprint("offices", __name__, url_prefix="/people")

_changes_offices = needs(MANAGE_PEOPLE, is_fresh=True)


@blueprint.get("/offices")
@needs(MANAGE_PEOPLE)
def index() -> str:
    """List the offices, with what each may spend, and the form of a new one."""
    app = application()
    return render_template(
        "offices/index.html",
        offices=list(app.offices.offices.values()),
        rules=SoundAggregates(app.ledger.reader).load(LaunchRules, STREAM),
        price=app.settings.price,
    )


@blueprint.post("/offices")
@_changes_offices
def add() -> ResponseReturnValue:
    """Add an office."""
    office_id, name = application().ledger.identity.new_office_id(), request.form.get("name", "")
    return _change(lambda offices, by: offices.add(by, office_id, name), "Added.")


@blueprint.post("/offices/<office_id>/name")
@_changes_offices
def rename(office_id: str) -> ResponseReturnValue:
    """Give an office another name."""
    name = request.form.get("name", "")
    return _change(lambda offices, by: offices.rename(by, office_id, name), "Renamed.")


@blueprint.post("/offices/<office_id>/close")
@_changes_offices
def close(office_id: str) -> ResponseReturnValue:
    """Launch nothing more into an office."""
    return _change(lambda offices, by: offices.close(by, office_id), "Closed.")


@blueprint.post("/offices/<office_id>/spending")
@needs(CHANGE_LAUNCH_RULES, is_fresh=True)
def set_spending(office_id: str) -> ResponseReturnValue:
    """Change what an office may spend without an admin's approval."""
    app, form = application(), request.form
    try:
        limits = limits_in(app.settings, day=form.get("day", ""), month=form.get("month", ""))
        app.ledger.execute(SetSpendingLimits(actor(), limits, office_id)).result()
    except (BadInput, Refused) as refusal:
        return with_refusal_shown(url_for("offices.index"), refusal)
    flash("Changed. It counts for every launch of this office from now on.", "success")
    return redirect(url_for("offices.index"), code=303)


@blueprint.post("/<user_id>/offices")
@_changes_offices
def set_of_person(user_id: str) -> ResponseReturnValue:
    """Choose which offices somebody sees; with none chosen, all."""
    there = url_for("people.show", user_id=user_id)
    try:
        application().people.set_offices(user_id, request.form.getlist("office"), actor())
    except Refused as refusal:
        return with_refusal_shown(there, refusal)
    flash("Changed. It takes effect at the person's next page.", "success")
    return redirect(there, code=303)


def _change(act: Callable[[Offices, str], OfficeEvent], done: str) -> ResponseReturnValue:
    """Let `act` change the offices, and tell it who does: the ledger's thread has no request."""
    there, by = url_for("offices.index"), actor()
    try:
        application().ledger.execute(ChangeOffices(lambda offices: act(offices, by))).result()
    except (BadInput, Refused) as refusal:
        return with_refusal_shown(there, refusal)
    flash(done, "success")
    return redirect(there, code=303)
