"""The list of messages: filters To, From and DateSent, in pages.

Newest first; with a seed, in a shuffled order, because Twilio promises none. Or by the time of
sending.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from webapp.standin.errors import TwilioError
from webapp.standin.message import Message
from webapp.standin.notebook import Notebook
from webapp.standin.records import ListOrder
from webapp.standin.settings import StandInSettings

_FILTERS = ("To", "From", "DateSent", "DateSent<", "DateSent>")
_TOKEN_PREFIX = "PA"  # noqa: S105 - Twilio's mark of a page token


@dataclass(frozen=True)
class _Page:
    number: int
    size: int
    token: str | None


def list_page(
    notebook: Notebook,
    query: Mapping[str, str],
    path: str,
    *,
    now: float,
    settings: StandInSettings,
) -> dict[str, Any]:
    """Return a page in Twilio's shape; a text that was not sent has no DateSent to match."""
    page, ahead = _page(query), settings.clock_ahead_seconds
    terms, values = _terms(query, now, ahead)
    clause, values = _clause(page, _order(settings, now), terms, values)
    messages = notebook.messages(clause, values)
    shown = messages[: page.size]
    filters = {name: query[name] for name in _FILTERS if name in query}
    this = _uri(path, filters, page.number, page.size, token=page.token)
    return {
        "messages": [message.as_json(now, ahead) for message in shown],
        "page": page.number,
        "page_size": page.size,
        "start": page.number * page.size,
        "end": page.number * page.size + max(len(shown) - 1, 0),
        "uri": this,
        "first_page_uri": _uri(path, filters, 0, page.size),
        "previous_page_uri": _previous(path, filters, page),
        "next_page_uri": _next(path, filters, page, messages),
    }


def _page(query: Mapping[str, str]) -> _Page:
    try:
        number, size = int(query.get("Page", 0)), int(query.get("PageSize", 50))
    except ValueError:
        raise TwilioError(20001, "Page and PageSize are whole numbers.") from None
    token = query.get("PageToken", "").removeprefix(_TOKEN_PREFIX) or None
    return _Page(max(number, 0), min(max(size, 1), 1000), token)


def _order(settings: StandInSettings, now: float) -> str:
    """Return SQL for a number that no two texts share; the greatest is listed first."""
    default = ListOrder.CREATED if settings.seed is None else ListOrder.SHUFFLED
    match settings.list_order or default:
        case ListOrder.CREATED:
            return "place"
        case ListOrder.SENT:
            sent_at = f"CASE WHEN sent_at <= {now!r} THEN CAST(sent_at AS INTEGER) ELSE 0 END"
            return f"({sent_at}) * 10000000 + place"
        case ListOrder.SHUFFLED:
            return f"shuffled({settings.seed or 0:d}, place)"


def _clause(
    page: _Page, order: str, terms: list[str], values: list[object]
) -> tuple[str, list[object]]:
    """Return SQL that selects one row more than the page shows."""
    if page.token:
        terms.append(f"{order} < (SELECT {order} FROM messages WHERE sid = ?)")  # noqa: S608 - fixed SQL
        values.append(page.token)
    where = f"WHERE {' AND '.join(terms)} " if terms else ""
    offset = 0 if page.token else page.number * page.size
    return f"{where}ORDER BY {order} DESC LIMIT ? OFFSET ?", [*values, page.size + 1, offset]


def _terms(query: Mapping[str, str], now: float, ahead: float) -> tuple[list[str], list[object]]:
    terms: list[str] = []
    values: list[object] = []
    for name, column in (("To", "recipient"), ("From", "sender")):
        if query.get(name):
            terms.append(f"{column} = ?")
            values.append(query[name])
    for name in ("DateSent", "DateSent<", "DateSent>"):
        if query.get(name):
            terms.append("sent_at <= ? AND sent_at >= ? AND sent_at < ?")
            values += [now, *(bound - ahead for bound in _range(name, query[name]))]
    return terms, values


def _range(name: str, text: str) -> tuple[float, float]:
    """Return start and end of a date filter: a day is the whole day, a time its second."""
    try:
        start = datetime.fromisoformat(text)
    except ValueError:
        raise TwilioError(20001, f"{name} is a date such as 2026-01-31.") from None
    start = start if start.tzinfo else start.replace(tzinfo=UTC)
    is_day = len(text) == len("2026-01-31")
    if name == "DateSent" and not is_day:
        start, is_day = start.replace(hour=0, minute=0, second=0, microsecond=0), True
    end = start + (timedelta(days=1) if is_day else timedelta(seconds=1))
    return (
        0.0 if name == "DateSent<" else start.timestamp(),
        float("inf") if name == "DateSent>" else end.timestamp(),
    )


def _previous(path: str, filters: Mapping[str, str], page: _Page) -> str | None:
    return _uri(path, filters, page.number - 1, page.size) if page.number else None


def _next(
    path: str, filters: Mapping[str, str], page: _Page, messages: list[Message]
) -> str | None:
    if len(messages) <= page.size:
        return None
    return _uri(path, filters, page.number + 1, page.size, token=messages[page.size - 1].sid)


def _uri(
    path: str, filters: Mapping[str, str], number: int, size: int, *, token: str | None = None
) -> str:
    paging = {"PageSize": str(size), "Page": str(number)}
    if token is not None:
        paging["PageToken"] = f"{_TOKEN_PREFIX}{token}"
    return f"{path}?{urlencode({**filters, **paging})}"
