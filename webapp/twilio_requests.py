"""Requests of Twilio: their parameters, and whether Twilio signed them.

A GET has its parameters in the query, which is never logged: it holds numbers and texts.
"""

import re
from functools import lru_cache
from urllib.parse import urlsplit

from flask import g, request
from werkzeug.exceptions import BadRequest, Forbidden, MethodNotAllowed, UnsupportedMediaType

from ledger.domain.events import Parameters
from ledger.messages.outside_text import encodable
from webapp.current import application
from webapp.form_encoding import form_decoded

SIGNATURE = "X-Twilio-Signature"
_FORM = "application/x-www-form-urlencoded"
_METHODS = ("GET", "POST")
_MOST_PARAMETERS = 200
"""A text with ten pictures has about 50."""
_LONGEST_NAME = 200
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_HOST_AND_PORT = re.compile(r"(\[[^\]]*\]|[^:]*)(?::(\d*))?")


def genuine_parameters(*, largest_body: int) -> Parameters:
    """Return the parameters of a request that Twilio signed; `largest_body` is in bytes.

    The signature is over the words as they came; those that are returned can be encoded. Answers
    any other request with 400, 403, 405, 413 or 415.
    """
    if request.method not in _METHODS:
        raise MethodNotAllowed(_METHODS)
    form = () if request.method == "GET" else _form(largest_body)
    g.twilio_account_sid = _account_sid(form or query_parameters())
    _check_signature(form)
    g.is_signed_by_twilio = True
    parameters = form if request.method == "POST" else query_parameters()
    return tuple((encodable(name), encodable(value)) for name, value in parameters)


def query_parameters() -> Parameters:
    """Return the parameters in the query."""
    return _parameters(request.query_string, "latin-1")


def is_signed_by_twilio() -> bool:
    """Whether this request was found to be signed by Twilio."""
    return bool(g.get("is_signed_by_twilio"))


def looks_like_twilios() -> bool:
    """Whether a request bears a signature, and names this account or cannot be read."""
    if SIGNATURE not in request.headers or request.method not in _METHODS:
        return False
    account_sid: str | None = g.get("twilio_account_sid")
    return account_sid in {None, application().settings.twilio.account_sid}


@lru_cache(maxsize=8)
def signed_bases(public_url: str) -> tuple[str, ...]:
    """Return how the addresses that Twilio signs begin, for a public address.

    Twilio signs neither user nor password. A port is signed or left out; the provider tries both,
    but not of an IPv6 address, whose parts have colons too.

        signed_bases("https://user:secret@Texts.School.example") ==
            ("https://Texts.School.example", "https://texts.school.example")
    """
    parts = urlsplit(public_url)
    netloc = parts.netloc.rpartition("@")[2]
    netlocs = [netloc, netloc.lower()]
    if netloc.startswith("[") and (matched := _HOST_AND_PORT.fullmatch(netloc)):
        host, port = matched[1], matched[2] or _DEFAULT_PORTS[parts.scheme]
        netlocs += [host, f"{host}:{port}"]
    bases = [parts._replace(netloc=each).geturl() for each in netlocs]
    return tuple(dict.fromkeys(bases))


def _form(largest_body: int) -> Parameters:
    request.max_content_length = largest_body
    body = request.get_data(cache=False)
    if request.mimetype != _FORM:
        raise UnsupportedMediaType(f"Callbacks are {_FORM}.")
    return _parameters(body)


def _parameters(body: bytes, encoding: str = "utf-8") -> Parameters:
    """Read a form or query; answers one with far more or longer names than Twilio's with 400.

    They are counted first, because reading and signing them takes time.
    """
    try:
        return _counted(body.decode(encoding))
    except ValueError as error:
        raise Forbidden("The form cannot be read, so its signature cannot be right.") from error


def _counted(text: str) -> Parameters:
    if text.count("&") >= _MOST_PARAMETERS:
        raise BadRequest(f"A request of Twilio has at most {_MOST_PARAMETERS} parameters.")
    parameters = form_decoded(text)
    if any(len(name) > _LONGEST_NAME for name, _ in parameters):
        raise BadRequest(f"The name of a parameter has at most {_LONGEST_NAME} characters.")
    return parameters


def _account_sid(parameters: Parameters) -> str:
    return dict(parameters).get("AccountSid", "")


def _check_signature(form: Parameters) -> None:
    signature = request.headers.get(SIGNATURE, "")
    public_url = application().settings.public_url
    if not signature or public_url is None:
        raise Forbidden("There is no signature, or LEDGER_PUBLIC_URL is not set.")
    target, provider = _raw_path_and_query(), application().provider
    bases = signed_bases(public_url)
    if not any(provider.is_genuine(base + target, form, signature) for base in bases):
        raise Forbidden("The signature does not fit this request.")


def _raw_path_and_query() -> str:
    """Return path and query as Twilio signed them; `request.url` would decode them."""
    raw: str = request.environ["REQUEST_URI"]
    if not raw.startswith("/"):  # appended to the public URL it would change its host
        raise Forbidden("The target is not a path, so the signature cannot be right.")
    return raw
