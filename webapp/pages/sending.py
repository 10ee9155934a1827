"""The page that stops all sending, or allows it again."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ledger.commands.repository import sending_switch
from ledger.commands.sending_switch import AllowSending, StopSending
from ledger.errors import EventProblemFound, Refused
from webapp.acts import SWITCH_SENDING
from webapp.current import application
from webapp.explain.accounts import account_sentence, account_warning
from webapp.explain.sending import missing_texts
from webapp.pages.common import actor, now, until_seq, with_refusal_shown
from webapp.pages.moments import past
from webapp.permissions import Permission, needs
from webapp.sound_aggregates import SoundAggregates

blueprint = Blueprint("sending", __name__)


@blueprint.get("/sending")
@needs(Permission.SEE_STATUS)
def show() -> ResponseReturnValue:
    """Show whether sending is on, and what either act would do."""
    app = application()
    moment = past()
    try:
        switch = sending_switch(SoundAggregates(app.ledger.reader, until_seq()))
    except EventProblemFound as error:
        return render_template("sending/unknown.html", problem=str(error))
    return render_template(
        "sending/show.html",
        switch=switch,
        is_held=switch.is_sender_held((moment and moment.at) or now()),
        missing=missing_texts(switch),
        account=account_sentence(switch.account),
        account_warning=None
        if moment
        else account_warning(switch, app.settings.twilio.sending_account),
    )


@blueprint.post("/sending")
@needs(SWITCH_SENDING)
def perform() -> ResponseReturnValue:
    """Stop or allow sending, by the button that was pressed."""
    ledger, reason = application().ledger, request.form.get("reason")
    try:
        if request.form.get("act") == "allow":
            despite_missing = request.form.get("despite_missing") == "yes"
            ledger.execute(AllowSending(actor(), despite_missing, stated_reason=reason)).result()
            flash("Sending is on: what is due is sent now.", "success")
        else:
            ledger.execute(StopSending(actor(), stated_reason=reason)).result()
            flash("Sending is off: no attempt of any campaign starts.", "success")
    except Refused as refusal:
        return with_refusal_shown(url_for("sending.show"), refusal)
    return redirect(url_for("campaigns.index"), code=303)
