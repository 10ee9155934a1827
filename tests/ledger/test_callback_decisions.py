"""Callbacks are decided from outlines as they are decided from whole deliveries: event for event.

Two ledgers with the same identity key get the same commands in the same commits. One records
callbacks as the program does. The other, a SQLite file, loads every delivery whole.
"""

from contextlib import suppress
from itertools import count

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.clock import ManualClock
from kit.examples import fewer
from kit.ledger_commands import Refusing, held_up
from kit.provider import FakeProvider, gateway_page, refusal
from kit.store import sqlite_url
from kit.world import STAFF, World, row
from ledger.commands.attempts import RecordAnswer, StartAttempt
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
from ledger.commands.legal_holds import PlaceLegalHold
from ledger.commands.unknown_outcomes import MarkOutcomeUnknown, SettleByStaff
from ledger.domain.vocabulary import Settlement
from ledger.errors import LedgerError
from ledger.providers.contract import Accepted, NotReached, UnknownOutcome
from ledger.store import encryption

WAIT = 60
numbers = count()


class WholeDelivery(ReceiveCallback):
    """Decides every callback from the whole delivery."""

    _progress = None


class Story:
    """Two campaigns to two people in one of the ledgers; a third person may be enrolled."""

    def __init__(self, world, kind, number):
        self.world, self.kind, self.ledger = world, kind, world.app.ledger
        world.clock.advance(days=2)  # so that no daily limit of a story before holds up this one
        self.phones = [f"+1415{555_0000 + 3 * number + n}" for n in range(3)]
        self.campaigns = [
            world.launch(self.phones[:2], name=name, launch_name=f"{name} {number}")
            for name in ("Fall", "Spring")
        ]
        self.requests = count()

    def delivery(self, which):
        campaign, person = divmod(which, 3)
        return self.world.delivery(self.campaigns[campaign], self.phones[person])

    def tell(self, groups):
        """Execute each group in one commit; return what became of each command."""
        return [outcome for group in groups for outcome in self._together(group)]

    def _together(self, group):
        commands = [getattr(self, name)(*args) for name, *args in group]
        with held_up(self.ledger):
            futures = [self.ledger.execute(command) for command in commands if command]
        for future in futures:
            error = future.exception(WAIT)
            yield type(error).__name__ if error else repr(future.result())

    # Each returns a command, or does something to the ledger at once.

    def start(self, which):
        delivery_id, account = self.delivery(which), self.world.app.settings.twilio
        text = self.world.text(delivery_id)
        return StartAttempt(delivery_id, text, 14_400, account.sending_account)

    def answer(self, which, turn, answer):
        if answer == "accepted":
            answer = Accepted(sid=self._sid(which, turn, "own"), status="queued")
        return RecordAnswer(self.delivery(which), turn, answer, self.world.app.codes)

    def report(self, which, turn, status, code, sid):
        form = {"MessageSid": self._sid(which, turn, sid), "MessageStatus": status}
        form |= {"ErrorCode": code} if code else {}
        delivery_id, identity = self.delivery(which), self.ledger.identity
        token = identity.callback_token(delivery_id, turn)
        address = CallbackAddress(delivery_id, turn, token)
        return self.kind(identity, self.world.app.codes, address, tuple(form.items()))

    def refused_report(self, *report):
        return Refusing(self.report(*report))

    def stray_report(self, which, turn):
        delivery_id, identity = self.delivery(which), self.ledger.identity
        address = CallbackAddress(delivery_id, turn, "wrong")
        form = (("MessageSid", "SMwrong"), ("MessageStatus", "sent"), ("To", self.phones[0]))
        return self.kind(identity, self.world.app.codes, address, form)

    def doubt(self, which, turn):
        return MarkOutcomeUnknown(self.delivery(which), turn, "crash")

    def settle(self, which, decision):
        return SettleByStaff(self.delivery(which), decision, STAFF, self.world.app.codes)

    def resend(self, which):
        request = f"{self.phones[0]} {next(self.requests)}"
        with suppress(LedgerError):  # both refuse it, or the events differ
            self.world.resend_to(self.campaigns[which // 3], [self.delivery(which)], request)

    def enrol(self, campaign):
        return EnrolContacts(
            identity=self.ledger.identity,
            campaign_id=self.campaigns[campaign],
            rows=[row(self.phones[2])],
            offset=2,
            zone="",
            by=STAFF,
        )

    def act(self, campaign, kind):
        return kind(self.campaigns[campaign], STAFF)

    def contact_act(self, person, kind):
        phone = self.phones[person]
        contact_id = self.world.contact(phone)
        if kind is ForgetContact:
            return ForgetContact(contact_id, STAFF)
        if kind is PlaceLegalHold:
            return PlaceLegalHold(contact_id, "A case", STAFF)
        return kind(contact_id, STAFF, phone)

    def text(self, person, body):
        form = (("MessageSid", f"SMin{body}"), ("From", self.phones[person]), ("Body", body))
        return ReceiveText.from_form(self.ledger.identity, form, None)

    def wait(self, hours):
        self.world.clock.advance(hours=hours)

    def _sid(self, which, turn, sid):
        return f"SM{self.delivery(which)}{turn}{'' if sid == 'own' else sid}"


deliveries, turns = st.integers(0, 5), st.sampled_from([1, 1, 1, 2, 2, 3])
STATUSES = ["queued", "sent", "sent", "delivered", "read", "undelivered", "failed", "canceled", "?"]
CODES = [None, "30001", "30005", "30008", "30023", "21610", "30002"]
ANSWERS = [
    *(3 * ["accepted"]),
    NotReached(cause="never asked"),
    UnknownOutcome(cause="timeout"),
    refusal("21211"),
    refusal("21610"),
    refusal(None, 429),
    gateway_page(),
]
report = (
    deliveries,
    turns,
    st.sampled_from(STATUSES),
    st.sampled_from(CODES),
    st.sampled_from(["own", "own", "own", "other"]),
)


def step(name, *args):
    return st.tuples(st.just(name), *args)


reports = step("report", *report)
attempts = st.one_of(
    step("start", deliveries), step("answer", deliveries, turns, st.sampled_from(ANSWERS))
)
steps = st.one_of(
    reports,
    reports,
    reports,
    attempts,
    attempts,
    step("refused_report", *report),
    step("stray_report", deliveries, turns),
    step("doubt", deliveries, turns),
    step("settle", deliveries, st.sampled_from(Settlement)),
    step("resend", deliveries),
    step("enrol", st.integers(0, 1)),
    step(
        "act",
        st.integers(0, 1),
        st.sampled_from([PauseCampaign, ResumeCampaign, CloseCampaign, ArchiveCampaign]),
    ),
    step(
        "contact_act",
        st.integers(0, 2),
        st.sampled_from([OptOut, OptIn, ForgetContact, PlaceLegalHold]),
    ),
    step("text", st.integers(0, 2), st.sampled_from(["STOP", "START", "Thank you"])),
    step("wait", st.sampled_from([1, 30])),
)
first = st.integers(0, 1).map(
    lambda which: [[("start", which)], [("answer", which, 1, "accepted")]]
)
groups = st.lists(st.lists(steps, min_size=1, max_size=5), max_size=8)


@pytest.fixture(scope="module")
def worlds(shared_database_url, tmp_path_factory):
    """The ledger under test, and the other one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            encryption,
            "new_identity_key",
            lambda master: encryption.seal(master, bytes(32), "identity_key"),
        )
        urls = (shared_database_url, sqlite_url(tmp_path_factory.mktemp("whole")))
        opened = [World.open(url, ManualClock(), FakeProvider()) for url in urls]
    yield opened
    for world in opened:
        world.close()


def recorded(world, after):
    """Each event after a seq with all that is stored of it, but for what is random."""
    return [
        (
            event.seq,
            event.recorded_at,
            event.topic,
            dict(event.columns),
            msgspec.json.encode(event.event),
        )
        for event in world.app.ledger.reader.events(after=after)
    ]


@pytest.mark.both_databases
@fewer(2)
@given(beginning=first, groups=groups)
def test_callbacks_are_decided_from_outlines_as_from_whole_deliveries(worlds, beginning, groups):
    number, heads = next(numbers), [world.app.ledger.reader.head() for world in worlds]
    stories = [
        Story(world, kind, number)
        for world, kind in zip(worlds, (ReceiveCallback, WholeDelivery), strict=True)
    ]
    outcomes = [story.tell([*beginning, *groups]) for story in stories]
    assert outcomes[0] == outcomes[1]
    events = [recorded(world, head) for world, head in zip(worlds, heads, strict=True)]
    assert events[0] == events[1]
