"""The account that the stand-in for Twilio has where the settings name no other."""

from dataclasses import replace
from datetime import timedelta

from ledger.sending.price_settings import PriceSettings
from webapp.settings import Settings

ACCOUNT_SID = "AC" + "5" * 32
"""No account at Twilio has it."""
AUTH_TOKEN = "stand-in-for-twilio"  # noqa: S105 - opens nothing but the stand-in
PHONE_NUMBER = "+15005550006"

_PRICES = PriceSettings(every=timedelta(minutes=1), pages_per_minute=60)
"""The stand-in has prices after half a minute, and nobody pays for its answers."""


def simulated(settings: Settings) -> Settings:
    """Return the settings with the stand-in's account, unless one is set, and without hours."""
    account = settings.twilio
    twilio = replace(
        account,
        account_sid=account.account_sid or ACCOUNT_SID,
        auth_tokens=account.auth_tokens or (AUTH_TOKEN,),
        phone_number=account.phone_number or PHONE_NUMBER,
    )
    prices = settings.price_collection and _PRICES
    return replace(settings, twilio=twilio, window=None, price_collection=prices)
