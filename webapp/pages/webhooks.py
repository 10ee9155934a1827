"""The Webhooks page, for admins: the endpoints that get messages about what is recorded."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ledger.domain.webhooks import Endpoint
from ledger.errors import BadInput, NotFound, Refused
from webapp.acts import MANAGE_SYSTEMS
from webapp.current import application
from webapp.explain.webhooks import answer_words, endpoint_sentence, endpoint_state
from webapp.pages.common import actor, with_refusal_shown
from webapp.permissions import needs
from webapp.webhooks.endpoints import NewSecrets
from webapp.webhooks.log import Try
from webapp.webhooks.message import CHOOSABLE
from webapp.webhooks.progress import Progress
from webapp.webhooks.single import send_again, send_test
from webapp.whole_numbers import whole_number

blueprint = Blueprint("webhooks", __name__, url_prefix="/webhooks")

_SHOWN_TRIES = 50
_changes = needs(MANAGE_SYSTEMS, is_fresh=True)


@blueprint.get("")
@needs(MANAGE_SYSTEMS)
def index() -> str:
    """List the endpoints, and show the form of a new one."""
    progress = application().webhook_sending.leases.all()
    endpoints = [each for each, _beginning in application().webhook_endpoints.all()]
    rows = [(each, _state_of(each, progress.get(each.endpoint_id))) for each in endpoints]
    return render_template("webhooks/index.html", rows=rows, types=CHOOSABLE)


@blueprint.post("")
@_changes
def add() -> ResponseReturnValue:
    """Add an endpoint, and show its secret once."""
    form = request.form
    try:
        secrets = application().webhook_endpoints.add(
            form.get("url", "").strip(),
            form.get("name", ""),
            form.getlist("type"),
            actor(),
            has_personal_data="personal" in form,
        )
    except (BadInput, Refused) as refusal:
        return with_refusal_shown(url_for("webhooks.index"), refusal)
    return _with_secrets(secrets)


@blueprint.get("/<endpoint_id>")
@needs(MANAGE_SYSTEMS)
def show(endpoint_id: str) -> str:
    """Show one endpoint, what can be done with it, and its last tries."""
    app, endpoint = application(), _endpoint(endpoint_id)
    progress = app.webhook_sending.leases.all().get(endpoint_id)
    head = app.ledger.reader.head()
    return render_template(
        "webhooks/show.html",
        endpoint=endpoint,
        state=_state_of(endpoint, progress),
        sentence=endpoint_sentence(endpoint, progress, head, app.clock.now()),
        progress=progress,
        public_key=app.webhook_endpoints.keys(endpoint).public_key,
        tries=app.webhook_sending.log.newest(endpoint_id, _SHOWN_TRIES),
        types=CHOOSABLE,
    )


@blueprint.post("/<endpoint_id>/types")
@_changes
def choose_types(endpoint_id: str) -> ResponseReturnValue:
    """Let the endpoint get other types of messages."""
    try:
        types = request.form.getlist("type")
        application().webhook_endpoints.choose_types(endpoint_id, types, actor())
    except (BadInput, Refused) as refusal:
        return with_refusal_shown(_page_of(endpoint_id), refusal)
    flash("Saved. Messages that are sent from now on are of these types.", "success")
    return redirect(_page_of(endpoint_id), code=303)


@blueprint.post("/<endpoint_id>/rotate")
@_changes
def rotate(endpoint_id: str) -> ResponseReturnValue:
    """Give the endpoint new secrets, and show the secret once."""
    try:
        return _with_secrets(application().webhook_endpoints.rotate(endpoint_id, actor()))
    except Refused as refusal:
        return with_refusal_shown(_page_of(endpoint_id), refusal)


@blueprint.post("/<endpoint_id>/pause")
@_changes
def pause(endpoint_id: str) -> ResponseReturnValue:
    """Let the messages of the endpoint wait."""
    try:
        application().webhook_endpoints.pause(endpoint_id, actor())
    except Refused as refusal:
        return with_refusal_shown(_page_of(endpoint_id), refusal)
    flash("Paused. Messages wait until you resume.", "success")
    return redirect(_page_of(endpoint_id), code=303)


@blueprint.post("/<endpoint_id>/resume")
@_changes
def resume(endpoint_id: str) -> ResponseReturnValue:
    """Send to the endpoint again, at once."""
    application().webhook_endpoints.resume(endpoint_id, actor())
    flash("Resumed. What waits is sent now.", "success")
    return redirect(_page_of(endpoint_id), code=303)


@blueprint.post("/<endpoint_id>/replay")
@_changes
def replay(endpoint_id: str) -> ResponseReturnValue:
    """Send the endpoint everything since an event again."""
    try:
        since = whole_number(request.form.get("since", "").strip().removeprefix("#"))
        application().webhook_endpoints.replay(endpoint_id, since, actor())
    except BadInput as refusal:
        return with_refusal_shown(_page_of(endpoint_id), refusal)
    flash(f"Everything since #{since} is sent again, under the same message ids.", "success")
    return redirect(_page_of(endpoint_id), code=303)


@blueprint.post("/<endpoint_id>/test")
@_changes
def test(endpoint_id: str) -> ResponseReturnValue:
    """Send a test message now, and show the answer."""
    try:
        made = send_test(application().webhook_sending, _endpoint(endpoint_id))
    except Refused as refusal:
        return with_refusal_shown(_page_of(endpoint_id), refusal)
    return _with_answer(made)


@blueprint.post("/<endpoint_id>/tries/<try_id>/again")
@_changes
def again(endpoint_id: str, try_id: str) -> ResponseReturnValue:
    """Send the message of a try again, now."""
    sending = application().webhook_sending
    try:
        earlier = sending.log.one(endpoint_id, try_id)
        made = send_again(sending, _endpoint(endpoint_id), earlier)
    except (Refused, NotFound) as refusal:
        return with_refusal_shown(_page_of(endpoint_id), refusal)
    return _with_answer(made)


@blueprint.get("/<endpoint_id>/remove")
@_changes
def ask_to_remove(endpoint_id: str) -> str:
    """Ask whether an endpoint shall be removed for good."""
    return render_template("webhooks/remove.html", endpoint=_endpoint(endpoint_id))


@blueprint.post("/<endpoint_id>/remove")
@_changes
def remove(endpoint_id: str) -> ResponseReturnValue:
    """Remove an endpoint for good."""
    name = _endpoint(endpoint_id).name
    application().webhook_endpoints.remove(endpoint_id, actor())
    flash(f"Removed: {name} gets no more messages.", "success")
    return redirect(url_for("webhooks.index"), code=303)


def _endpoint(endpoint_id: str) -> Endpoint:
    return application().webhook_endpoints.endpoint(endpoint_id)


def _state_of(endpoint: Endpoint, progress: Progress | None) -> str:
    return endpoint_state(endpoint, progress)


def _with_secrets(secrets: NewSecrets) -> str:
    """Show new secrets, which is done once."""
    endpoint = _endpoint(secrets.endpoint_id)
    return render_template("webhooks/secrets.html", endpoint=endpoint, secrets=secrets)


def _with_answer(made: Try) -> ResponseReturnValue:
    words = answer_words(made.answer)
    if made.answer.is_taken:
        flash(f"Taken: the endpoint answered {words}.", "success")
    else:
        flash(f"Not taken: {words}.", "error")
    return redirect(_page_of(made.endpoint_id), code=303)


def _page_of(endpoint_id: str) -> str:
    return url_for("webhooks.show", endpoint_id=endpoint_id)
