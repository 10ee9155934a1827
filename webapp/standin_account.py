"""The account that the stand-in for Twilio has where the settings name no other."""

ACCOUNT_SID = "AC" + "5" * 32
"""No account at Twilio has it."""
AUTH_TOKEN = "stand-in-for-twilio"  # noqa: S105 - opens nothing but the stand-in
PHONE_NUMBER = "+15005550006"
