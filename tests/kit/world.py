"""The whole application in databases of the test's own, with the clock and the provider in hand."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kit.clock import ManualClock
from kit.provider import FakeProvider
from ledger.commands import campaigns, contacts
from ledger.commands import forget as forgetting
from ledger.commands.callbacks import Address
from ledger.commands.campaigns import ResendOrder, Resent
from ledger.commands.launch import LaunchOrder, launch
from ledger.domain.events import AttemptAccepted, Parameters
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Timing
from ledger.domain.vocabulary import DeliveryStatus
from ledger.messages.contact_rows import IntakeRow
from ledger.messages.phone_numbers import zone_of
from ledger.recorded_event import Entry
from ledger.sending.maintenance import Upkeep
from ledger.sending.sender import Sender
from projections.campaigns.resend_plan import Selection
from projections.campaigns.rows import CampaignRow, ContactRow
from projections.conversations.queries import MessageRow
from webapp.bootstrap import Application, build
from webapp.settings import read_settings

ADA, BEN, CLEO = "+14155550101", "+14155550102", "+14155550103"
PEOPLE = {ADA: "Ada Lovelace", BEN: "Ben Okri", CLEO: "Cleo Merode"}
STAFF = "usr_1"
PUBLIC_URL = "https://texts.school.example"


def row(phone: str) -> IntakeRow:
    """The row of a contact file for that number."""
    name = PEOPLE.get(phone, "Somebody Else")
    fields = {"first_name": name.split()[0]}
    zone = zone_of(phone) or ""
    return IntakeRow(line=2, phone=phone, name=name, fields=fields, zone=zone)


def environment(url: str) -> dict[str, str]:
    """The settings of a world at that address, as the commands read them."""
    return {
        "LEDGER_DATABASE_URL": url,
        "LEDGER_PUBLIC_URL": PUBLIC_URL,
        "LEDGER_SECRET_KEY": "a secret for the tests alone",
        "LEDGER_SEND_WINDOW": "none",
        "TWILIO_ACCOUNT_SID": "AC" + 32 * "0",
        "TWILIO_AUTH_TOKEN": 32 * "1",
        "TWILIO_MESSAGING_SERVICE_SID": "MG" + 32 * "2",
    }


@dataclass(kw_only=True)
class World:
    """An application and short ways to do with it what staff, the sender and Twilio do."""

    url: str
    clock: ManualClock
    provider: FakeProvider
    app: Application

    @classmethod
    def open(cls, url: str, clock: ManualClock, provider: FakeProvider, **settings: str) -> "World":
        """The world at that address; what lies there already is opened again."""
        found = read_settings(environment(url) | settings)
        app = build(found, clock=clock, provider=lambda _settings: provider)
        return cls(url=url, clock=clock, provider=provider, app=app)

    def again(self) -> "World":
        """A second process over the same databases, with the same clock and provider."""
        return World.open(self.url, self.clock, self.provider)

    @property
    def folder(self) -> Path:
        """Where the files of a world on SQLite lie."""
        return Path(self.url.removeprefix("sqlite:///")).parent

    def close(self) -> None:
        """Let go of all connections; the ledger's last, which empties its write-ahead log."""
        for engine in (
            self.app.views.engine,
            self.app.accounts._engine,
            self.app.pace._engine,
            self.app.ledger.recorder._engine,
        ):
            engine.dispose()

    # Staff.

    def launch(
        self,
        phones: Sequence[str] = (ADA,),
        *,
        name: str = "Spring fair",
        message: str = "Hello {{first_name}}",
        launch_name: str | None = None,
        timing: Timing | None = None,
        **policy: object,
    ) -> str:
        """Launch a campaign to these numbers; gives its id."""
        order = LaunchOrder(
            name=name,
            message=message,
            rows=[row(phone) for phone in phones],
            policy=ResendPolicy(**policy),
            timing=timing or Timing(),
        )
        return launch(self.app.ledger, order, STAFF, launch_name=launch_name)

    def pause(self, campaign_id: str) -> None:
        campaigns.pause(self.app.ledger, campaign_id, STAFF)

    def resume(self, campaign_id: str) -> None:
        campaigns.resume(self.app.ledger, campaign_id, STAFF)

    def close_campaign(self, campaign_id: str) -> None:
        campaigns.close(self.app.ledger, campaign_id, STAFF)

    def archive(self, campaign_id: str) -> None:
        campaigns.archive(self.app.ledger, campaign_id, STAFF)

    def resend(self, campaign_id: str, **options: bool) -> Resent:
        """Resend what the views say has failed."""
        self.catch_up()
        failed = self.app.status.selected(campaign_id, Selection())
        return self.resend_to(campaign_id, failed, **options)

    def resend_to(
        self, campaign_id: str, delivery_ids: Sequence[str], request: str = "", **options: bool
    ) -> Resent:
        """Resend these; under a name of its own where none is given."""
        order = ResendOrder(
            campaign_id=campaign_id,
            delivery_ids=delivery_ids,
            request=request or self.app.ledger.identity.new_request(),
            **options,
        )
        return campaigns.resend(self.app.ledger, order, STAFF)

    def opt_out(self, phone: str = ADA) -> int:
        return contacts.opt_out(self.app.ledger, self.contact(phone), STAFF, phone=phone)

    def opt_in(self, phone: str = ADA) -> bool:
        return contacts.opt_in(self.app.ledger, self.contact(phone), STAFF, phone=phone)

    def forget(self, phone: str = ADA) -> int:
        return forgetting.forget(self.app.ledger, self.contact(phone), STAFF)

    # The sender.

    def sender(self, stop: threading.Event | None = None) -> Sender:
        """A sender of its own; two of them are as two processes."""
        return self.app.sender(stop or threading.Event())

    def upkeep(self, stop: threading.Event | None = None) -> Upkeep:
        """What is done beside sending."""
        return self.app.upkeep(stop or threading.Event())

    def send(self) -> int:
        """What `send --once` does; gives how many attempts it made."""
        self.upkeep().run_once()
        return self.sender().run_once()

    # Twilio.

    def callback(
        self,
        delivery_id: str,
        turn: int = 1,
        status: str = "delivered",
        code: str | int | None = None,
        sid: str | None = None,
        *,
        token: str | None = None,
        **more: str,
    ) -> None:
        """A genuine callback for that attempt, about the SID it was accepted with."""
        if token is None:
            token = self.app.ledger.identity.callback_token(delivery_id, turn)
        form = {"MessageSid": sid or self.sid_of(delivery_id, turn), "MessageStatus": status}
        form |= {} if code is None else {"ErrorCode": str(code)}
        address = Address(delivery_id, turn, token)
        self.app.callbacks.receive(address, tuple((form | more).items())).result()

    def sid_of(self, delivery_id: str, turn: int = 1) -> str:
        """The SID the attempt of that turn was accepted with."""
        events = [entry.event for entry in self.app.ledger.stream(delivery_id)]
        taken = [e.sid for e in events if isinstance(e, AttemptAccepted) and e.turn == turn]
        return taken[0] if taken else f"SM_of_turn_{turn}"

    def inbound(self, body: str, phone: str = ADA, sid: str = "SMinbound", **more: str) -> None:
        """A text from that number."""
        form: Parameters = (("MessageSid", sid), ("From", phone), ("Body", body), *more.items())
        contacts.receive_text(self.app.ledger, phone, sid, form).result()

    # What there is to see.

    def contact(self, phone: str = ADA) -> str:
        """The id of the contact with that number."""
        return self.app.ledger.identity.contact_id(phone)

    def delivery(self, campaign_id: str, phone: str = ADA) -> str:
        """The id of that campaign's delivery to that number."""
        return self.app.ledger.identity.delivery_id(campaign_id, self.contact(phone))

    def catch_up(self) -> None:
        """Let the views read on to the head."""
        self.app.views.catch_up()

    def topics(self, stream_id: str) -> list[str]:
        """The names of a stream's events, in order."""
        return [entry.topic for entry in self.app.ledger.stream(stream_id)]

    def last(self, stream_id: str) -> Entry:
        """The newest entry of a stream."""
        return self.app.ledger.stream(stream_id)[-1]

    def campaign(self, campaign_id: str) -> CampaignRow:
        """The campaign as staff see it now."""
        self.catch_up()
        return self.app.status.campaign(campaign_id)

    def rows(self, campaign_id: str) -> list[ContactRow]:
        """The campaign's contacts as staff see them now, in the order of the file."""
        self.catch_up()
        return self.app.status.contacts(campaign_id)

    def row(self, delivery_id: str) -> ContactRow:
        """One contact of a campaign as staff see it now."""
        self.catch_up()
        return self.app.status.contact(delivery_id)

    def statuses(self, campaign_id: str) -> list[DeliveryStatus]:
        """The Delivered column of the Contacts tab, in the order of the file."""
        return [row.status for row in self.rows(campaign_id)]

    def conversation(self, phone: str = ADA) -> list[MessageRow]:
        """Everything said with that number, the oldest first."""
        self.catch_up()
        return self.app.conversations.conversation(self.contact(phone))
