"""What the stand-in does: it accepts, lists and cancels texts, and receives replies.

`web.py` adds HTTP.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.standin.behaviour import Answer, behaviour_of
from webapp.standin.errors import TwilioError
from webapp.standin.inbound import inbound_callback
from webapp.standin.listing import list_page
from webapp.standin.message import NOT_YET_SENT, Message
from webapp.standin.notebook import Callback, Notebook
from webapp.standin.opt_out_keywords import opt_out_type
from webapp.standin.planning import canceled, plan
from webapp.standin.poster import Poster
from webapp.standin.reading import read_create
from webapp.standin.settings import StandInSettings


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """An accepted text, how to answer, and the callbacks to release after the answer."""

    message: Message
    answer: Answer
    callbacks: tuple[Callback, ...]


class Exchange:
    """One account's texts and replies."""

    def __init__(self, settings: StandInSettings, notebook: Notebook, poster: Poster) -> None:
        self._settings = settings
        self._notebook = notebook
        self._poster = poster

    def create(self, form: Mapping[str, str]) -> Accepted:
        """Accept a text, or raise TwilioError; posts its early callbacks before it returns."""
        request = read_create(form)
        behaviour = behaviour_of(request.to)
        if self._notebook.is_opted_out(request.to):
            raise TwilioError(21610, f"The 'To' number {request.to} has replied STOP.")
        attempt = self._notebook.count_create(request.to)
        code = behaviour.refusal(attempt)
        if code is not None:
            raise TwilioError(code, f"The 'To' number {request.to} is refused with {code}.")
        planned = plan(
            request, self._settings, behaviour=behaviour, attempt=attempt, now=time.time()
        )
        self._notebook.add(planned.message, [*planned.early, *planned.later])
        for callback in planned.early:
            self._poster.post_now(callback)
        return Accepted(message=planned.message, answer=behaviour.answer, callbacks=planned.later)

    def release(self, accepted: Accepted) -> None:
        """Post the callbacks of a text, each when it is due."""
        for callback in accepted.callbacks:
            self._poster.post(callback)

    def fetch(self, sid: str) -> Message:
        """Return the text with this SID; raises TwilioError 20404 if there is none."""
        message = self._notebook.message(sid)
        if message is None:
            raise TwilioError(20404, f"There is no message {sid}.")
        return message

    def list(self, query: Mapping[str, str], path: str) -> dict[str, Any]:
        """Return a page of texts, in Twilio's shape."""
        settings = self._settings
        return list_page(self._notebook, query, path, now=time.time(), settings=settings)

    def update(self, sid: str, form: Mapping[str, str]) -> Message:
        """Cancel a text that is not sent yet; no other change is possible."""
        message, now = self.fetch(sid), time.time()
        if form.get("Status") != "canceled":
            raise TwilioError(20001, "The stand-in can only set 'Status' to 'canceled'.")
        if message.moment(now).status not in NOT_YET_SENT:
            raise TwilioError(20409, f"The message {sid} cannot be canceled any more.")
        stopped = canceled(message, now)
        self._notebook.cancel(stopped)
        return stopped

    def receive(self, form: Mapping[str, str]) -> dict[str, Any]:
        """Receive a text from a phone: obey STOP and START, and post it if there is an address."""
        text = {name: form.get(name, "") for name in ("From", "To", "Body")}
        if not text["From"] or not text["To"]:
            raise TwilioError(21604, "An inbound text needs 'From' and 'To'.")
        kind = opt_out_type(text["Body"])
        if kind == "STOP":
            self._notebook.opt_out(text["From"])
        if kind == "START":
            self._notebook.opt_in(text["From"])
        if self._settings.inbound_url is None:
            return {"sid": None, "opt_out_type": kind}
        callback = inbound_callback(text, self._settings.account_sid, self._settings.inbound_url)
        self._notebook.add(None, [callback])
        self._poster.post(callback)
        return {"sid": callback.sid, "opt_out_type": kind}

    def health(self) -> dict[str, int]:
        """Return what has been done so far, in numbers."""
        counts = self._poster.counts
        return {
            "messages": self._notebook.count("messages"),
            "callbacks_posted": counts["posted"],
            "callbacks_refused": counts["refused"],
            "callbacks_unreached": counts["unreached"],
            "callbacks_pending": self._notebook.count("pending"),
        }
