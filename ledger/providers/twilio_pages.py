"""Reads lists of Twilio's, page by page, and says in which way it could not be asked.

{"messages": [{"sid": "SM…", …}, …], "next_page_uri": "/2010-04-01/Accounts/AC…/Messages.json?…"}
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from ledger.domain.outcome_classifier import LOCKED_OUT
from ledger.errors import ProviderError
from ledger.providers.twilio_answers import json_object, refusal_of, retry_after_seconds
from ledger.providers.twilio_http import HttpAnswer, NoAnswerError, was_not_taken


def json_of(answer: HttpAnswer) -> Mapping[str, Any]:
    """Return the JSON object of a 2xx; raises `ProviderError` for any other answer."""
    if answer.status_code == 429:
        wait = retry_after_seconds(answer.headers)
        raise ProviderError("Twilio has had too many requests.", retry_after_seconds=wait)
    document = json_object(answer.text) if 200 <= answer.status_code < 300 else {}
    if not document:
        raise ProviderError(
            f"Twilio cannot be asked now (HTTP {answer.status_code}){_why(answer)}."
        )
    return document


def _why(answer: HttpAnswer) -> str:
    """Return whose settings or network to look at, where the answer shows it; else nothing."""
    status = answer.status_code
    is_success = 200 <= status < 300
    if is_success or (was_not_taken(status) and not refusal_of(answer).is_from_provider):
        return ", because something between this program and Twilio answered in Twilio's place"
    if status in LOCKED_OUT:
        return ": it refuses the login. Check TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"
    return ""


@contextmanager
def asking() -> Iterator[None]:
    """Turn the lack of an answer into a `ProviderError`."""
    try:
        yield
    except NoAnswerError as error:
        raise ProviderError(f"Twilio cannot be asked now ({error.cause}).") from None


class Pages:
    """The pages of a list; each has its records, without what is no record.

    Where a request fails, the next one asks for the same page again.
    """

    def __init__(
        self, ask_first: Callable[[], HttpAnswer], ask: Callable[[str], HttpAnswer]
    ) -> None:
        self._ask_next: Callable[[], HttpAnswer] | None = ask_first
        self._ask = ask
        self.next_uri: str | None = None
        """The address of the next page, once a page was read; None after the last."""

    def __iter__(self) -> "Pages":
        return self

    def __next__(self) -> Sequence[Mapping[str, Any]]:
        if self._ask_next is None:
            raise StopIteration
        with asking():
            page = json_of(self._ask_next())
        messages, uri = page.get("messages"), page.get("next_page_uri")
        if not isinstance(messages, list):
            raise ProviderError("Twilio cannot be asked now (a list without texts).")
        self.next_uri = uri if isinstance(uri, str) and uri else None
        self._ask_next = partial(self._ask, self.next_uri) if self.next_uri else None
        return [message for message in messages if isinstance(message, dict)]
