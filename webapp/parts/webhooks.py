"""Webhooks and notices: the endpoints, what sends to them, and notices to people."""

from webapp.bootstrap import Application
from webapp.notices.choices import NoticeChoices
from webapp.notices.record import NoticeRecord
from webapp.webhooks.endpoints import WebhookEndpoints
from webapp.webhooks.log import TryLog
from webapp.webhooks.progress import Leases
from webapp.webhooks.turn import Sending


def webhook_endpoints(application: Application) -> WebhookEndpoints:
    """The endpoints, as staff read and change them."""
    allows_private = application.settings.allows_private_webhooks
    return WebhookEndpoints(application.ledger, allows_private=allows_private)


def webhook_sending(application: Application) -> Sending:
    """What sends messages, and what is kept of it."""
    engine, clock = application.sending_engine, application.clock
    return Sending(
        ledger=application.ledger,
        clock=clock,
        endpoints=application.webhook_endpoints,
        leases=Leases(engine, clock),
        log=TryLog(engine, clock),
    )


def notice_choices(application: Application) -> NoticeChoices:
    """Who gets which notices by mail."""
    return NoticeChoices(application.ledger, application.accounts)


def notice_record(application: Application) -> NoticeRecord:
    """Which notice was sent to whom."""
    return NoticeRecord(application.sending_engine, application.clock)
