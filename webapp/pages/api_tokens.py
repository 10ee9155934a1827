"""Tokens of the API: one's own on the account page, others' and systems' beside the People page."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from ledger.domain.vocabulary import Role
from ledger.errors import BadInput, NotFound, Refused
from webapp.accounts.api_tokens import LONGEST_LIFETIME, USUAL_LIFETIME, ApiToken, TokenOrder
from webapp.acts import MANAGE_PEOPLE, MANAGE_SYSTEMS
from webapp.current import application
from webapp.pages.common import actor, with_refusal_shown
from webapp.permissions import Access, Permission, needs
from webapp.whole_numbers import whole_number

blueprint = Blueprint("api_tokens", __name__)

_DAYS = (7, 30, USUAL_LIFETIME.days, 365)


@blueprint.get("/account/tokens")
@needs(Permission.OWN_ACCOUNT)
def own() -> str:
    """List the tokens of the person who is signed in, and show the form of a new one."""
    return _page(application().accounts.api_tokens.of(actor()), of_systems=False)


@blueprint.post("/account/tokens")
@needs(Permission.OWN_ACCOUNT, is_fresh=True)
def add_own() -> ResponseReturnValue:
    """Make a token that acts as the person who is signed in, and show it once."""
    try:
        made = application().token_changes.add(actor(), _order(), actor(), current_user.access)
    except (BadInput, Refused) as refusal:
        return with_refusal_shown(url_for("api_tokens.own"), refusal)
    return _made(*made)


@blueprint.post("/account/tokens/<token_id>/revoke")
@needs(Permission.OWN_ACCOUNT)
def revoke_own(token_id: str) -> ResponseReturnValue:
    """End a token of the person who is signed in."""
    token = application().accounts.api_tokens.with_id(token_id)
    if token.owner_id != actor():
        raise NotFound("There is no such token of yours.")
    return _revoke(token, url_for("api_tokens.own"))


@blueprint.post("/people/<user_id>/tokens/<token_id>/revoke")
@needs(MANAGE_PEOPLE, is_fresh=True)
def revoke_of_person(user_id: str, token_id: str) -> ResponseReturnValue:
    """End a token of somebody else."""
    token = application().accounts.api_tokens.with_id(token_id)
    if token.owner_id != user_id:
        raise NotFound("This account has no such token.")
    return _revoke(token, url_for("people.show", user_id=user_id))


@blueprint.get("/people/systems")
@needs(MANAGE_SYSTEMS)
def of_systems() -> str:
    """List the tokens of systems, and show the form of a new one."""
    return _page(application().accounts.api_tokens.of_systems(), of_systems=True)


@blueprint.post("/people/systems")
@needs(MANAGE_SYSTEMS, is_fresh=True)
def add_of_system() -> ResponseReturnValue:
    """Make a token for a system, and show it once."""
    try:
        made = application().token_changes.add_of_system(_order(), actor(), current_user.access)
    except (BadInput, Refused) as refusal:
        return with_refusal_shown(url_for("api_tokens.of_systems"), refusal)
    return _made(*made)


@blueprint.post("/people/systems/<token_id>/revoke")
@needs(MANAGE_SYSTEMS)
def revoke_of_system(token_id: str) -> ResponseReturnValue:
    """End a token of a system."""
    token = application().accounts.api_tokens.with_id(token_id)
    if not token.is_of_system:
        raise NotFound("There is no such token of a system.")
    return _revoke(token, url_for("api_tokens.of_systems"))


def _page(tokens: list[ApiToken], *, of_systems: bool) -> str:
    access: Access = current_user.access
    return render_template(
        "api_tokens/index.html",
        tokens=tokens,
        of_systems=of_systems,
        roles=[role for role in Role if not Access(role).exceeds(access)],
        days_to_choose=_DAYS,
        usual_days=USUAL_LIFETIME.days,
        names=application().accounts.names(),
    )


def _made(token: ApiToken, secret: str) -> str:
    """Show a new token, which is shown once."""
    return render_template("api_tokens/made.html", token=token, secret=secret)


def _revoke(token: ApiToken, page: str) -> ResponseReturnValue:
    try:
        application().token_changes.revoke(token.token_id, actor())
    except Refused as refusal:
        return with_refusal_shown(page, refusal)
    flash("Revoked: nothing accepts this token any more.", "success")
    return redirect(page, code=303)


def _order() -> TokenOrder:
    """Return the token that the form asks for. Raises `BadInput`."""
    role, days = request.form.get("role", ""), whole_number(request.form.get("days", ""))
    if role not in list(Role):
        raise BadInput("Choose one of the roles.")
    shows_numbers = "numbers" in request.form and role == Role.VIEWER
    return TokenOrder(
        name=request.form.get("name", ""),
        access=Access(Role(role), shows_numbers),
        lifetime=timedelta(days=min(days, LONGEST_LIFETIME.days)),
    )
