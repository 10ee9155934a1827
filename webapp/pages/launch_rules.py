"""The rules about launches on the People page: who needs approval, and what may be spent."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from ledger.commands.launch_rules import SetApprovalLimit, SetSpendingLimits
from ledger.errors import BadInput, Refused
from ledger.unit_of_work import Command
from webapp.acts import CHANGE_LAUNCH_RULES
from webapp.current import application
from webapp.launch_rules import contacts_in, limits_in
from webapp.pages.common import actor, with_refusal_shown
from webapp.permissions import needs

blueprint = Blueprint("launch_rules", __name__, url_prefix="/people/launches")


@blueprint.post("/approval")
@needs(CHANGE_LAUNCH_RULES, is_fresh=True)
def set_approval() -> ResponseReturnValue:
    """Change from how many contacts on a launch needs somebody else's approval."""
    return _set(lambda: SetApprovalLimit(actor(), contacts_in(request.form.get("contacts", ""))))


@blueprint.post("/spending")
@needs(CHANGE_LAUNCH_RULES, is_fresh=True)
def set_spending() -> ResponseReturnValue:
    """Change what may be spent without an admin's approval."""
    form, settings = request.form, application().settings
    day, month = form.get("day", ""), form.get("month", "")
    return _set(lambda: SetSpendingLimits(actor(), limits_in(settings, day=day, month=month)))


def _set(command: Callable[[], Command[None]]) -> ResponseReturnValue:
    try:
        application().ledger.execute(command()).result()
    except (BadInput, Refused) as refusal:
        return with_refusal_shown(url_for("people.index"), refusal)
    flash("Changed. It counts for every launch from now on.", "success")
    return redirect(url_for("people.index"), code=303)
