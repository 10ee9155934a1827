"""What all answers have in common: ETag, gzip, rate-limit headers, the seq that they show."""

import gzip

from flask import Response, g, request

from webapp.shown_moment import past

_READING = {"GET", "HEAD"}
_SMALLEST_ZIPPED = 1024
_LEVEL = 5


def finished(answer: Response) -> Response:
    """Add the headers of every answer; answer 304 where the client has the same already."""
    answer.vary.add("Authorization")
    if allowance := g.get("allowance"):
        answer.headers.update(allowance.headers)
    if "seq" in g and request.method in _READING:
        moment = past()
        answer.headers["Ledger-Seq"] = str(moment.seq if moment else g.seq)
    if answer.is_streamed or answer.direct_passthrough:
        return answer
    if request.method in _READING and answer.status_code == 200:
        answer.add_etag(weak=True)  # the same for a body that is compressed
        if request.if_none_match.contains_weak(answer.get_etag()[0] or ""):
            return _unchanged(answer)
    return _zipped(answer)


def _unchanged(answer: Response) -> Response:
    answer.status_code = 304
    answer.set_data(b"")
    for name in ("Content-Type", "Content-Length"):
        answer.headers.pop(name, None)
    return answer


def _zipped(answer: Response) -> Response:
    answer.vary.add("Accept-Encoding")
    is_wanted = request.accept_encodings.quality("gzip") > 0
    data = answer.get_data()
    if not is_wanted or len(data) < _SMALLEST_ZIPPED or "Content-Encoding" in answer.headers:
        return answer
    answer.set_data(gzip.compress(data, _LEVEL, mtime=0))
    answer.headers["Content-Encoding"] = "gzip"
    return answer
