"""The mail server, and one mail to it: plain text, with limits of time."""

import hashlib
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from webapp.explain.numbers import counted
from webapp.notices.notice import Notice

_SECONDS = 20.0
_PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


class MailSecurity(StrEnum):
    """How the connection is encrypted."""

    STARTTLS = "smtp"
    TLS = "smtps"
    NONE = "smtp+plain"


class MailFailed(Exception):  # noqa: N818 - reads as the outcome it is
    """The mail server is away, or refused the mail; the words have no address."""


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """Where mails are handed over."""

    host: str
    port: int
    security: MailSecurity
    user: str = ""
    password: str = ""

    @classmethod
    def parse(cls, text: str) -> "MailServer":
        """Return the server of `smtp://user:password@host:587`; raises ValueError."""
        parts = urlsplit(text)
        if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/"):
            raise ValueError(text)
        return cls(
            host=parts.hostname,
            port=parts.port or _PORTS[parts.scheme],
            security=MailSecurity(parts.scheme),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )

    def send(self, mail: EmailMessage) -> None:
        """Hand a mail over. Raises `MailFailed`."""
        try:
            with self._connect() as connection:
                if self.security is MailSecurity.STARTTLS:
                    connection.starttls(context=ssl.create_default_context())
                if self.user:
                    connection.login(self.user, self.password)
                connection.send_message(mail)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise MailFailed(type(error).__name__) from error

    def _connect(self) -> smtplib.SMTP:
        if self.security is MailSecurity.TLS:
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, timeout=_SECONDS, context=context)
        return smtplib.SMTP(self.host, self.port, timeout=_SECONDS)


def mail_of(
    notices: Sequence[Notice],
    *,
    sender: str,
    recipient: str,
    base_url: str,
    zone: tzinfo,
    now: datetime,
) -> EmailMessage:
    """Return the mail with these notices; the same ones have the same Message-ID."""
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, recipient
    mail["Subject"] = _subject(notices)
    mail["Date"] = format_datetime(now)
    keys = "\n".join([recipient, *(each.key for each in notices)])
    name = hashlib.sha256(keys.encode()).hexdigest()[:32]
    mail["Message-ID"] = f"<{name}@{sender.rpartition('@')[2].strip('<> ')}>"
    mail["Auto-Submitted"] = "auto-generated"
    blocks = [_block(each, base_url, zone) for each in notices]
    mail.set_content("\n\n".join([*blocks, _FOOT.format(page=f"{base_url}/notices")]) + "\n")
    return mail


_FOOT = "--\nYou chose these notices of Delivery Ledger. Choose others at {page}"


def _subject(notices: Sequence[Notice]) -> str:
    first, more = notices[0].title, len(notices) - 1
    return f"{first}, and {counted(more, 'further notice')}" if more else first


def _block(notice: Notice, base_url: str, zone: tzinfo) -> str:
    at = notice.at.astimezone(zone)
    when = f"{at:%d %b %Y, %H:%M} ({at.tzname()})"
    lines = [notice.title, notice.sentence, when, f"{base_url}{notice.path}", notice.detail]
    return "\n".join(filter(None, lines))
