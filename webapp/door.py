"""Makes the Flask apps of callbacks and of monitoring, and the server of a port."""

from collections.abc import Iterable
from functools import partial
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.exceptions import HTTPException

from ledger.errors import BadSetting
from webapp import callbacks, checkpoint, health
from webapp.base_app import HostlessApp, bound_app, refuse_bad_host
from webapp.bootstrap import Application
from webapp.callback_retries import PATIENCE_SECONDS
from webapp.host_names import host_of
from webapp.metrics import web as metrics
from webapp.metrics.roles import Role
from webapp.pages.moments import read_moment
from webapp.pages.uploads import UPLOAD_PATHS, may_upload
from webapp.serving.bridge import Uploads
from webapp.serving.inline import Inline
from webapp.serving.limits import Limits
from webapp.serving.listener import Listener
from webapp.serving.liveness import LIVEZ
from webapp.serving.pages_link import PagesLink
from webapp.serving.proxies import Proxies
from webapp.serving.room import Room
from webapp.serving.server import Server
from webapp.serving.site import Site
from webapp.twilio_requests import SIGNATURE

PROOF = SIGNATURE.lower().encode()
"""The header that every callback has."""

_API = "api"
"""The first part of the addresses of the API, which is an app of its own beside the pages."""
LARGEST_UPLOAD = 32 * 1024 * 1024

OPEN = (health.blueprint, checkpoint.blueprint, metrics.blueprint)
"""Without sign-in: what monitoring and auditors read."""


def create_server(
    application: Application,
    web: Flask,
    *,
    listener: Listener,
    limits: Limits | None = None,
    pages: PagesLink | None = None,
) -> Server:
    """Return a server of one ledger; see `create_site`."""
    site = create_site(application, web, limits=limits, pages=pages)
    return Server(site, listener=listener, limits=limits)


def create_site(
    application: Application,
    web: Flask,
    *,
    limits: Limits | None = None,
    pages: PagesLink | None = None,
    room: Room | None = None,
) -> Site:
    """Return the site of a ledger: of Twilio's callbacks and of the app `web`.

    Callbacks are answered on the event loop, by an app of their own, because they wait for nothing
    but their commit; no page is. With `pages` another process answers whatever else is asked for,
    and `web` only what monitoring asks for. `room` is what it shares with the sites of others.
    """
    of_callbacks = create_callbacks(application)
    inline = Inline(
        app=of_callbacks,
        prefix=callbacks.CALLBACKS,
        proof=PROOF,
        largest_body=callbacks.LARGEST_BODY,
        patience_seconds=PATIENCE_SECONDS,
        on_unproven=partial(callbacks.count_unsigned, application),
        on_too_large=partial(callbacks.count_too_large, application),
    )
    application.roles.add(Role.CALLBACKS)
    site = Site(
        web,
        inline=inline,
        uploads=uploads_to(web),
        limits=limits,
        proxies=Proxies(
            trusted=application.settings.trusted_proxies,
            public_path=public_path(application, (web, of_callbacks)),
        ),
        pages=pages,
        room=room,
    )
    site.ledger_name = application.settings.ledger_name or ""
    return site


def public_path(application: Application, apps: Iterable[Flask]) -> str:
    """Return the path of the public address. Raises `BadSetting` for one like those of the apps.

    Then nobody could tell whether a proxy took it away.
    """
    path = urlsplit(application.settings.public_url or "").path
    own = {rule.rule.split("/")[1] for app in apps for rule in app.url_map.iter_rules()}
    if path and path.split("/")[1] in own | {LIVEZ.strip("/"), _API}:
        raise BadSetting(
            f"LEDGER_PUBLIC_URL has the path {path}, which this program uses for its own pages. "
            "Choose another path, such as /texts."
        )
    return path


def uploads_to(web: Flask) -> Uploads:
    """Return which requests to the app may have a large body."""
    return Uploads(paths=UPLOAD_PATHS, largest=LARGEST_UPLOAD, is_allowed=partial(may_upload, web))


def create_callbacks(application: Application) -> Flask:
    """Return an app of Twilio's callbacks alone. Its errors are bare: no page, no session."""
    app = bound_app(application, kind=HostlessApp, static_folder=None)
    app.before_request(callbacks.take_from_elsewhere)
    app.register_blueprint(callbacks.blueprint)
    app.register_error_handler(HTTPException, callbacks.in_one_line)
    return app


def create_receiver(application: Application, pages: PagesLink | None = None) -> Flask:
    """Return an app of /health and /checkpoint, without pages, accounts or sessions.

    With `pages` another process serves the pages, and has a part in /health.
    """
    app = bound_app(application, static_folder=None)
    app.before_request(refuse_bad_host)
    app.before_request(read_moment)
    for blueprint in OPEN:
        app.register_blueprint(blueprint)
    if pages is not None:
        host = host_of(application.settings.public_url or "") or "pages"
        health.ask_pages_by(app, partial(pages.ask, host=host))
    return app
