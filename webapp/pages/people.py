"""The People page: who may sign in, and as what; adding people and shutting them out."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from ledger.domain.launch_rules import STREAM, LaunchRules
from ledger.domain.vocabulary import Role
from ledger.errors import BadInput, NotFound, Refused
from webapp.accounts.account import Account
from webapp.accounts.api_tokens import TokenState
from webapp.accounts.links import COMMAND_LIFETIME
from webapp.acts import MANAGE_PEOPLE
from webapp.current import application
from webapp.explain.launch_requests import approval_rule, spending_rule
from webapp.explain.people_accounts import revoked_permalinks
from webapp.pages.common import actor, with_refusal_shown
from webapp.permissions import needs
from webapp.sound_aggregates import SoundAggregates

blueprint = Blueprint("people", __name__, url_prefix="/people")

_ORIGIN = "People page"
_changes_people = needs(MANAGE_PEOPLE, is_fresh=True)


@blueprint.get("")
@needs(MANAGE_PEOPLE)
def index() -> str:
    """List everybody who has an account, and the form of a new one."""
    app = application()
    rules = SoundAggregates(app.ledger.reader).load(LaunchRules, STREAM)
    price = app.settings.price
    is_priced = price is not None and price.amount == rules.spending.price
    return render_template(
        "people/index.html",
        accounts=app.accounts.all(),
        factors=app.accounts.factors.counts(),
        rules=rules,
        approval_rule=approval_rule(rules.approval_limit),
        spending_rule=spending_rule(rules.spending),
        price=price,
        is_price_old=rules.spending.is_set and not is_priced,
    )


@blueprint.post("")
@_changes_people
def add() -> ResponseReturnValue:
    """Give somebody an account, and show the link that lets them in."""
    name, role = request.form.get("name", ""), _role()
    try:
        account = application().people.add(name, role, actor(), sees_numbers=_sees_numbers())
    except Refused as refusal:
        return with_refusal_shown(url_for("people.index"), refusal)
    return _with_link(account)


@blueprint.get("/<user_id>")
@needs(MANAGE_PEOPLE)
def show(user_id: str) -> str:
    """Show one account, where the person is signed in, and what can be changed."""
    app, account = application(), _account(user_id)
    tokens, now = app.accounts.api_tokens.of(user_id), app.clock.now()
    return render_template(
        "people/show.html",
        account=account,
        sessions=app.accounts.sessions.of(user_id),
        factors=app.accounts.factors.of(user_id),
        offices=list(app.offices.offices.values()),
        tokens=[each for each in tokens if each.state_at(now) is TokenState.ACTIVE],
    )


@blueprint.post("/<user_id>/role")
@_changes_people
def change_role(user_id: str) -> ResponseReturnValue:
    """Give somebody another role."""
    role, people = _role(), application().people
    try:
        account = people.change_role(user_id, role, actor(), sees_numbers=_sees_numbers())
    except Refused as refusal:
        return with_refusal_shown(_page_of(user_id), refusal)
    flash(f"{account.name} has the role {role} now.", "success")
    return redirect(_page_of(user_id), code=303)


@blueprint.post("/<user_id>/disable")
@_changes_people
def disable(user_id: str) -> ResponseReturnValue:
    """Shut somebody out at once."""
    try:
        revoked = application().people.disable(user_id, actor())
    except Refused as refusal:
        return with_refusal_shown(_page_of(user_id), refusal)
    done = "Disabled: signed out everywhere, and nothing lets this person in."
    flash(f"{done} {revoked_permalinks(revoked)}".strip(), "success")
    return redirect(_page_of(user_id), code=303)


@blueprint.post("/<user_id>/enable")
@_changes_people
def enable(user_id: str) -> ResponseReturnValue:
    """Let a disabled account be used again."""
    application().people.enable(user_id, actor())
    flash("Enabled. A new sign-in link lets this person in.", "success")
    return redirect(_page_of(user_id), code=303)


@blueprint.post("/<user_id>/link")
@_changes_people
def link(user_id: str) -> ResponseReturnValue:
    """Make a sign-in link, and show it once."""
    try:
        return _with_link(_account(user_id))
    except Refused as refusal:
        return with_refusal_shown(_page_of(user_id), refusal)


@blueprint.post("/<user_id>/reset-factors")
@_changes_people
def reset_factors(user_id: str) -> ResponseReturnValue:
    """End somebody's passkeys and two-factor sign-in."""
    application().factors.reset(user_id, actor())
    flash("Passkeys and two-factor sign-in are reset. Signed out everywhere.", "success")
    return redirect(_page_of(user_id), code=303)


@blueprint.post("/<user_id>/sign-out")
@_changes_people
def sign_out(user_id: str) -> ResponseReturnValue:
    """End all sessions of somebody, and void their links."""
    application().people.sign_out(user_id, actor())
    flash("Signed out everywhere.", "success")
    return redirect(_page_of(user_id), code=303)


@blueprint.post("/<user_id>/sessions/<session_id>/end")
@_changes_people
def end_session(user_id: str, session_id: str) -> ResponseReturnValue:
    """End one session of somebody."""
    application().people.end_session(user_id, session_id, actor())
    flash("This session has ended.", "success")
    return redirect(_page_of(user_id), code=303)


@blueprint.get("/<user_id>/remove")
@_changes_people
def ask_to_remove(user_id: str) -> str:
    """Ask whether an account shall be removed for good."""
    return render_template("people/remove.html", account=_account(user_id))


@blueprint.post("/<user_id>/remove")
@_changes_people
def remove(user_id: str) -> ResponseReturnValue:
    """Remove an account for good."""
    name = _account(user_id).name
    try:
        revoked = application().people.remove(user_id, actor())
    except Refused as refusal:
        return with_refusal_shown(_page_of(user_id), refusal)
    done = f"{name} has no account any more. What {name} did keeps the name."
    flash(f"{done} {revoked_permalinks(revoked)}".strip(), "success")
    return redirect(url_for("people.index"), code=303)


def _with_link(account: Account) -> str:
    """Show a new sign-in link, which is shown once."""
    app = application()
    token = app.people.new_link(account.user_id, actor(), origin=_ORIGIN, lifetime=COMMAND_LIFETIME)
    public_url = app.settings.shown_public_url or request.url_root.rstrip("/")
    address = f"{public_url}/sign-in/{token}"
    return render_template("people/link.html", account=account, address=address)


def _account(user_id: str) -> Account:
    account = application().accounts.with_id(user_id)
    if account is None or account.access is None:
        raise NotFound("There is no such account. It may have been removed.")
    return account


def _page_of(user_id: str) -> str:
    return url_for("people.show", user_id=user_id)


def _role() -> Role:
    role = request.form.get("role", "")
    if role not in list(Role):
        raise BadInput("Choose one of the roles.")
    return Role(role)


def _sees_numbers() -> bool:
    return "numbers" in request.form
