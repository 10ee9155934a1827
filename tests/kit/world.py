"""The whole application in databases of the test's own, with the clock and the provider in hand."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from kit.clock import ManualClock
from kit.provider import FakeProvider
from ledger.commands.access import RecordAccess
from ledger.commands.attempts import StartAttempt
from ledger.commands.callbacks import CallbackAddress, ReceiveCallback
from ledger.commands.campaigns import (
    ArchiveCampaign,
    CloseCampaign,
    PauseCampaign,
    ResumeCampaign,
)
from ledger.commands.contacts import OptIn, OptOut, ReceiveText
from ledger.commands.enrolment import EnrolContacts
from ledger.commands.forget import ForgetContact
from ledger.commands.launch import CreateCampaign, launch
from ledger.commands.launch_order import LaunchOrder
from ledger.commands.merged_texts import Text, texts_of
from ledger.commands.resends import ResendOrder, Resent, resend
from ledger.commands.sending_switch import AllowSending, StopSending
from ledger.commands.unknown_outcomes import SettleByStaff
from ledger.domain.events import AttemptAccepted, AttemptStarted, CampaignText, Parameters
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Schedule
from ledger.domain.vocabulary import DeliveryStatus, Settlement
from ledger.messages.contact_rows import ContactFileRow
from ledger.messages.number_zones import zone_of
from ledger.recorded_event import RecordedEvent
from ledger.sending.maintenance import Maintenance
from ledger.sending.sender import Sender
from ledger.unit_of_work import Command
from projections.campaigns.resend_plan import Selection
from projections.campaigns.rows import CampaignRow, ContactRow
from projections.conversations.queries import MessageRow
from webapp.access_recorder import AccessRecorder
from webapp.bootstrap import Application, build
from webapp.explain.reasons import state_reason, undelivered_sentence
from webapp.explain.statuses import detail_of
from webapp.settings import read_settings

ADA, BEN, CLEO = "+14155550101", "+14155550102", "+14155550103"
PEOPLE = {ADA: "Ada Lovelace", BEN: "Ben Okri", CLEO: "Cleo Merode"}
STAFF = "usr_1"

T = TypeVar("T")
PUBLIC_URL = "https://texts.school.example"


def row(phone: str) -> ContactFileRow:
    """The row of a contact file for that number."""
    name = PEOPLE.get(phone, "Somebody Else")
    fields = {"first_name": name.split()[0]}
    zone = zone_of(phone, "US")
    return ContactFileRow(line=2, phone=phone, name=name, fields=fields, zone=zone)


def environment(url: str) -> dict[str, str]:
    """The settings of a world at that address, as the commands read them."""
    return {
        "LEDGER_DATABASE_URL": url,
        "LEDGER_PUBLIC_URL": PUBLIC_URL,
        "LEDGER_SECRET_KEY": "a secret for the tests alone",
        "LEDGER_SEND_WINDOW": "none",
        "LEDGER_UNDO_SECONDS": "0",
        "LEDGER_PRICE_MINUTES": "off",
        "TWILIO_ACCOUNT_SID": "AC" + 32 * "0",
        "TWILIO_AUTH_TOKEN": 32 * "1",
        "TWILIO_MESSAGING_SERVICE_SID": "MG" + 32 * "2",
    }


class SilentRecorder(AccessRecorder):
    """Records nothing, so that a page that a test looks at does not change the ledger."""

    def _record(self, command: RecordAccess) -> None:
        """Forget the command."""


@dataclass(kw_only=True)
class World:
    """An application and short ways to do with it what staff, the sender and Twilio do."""

    url: str
    clock: ManualClock
    provider: FakeProvider
    app: Application

    @classmethod
    def open(
        cls,
        url: str,
        clock: ManualClock,
        provider: FakeProvider,
        *,
        records_access: bool = False,
        **settings: str,
    ) -> "World":
        """The world at that address; what lies there already is opened again."""
        found = read_settings(environment(url) | settings)
        app = build(found, clock=clock, provider=lambda _settings: provider)
        if not records_access:
            app = replace(app, access_recorder=SilentRecorder(app.ledger, clock))
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
        used = vars(self.app)
        self.app.views.engine.dispose()
        if "accounts" in used:
            self.app.accounts._engine.dispose()
        if "sending_engine" in used:
            self.app.sending_engine.dispose()
        self.app.ledger.recorder._engine.dispose()

    def execute(self, command: Command[T]) -> T:
        """What the command returns, once it is durable."""
        return self.app.ledger.execute(command).result()

    # Staff.

    def launch(
        self,
        phones: Sequence[str] = (ADA,),
        *,
        name: str = "Spring fair",
        message: str = "Hello {{first_name}}",
        launch_name: str | None = None,
        again: bool = True,
        timing: Schedule | None = None,
        is_urgent: bool = False,
        leaves_out_landlines: bool = False,
        undo_seconds: int = 0,
        by: str = STAFF,
        draft_id: str | None = None,
        **policy: object,
    ) -> str:
        """Launch a campaign to these numbers; gives its id."""
        order = LaunchOrder(
            name=name,
            message=message,
            rows=[row(phone) for phone in phones],
            policy=ResendPolicy(**policy),
            timing=timing or Schedule(),
            is_urgent=is_urgent,
            leaves_out_landlines=leaves_out_landlines,
            draft_id=draft_id,
        )
        return launch(
            self.app.ledger,
            order,
            by,
            launch_name=launch_name,
            again=again,
            undo_seconds=undo_seconds,
        )

    def begin_launch(self, phones: Sequence[str], launch_name: str = "given up") -> str:
        """A launch that enrols its contacts and then stops dead; gives its campaign's id."""
        campaign_id = self.app.ledger.identity.campaign_id(launch_name)
        text = CampaignText(name="Given up", message="Hello {{first_name}}")
        self.execute(CreateCampaign(campaign_id, text, STAFF))
        enrol = EnrolContacts(
            identity=self.app.ledger.identity,
            campaign_id=campaign_id,
            rows=[row(phone) for phone in phones],
            offset=0,
            zone="",
            by=STAFF,
        )
        self.execute(enrol)
        return campaign_id

    def pause(self, campaign_id: str) -> None:
        self.execute(PauseCampaign(campaign_id, STAFF))

    def resume(self, campaign_id: str) -> None:
        self.execute(ResumeCampaign(campaign_id, STAFF))

    def close_campaign(self, campaign_id: str) -> None:
        self.execute(CloseCampaign(campaign_id, STAFF))

    def archive(self, campaign_id: str) -> None:
        self.execute(ArchiveCampaign(campaign_id, STAFF))

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
        return resend(self.app.ledger, order, STAFF)

    def opt_out(self, phone: str = ADA) -> int:
        return self.execute(OptOut(self.contact(phone), STAFF, phone))

    def opt_in(self, phone: str = ADA) -> bool:
        return self.execute(OptIn(self.contact(phone), STAFF, phone))

    def forget(self, phone: str = ADA) -> int:
        return self.execute(ForgetContact(self.contact(phone), STAFF))

    def settle(self, delivery_id: str, decision: Settlement) -> None:
        """Staff's decision on a text that may have been sent."""
        self.execute(SettleByStaff(delivery_id, decision, STAFF, self.app.codes))

    def stop_sending(self, by: str = STAFF, **why: object) -> None:
        self.execute(StopSending(by, **why))

    def allow_sending(self, *, despite_missing: bool = False) -> None:
        self.execute(AllowSending(STAFF, despite_missing))

    # The sender.

    def text(self, delivery_id: str) -> Text | None:
        """What the sender would send."""
        return texts_of(self.app.ledger.reader, [delivery_id]).get(delivery_id)

    def start(self, delivery_id: str, text: Text | None = None) -> AttemptStarted | None:
        """Start the next attempt, as a sender does that made this text ready before."""
        account = self.app.settings.twilio.sending_account
        text = text or self.text(delivery_id)
        return self.execute(StartAttempt(delivery_id, text, 4 * 3600, account))

    def sender(self, stop: threading.Event | None = None) -> Sender:
        """A sender of its own; two of them are as two processes."""
        return self.app.sending.sender(stop or threading.Event())

    def maintenance(self, stop: threading.Event | None = None) -> Maintenance:
        """What is done beside sending."""
        return self.app.sending.maintenance(stop or threading.Event())

    def send(self) -> int:
        """What `send --once` does; gives how many attempts it made."""
        self.maintenance().run_once()
        return self.sender().run_once().attempts

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
        self.execute(self.callback_command(delivery_id, turn, token, form | more))

    def callback_command(
        self, delivery_id: str, turn: int, token: str, form: Mapping[str, str]
    ) -> ReceiveCallback:
        """The callback that a genuine request with this form brings."""
        address, ledger = CallbackAddress(delivery_id, turn, token), self.app.ledger
        return ReceiveCallback(ledger.identity, self.app.codes, address, tuple(form.items()))

    def sid_of(self, delivery_id: str, turn: int = 1) -> str:
        """The SID the attempt of that turn was accepted with."""
        events = [entry.event for entry in self.app.ledger.reader.stream(delivery_id)]
        taken = [e.sid for e in events if isinstance(e, AttemptAccepted) and e.turn == turn]
        return taken[0] if taken else f"SM_of_turn_{turn}"

    def inbound(self, body: str, phone: str = ADA, sid: str = "SMinbound", **more: str) -> None:
        """A text from that number."""
        form: Parameters = (("MessageSid", sid), ("From", phone), ("Body", body), *more.items())
        confirmation = self.app.settings.opt_out_confirmation
        self.execute(ReceiveText.from_form(self.app.ledger.identity, form, confirmation))

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
        return [entry.topic for entry in self.app.ledger.reader.stream(stream_id)]

    def last(self, stream_id: str) -> RecordedEvent:
        """The newest entry of a stream."""
        return self.app.ledger.reader.stream(stream_id)[-1]

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

    def detail(self, delivery_id: str) -> str:
        """Where a contact is or why it failed, as staff read it now."""
        return detail_of(self.row(delivery_id), self.app.codes)

    def state_reason(self, campaign_id: str) -> str | None:
        """Why a campaign is in its state, as staff read it now."""
        return state_reason(self.campaign(campaign_id).state_cause, self.app.codes)

    def undelivered_reason(self, phone: str = ADA) -> str | None:
        """Why the last message to that number did not arrive, as its mark says."""
        standing = self.conversation(phone)[-1].standing
        return undelivered_sentence(standing, self.app.codes) if standing else None

    def undecided(self) -> list[ContactRow]:
        """The contacts about whom staff must decide, in every campaign."""
        self.catch_up()
        return self.app.status.undecided()

    def statuses(self, campaign_id: str) -> list[DeliveryStatus]:
        """The Delivered column of the Contacts tab, in the order of the file."""
        return [row.status for row in self.rows(campaign_id)]

    def conversation(self, phone: str = ADA) -> list[MessageRow]:
        """Everything said with that number, the oldest first."""
        self.catch_up()
        return self.app.conversations.conversation(self.contact(phone))
