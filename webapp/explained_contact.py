"""One contact of one campaign at the moment that is shown, with the events that explain it.

For the contact page and the API.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.domain.sending_switch import STREAM
from ledger.recorded_event import RecordedEvent
from projections.campaigns.rows import ContactRow
from webapp.contact_ids import contact_ids_of_person
from webapp.current import application
from webapp.explain.delivery_history import DeliveryHistory, history_of
from webapp.explain.event_problems import problem_of_delivery
from webapp.explain.why import Why, explain
from webapp.shown_contact import row_by_events
from webapp.shown_moment import past, status, until_seq

Events = Sequence[RecordedEvent]


@dataclass(frozen=True, kw_only=True)
class ExplainedContact:
    """A contact's row, and the streams of all that its status depends on."""

    row: ContactRow
    delivery: Events
    campaign: Events
    sending: Events
    """Those of the switch for all sending."""
    contacts: Sequence[Events]
    """Those of all contacts of the phone; the contact itself comes first."""

    @property
    def problem(self) -> str | None:
        """A sentence, where an event is altered or not readable; None otherwise."""
        return problem_of_delivery(self.delivery, self.campaign, self.contacts[0], self.sending)

    def history(self) -> DeliveryHistory | None:
        """Return what the events say; None where one has a problem."""
        if self.problem:
            return None
        return history_of(self.delivery, self.campaign, self.contacts[0])

    @property
    def events(self) -> Events:
        """All events since the enrolment of the delivery, its campaign and its contact."""
        enrolled_seq = self.delivery[0].seq if self.delivery else 0
        others = (*self.campaign, *self.contacts[0])
        return [*self.delivery, *(event for event in others if event.seq > enrolled_seq)]


def explained_contact(delivery_id: str) -> ExplainedContact:
    """Return the contact. Raises `NotFound`."""
    app, until = application(), until_seq()
    seq = app.views.position().seq
    row = status().contact(delivery_id)
    contact_ids = contact_ids_of_person(app, row.contact_id)
    streams = app.ledger.reader.streams([delivery_id, row.campaign_id, STREAM, *contact_ids])
    delivery, campaign, sending, *contacts = (
        [event for event in events if until is None or event.seq <= until]
        for events in streams.values()
    )
    return ExplainedContact(
        row=row if past() else row_by_events(app, seq, row, streams),
        delivery=delivery,
        campaign=campaign,
        sending=sending,
        contacts=contacts,
    )


def why_of(history: DeliveryHistory) -> Why:
    """Return why the contact has its status, at the moment that is shown."""
    app, moment = application(), past()
    at = (moment and moment.at) or app.clock.now()
    return explain(history, app.codes, at, app.sending_conditions(until_seq()))
