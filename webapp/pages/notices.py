"""The Notices page: which notices a person gets by mail; admins choose for others, too."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ledger.errors import BadInput, NotFound
from webapp.current import application
from webapp.pages.common import actor, with_refusal_shown
from webapp.permissions import Permission, needs

blueprint = Blueprint("notices", __name__, url_prefix="/notices")


@blueprint.get("")
@needs(Permission.OWN_ACCOUNT)
def index() -> str:
    """Show the choice of the person who is signed in."""
    return _page(actor(), url_for("notices.choose"))


@blueprint.post("")
@needs(Permission.OWN_ACCOUNT)
def choose() -> ResponseReturnValue:
    """Replace the choice of the person who is signed in."""
    return _choose(actor(), url_for("notices.index"))


@blueprint.get("/<user_id>")
@needs(Permission.MANAGE_PEOPLE)
def show(user_id: str) -> str:
    """Show the choice of somebody else."""
    return _page(user_id, url_for("notices.choose_for", user_id=user_id))


@blueprint.post("/<user_id>")
@needs(Permission.MANAGE_PEOPLE, is_fresh=True)
def choose_for(user_id: str) -> ResponseReturnValue:
    """Replace the choice of somebody else."""
    return _choose(user_id, url_for("notices.show", user_id=user_id))


def _page(user_id: str, action: str) -> str:
    app, account = application(), application().accounts.with_id(user_id)
    if account is None or account.access is None:
        raise NotFound("There is no such account. It may have been removed.")
    return render_template(
        "notices/index.html",
        account=account,
        is_own=user_id == actor(),
        choice=app.notice_choices.of(user_id),
        action=action,
        sends_mail=app.settings.mail_server is not None,
    )


def _choose(user_id: str, back: str) -> ResponseReturnValue:
    form = request.form
    try:
        application().notice_choices.choose(
            user_id, form.getlist("kind"), form.get("address", ""), actor()
        )
    except BadInput as refusal:
        return with_refusal_shown(back, refusal)
    flash("Saved.", "success")
    return redirect(back, code=303)
