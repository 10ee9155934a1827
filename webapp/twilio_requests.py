"""Requests of Twilio: their parameters, and whether Twilio signed them.

A GET has its parameters in the query, which is never logged: it holds numbers and texts.
"""

import re
from functools import lru_cache
from itertools import chain
from urllib.parse import urlsplit

from flask import Request, request
from werkzeug.exceptions import BadRequest, Forbidden, MethodNotAllowed, UnsupportedMediaType

from ledger.domain.events import Parameters
from ledger.messages.outside_text import encodable
from webapp.current import application, current_request
from webapp.form_encoding import form_decoded

SIGNATURE = "X-Twilio-Signature"
_SIGNATURE_IN_ENVIRON = f"HTTP_{SIGNATURE.upper().replace('-', '_')}"
_FORM = "application/x-www-form-urlencoded"
_METHODS = ("GET", "POST")
_MOST_PARAMETERS = 200
"""A text with ten pictures has about 50."""
_LONGEST_NAME = 200
_PARAMETERS = "delivery_ledger.twilio_parameters"
"""In the environ: the parameters of a request, once they are read."""
_IS_SIGNED = "delivery_ledger.is_signed_by_twilio"
"""In the environ of a request that Twilio signed."""
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_HOST_AND_PORT = re.compile(r"(\[[^\]]*\]|[^:]*)(?::(\d*))?")


def genuine_parameters(*, largest_body: int) -> Parameters:
    """Return the parameters of a request that Twilio signed; `largest_body` is in bytes.

    The signature is over the words as they came; those that are returned can be encoded. Answers
    any other request with 400, 403, 405, 413 or 415.
    """
    asked = current_request()
    if asked.method not in _METHODS:
        raise MethodNotAllowed(_METHODS)
    form = () if asked.method == "GET" else _form(asked, largest_body)
    asked.environ[_PARAMETERS] = form or query_parameters()
    _check_signature(asked, form)
    asked.environ[_IS_SIGNED] = True
    return _encodable(form if asked.method == "POST" else query_parameters())


def _encodable(parameters: Parameters) -> Parameters:
    """Return the parameters with words that can be encoded; nearly all are plain already."""
    words = "".join(chain.from_iterable(parameters))
    if words.isascii() and "\0" not in words:
        return parameters
    return tuple((encodable(name), encodable(value)) for name, value in parameters)


def query_parameters() -> Parameters:
    """Return the parameters in the query."""
    return _parameters(request.query_string, "latin-1")


def is_signed_by_twilio() -> bool:
    """Whether this request was found to be signed by Twilio."""
    return _IS_SIGNED in request.environ


def looks_like_twilios() -> bool:
    """Whether a request bears a signature, and names this account or cannot be read."""
    if SIGNATURE not in request.headers or request.method not in _METHODS:
        return False
    parameters: Parameters | None = request.environ.get(_PARAMETERS)
    if parameters is None:
        return True
    return dict(parameters).get("AccountSid", "") == application().settings.twilio.account_sid


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


def _form(asked: Request, largest_body: int) -> Parameters:
    asked.max_content_length = largest_body
    body = asked.get_data(cache=False)
    if _media_type(asked) != _FORM:
        raise UnsupportedMediaType(f"Callbacks are {_FORM}.")
    return _parameters(body)


def _media_type(asked: Request) -> str:
    """Return the media type without its parameters, which Werkzeug would read too."""
    content_type: str = asked.environ.get("CONTENT_TYPE", "")
    return content_type.partition(";")[0].strip().lower()


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
    if max(map(len, dict(parameters)), default=0) > _LONGEST_NAME:
        raise BadRequest(f"The name of a parameter has at most {_LONGEST_NAME} characters.")
    return parameters


def _check_signature(asked: Request, form: Parameters) -> None:
    signature, app = asked.environ.get(_SIGNATURE_IN_ENVIRON, ""), application()
    public_url = app.settings.public_url
    if not signature or public_url is None:
        raise Forbidden("There is no signature, or LEDGER_PUBLIC_URL is not set.")
    target, provider = _raw_path_and_query(asked), app.provider
    bases = signed_bases(public_url)
    if not any(provider.is_genuine(base + target, form, signature) for base in bases):
        raise Forbidden("The signature does not fit this request.")


def _raw_path_and_query(asked: Request) -> str:
    """Return path and query as Twilio signed them; `request.url` would decode them."""
    raw: str = asked.environ["REQUEST_URI"]
    if not raw.startswith("/"):  # appended to the public URL it would change its host
        raise Forbidden("The target is not a path, so the signature cannot be right.")
    return raw
