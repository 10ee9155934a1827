"""A tiny app whose one page shows every component of the look, for the tests and for looking at."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

from flask import Flask, Response, flash, render_template, request
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined
from werkzeug.datastructures import MultiDict
from werkzeug.serving import make_server
from wtforms import (
    BooleanField,
    FileField,
    Form,
    IntegerField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired

import webapp
from ledger.domain.error_codes import load_codes
from webapp.explain.template_words import add_words
from webapp.explain.verifications import Tone, VerifyMark

WEBAPP = Path(webapp.__file__).parent
NOW = datetime(2026, 11, 21, 10, 31, 7, tzinfo=UTC)
CONTACTS = [
    ("d1", "Amara Okafor", "+1 415 555 0101", "delivered", None, None, None, 1, None),
    ("d2", "Ben Ito", "+1 415 555 0102", "pending", "with the carrier", None, None, 3, 12),
    (
        "d3",
        "Chloe Martin",
        "+1 415 555 0103",
        "failed",
        None,
        "Unreachable number",
        "Landline (30006). Better not resend: this number cannot get texts.",
        1,
        None,
    ),
    (
        "d4",
        "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh",
        "+49 1512 3456789",
        "failed",
        "after archive: Delivered",
        "Opted out",
        "This number answered STOP. Nothing more is sent to it.",
        0,
        None,
    ),
    ("d5", "Eve Lund", "+1 415 555 0105", "pending", "queued", None, None, 0, None),
]
CAMPAIGNS = [
    ("Fall aid reminder", "sending", False, (102, 97, 3, 2)),
    ("Bus 14 is late", "closed", True, (1204, 1190, 0, 14)),
    ("Picture day", "paused", False, (88, 12, 76, 0)),
    ("Welcome back", "archived", False, (40211, 40001, 10, 200)),
]


class CampaignForm(Form):
    name = StringField("Name", [InputRequired("Give the campaign a name.")])
    message = TextAreaField("Message", description="Merge fields look like {{first_name}}.")
    contacts = FileField("Contacts", description="A CSV file with one column for the number.")
    pace = IntegerField("Wait before trying again, in seconds")
    skip_invalid = BooleanField("Leave out rows with a bad number", description="They are listed.")

    def validate_message(self, _field: TextAreaField) -> None:
        raise ValidationError("The message is 44 characters too long.")


def make_app() -> Flask:
    app = Flask(__name__, static_folder=WEBAPP / "static")
    app.secret_key = "gallery"
    here = Path(__file__).parent
    app.jinja_loader = ChoiceLoader([FileSystemLoader(p) for p in (WEBAPP / "templates", here)])
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals["csrf_token"] = lambda: "token"
    app.jinja_env.globals["may_open"] = lambda _endpoint: True
    add_words(app.jinja_env, load_codes())
    app.extensions["looks"] = []
    for endpoint in (
        "campaigns.index",
        "conversations.index",
        "possible_opt_outs.index",
        "numbers_to_fix.index",
        "search.index",
        "opt_outs.index",
        "contact_lists.index",
        "named_templates.index",
        "months.index",
        "audit.index",
        "glossary.index",
        "people.index",
        "webhooks.index",
        "accounts.show",
        "health_page.show",
    ):
        app.add_url_rule(f"/{endpoint}", endpoint, lambda: "")
    app.add_url_rule("/out", "security.logout", lambda: "", methods=["POST"])
    app.add_url_rule("/search", "search.find", lambda: "", methods=["POST"])
    app.add_url_rule("/", "page", _page)
    app.add_url_rule("/live", "live", _live(app))
    app.add_url_rule("/preview", "preview", _preview, methods=["POST"])
    return app


def _page() -> Response:
    form = CampaignForm(MultiDict({"message": "Dear {{first_name}}, your form is due Friday."}))
    form.validate()
    flash("Campaign launched: 102 contacts enrolled.", "success")
    contacts = [(*row[:-1], row[-1] and NOW + timedelta(minutes=row[-1])) for row in CONTACTS]
    names = ("total", "delivered", "pending", "failed")
    campaigns = [(*row[:3], dict(zip(names, row[3], strict=True))) for row in CAMPAIGNS]
    page = render_template(
        "gallery.html",
        current_user=SimpleNamespace(is_authenticated=True, username="J. Ortiz"),
        nav="campaigns",
        head=48210,
        verification=VerifyMark(tone=Tone.BAD, words="Event #31,077 was altered"),
        past=None,
        is_sending_off=False,
        sending_problem=None,
        sender_held_until=None,
        possible_opt_out_count=3,
        need_reply_count=4,
        number_to_fix_count=37,
        views_problem=None,
        behind=0,
        version="0.1.0",
        is_demo=True,
        contacts=contacts,
        campaigns=campaigns,
        form=form,
        now=NOW,
        later=NOW + timedelta(minutes=12),
    )
    policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'"
    return Response(page, headers={"Content-Security-Policy": f"{policy}; connect-src 'self'"})


def _live(app: Flask):
    looks: list[str | None] = app.extensions["looks"]

    def live() -> Response:
        """First something new, then unchanged, then a failure, then the end."""
        looks.append(request.headers.get("If-None-Match"))
        if len(looks) == 1:
            news = (
                '<div data-block="contact-rows">'
                '<p data-live-summary="1 contact changed: 1 delivered">'
                '<a id="kept" href="#">Ben</a> <b>delivered</b></p></div>'
            )
            return Response(news, headers={"ETag": '"2"'})
        if len(looks) == 2:
            return Response(status=304)
        if len(looks) == 3:
            return Response(status=503)
        end = '<div data-live-stop><a id="kept" href="#">Ben</a> done</div>'
        return Response(f'<div data-block="contact-rows">{end}</div>')

    return live


def _preview() -> str:
    return f"<p>Preview: {len(request.form['message'])}</p>"


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The app at a free port of this machine, for as long as the block lasts."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
