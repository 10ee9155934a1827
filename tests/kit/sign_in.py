"""A tiny app with sign-in alone, and a person with a browser in front of it."""

import re
from html import unescape
from pathlib import Path

from flask import Blueprint, Flask
from flask.testing import FlaskClient
from flask_security import current_user
from jinja2 import ChoiceLoader, DictLoader
from werkzeug.test import TestResponse

import webapp
from ledger.domain.error_codes import load_codes
from webapp.accounts import Accounts
from webapp.accounts.client_address import networks_in
from webapp.accounts.web import init_accounts
from webapp.explain.template_words import add_words
from webapp.permissions import Permission, needs

PASSWORD = "correct horse"
SECRET = "a secret for tests"
CHEAP = {"argon2__time_cost": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}
BASE = """<title>{% block title %}{% endblock %}</title>
{% for message in get_flashed_messages() %}<p>{{ message }}</p>{% endfor %}
{% block main %}{% endblock %}"""


class Browser:
    """A person with a browser: keeps cookies, presses the buttons of the page it is shown."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def open(self, path: str, **options: object) -> TestResponse:
        return self.client.get(path, **options)

    def press(self, page: str, address: str | None = None, /, **fields: str) -> TestResponse:
        """Fill in the form of a page and post it, with the hidden fields the page holds."""
        inputs = re.findall(r'<input [^>]*type="hidden"[^>]*>', self.open(page).text)
        attributes = [dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in inputs]
        given = {each["name"]: unescape(each["value"]) for each in attributes}
        return self.client.post(address or page.partition("?")[0], data={**given, **fields})

    def sign_in(self, name: str = "ortiz", password: str = PASSWORD, **fields: str) -> TestResponse:
        return self.press("/sign-in", username=name, password=password, **fields)

    def who(self) -> str | None:
        answer = self.open("/who")
        return answer.text if answer.status_code == 200 else None


def make_app(accounts: Accounts, *, is_https: bool = False, proxies: str = "") -> Flask:
    app = Flask("tiny", root_path=str(Path(webapp.__file__).parent))
    app.jinja_loader = ChoiceLoader([DictLoader({"base.html": BASE}), app.jinja_loader])
    staff = Blueprint("staff", "tiny")
    sees, acts = needs(Permission.SEE_STATUS), needs(Permission.ACT)
    staff.add_url_rule("/", view_func=sees(lambda: "campaigns"), endpoint="home")
    staff.add_url_rule(
        "/who",
        view_func=sees(lambda: f"{current_user.username} {current_user.user_id}"),
        endpoint="who",
    )
    staff.add_url_rule("/act", view_func=acts(lambda: "done"), endpoint="act", methods=["POST"])
    staff.add_url_rule("/undeclared", view_func=lambda: "seen", endpoint="undeclared")
    callbacks = Blueprint("callbacks", "tiny")
    callbacks.add_url_rule("/callback", view_func=lambda: "taken", methods=["POST"], endpoint="cb")
    app.register_blueprint(staff)
    app.register_blueprint(callbacks)
    init_accounts(
        app,
        accounts,
        SECRET,
        is_https=is_https,
        proxies=networks_in(proxies) if proxies else (),
        first_page="staff.home",
        on_sign_in=lambda *who_and_how: app.config["SIGN_INS"].append(who_and_how),
        unguarded=[callbacks],
    )
    app.config["SIGN_INS"] = []
    add_words(app.jinja_env, load_codes())
    return app
