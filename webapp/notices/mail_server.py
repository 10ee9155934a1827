"""The mail server, and one mail to it: plain text, with an end that the server cannot put off."""

import hashlib
import smtplib
import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, tzinfo
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from ledger.providers.exchange import Exchange
from webapp.explain.numbers import counted
from webapp.notices.notice import Notice

_SILENCE_SECONDS = 20.0
"""How long connecting may take, and the wait for each part of an answer."""
_LONGEST_SECONDS = 60.0
"""How long handing over a mail may take in all."""
_READY = 220
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
        exchange = Exchange(time.monotonic() + _LONGEST_SECONDS, _SILENCE_SECONDS)
        connection = _Connection(exchange, is_tls=self.security is MailSecurity.TLS)
        try:
            with exchange:
                self._hand_over(connection, mail)
                with suppress(OSError, smtplib.SMTPException):
                    connection.quit()  # the mail is taken, whatever is said after it
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise MailFailed(_words(error, is_late=exchange.is_over)) from error
        finally:
            connection.close()

    def _hand_over(self, connection: smtplib.SMTP, mail: EmailMessage) -> None:
        code, words = connection.connect(self.host, self.port)
        if code != _READY:
            raise smtplib.SMTPConnectError(code, words)
        if self.security is MailSecurity.STARTTLS:
            _start_tls(connection)
        if self.user:
            connection.login(self.user, self.password)
        connection.send_message(mail)


class _NotEncryptedError(smtplib.SMTPException):
    """The server does not encrypt, so that nothing may be handed over."""


def _start_tls(connection: smtplib.SMTP) -> None:
    try:
        connection.starttls(context=ssl.create_default_context())
    except (smtplib.SMTPNotSupportedError, smtplib.SMTPResponseException) as error:
        raise _NotEncryptedError from error


class _Connection(smtplib.SMTP):
    """A connection that ends with an exchange; with `is_tls` it is encrypted from the start."""

    def __init__(self, exchange: Exchange, *, is_tls: bool) -> None:
        super().__init__(timeout=_SILENCE_SECONDS)
        self._exchange, self._is_tls = exchange, is_tls

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """Connect; smtplib lets a subclass do it in its own way."""
        self._host = host  # of the certificate, also for STARTTLS
        connection = self._exchange.connect(host, port, None)
        connection.settimeout(timeout)
        if self._is_tls:
            return ssl.create_default_context().wrap_socket(connection, server_hostname=host)
        return connection


_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (smtplib.SMTPAuthenticationError, "it refused the user or the password of LEDGER_SMTP_URL"),
    (smtplib.SMTPRecipientsRefused, "it refused the mail address of a person"),
    (smtplib.SMTPSenderRefused, "it refused the address of LEDGER_MAIL_FROM"),
    (_NotEncryptedError, "it offers no encryption (STARTTLS), which LEDGER_SMTP_URL demands"),
    (smtplib.SMTPNotSupportedError, "it offers no sign-in, but LEDGER_SMTP_URL has a user"),
    (ssl.SSLCertVerificationError, "its certificate is not valid"),
    (ssl.SSLError, "there was no agreement on TLS"),
    (smtplib.SMTPServerDisconnected, "it ended the connection"),
    (smtplib.SMTPException, "it refused the mail"),
    (TimeoutError, "there was no answer in time"),
    (socket.gaierror, "its name is not known"),
    (OSError, "it cannot be reached"),
)
"""Kinds of errors, the narrower ones first."""


def _words(error: Exception, *, is_late: bool) -> str:
    """Return why a mail was not taken, without addresses of people."""
    kinds = (words for kind, words in _WORDS if isinstance(error, kind))
    why = "there was no answer in time" if is_late else next(kinds, "the mail cannot be written")
    return f"The mail server took no mail: {why}. The mail is tried again."


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
