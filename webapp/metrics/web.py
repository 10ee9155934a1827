"""`/metrics`, for Prometheus. No sign-in and no personal data; who may read it is decided here."""

import hmac
from ipaddress import ip_address

from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from webapp.current import application
from webapp.metrics.families import ReadingsCollector

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")
"""Headers that a proxy adds: the request is not from this machine, although the proxy is."""

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Return the metrics to this machine, and to who has LEDGER_METRICS_TOKEN; else 404 or 401."""
    token = application().settings.metrics_token
    if not (_is_from_this_machine() or (token and _has(token))):
        return _refusal(is_token_set=bool(token))
    registry = CollectorRegistry(auto_describe=False)
    registry.register(ReadingsCollector(application().metrics.read))
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return Response(encode(registry), content_type=content_type)


def _is_from_this_machine() -> bool:
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _has(token: str) -> bool:
    given = request.headers.get("Authorization", "")
    return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())


def _refusal(*, is_token_set: bool) -> Response:
    """Return an answer that says no more than it must."""
    if not is_token_set:
        return Response("Not found.\n", 404, mimetype="text/plain")
    refused = Response("This needs a token.\n", 401, mimetype="text/plain")
    refused.headers["WWW-Authenticate"] = 'Bearer realm="metrics"'
    return refused
