"""The Flask app: callbacks and pages over one application; made here and nowhere at import."""

from flask import Flask

from webapp import callbacks
from webapp.bootstrap import Application

_LARGEST_UPLOAD = 32 * 1024 * 1024


def create_app(application: Application, *, is_demo: bool = False) -> Flask:
    """The app; `is_demo` says on every page that nothing real is texted."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=application.settings.secret_key,
        MAX_CONTENT_LENGTH=_LARGEST_UPLOAD,
        MAX_FORM_MEMORY_SIZE=_LARGEST_UPLOAD,
        IS_DEMO=is_demo,
    )
    app.extensions["delivery-ledger"] = application
    app.register_blueprint(callbacks.blueprint)
    return app
