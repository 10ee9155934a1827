"""Every refusal as a page that says what happened and what to do; never a traceback."""

from types import SimpleNamespace
from typing import Any

from flask import Flask, current_app, g, make_response, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from ledger.errors import BadInput, LedgerError, NotFound, Refused, StoreUnavailable

_RETRY_AFTER_SECONDS = 5
_TITLES = {
    400: "That form could not be read",
    403: "You may not do that",
    404: "Not found",
    405: "That is not offered here",
    409: "That cannot be done now",
    410: "This link is used up",
    413: "The file is too large",
    422: "That cannot be used",
    500: "Something broke here",
    503: "The ledger cannot be reached now",
}
