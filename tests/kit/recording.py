"""Given events, then rows: appends any events to a ledger, and reads the views of them."""

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from kit.ledger_commands import AppendEvents
from kit.stories import CAMPAIGN, DELIVERY
from ledger.domain.error_codes import load_codes
from ledger.domain.events import Event
from ledger.domain.holds import SendingConditions
from ledger.ledger import Ledger
from projections.callback_silence import SilenceQueries
from projections.campaigns.current_queries import CurrentCampaignQueries
from projections.campaigns.rows import CampaignRow, ContactRow
from projections.campaigns.worklist import WorklistQueries
from projections.conversations.inbox import Inbox
from projections.engine.view_store import ViewStore, open_view_store
from projections.engine.views import Views
from webapp.all_projections import all_projections
from webapp.explain.reasons import state_reason
from webapp.explain.statuses import detail_of


def views_url(ledger_url: str, folder: Path) -> str:
    """Return the URL of the views: a file in the folder, or the ledger's database."""
    return f"sqlite:///{folder / 'v.sqlite3'}" if ledger_url.startswith("sqlite") else ledger_url


def open_views(ledger_url: str, folder: Path) -> ViewStore:
    """Open the view store at `views_url`; the caller disposes of its engine."""
    return open_view_store(views_url(ledger_url, folder), ledger_url, setting="test")


@dataclass
class Recording:
    """A ledger to which events are appended without any command, and its views."""

    ledger: Ledger
    view_store: ViewStore
    _versions: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.views = Views(self.view_store, self.ledger.reader, all_projections)
        self.status = CurrentCampaignQueries(
            self.view_store.engine, self.ledger.time_at, lambda _until: SendingConditions()
        )
        self.worklist = WorklistQueries(self.view_store.engine)
        self.silences = SilenceQueries(self.view_store.engine)
        self.conversations = Inbox(self.view_store.engine)

    def __call__(self, *events: Event) -> "Recording":
        """Append the events, each as the next of its stream, and catch up the views."""
        numbered = [self._numbered(event) for event in events]
        self.ledger.execute(AppendEvents(numbered)).result()
        self.views.catch_up()
        return self

    def _numbered(self, event: Event) -> Event:
        self._versions[event.originator_id] += 1
        return replace(event, originator_version=self._versions[event.originator_id])

    @property
    def campaign(self) -> CampaignRow:
        """The campaign of the stories."""
        return self.status.campaign(CAMPAIGN)

    @property
    def state_reason(self) -> str | None:
        """Why the campaign is in its state, as pages say it."""
        return state_reason(self.campaign.state_cause, load_codes())

    @property
    def detail(self) -> str:
        """The detail of the contact's status, as pages say it."""
        return detail_of(self.row, load_codes())

    @property
    def row(self) -> ContactRow:
        """The contact of the stories."""
        return self.status.contact(DELIVERY)
