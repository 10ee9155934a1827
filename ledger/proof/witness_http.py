"""HTTP to witnesses: one request, with limits of time and size. Imported where there are any."""

import time

import requests
import urllib3

from ledger.proof.witnesses import NoWitnessAnswerError, WitnessAnswer

_SECONDS = 10.0
"""How long a witness may take to connect, and to send each part of its answer."""
_LONGEST_SECONDS = 20.0
_LARGEST_ANSWER = 64 * 1024
_PART = 4096


def post(url: str, body: str) -> WitnessAnswer:
    """Post a text; redirects are not followed. Raises `NoWitnessAnswerError`."""
    try:
        with requests.post(
            url,
            data=body.encode(),
            headers={"Content-Type": "text/plain; charset=utf-8"},
            timeout=_SECONDS,
            allow_redirects=False,
            stream=True,
        ) as answer:
            content_type = answer.headers.get("Content-Type", "").partition(";")[0]
            return WitnessAnswer(answer.status_code, content_type, _content(answer).decode())
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise NoWitnessAnswerError(type(error).__name__) from error


def _content(answer: requests.Response) -> bytes:
    content, deadline = b"", time.monotonic() + _LONGEST_SECONDS
    while part := answer.raw.read1(_PART, decode_content=True):
        content += part
        if len(content) > _LARGEST_ANSWER or time.monotonic() > deadline:
            raise TimeoutError("the answer is too long")
    return content
