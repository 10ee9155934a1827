"""People who use this program: the list, accounts, roles, and sessions."""

from collections.abc import Callable
from functools import partial

from flask import Blueprint, request, url_for

from ledger.errors import NotFound
from webapp.accounts.account import Account
from webapp.accounts.links import COMMAND_LIFETIME
from webapp.acts import MANAGE_PEOPLE
from webapp.api.authentication import caller
from webapp.api.fitting import fitted
from webapp.api.models import staff as models
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.current import application
from webapp.people_documents import NO_FACTORS, account_document, session_document
from webapp.permissions import needs

blueprint = Blueprint("staff", __name__, url_prefix="/people")

_TAG = "Staff"
_ORIGIN = "api"
_act = partial(
    operation,
    tag=_TAG,
    answer=models.StaffChanged,
    example=models.EXAMPLE_CHANGED,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)


@blueprint.get("")
@operation("listPeople", tag=_TAG, answer=models.StaffList, example=models.EXAMPLE_LIST)
@needs(MANAGE_PEOPLE)
def index() -> Answer[models.StaffList]:
    """List everybody who has an account. It knows the present only, as the audit trail the past."""
    accounts = application().accounts
    factors = accounts.factors.counts()
    items = [
        account_document(each, factors.get(each.user_id, NO_FACTORS)) | {"id": each.user_id}
        for each in accounts.all()
        if each.access is not None
    ]
    return fitted({"items": items}, models.StaffList)


@blueprint.post("")
@operation(
    "addPerson",
    tag=_TAG,
    answer=models.StaffAccount,
    example=models.EXAMPLE,
    request_example=models.EXAMPLE_NEW,
    status=201,
    is_change=True,
)
@needs(MANAGE_PEOPLE)
def add(json: models.NewStaff) -> Answer[models.StaffAccount]:
    """Give somebody an account. A sign-in link lets the person in."""
    account = application().people.add(
        json.name, json.role, caller().actor, sees_numbers=json.numbers
    )
    return _document(account), 201, {"Location": url_for("staff.show", user_id=account.user_id)}


@blueprint.get("/<user_id>")
@operation(
    "getPerson",
    tag=_TAG,
    answer=models.StaffAccount,
    example=models.EXAMPLE,
    problems=[Kind.NOT_FOUND],
)
@needs(MANAGE_PEOPLE)
def show(user_id: str) -> Answer[models.StaffAccount]:
    """Return one account."""
    return _document(_account(user_id))


@blueprint.post("/<user_id>/role")
@operation(
    "changeRole",
    tag=_TAG,
    answer=models.StaffAccount,
    example=models.EXAMPLE,
    request_example=models.EXAMPLE_ROLE,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(MANAGE_PEOPLE)
def change_role(json: models.NewRole, user_id: str) -> Answer[models.StaffAccount]:
    """Give somebody another role."""
    _account(user_id)
    people, by = application().people, caller().actor
    return _document(people.change_role(user_id, json.role, by, sees_numbers=json.numbers))


@blueprint.post("/<user_id>/disable")
@_act("disablePerson")
@needs(MANAGE_PEOPLE)
def disable(user_id: str) -> Answer[models.StaffChanged]:
    """Shut somebody out at once: sessions, links, password, tokens and permalinks end."""
    return _done(application().people.disable, user_id, "disabled")


@blueprint.post("/<user_id>/enable")
@_act("enablePerson")
@needs(MANAGE_PEOPLE)
def enable(user_id: str) -> Answer[models.StaffChanged]:
    """Let a disabled account be used again. A sign-in link lets the person in."""
    return _done(application().people.enable, user_id, "enabled")


@blueprint.post("/<user_id>/sign-out")
@_act("signOutPerson")
@needs(MANAGE_PEOPLE)
def sign_out(user_id: str) -> Answer[models.StaffChanged]:
    """End all sessions of somebody, and void their links."""
    return _done(application().people.sign_out, user_id, "signed out")


@blueprint.delete("/<user_id>")
@_act("removePerson")
@needs(MANAGE_PEOPLE)
def remove(user_id: str) -> Answer[models.StaffChanged]:
    """Remove an account for good; what the person did keeps the name."""
    return _done(application().people.remove, user_id, "removed")


@blueprint.post("/<user_id>/link")
@operation(
    "makeSignInLink",
    tag=_TAG,
    answer=models.SignInLink,
    example=models.EXAMPLE_LINK,
    status=201,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(MANAGE_PEOPLE)
def link(user_id: str) -> Answer[models.SignInLink]:
    """Make a link that signs a person in, once, within a day."""
    app, account = application(), _account(user_id)
    token = app.people.new_link(
        account.user_id, caller().actor, origin=_ORIGIN, lifetime=COMMAND_LIFETIME
    )
    public_url = app.settings.shown_public_url or request.url_root.rstrip("/")
    return models.SignInLink(id=user_id, address=f"{public_url}/sign-in/{token}"), 201


@blueprint.get("/<user_id>/sessions")
@operation(
    "listSessions",
    tag=_TAG,
    answer=models.StaffSessionList,
    example=models.EXAMPLE_SESSIONS,
    problems=[Kind.NOT_FOUND],
)
@needs(MANAGE_PEOPLE)
def sessions(user_id: str) -> Answer[models.StaffSessionList]:
    """List where somebody is signed in."""
    _account(user_id)
    items = [session_document(each) for each in application().accounts.sessions.of(user_id)]
    return fitted({"items": items}, models.StaffSessionList)


@blueprint.delete("/<user_id>/sessions/<session_id>")
@_act("endSession")
@needs(MANAGE_PEOPLE)
def end_session(user_id: str, session_id: str) -> Answer[models.StaffChanged]:
    """End one session of somebody."""
    _account(user_id)
    application().people.end_session(user_id, session_id, caller().actor)
    return models.StaffChanged(id=user_id, done="session ended")


def _done(act: Callable[[str, str], int | None], user_id: str, done: str) -> models.StaffChanged:
    _account(user_id)
    act(user_id, caller().actor)
    return models.StaffChanged(id=user_id, done=done)


def _account(user_id: str) -> Account:
    account = application().accounts.with_id(user_id)
    if account is None or account.access is None:
        raise NotFound(f"There is no account {user_id}. It may have been removed.")
    return account


def _document(account: Account) -> models.StaffAccount:
    factors = application().accounts.factors.counts().get(account.user_id, NO_FACTORS)
    return fitted(account_document(account, factors) | {"id": account.user_id}, models.StaffAccount)
