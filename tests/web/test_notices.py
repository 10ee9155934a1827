"""Notices to people: each is mailed once, together with others, without data of contacts."""

import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import ClassVar
from unittest.mock import patch

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from kit.certificates import make_certificate
from kit.offices import add_office, launch_for
from kit.provider import FakeProvider
from kit.staff import Staff, form_token
from kit.webhook_consumer import consumer
from kit.world import ADA, BEN, CLEO, STAFF, World
from ledger.commands.campaigns import PauseCampaign
from ledger.domain.actors import SENDER
from ledger.domain.campaign import Campaign
from ledger.domain.events import CampaignEvent
from ledger.domain.vocabulary import Reason, Role
from webapp.notices.mail_server import MailFailed, MailSecurity, MailServer
from webapp.notices.notice import NoticeKind
from webapp.notices.runner import raise_notices, send_mails
from webapp.webhooks.runner import Runner

ADDRESS = "ortiz@school.example"


class PauseByItself(PauseCampaign):
    """Pauses as the program does after many failures."""

    def event(self, campaign: Campaign) -> CampaignEvent:
        return campaign.pause(self.by, reason=Reason.TOO_MANY_FAILURES)


class Inbox:
    """Takes what the mail server is handed."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802 - its name there
        mail = message_from_bytes(envelope.original_content, policy=policy.default)
        self.mails.append(mail)
        return "250 Taken"


class PostOffice(Controller):
    """A mail server at a free port."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def post_office(inbox) -> Iterator[PostOffice]:
    controller = PostOffice(inbox, hostname="127.0.0.1", port=0)
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def mailing(database_url, clock, provider, post_office) -> Iterator[World]:
    world = World.open(
        database_url,
        clock,
        provider,
        LEDGER_SMTP_URL=f"smtp+plain://127.0.0.1:{post_office.port}",
        LEDGER_MAIL_FROM="ledger@school.example",
        LEDGER_TIME_ZONE="America/New_York",
        LEDGER_WEBHOOKS_ALLOW_PRIVATE="on",
    )
    yield world
    world.close()


def choose(staff: Staff, *kinds: str, address: str = ADDRESS):
    token = form_token(staff.open("/notices").text)
    fields = {"csrf_token": token, "kind": list(kinds), "address": address}
    return staff.client.post("/notices", data=fields, follow_redirects=True)


def paused_by_itself(world: World) -> str:
    campaign = world.launch([ADA])
    world.execute(PauseByItself(campaign, SENDER))
    return campaign


@pytest.mark.both_databases
def test_notices_of_some_minutes_come_once_in_one_mail_without_personal_data(mailing, inbox):
    choose(Staff(mailing), *NoticeKind)
    raise_notices(mailing.app)
    first, second = paused_by_itself(mailing), paused_by_itself(mailing)
    raise_notices(mailing.app)
    other = World.open(mailing.url, mailing.clock, mailing.provider, **smtp_of(mailing))
    for world in (mailing, other):
        raise_notices(world.app)
    assert send_mails(mailing.app) == 0
    mailing.clock.advance(timedelta(minutes=3))
    assert send_mails(mailing.app) + send_mails(other.app) == 1
    mailing.clock.advance(timedelta(hours=1))
    assert send_mails(mailing.app) == 0
    other.close()
    (mail,) = inbox.mails
    text = mail.get_content()
    assert mail["To"] == ADDRESS
    assert text.count("A campaign was paused by itself") == 2
    assert all(f"https://texts.school.example/campaigns/{each}" in text for each in (first, second))
    assert "(EST)" in text
    assert not any(word in mail.as_string() for word in (ADA, "Ada", "Spring fair"))


def smtp_of(world: World) -> dict[str, str]:
    server = world.app.settings.mail_server
    return {
        "LEDGER_SMTP_URL": f"smtp+plain://{server.host}:{server.port}",
        "LEDGER_MAIL_FROM": world.app.settings.mail_from,
    }


def test_a_mail_waits_while_the_server_is_away(mailing, inbox, post_office):
    choose(Staff(mailing), "campaign_paused")
    raise_notices(mailing.app)
    paused_by_itself(mailing)
    raise_notices(mailing.app)
    mailing.clock.advance(timedelta(minutes=3))
    handle, Inbox.handle_DATA = Inbox.handle_DATA, refuse
    with pytest.raises(MailFailed):
        send_mails(mailing.app)
    Inbox.handle_DATA = handle
    assert send_mails(mailing.app) == 0
    mailing.clock.advance(timedelta(minutes=2))
    assert send_mails(mailing.app) == 1
    assert len(inbox.mails) == 1


async def refuse(_inbox, _server, _session, _envelope) -> str:
    return "451 Try again later"


def test_a_notice_reaches_webhook_endpoints_too(mailing):
    with consumer() as ears:
        endpoints = mailing.app.webhook_endpoints
        endpoints.add(ears.url, "Records", ["notice"], STAFF, has_personal_data=False)
        raise_notices(mailing.app)
        campaign = paused_by_itself(mailing)
        for _time in range(2):
            raise_notices(mailing.app)
            runner = Runner(mailing.app.webhook_sending)
            runner.look()
            runner.join()
    told = [each["path"] for each in ears.of_type("notice")]
    assert told.count(f"/campaigns/{campaign}") == 1


def test_a_daily_digest_counts_what_failed_since_the_last_one(mailing, inbox):
    choose(Staff(mailing), "daily_failures")
    raise_notices(mailing.app)
    mailing.clock.advance(timedelta(hours=4))
    raise_notices(mailing.app)
    campaign = mailing.launch([ADA])
    mailing.send()
    mailing.callback(mailing.delivery(campaign), status="undelivered", code=30005)
    mailing.clock.advance(timedelta(days=1))
    for _time in range(3):
        mailing.catch_up()
        raise_notices(mailing.app)
        mailing.clock.advance(timedelta(minutes=3))
        send_mails(mailing.app)
    (mail,) = inbox.mails
    assert "1 contact in 1 campaign failed." in mail.get_content()


def test_people_of_an_office_are_told_of_their_own_campaigns_alone(mailing, inbox):
    north, south = add_office(mailing, "North"), add_office(mailing, "South")
    offices = {"Northam": [north], "Souter": [south], "Both": [north, south], "Ortiz": []}
    for name, office_ids in offices.items():
        staff = Staff(mailing, name, role=Role.STAFF)
        mailing.app.people.set_offices(staff.user_id, office_ids, STAFF)
        choose(staff, *_OF_CAMPAIGNS, address=f"{name}@school.example".lower())
    mailing.clock.advance(timedelta(hours=4))
    raise_notices(mailing.app)
    mine = {ADA: "Ada", CLEO: "Cleo"}
    campaign = launch_for(mailing, north, "Gala", mine)
    launch_for(mailing, south, "Fair", {BEN: "Ben"})
    mailing.send()
    for phone in mine:
        mailing.callback(mailing.delivery(campaign, phone), status="undelivered", code=30005)
    mailing.inbound("please no more of these texts", CLEO)
    for days in (1, 12):  # until the morning, and until the opt-out is almost due
        mailing.clock.advance(timedelta(days=days))
        mailing.catch_up()
        raise_notices(mailing.app)
        mailing.clock.advance(timedelta(minutes=3))
        send_mails(mailing.app)
    told = [(mail["To"].partition("@")[0], mail.get_content()) for mail in inbox.mails]
    who_was_told = partial(_who_was_told, told)
    assert who_was_told("2 contacts in 1 campaign failed.") == {"northam", "both", "ortiz"}
    assert who_was_told("1 text possibly asks for an opt-out") == {"northam", "both", "ortiz"}
    assert who_was_told("No callbacks come") == {"souter", "both", "ortiz"}


def _who_was_told(told: Sequence[tuple[str, str]], words: str) -> set[str]:
    return {name for name, text in told if words in text}


_OF_CAMPAIGNS = (
    NoticeKind.DAILY_FAILURES,
    NoticeKind.OPT_OUTS_DUE,
    NoticeKind.NO_CALLBACKS,
    NoticeKind.HIGH_FAILURE_SHARE,
)


def test_a_choice_is_an_event_whose_address_is_sealed(mailing):
    staff = Staff(mailing)
    assert "Saved." in choose(staff, "campaign_paused").text
    recorded = mailing.app.ledger.reader.last("NoticesChosen")
    assert recorded.event.private.address == ADDRESS
    assert ADDRESS.encode() not in recorded.row.state
    assert f'value="{ADDRESS}"' in staff.open("/notices").text
    assert "This is no mail address" in choose(staff, "campaign_paused", address="ortiz").text


@pytest.mark.parametrize(
    ("text", "server"),
    [
        (
            "smtp://ledger:p%40ss@mail.example",
            MailServer(
                host="mail.example",
                port=587,
                security=MailSecurity.STARTTLS,
                user="ledger",
                password="p@ss",
            ),
        ),
        (
            "smtps://mail.example",
            MailServer(host="mail.example", port=465, security=MailSecurity.TLS),
        ),
    ],
)
def test_the_address_of_a_mail_server_is_read(text, server):
    assert MailServer.parse(text) == server


def test_a_mail_that_was_taken_is_not_sent_again_whatever_is_said_after_it(mailing, inbox):
    choose(Staff(mailing), "campaign_paused")
    raise_notices(mailing.app)
    paused_by_itself(mailing)
    raise_notices(mailing.app)
    mailing.clock.advance(timedelta(minutes=3))
    with patch.object(Inbox, "handle_QUIT", refuse_to_end, create=True):
        assert send_mails(mailing.app) == 1
    mailing.clock.advance(timedelta(hours=1))
    assert send_mails(mailing.app) == 0
    assert len(inbox.mails) == 1


async def refuse_to_end(_inbox, _server, _session, _envelope) -> str:
    return "421 Too busy"


def test_a_mail_server_that_answers_a_byte_at_a_time_is_left_after_the_longest_time():
    with socket.create_server(("127.0.0.1", 0)) as listening, patched_limit(0.3):
        port, ended = listening.getsockname()[1], threading.Event()
        thread = threading.Thread(target=drip, args=[listening, ended])
        thread.start()
        server = MailServer.parse(f"smtp+plain://127.0.0.1:{port}")
        with pytest.raises(MailFailed, match="there was no answer in time"):
            server.send(EmailMessage())
        ended.set()
        thread.join()


def patched_limit(seconds: float):
    return patch("webapp.notices.mail_server._LONGEST_SECONDS", seconds)


def drip(listening: socket.socket, ended: threading.Event) -> None:
    connection, _address = listening.accept()
    with connection, suppress(OSError):
        while not ended.wait(0.02):
            connection.sendall(b"2")


UNENCRYPTED = {
    "no STARTTLS": "it offers no encryption (STARTTLS), which LEDGER_SMTP_URL demands",
    "STARTTLS refused": "it offers no encryption (STARTTLS), which LEDGER_SMTP_URL demands",
    "a handshake that fails": "there was no agreement on TLS",
    "a certificate that nobody trusts": "its certificate is not valid",
}


def tls_of(certificate: Path, trouble: str) -> ssl.SSLContext | None:
    """What the mail server encrypts with."""
    if trouble == "no STARTTLS":
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    if trouble == "a handshake that fails":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")  # which needs a certificate of RSA
    return context


class Eavesdropper(SMTP):
    """A mail server that notes the commands that come before the connection is encrypted."""

    heard: ClassVar[list[str]] = []
    refuses = False

    async def _call_handler_hook(self, command: str, *args: object) -> object:
        if not self._tls_protocol:
            self.heard.append(command)
        return await super()._call_handler_hook(command, *args)

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802 - its name there
        self.heard.append("STARTTLS")
        if self.refuses:
            await self.push("454 TLS not available due to temporary reason")
        else:
            await super().smtp_STARTTLS(arg)


class EncryptedPostOffice(PostOffice):
    """A mail server that encrypts on demand, where it has a context."""

    def factory(self) -> Eavesdropper:
        return Eavesdropper(self.handler, **self.SMTP_kwargs)


@pytest.mark.parametrize("trouble", UNENCRYPTED)
def test_without_encryption_no_mail_leaves_until_the_server_encrypts(
    tmp_path, clock, inbox, monkeypatch, trouble
):
    certificate, provider = make_certificate(tmp_path), FakeProvider()
    Eavesdropper.heard.clear()
    monkeypatch.setattr(Eavesdropper, "refuses", trouble == "STARTTLS refused")
    with post_office_with(inbox, tls_of(certificate, trouble)) as bad:
        url = f"smtp://127.0.0.1:{bad.port}"
        world = World.open(f"sqlite:///{tmp_path}/ledger.sqlite3", clock, provider, **mail_by(url))
        choose(Staff(world), "campaign_paused")
        raise_notices(world.app)
        paused_by_itself(world)
        raise_notices(world.app)
        world.clock.advance(timedelta(minutes=3))
        with pytest.raises(MailFailed) as failure:
            send_mails(world.app)
        world.close()
    assert UNENCRYPTED[trouble] in str(failure.value)
    assert set(Eavesdropper.heard) <= {"EHLO", "STARTTLS"}
    assert inbox.mails == []
    monkeypatch.setattr(Eavesdropper, "refuses", False)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with post_office_with(inbox, tls_of(certificate, "none")) as good:
        url = f"smtp://127.0.0.1:{good.port}"
        world = World.open(f"sqlite:///{tmp_path}/ledger.sqlite3", clock, provider, **mail_by(url))
        world.clock.advance(timedelta(minutes=2))
        assert send_mails(world.app) == 1
        world.close()
    assert len(inbox.mails) == 1


def mail_by(url: str) -> dict[str, str]:
    return {"LEDGER_SMTP_URL": url, "LEDGER_MAIL_FROM": "ledger@school.example"}


@contextmanager
def post_office_with(inbox: Inbox, context: ssl.SSLContext | None) -> Iterator[PostOffice]:
    controller = EncryptedPostOffice(inbox, hostname="127.0.0.1", port=0, tls_context=context)
    controller.start()
    try:
        yield controller
    finally:
        controller.stop()


def test_a_refused_mail_says_why_without_the_address_of_a_person(mailing):
    choose(Staff(mailing), "campaign_paused")
    raise_notices(mailing.app)
    paused_by_itself(mailing)
    raise_notices(mailing.app)
    mailing.clock.advance(timedelta(minutes=3))
    refusing = patch.object(Inbox, "handle_RCPT", refuse_recipient, create=True)
    with refusing, pytest.raises(MailFailed) as failure:
        send_mails(mailing.app)
    assert str(failure.value) == (
        "The mail server took no mail: it refused the mail address of a person. The mail is tried "
        "again."
    )


async def refuse_recipient(_inbox, _server, _session, _envelope, address, _options) -> str:
    return f"550 No such person: {address}"


def test_a_clock_that_was_set_back_holds_up_no_mail(mailing, inbox):
    choose(Staff(mailing), "campaign_paused")
    raise_notices(mailing.app)
    paused_by_itself(mailing)
    raise_notices(mailing.app)
    mailing.clock.advance(timedelta(days=-3))
    assert send_mails(mailing.app) == 1


def test_where_nobody_is_told_anything_nothing_is_looked_for(mailing):
    raise_notices(mailing.app)
    paused_by_itself(mailing)
    with patch("webapp.notices.runner.Finder") as finder:
        assert raise_notices(mailing.app) == 0
    assert not finder.called
    choose(Staff(mailing), "campaign_paused")
    raise_notices(mailing.app)
    assert mailing.app.notice_record.has_due_mail() is False
