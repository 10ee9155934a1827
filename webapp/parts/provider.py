"""The provider of texts, and the rate at which it takes them."""

from ledger.providers.contract import Provider
from ledger.sending.rate_limiter import RateLimiter
from webapp.bootstrap import Application
from webapp.tracing.sending import traced


def provider(application: Application) -> Provider:
    """What sends the texts, with a span for each where traces are on."""
    return traced(application.new_provider(application.settings))


def rate_limiter(application: Application) -> RateLimiter:
    """The rate limit that all senders of this number or messaging service share."""
    settings = application.settings
    return RateLimiter(
        application.sending_engine,
        application.clock,
        settings.twilio.sender,
        settings.segments_per_second,
    )
