"""People who use this program: the list, accounts, roles, and sessions."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from flask import Blueprint, request, url_for

from ledger.errors import NotFound
from webapp.accounts.account import Account
from webapp.accounts.factors import FactorCounts
from webapp.accounts.links import COMMAND_LIFETIME
from webapp.acts import MANAGE_PEOPLE
from webapp.api.authentication import caller
from webapp.api.fitting import fitted
from webapp.api.idempotency import request_id
from webapp.api.models import staff as models
from webapp.api.models.base import MomentQuery
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.bootstrap import Application
from webapp.current import application
from webapp.people_documents import NO_FACTORS, account_document, session_document
from webapp.people_then import PastAccount, people_then
from webapp.permissions import needs
from webapp.shown_moment import until_seq

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
def index(query: MomentQuery) -> Answer[models.StaffList]:
    """List everybody who has an account.

    As of a past moment, whether somebody had a password and last signed in is not known.
    """
    del query  # its moment was read
    if (seq := until_seq()) is not None:
        return fitted(
            {"items": list(map(_past_document, people_then(application(), seq)))},
            models.StaffList,
        )
    accounts = application().accounts
    factors = accounts.factors.counts()
    items = [
        _fields(each, factors.get(each.user_id, NO_FACTORS))
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
    problems=[Kind.NOT_FOUND],
)
@needs(MANAGE_PEOPLE)
def add(json: models.NewStaff) -> Answer[models.StaffAccount]:
    """Give somebody an account. A sign-in link lets the person in."""
    account = application().people.add(
        json.name,
        json.role,
        caller().actor,
        sees_numbers=json.numbers,
        request=request_id("add person"),
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
def show(query: MomentQuery, user_id: str) -> Answer[models.StaffAccount]:
    """Return one account; what is not known of a past moment is null."""
    del query  # its moment was read
    if (seq := until_seq()) is None:
        return _document(_account(user_id))
    for past in people_then(application(), seq):
        if past.account.user_id == user_id:
            return fitted(_past_document(past), models.StaffAccount)
    raise NotFound(f"There was no account {user_id} at #{seq}.")


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
    changed = people.change_role(
        user_id,
        json.role,
        by,
        sees_numbers=json.numbers,
        request=request_id(f"change role {user_id}"),
    )
    return _document(changed)


@blueprint.post("/<user_id>/offices")
@operation(
    "setOffices",
    tag=_TAG,
    answer=models.StaffAccount,
    example=models.EXAMPLE,
    request_example=models.EXAMPLE_OFFICES,
    is_change=True,
    problems=[Kind.NOT_FOUND],
)
@needs(MANAGE_PEOPLE)
def set_offices(json: models.OfficesOfStaff, user_id: str) -> Answer[models.StaffAccount]:
    """Let somebody see the campaigns of these offices alone; with none, those of all."""
    app = application()
    chosen = [app.offices.named(each).office_id for each in json.offices]
    _account(user_id)
    request = request_id(f"set offices {user_id}")
    return _document(app.people.set_offices(user_id, chosen, caller().actor, request=request))


class _Act(NamedTuple):
    """Something that is done to an account, without anything else to say."""

    operation_id: str
    method: str
    path: str
    words: str
    """What it does, for readers."""
    perform: Callable[[Application, str, str, str], object]
    """Do it, with the ids of the account, of who does it, and of the request."""
    done: str


_ACTS = {
    "disable": _Act(
        "disablePerson",
        "POST",
        "/disable",
        "Shut somebody out at once: sessions, links, password, tokens and permalinks end.",
        lambda app, user_id, by, request: app.people.disable(user_id, by, request=request),
        "disabled",
    ),
    "enable": _Act(
        "enablePerson",
        "POST",
        "/enable",
        "Let a disabled account be used again. A sign-in link lets the person in.",
        lambda app, user_id, by, request: app.people.enable(user_id, by, request=request),
        "enabled",
    ),
    "sign_out": _Act(
        "signOutPerson",
        "POST",
        "/sign-out",
        "End all sessions of somebody, and void their links.",
        lambda app, user_id, by, request: app.people.sign_out(user_id, by, request=request),
        "signed out",
    ),
    "reset_factors": _Act(
        "resetFactors",
        "POST",
        "/reset-factors",
        "End somebody's passkeys and two-factor sign-in, as after a lost phone, and sign them out.",
        lambda app, user_id, by, request: app.factors.reset(user_id, by, request=request),
        "factors reset",
    ),
    "unlock": _Act(
        "unlockPerson",
        "POST",
        "/unlock",
        "Forget wrong passwords of somebody, who then need not wait.",
        lambda app, user_id, _by, _request: app.accounts.unlock(_account(user_id).name),
        "unlocked",
    ),
    "remove": _Act(
        "removePerson",
        "DELETE",
        "",
        "Remove an account for good; what the person did keeps the name.",
        lambda app, user_id, by, request: app.people.remove(user_id, by, request=request),
        "removed",
    ),
}
"""Name of the route → act."""


def _add_act(name: str, act: _Act) -> None:
    """Make the operation of an act."""

    def perform(user_id: str) -> Answer[models.StaffChanged]:
        act.perform(application(), user_id, caller().actor, request_id(f"{name} {user_id}"))
        return models.StaffChanged(id=user_id, done=act.done)

    perform.__doc__ = act.words
    view = _act(act.operation_id)(needs(MANAGE_PEOPLE)(perform))
    blueprint.add_url_rule(f"/<user_id>{act.path}", name, view, methods=[act.method])


for _name, _each in _ACTS.items():
    _add_act(_name, _each)


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
    request = request_id(f"end session {user_id}")
    application().people.end_session(user_id, session_id, caller().actor, request=request)
    return models.StaffChanged(id=user_id, done="session ended")


def _account(user_id: str) -> Account:
    account = application().accounts.with_id(user_id)
    if account is None or account.access is None:
        raise NotFound(f"There is no account {user_id}. It may have been removed.")
    return account


def _document(account: Account) -> models.StaffAccount:
    factors = application().accounts.factors.counts().get(account.user_id, NO_FACTORS)
    return fitted(_fields(account, factors), models.StaffAccount)


def _past_document(past: PastAccount) -> dict[str, Any]:
    unknown = {"password": None, "last_sign_in": None}
    return _fields(past.account, past.factors) | unknown


def _fields(account: Account, factors: FactorCounts) -> dict[str, Any]:
    offices = sorted(account.access.office_ids) if account.access else []
    return account_document(account, factors) | {"id": account.user_id, "offices": offices}
