"""Which moment a page shows: the present, or what `as_of` in its address asks for; in which zone.

A page that has no past answers 422 to `as_of`, so that none shows the present as if it were the
past. Every link of a page of the past keeps its moment.
"""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from ledger.errors import BadInput
from webapp.addresses import here
from webapp.as_of import Past, is_present, past_of
from webapp.current import application
from webapp.explain.times import show_times_in
from webapp.shown_moment import past as past
from webapp.steps import Step, step_from

SHOWS_PAST = frozenset(
    {
        *("campaigns.home", "campaigns.index", "campaigns.show", "campaigns.search"),
        "campaigns.search_list",
        *("overview.show", "unconfirmed.index"),
        *("contact_lists.index", "contact_lists.show"),
        *("named_templates.index", "named_templates.show"),
        *("months.index", "months.months_csv", "months.months_xlsx", "follow_ups.choose"),
        *("phone_lists.show", "phone_lists.csv", "phone_lists.xlsx"),
        *("campaigns.contacts_csv", "campaigns.preview", "contacts.show"),
        *("reports.csv", "reports.xlsx", "reports.ndjson", "reports.of_search"),
        *("conversations.index", "conversations.show", "conversations.activity"),
        *("conversations.search", "conversations.search_activity"),
        *("decisions.index", "possible_opt_outs.index", "sending.show", "glossary.index"),
        *("search.index", "search.find", "persons.show"),
        *("numbers_to_fix.index", "numbers_to_fix.numbers_csv"),
        *("opt_outs.index", "opt_outs.search", "opt_outs.opt_outs_csv"),
        *("personal_data.forgotten", "personal_data.legal_holds"),
        *("audit.index", "audit.search", "audit.event", "event_proofs.tlog_proof"),
        *("audit_exports.index", "audit_exports.csv", "audit_exports.ndjson"),
        *("audit_exports.csv_sha256", "audit_exports.ndjson_sha256"),
        *("comparing.totals", "comparing.campaign", "comparing.contact"),
        *("comparing.totals_csv", "comparing.campaign_csv", "comparing.contact_csv"),
    }
)
"""Endpoints that take `as_of`; all others refuse it, but for those of Twilio's requests."""

_IN_UTC = {"audit", "audit_exports", "audit_workbooks"}
"""Blueprints of the audit trail, which shows times as they are recorded."""

_PLAIN = {"health", "checkpoint", "metrics"}
"""Blueprints that answer programs: in plain text."""

_OF_THE_MOMENT = {"as_of", "step"}
_OF_A_PLACE = {"before", "after", "earlier"}
"""Parameters that turn the pages of a list; what stands there differs at another moment."""

_NO_PAST = "It shows the present only; the past that you asked for is not shown here."


class NoPast(BadInput):
    """A page that shows only the present was asked for the past."""


def init_moments(app: Flask) -> None:
    """Let the app's pages read `as_of`, and their links keep it."""
    app.before_request(_choose_zone)
    app.teardown_request(lambda _: show_times_in("UTC"))
    app.before_request(read_moment)
    app.url_defaults(_keep_moment)


def _choose_zone() -> None:
    is_utc = request.blueprint in _IN_UTC
    show_times_in("UTC" if is_utc else application().settings.time_zone)


def read_moment() -> ResponseReturnValue | None:
    """Read `as_of`, before every request. Raises `NoPast` and `BadMoment`."""
    text = request.args.get("as_of")
    if is_present(text) or request.endpoint is None or request.blueprint == "twilio":
        return None
    if request.blueprint in _PLAIN:
        return Response(f"{_NO_PAST}\n", status=422, mimetype="text/plain")
    if request.endpoint not in SHOWS_PAST:
        raise NoPast(_NO_PAST)
    g.past = moment_of(text or "", application().clock.now())
    return _stepped(g.past, request.args.get("step"))


def moment_of(text: str, now: datetime) -> Past:
    """Return the moment that a text names; its times are of the school's zone."""
    app = application()
    return past_of(app.ledger.reader, text, now, app.settings.time_zone)


def _stepped(moment: Past, step: str | None) -> ResponseReturnValue | None:
    if step not in list(Step):
        return None
    place: dict[str, str] = request.view_args or {}
    seq = step_from(
        application().ledger.reader,
        moment.seq,
        Step(step),
        campaign_id=place.get("campaign_id"),
        delivery_id=place.get("delivery_id"),
    )
    return redirect(_address(_kept(_OF_THE_MOMENT) | {"as_of": str(seq)}))


def _keep_moment(endpoint: str, values: dict[str, Any]) -> None:
    moment = past()
    if moment is not None and endpoint in SHOWS_PAST:
        values.setdefault("as_of", moment.seq)


def present_url() -> str:
    """Return the address of this page without a moment."""
    return _address(_kept(_OF_THE_MOMENT))


def kept_fields() -> dict[str, str]:
    """Return the parameters of the address that are kept at another moment, such as a filter."""
    return _kept(_OF_THE_MOMENT | _OF_A_PLACE)


def page_with_past() -> str:
    """Return the path of this page, or of the nearest one that has a past."""
    place: dict[str, Any] = request.view_args or {}
    if request.endpoint in SHOWS_PAST:
        return here()
    if place.get("delivery_id"):
        return url_for("contacts.show", delivery_id=place["delivery_id"], as_of=None)
    if place.get("campaign_id"):
        return url_for("campaigns.show", campaign_id=place["campaign_id"], as_of=None)
    if place.get("contact_id"):
        return url_for("conversations.show", contact_id=place["contact_id"], as_of=None)
    return url_for("campaigns.index", as_of=None)


def change_url() -> str:
    """Return the address of what changed since the page's moment, or lately if that is now.

    It shows this campaign, this contact, or all campaigns.
    """
    moment = past()
    seq = None if moment is None else moment.seq
    place: dict[str, Any] = request.view_args or {}
    query: dict[str, Any] = {"from": seq, "as_of": None}
    if place.get("delivery_id"):
        return url_for("comparing.contact", delivery_id=place["delivery_id"], **query)
    if place.get("campaign_id"):
        return url_for("comparing.campaign", campaign_id=place["campaign_id"], **query)
    return url_for("comparing.totals", **query)


def _kept(left_out: set[str]) -> dict[str, str]:
    return {name: value for name, value in request.args.items() if name not in left_out}


def _address(parameters: dict[str, str]) -> str:
    return f"{here()}?{urlencode(parameters)}" if parameters else here()
