"""What sends texts, what takes Twilio's requests, and what tells other programs and people."""

from collections import Counter
from typing import TYPE_CHECKING

from ledger.lazy_property import lazy_property
from webapp.composition.part import part

if TYPE_CHECKING:
    from ledger.providers.contract import Provider
    from ledger.sending.rate_limiter import RateLimiter
    from webapp.callback_problems import CallbackProblems
    from webapp.metrics.roles import SendingPart
    from webapp.notices.choices import NoticeChoices
    from webapp.notices.record import NoticeRecord
    from webapp.parts.sending import Sending
    from webapp.repeated_callbacks import RepeatedCallbacks
    from webapp.webhooks.endpoints import WebhookEndpoints
    from webapp.webhooks.turn import Sending as WebhookSending


class SendingParts:
    """The parts about the provider, webhooks and notices."""

    provider: "part[Provider]" = part("webapp.parts.provider:provider")
    """What sends the texts."""
    rate_limiter: "part[RateLimiter]" = part("webapp.parts.provider:rate_limiter")
    """The rate limit that all senders of this number or messaging service share."""
    sending: "part[Sending]" = part("webapp.parts.sending:sending")
    """Makes senders, and what runs beside them."""
    callback_problems: "part[CallbackProblems]" = part("webapp.parts.callbacks:callback_problems")
    """Requests of Twilio that were refused or came to a wrong address."""
    repeated_callbacks: "part[RepeatedCallbacks]" = part(
        "webapp.parts.callbacks:repeated_callbacks"
    )
    """How often Twilio posted again what is in the ledger already."""
    webhook_endpoints: "part[WebhookEndpoints]" = part("webapp.parts.webhooks:webhook_endpoints")
    """The endpoints to which webhooks go."""
    webhook_sending: "part[WebhookSending]" = part("webapp.parts.webhooks:webhook_sending")
    """What sends messages to them."""
    notice_choices: "part[NoticeChoices]" = part("webapp.parts.webhooks:notice_choices")
    """Who gets which notices by mail."""
    notice_record: "part[NoticeRecord]" = part("webapp.parts.webhooks:notice_record")
    """Which notice was sent to whom."""

    @lazy_property
    def sending_problems(self) -> "dict[SendingPart, str]":
        """Why a part of the sending of this process does not run; without those that run."""
        return {}

    @lazy_property
    def callback_counts(self) -> Counter[str]:
        """Callbacks of this process: "recorded", "repeated", "refused" and "unavailable"."""
        return Counter()
