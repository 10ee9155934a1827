"""Makes the Flask apps, of callbacks and of pages, and their server. No app exists at import."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from flask import Flask, Response, request
from werkzeug.exceptions import BadHost, HTTPException
from werkzeug.routing import BaseConverter

from ledger.errors import BadSetting
from webapp import callbacks, checkpoint, health
from webapp.accounts.try_later import TRY_LATER_COUNTS
from webapp.accounts.web import init_accounts, is_signed_in
from webapp.bootstrap import Application
from webapp.callback_retries import PATIENCE_SECONDS
from webapp.current import bind
from webapp.explain.template_words import add_words
from webapp.headers import LastHeaders, version_of
from webapp.metrics import web as metrics
from webapp.metrics.roles import Role
from webapp.pages import (
    acts,
    audit,
    audit_exports,
    audit_workbooks,
    campaigns,
    comparing,
    contacts,
    conversation_opting,
    conversations,
    decisions,
    event_proofs,
    glossary,
    health_page,
    launching,
    legal_holds,
    opt_out_import,
    opt_outs,
    people,
    permalinks,
    person_file,
    personal_data,
    possible_opt_outs,
    sending,
    shared,
)
from webapp.pages.common import init_pages
from webapp.pages.moments import read_moment
from webapp.pages.shareable_pages import is_shared
from webapp.pages.uploads import UPLOAD_PATHS
from webapp.request_parameters import init_parameters
from webapp.serving.bridge import Uploads
from webapp.serving.inline import Inline
from webapp.serving.limits import Limits
from webapp.serving.listener import Listener
from webapp.serving.liveness import LIVEZ
from webapp.serving.server import Server
from webapp.twilio_requests import SIGNATURE
from webapp.whole_numbers import DIGITS

_LARGEST_UPLOAD = 32 * 1024 * 1024
_LARGEST_FORM = 64 * 1024
"""Of everything else that a browser posts. Parsing takes many times the size of what is sent."""

_STATIC = Path(__file__).parent / "static"

_OPEN = (health.blueprint, checkpoint.blueprint, metrics.blueprint)
"""Without sign-in: what monitoring and auditors read."""
_PAGES = (
    campaigns.blueprint,
    acts.blueprint,
    launching.blueprint,
    conversations.blueprint,
    conversation_opting.blueprint,
    contacts.blueprint,
    legal_holds.blueprint,
    person_file.blueprint,
    comparing.blueprint,
    decisions.blueprint,
    possible_opt_outs.blueprint,
    opt_outs.blueprint,
    opt_out_import.blueprint,
    personal_data.blueprint,
    sending.blueprint,
    people.blueprint,
    permalinks.blueprint,
    shared.blueprint,
    audit.blueprint,
    audit_exports.blueprint,
    audit_workbooks.blueprint,
    event_proofs.blueprint,
    glossary.blueprint,
    health_page.blueprint,
)


class _App(LastHeaders):
    """Logs an error without the address of its request, which may hold a token."""

    def log_exception(
        self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]
    ) -> None:
        self.logger.error("An error at %s", request.endpoint, exc_info=exc_info)


def create_server(
    application: Application, web: Flask, *, listener: Listener, limits: Limits | None = None
) -> Server:
    """Return a server of the app `web` and of Twilio's callbacks.

    Callbacks are answered on the event loop, by an app of their own, because they wait for nothing
    but their commit; no page is.
    """
    of_callbacks = create_callbacks(application)
    inline = Inline(
        app=of_callbacks,
        prefix=callbacks.CALLBACKS,
        proof=SIGNATURE.lower().encode(),
        largest_body=callbacks.LARGEST_BODY,
        patience_seconds=PATIENCE_SECONDS,
        on_unproven=partial(callbacks.count_unsigned, application),
        on_too_large=partial(callbacks.count_too_large, application),
    )
    uploads = Uploads(
        paths=UPLOAD_PATHS, largest=_LARGEST_UPLOAD, is_allowed=partial(is_signed_in, web)
    )
    application.roles.add(Role.CALLBACKS)
    return Server(
        web,
        listener=listener,
        inline=inline,
        uploads=uploads,
        limits=limits,
        trusted_proxies=application.settings.trusted_proxies,
        public_path=_public_path(application, (web, of_callbacks)),
    )


def _public_path(application: Application, apps: Iterable[Flask]) -> str:
    """Return the path of the public address. Raises `BadSetting` for one like those of the apps.

    Then nobody could tell whether a proxy took it away.
    """
    path = urlsplit(application.settings.public_url or "").path
    own = {rule.rule.split("/")[1] for app in apps for rule in app.url_map.iter_rules()}
    if path and path.split("/")[1] in own | {LIVEZ.strip("/")}:
        raise BadSetting(
            f"LEDGER_PUBLIC_URL has the path {path}, which this program uses for its own pages. "
            "Choose another path, such as /texts."
        )
    return path


def create_callbacks(application: Application) -> Flask:
    """Return an app of Twilio's callbacks alone. Its errors are bare: no page, no session."""
    app = _bound_app(application)
    app.before_request(callbacks.take_from_elsewhere)
    app.register_blueprint(callbacks.blueprint)
    app.register_error_handler(HTTPException, callbacks.in_one_line)
    return app


def create_receiver(application: Application) -> Flask:
    """Return an app of /health and /checkpoint, without pages, accounts or sessions."""
    app = _bound_app(application)
    app.before_request(_refuse_bad_host)
    app.before_request(read_moment)
    for blueprint in _OPEN:
        app.register_blueprint(blueprint)
    return app


def _bound_app(application: Application) -> Flask:
    app = _App(__name__, static_folder=None)
    app.url_map.converters["number"] = _NumberConverter
    bind(app, application)
    return app


def create_app(application: Application, *, is_demo: bool = False) -> Flask:
    """Return the app of all pages; with `is_demo` each page says that nobody gets a text."""
    app = _App(__name__, static_url_path=f"/static/{version_of(_STATIC)}")
    app.add_url_rule("/static/<path:filename>", "unversioned_static", app.send_static_file)
    app.config.update(
        MAX_CONTENT_LENGTH=_LARGEST_FORM,
        MAX_FORM_MEMORY_SIZE=_LARGEST_FORM,
        IS_DEMO=is_demo,
    )
    app.url_map.converters["number"] = _NumberConverter
    bind(app, application)
    application.roles.add(Role.PAGES)
    app.extensions[TRY_LATER_COUNTS] = application.sign_in_counts
    app.before_request(_refuse_bad_host)
    app.before_request(_allow_upload)
    for blueprint in _OPEN:
        app.register_blueprint(blueprint)
    init_accounts(
        app,
        application.accounts,
        application.settings.secret_key,
        is_https=(application.settings.public_url or "").startswith("https://"),
        first_page="campaigns.home",
        on_sign_in=application.access_recorder.sign_in,
        proxies=application.settings.trusted_proxies,
        unguarded=(*_OPEN, shared.blueprint),
        admits=is_shared,
    )
    init_parameters(app)
    init_pages(app)
    add_words(app.jinja_env, application.codes, application.settings.ledger_name)
    for blueprint in _PAGES:
        app.register_blueprint(blueprint)
    return app


def _allow_upload() -> None:
    """Let the form of a file be large. Nobody reads it before it is known who is signed in."""
    if request.path in UPLOAD_PATHS:
        request.max_content_length = request.max_form_memory_size = _LARGEST_UPLOAD


def _refuse_bad_host() -> Response | None:
    """Refuse a Host that is no host name, such as `a..b`: no address can be made for it."""
    if isinstance(request.routing_exception, BadHost):
        return Response("The Host header is no host name.\n", 400, mimetype="text/plain")
    return None


class _NumberConverter(BaseConverter):
    """`<number:seq>` in the address of a view. With anything else there, the address names nothing.

    Werkzeug's own `int` fails on a number of thousands of digits.
    """

    regex = DIGITS

    def to_python(self, value: str) -> int:
        """Return the number."""
        return int(value)
