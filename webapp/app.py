"""Makes the Flask app of the pages, and its server. No app exists at import."""

import pkgutil
from functools import partial
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, request

from webapp.accounts.try_later import TRY_LATER_COUNTS
from webapp.accounts.web import FactorOptions, init_accounts, may_ask
from webapp.api.app import BesidePages, create_api, is_of_api
from webapp.api.authentication import may_upload
from webapp.api.permalinks import PAGES
from webapp.base_app import bound_app, refuse_bad_host
from webapp.bootstrap import Application
from webapp.door import LARGEST_UPLOAD, OPEN, public_path, uploads_to
from webapp.explain.template_words import add_words
from webapp.headers import version_of
from webapp.metrics.roles import Role
from webapp.pages import (
    acts,
    api_tokens,
    audit,
    audit_exports,
    audit_workbooks,
    campaign_legal_holds,
    campaigns,
    comparing,
    contact_lists,
    contacts,
    conversation_acts,
    conversation_opting,
    conversations,
    decisions,
    event_proofs,
    follow_ups,
    glossary,
    health_page,
    launch_requests,
    launch_rules,
    launching,
    legal_holds,
    months,
    named_templates,
    notices,
    numbers_to_fix,
    offices,
    opt_out_import,
    opt_outs,
    overview,
    people,
    permalinks,
    person_file,
    personal_data,
    persons,
    phone_lists,
    possible_opt_outs,
    recalling,
    reports,
    resend_requests,
    retention,
    search,
    sending,
    shared,
    ticked,
    unconfirmed,
    undo_window,
    webhooks,
)
from webapp.pages.common import init_pages
from webapp.pages.office_limits import init_id_checks, init_office_limits
from webapp.pages.shareable_pages import is_shared
from webapp.pages.uploads import MAY_UPLOAD, UPLOAD_PATHS
from webapp.request_parameters import init_parameters
from webapp.serving.listener import Listener
from webapp.serving.proxies import Proxies
from webapp.serving.server import Server
from webapp.serving.site import Site

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

API = "delivery-ledger.api"
"""The extension of the pages' app that has the app of the API."""
_LARGEST_FORM = 64 * 1024
"""Of everything else that a browser posts. Parsing takes many times the size of what is sent."""

_INIT_PROVIDER = "webapp.oidc.pages:init_provider"
"""Imported only where there is an identity provider: its library is an extra."""

_STATIC = Path(__file__).parent / "static"

_PAGES = (
    search.blueprint,
    persons.blueprint,
    months.blueprint,
    numbers_to_fix.blueprint,
    campaigns.blueprint,
    overview.blueprint,
    unconfirmed.blueprint,
    acts.blueprint,
    ticked.blueprint,
    launching.blueprint,
    launch_requests.blueprint,
    resend_requests.blueprint,
    recalling.blueprint,
    launch_rules.blueprint,
    undo_window.blueprint,
    conversations.blueprint,
    conversation_acts.blueprint,
    conversation_opting.blueprint,
    contacts.blueprint,
    campaign_legal_holds.blueprint,
    legal_holds.blueprint,
    person_file.blueprint,
    comparing.blueprint,
    decisions.blueprint,
    possible_opt_outs.blueprint,
    opt_outs.blueprint,
    opt_out_import.blueprint,
    personal_data.blueprint,
    retention.blueprint,
    sending.blueprint,
    offices.blueprint,
    people.blueprint,
    api_tokens.blueprint,
    webhooks.blueprint,
    notices.blueprint,
    permalinks.blueprint,
    shared.blueprint,
    audit.blueprint,
    audit_exports.blueprint,
    audit_workbooks.blueprint,
    follow_ups.blueprint,
    phone_lists.blueprint,
    contact_lists.blueprint,
    named_templates.blueprint,
    reports.blueprint,
    event_proofs.blueprint,
    glossary.blueprint,
    health_page.blueprint,
)


def create_pages_server(application: Application, web: Flask, sock: socket) -> Server:
    """Return a server of the pages, for what the process of a port forwards to that socket."""
    site = create_pages_site(application, web)
    return Server(site, listener=Listener(sock, url=""), is_behind_door=True)


def create_pages_site(application: Application, web: Flask) -> Site:
    """Return the site of a ledger's pages, in the process to which requests are forwarded."""
    return Site(
        web,
        uploads=uploads_to(web),
        proxies=Proxies(public_path=public_path(application, [web])),
        is_behind_door=True,
    )


def create_app(application: Application, *, is_demo: bool = False) -> Flask:
    """Return the app of all pages; with `is_demo` each page says that nobody gets a text."""
    app = bound_app(application, static_url_path=f"/static/{version_of(_STATIC)}")
    app.add_url_rule("/static/<path:filename>", "unversioned_static", app.send_static_file)
    app.config.update(
        MAX_CONTENT_LENGTH=_LARGEST_FORM,
        MAX_FORM_MEMORY_SIZE=_LARGEST_FORM,
        IS_DEMO=is_demo,
    )
    app.before_request(refuse_bad_host)
    application.roles.add(Role.PAGES)
    app.extensions[TRY_LATER_COUNTS] = application.sign_in_counts
    app.before_request(_allow_upload)
    for blueprint in OPEN:
        app.register_blueprint(blueprint)
    init_accounts(
        app,
        application.accounts,
        application.settings.secret_key,
        is_https=(application.settings.public_url or "").startswith("https://"),
        first_page="campaigns.home",
        on_sign_in=application.access_recorder.sign_in,
        proxies=application.settings.trusted_proxies,
        unguarded=(*OPEN, shared.blueprint),
        admits=is_shared,
        factors=_factors(application),
    )
    if application.settings.sign_in.oidc:
        pkgutil.resolve_name(_INIT_PROVIDER)(app, application)
    init_office_limits(app)
    api = create_api(application, largest_upload=LARGEST_UPLOAD)
    app.extensions[MAY_UPLOAD] = partial(_may_upload, app, application)
    app.extensions[API], api.extensions[PAGES] = api, app
    init_parameters(app)
    init_pages(app)
    init_id_checks(app)
    add_words(app.jinja_env, application.codes, application.settings.ledger_name)
    for blueprint in _PAGES:
        app.register_blueprint(blueprint)
    app.wsgi_app = BesidePages(app.wsgi_app, api)  # type: ignore[method-assign]
    return app


def _factors(application: Application) -> FactorOptions:
    host = urlsplit(application.settings.public_url or "").hostname
    sign_in = application.settings.sign_in
    return FactorOptions(
        changes=application.factors,
        key=application.ledger.identity.key_for("second factors of accounts"),
        policy=sign_in.two_factor,
        public_url=application.settings.public_url,
        is_provider_only=sign_in.is_provider_only,
        issuer=f"Delivery Ledger, {host}" if host else "Delivery Ledger",
    )


def _may_upload(app: Flask, application: Application, environ: "WSGIEnvironment") -> bool:
    """Return whether a request may have a large body: by its session, or by its token."""
    if is_of_api(environ):
        return may_upload(application.accounts, environ)
    return may_ask(app, environ)


def _allow_upload() -> None:
    """Let the form of a file be large. Nobody reads it before it is known who asks."""
    if request.path in UPLOAD_PATHS:
        request.max_content_length = request.max_form_memory_size = LARGEST_UPLOAD
