"""Finds notices and mails them in the background; a mail server that is away delays no page."""

import logging
import threading
from contextlib import suppress
from zoneinfo import ZoneInfo

from ledger.errors import LedgerError, StoreUnavailable
from webapp.background.loops import RecurringWork, Steps
from webapp.bootstrap import Application
from webapp.notices.finding import Finder
from webapp.notices.mail_server import MailFailed, mail_of
from webapp.notices.record import Mail

_LOOK_SECONDS = 10.0
_AFTER_ERROR_SECONDS = 600.0

_log = logging.getLogger(__name__)


@RecurringWork
def keep_notices(app: Application, _stop: threading.Event) -> Steps:
    """Look for notices and send mails until it is closed; yields the seconds until the next."""
    pause, logged = _LOOK_SECONDS, ""
    while True:
        yield pause
        pause = _LOOK_SECONDS
        try:
            raise_notices(app)
            send_mails(app)
            logged = ""
        except StoreUnavailable:
            continue
        except (LedgerError, MailFailed) as error:
            if str(error) != logged:
                _log.warning("Notices wait: %s", error)
            logged = str(error)
        except Exception:  # noqa: BLE001 - such as a damaged row of the views, which is repaired
            _log.exception("Notices wait because of an error.")
            pause = _AFTER_ERROR_SECONDS


def raise_notices(app: "Application") -> int:
    """Raise what is new; return how many notices are. Raises `LedgerError`."""
    choices, record, raised = app.notice_choices.all(), app.notice_record, 0
    endpoints = [each for each, _beginning in app.webhook_endpoints.all()]
    has_mail = app.settings.mail_server is not None
    for notice in Finder(app).find():
        chosen = [key for key, each in choices.items() if notice.kind in each.kinds]
        types = notice.message.type
        raised += record.raise_once(
            notice,
            to_accounts=chosen if has_mail else [],
            to_endpoints=[each.endpoint_id for each in endpoints if types in each.types],
        )
    return raised


def send_mails(app: "Application") -> int:
    """Send what is due; return how many mails were. Raises `MailFailed` once the server fails."""
    sent = 0
    while app.settings.mail_server is not None and (mail := app.notice_record.claim_mail()):
        _send(app, mail)
        sent += 1
    return sent


def _send(app: "Application", mail: Mail) -> None:
    server, choice = app.settings.mail_server, app.notice_choices.all().get(mail.account_id)
    if server is None or choice is None or not choice.address:
        app.notice_record.sent(mail)  # the person has no account any more
        return
    message = mail_of(
        mail.notices,
        sender=app.settings.mail_from,
        recipient=choice.address,
        base_url=app.settings.shown_public_url or "",
        zone=ZoneInfo(app.settings.time_zone),
        now=app.clock.now(),
    )
    try:
        server.send(message)
    except MailFailed:
        with suppress(StoreUnavailable):
            app.notice_record.put_back(mail)
        raise
    app.notice_record.sent(mail)
