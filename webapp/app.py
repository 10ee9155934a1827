"""Makes the Flask apps, of callbacks and of pages. No app exists at import."""

from flask import Flask

from webapp import callbacks, checkpoint, health
from webapp.accounts.web import init_accounts
from webapp.bootstrap import Application
from webapp.current import bind
from webapp.explain.template_words import add_words
from webapp.pages import (
    acts,
    audit,
    campaigns,
    contacts,
    conversations,
    decisions,
    glossary,
    launching,
    sending,
)
from webapp.pages.common import init_pages
from webapp.whole_numbers import WholeNumberConverter

_LARGEST_UPLOAD = 32 * 1024 * 1024

_UNGUARDED = (callbacks.blueprint, health.blueprint, checkpoint.blueprint)
_PAGES = (
    campaigns.blueprint,
    acts.blueprint,
    launching.blueprint,
    conversations.blueprint,
    contacts.blueprint,
    decisions.blueprint,
    sending.blueprint,
    audit.blueprint,
    glossary.blueprint,
)


def create_receiver(application: Application) -> Flask:
    """Return an app of callbacks, /health and /checkpoint, without pages, accounts or sessions."""
    app = Flask(__name__, static_folder=None)
    app.url_map.converters["number"] = WholeNumberConverter
    bind(app, application)
    for blueprint in _UNGUARDED:
        app.register_blueprint(blueprint)
    return app


def create_app(application: Application, *, is_demo: bool = False) -> Flask:
    """Return the app of all pages; with `is_demo` each page says that nobody gets a text."""
    app = Flask(__name__)
    app.config.update(
        MAX_CONTENT_LENGTH=_LARGEST_UPLOAD,
        MAX_FORM_MEMORY_SIZE=_LARGEST_UPLOAD,
        IS_DEMO=is_demo,
    )
    app.url_map.converters["number"] = WholeNumberConverter
    bind(app, application)
    for blueprint in _UNGUARDED:
        app.register_blueprint(blueprint)
    init_accounts(
        app,
        application.accounts,
        application.settings.secret_key,
        is_https=(application.settings.public_url or "").startswith("https://"),
        unguarded=_UNGUARDED,
    )
    init_pages(app)
    add_words(app.jinja_env, application.codes)
    for blueprint in _PAGES:
        app.register_blueprint(blueprint)
    return app
