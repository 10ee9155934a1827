"""The Twilio account from the settings; without Twilio's SDK, which is slow to import."""

from dataclasses import dataclass

from ledger.domain.sending_switch import SendingAccount
from ledger.errors import BadSetting


@dataclass(frozen=True, kw_only=True)
class TwilioAccount:
    """The Twilio account. Fields may be blank until `check_for_sending` is called."""

    account_sid: str = ""
    auth_tokens: tuple[str, ...] = ()
    """The primary token, then the secondary one while tokens are being rotated."""
    messaging_service_sid: str = ""
    phone_number: str = ""
    api_url: str = ""
    is_demonstration: bool = False
    """Whether this is the stand-in that `up --simulate` starts, so that nobody is texted."""
    timeout_seconds: float = 10.0
    connections: int = 32

    @property
    def sender(self) -> str:
        """The messaging service, or the number, that texts are sent from."""
        return self.messaging_service_sid or self.phone_number

    @property
    def sending_account(self) -> SendingAccount:
        """The account as a ledger records it."""
        return SendingAccount(self.account_sid, self.is_demonstration)

    def check_for_sending(self) -> None:
        """Raise `BadSetting`, which names the missing settings."""
        needed = {
            "TWILIO_ACCOUNT_SID": self.account_sid,
            "TWILIO_AUTH_TOKEN": self.auth_tokens,
            "TWILIO_MESSAGING_SERVICE_SID or TWILIO_PHONE_NUMBER": self.sender,
        }
        missing = [name for name, value in needed.items() if not value]
        if missing:
            raise BadSetting(f"To send texts, set {' and '.join(missing)}.")
