"""Finds notices and mails them in the background.

A mail server that is away delays no page and no webhook: mails go out in a thread of their own.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from zoneinfo import ZoneInfo

from ledger.domain.offices import EVERYTHING, Scope
from ledger.errors import LedgerError, StoreUnavailable
from webapp.background.loops import RecurringWork, Steps
from webapp.bootstrap import Application
from webapp.notices.finding import Finder
from webapp.notices.mail_server import MailFailed, mail_of
from webapp.notices.notice import Notice
from webapp.notices.record import Mail
from webapp.offices.ids import ID
from webapp.webhooks.message import OF_NOTICES

_LOOK_SECONDS = 10.0
_AFTER_ERROR_SECONDS = 600.0

_log = logging.getLogger(__name__)


@RecurringWork
def keep_notices(app: Application, _stop: threading.Event) -> Steps:
    """Look for notices and send mails until it is closed; yields the seconds until the next."""
    finding, mailing = _Repeated(raise_notices), _Repeated(send_mails)
    thread: threading.Thread | None = None
    while True:
        yield _LOOK_SECONDS
        finding.run(app)
        if app.settings.mail_server is not None and not (thread and thread.is_alive()):
            run = partial(copy_context().run, mailing.run, app)
            thread = threading.Thread(target=run, name="mails", daemon=True)
            thread.start()


class _Repeated:
    """Something that is done again and again; it rests after an error, and logs each one once."""

    def __init__(self, work: Callable[[Application], int]) -> None:
        self._work, self._logged, self._rests_until = work, "", 0.0

    def run(self, app: Application) -> None:
        """Do it, unless it rests; nothing is raised."""
        if time.monotonic() < self._rests_until:
            return
        try:
            self._work(app)
            self._logged = ""
        except StoreUnavailable:
            return
        except (LedgerError, MailFailed) as error:
            if str(error) != self._logged:
                _log.warning("Notices wait. %s", error)
            self._logged = str(error)
        except Exception:  # noqa: BLE001 - such as a damaged row of the views, which is repaired
            _log.exception("Notices wait because of an error.")
            self._rests_until = time.monotonic() + _AFTER_ERROR_SECONDS


def raise_notices(app: Application) -> int:
    """Raise what is new; return how many notices are. Raises `LedgerError`.

    Where nobody gets notices, nothing is searched.
    """
    record, raised = app.notice_record, 0
    choices = app.notice_choices.all() if app.settings.mail_server else {}
    endpoints = [each for each, _beginning in app.webhook_endpoints.all()]
    is_told = any(each.kinds for each in choices.values())
    if not is_told and not any(OF_NOTICES.intersection(each.types) for each in endpoints):
        record.forget_marks()
        return 0
    scopes = {account_id: app.scope_of(account_id) for account_id in choices}
    for notice in Finder(app, {EVERYTHING, *scopes.values()}).find():
        types = notice.message.type
        raised += record.raise_once(
            notice,
            to_accounts=[
                key
                for key, each in choices.items()
                if notice.kind in each.kinds and _concerns(app, scopes[key], notice)
            ],
            to_endpoints=[
                each.endpoint_id
                for each in endpoints
                if types in each.types and _concerns(app, EVERYTHING, notice)
            ],
        )
    return raised


def _concerns(app: Application, scope: Scope, notice: Notice) -> bool:
    """Whether a notice is for somebody of this scope: about nothing that the scope does not see.

    One that counts is for those who see what it counts, no more and no less. One with details, the
    daily checkpoint, is about the whole ledger.
    """
    if notice.counted is not None:
        return scope == notice.counted
    if scope.is_everything:
        return True
    named = ID.findall(f"{notice.key} {notice.path}")
    return not notice.detail and all(map(app.within(scope).sees, named))


def send_mails(app: Application) -> int:
    """Send what is due; return how many mails were. Raises `MailFailed` once the server fails."""
    sent = 0
    while app.settings.mail_server is not None and (mail := app.notice_record.claim_mail()):
        _send(app, mail)
        sent += 1
    return sent


def _send(app: Application, mail: Mail) -> None:
    server, choice = app.settings.mail_server, app.notice_choices.all().get(mail.account_id)
    if server is None or choice is None or not choice.address:
        app.notice_record.sent(mail)  # the person has no account any more
        return
    try:
        message = mail_of(
            mail.notices,
            sender=app.settings.mail_from,
            recipient=choice.address,
            base_url=app.settings.shown_public_url or "",
            zone=ZoneInfo(app.settings.time_zone),
            now=app.clock.now(),
        )
        server.send(message)
    except Exception:  # also an error of this program: the next mail has its turn
        with suppress(StoreUnavailable):
            app.notice_record.put_back(mail)
        raise
    app.notice_record.sent(mail)
