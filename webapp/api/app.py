"""Makes the Flask app of the API, which answers beside the pages, without sessions and forms."""

import time
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Flask, g, request
from werkzeug.exceptions import BadHost

from ledger.errors import ResendWaitsForApproval, StoreUnavailable, WaitsForApproval
from webapp.accounts.client_address import ClientNetworks
from webapp.accounts.guard import check_access
from webapp.api import (
    acts,
    campaigns,
    comparisons,
    contact_lists,
    contacts,
    conversations,
    decisions,
    deliveries,
    documentation,
    drafts,
    events,
    exports,
    follow_ups,
    forgettings,
    launch_progress,
    launch_requests,
    launch_rules,
    legal_holds,
    months,
    named_templates,
    numbers_to_fix,
    offices,
    opt_out_import,
    opt_outs,
    overviews,
    permalinks,
    phone_lists,
    proofs,
    resend_requests,
    retention,
    searches,
    sending,
    staff,
    statuses,
    tokens,
    webhooks,
)
from webapp.api.answers import finished
from webapp.api.authentication import authenticate
from webapp.api.idempotency import KEPT_ANSWERS
from webapp.api.kept_answers import KeptAnswers
from webapp.api.launching import waiting_answer
from webapp.api.problem_types import Kind
from webapp.api.problems import ProblemFound, init_problems
from webapp.api.rate_limit import RequestCounts
from webapp.base_app import bound_app
from webapp.bootstrap import Application
from webapp.current import application, limit_to
from webapp.offices.door import check_ids
from webapp.pages.uploads import UPLOAD_PATHS
from webapp.request_parameters import init_parameters

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX = "/api"
LARGEST_BODY = 64 * 1024
"""Of all requests but those that may bring contacts."""
_CATCH_UP_SECONDS = 0.5
_OPEN = {"documentation.document", "documentation.page"}
"""What needs no token: it is the same for everybody, and holds no data of the ledger."""

BLUEPRINTS = (
    documentation.blueprint,
    campaigns.blueprint,
    months.blueprint,
    deliveries.blueprint,
    overviews.blueprint,
    phone_lists.blueprint,
    acts.blueprint,
    drafts.blueprint,
    contact_lists.blueprint,
    named_templates.blueprint,
    follow_ups.blueprint,
    launch_progress.blueprint,
    numbers_to_fix.blueprint,
    opt_outs.blueprint,
    opt_out_import.blueprint,
    events.blueprint,
    exports.blueprint,
    proofs.blueprint,
    contacts.blueprint,
    conversations.blueprint,
    decisions.blueprint,
    sending.blueprint,
    statuses.blueprint,
    launch_requests.blueprint,
    resend_requests.blueprint,
    legal_holds.blueprint,
    forgettings.blueprint,
    comparisons.blueprint,
    staff.blueprint,
    permalinks.blueprint,
    retention.blueprint,
    webhooks.blueprint,
    offices.blueprint,
    searches.blueprint,
    launch_rules.blueprint,
    tokens.blueprint,
)


def create_api(app: Application, *, largest_upload: int) -> Flask:
    """Return the app of the API."""
    api = bound_app(app, static_folder=None)
    api.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    api.extensions[KEPT_ANSWERS] = KeptAnswers(app.sending_engine, app.clock)
    init_parameters(api)
    api.before_request(_refuse_bad_host)
    api.before_request(partial(_allow_upload, largest_upload))
    api.before_request(
        partial(
            _admit,
            ClientNetworks(app.settings.trusted_proxies),
            RequestCounts(app.sending_engine, app.clock),
        )
    )
    api.before_request(_catch_up)
    api.before_request(check_ids)
    api.after_request(finished)
    init_problems(api)
    api.register_error_handler(WaitsForApproval, waiting_answer)
    api.register_error_handler(ResendWaitsForApproval, acts.waiting_answer)
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint, url_prefix=f"{PREFIX}/v1{blueprint.url_prefix or ''}")
    return api


class BesidePages:
    """The WSGI app that lets the API answer its addresses, and the pages all others."""

    def __init__(self, pages: "WSGIApplication", api: Flask) -> None:
        self._pages, self._api = pages, api

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer a request."""
        chosen: Any = self._api if is_of_api(environ) else self._pages
        answer: Iterable[bytes] = chosen(environ, start_response)
        return answer


def is_of_api(environ: "WSGIEnvironment") -> bool:
    """Whether a request is one for the API."""
    path: str = environ.get("PATH_INFO", "")
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def _refuse_bad_host() -> None:
    """Refuse a Host that is no host name, such as `a..b`: no address can be made for it."""
    if isinstance(request.routing_exception, BadHost):
        raise ProblemFound(Kind.MALFORMED, "The Host header is no host name.")


def _allow_upload(largest_upload: int) -> None:
    """Let the body that brings contacts be large. Nobody reads it before the token is checked."""
    g.began = time.monotonic()
    if request.path in UPLOAD_PATHS:
        request.max_content_length = largest_upload


def _admit(networks: ClientNetworks, counts: RequestCounts) -> None:
    """Check the token, count the request, and check what the route needs."""
    if request.endpoint is None or request.endpoint in _OPEN:
        return
    g.caller = authenticate(lambda: _client_address(networks))
    with suppress(StoreUnavailable):  # nobody is refused because the count cannot be written
        g.allowance = counts.add(g.caller.token.token_id)
        if g.allowance.remaining < 0:
            wait = {"Retry-After": str(g.allowance.seconds)}
            raise ProblemFound(Kind.RATE_LIMITED, headers=wait)
    check_access(g.caller.access, "The role of this token")
    limit_to(g.caller.access.scope)


def _client_address(networks: ClientNetworks) -> str:
    return networks.of(request.remote_addr, request.headers.get("X-Forwarded-For", ""))


def _catch_up() -> None:
    """Read the views on within a small time budget, so that a read after an act shows the act."""
    if "caller" not in g:
        return
    views = application().views
    g.behind = views.catch_up(budget_seconds=_CATCH_UP_SECONDS)
    g.seq = views.position().seq
