"""The account at Twilio, as the settings give it; without Twilio's SDK, which is slow to import."""

from dataclasses import dataclass

from ledger.errors import BadSetting


@dataclass(frozen=True, kw_only=True)
class TwilioAccount:
    """Who we are at Twilio. What is missing is asked for only when it is needed."""

    account_sid: str = ""
    auth_tokens: tuple[str, ...] = ()
    """The primary token, then the secondary one while tokens are being rotated."""
    messaging_service_sid: str = ""
    phone_number: str = ""
    api_url: str = ""
    timeout_seconds: float = 10.0
    connections: int = 32

    @property
    def sender(self) -> str:
        """The messaging service, or the number, that texts are sent from."""
        return self.messaging_service_sid or self.phone_number

    def check_for_sending(self) -> None:
        """Raise `BadSetting`, naming what is missing."""
        wanted = {
            "TWILIO_ACCOUNT_SID": self.account_sid,
            "TWILIO_AUTH_TOKEN": self.auth_tokens,
            "TWILIO_MESSAGING_SERVICE_SID or TWILIO_PHONE_NUMBER": self.sender,
        }
        missing = [name for name, value in wanted.items() if not value]
        if missing:
            raise BadSetting(f"To send texts, set {' and '.join(missing)}.")
