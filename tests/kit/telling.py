"""Given events, then rows: tells a ledger any events, and shows what the views make of them."""

from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from kit.ledger_commands import AppendEvents
from kit.stories import CAMPAIGN, DELIVERY
from ledger.domain.error_codes import load_codes
from ledger.domain.events import Event
from ledger.domain.holds import SendingConditions
from ledger.ledger import Ledger
from projections.callback_silence import SilenceProjection, SilenceQueries
from projections.campaigns.current_queries import CurrentCampaignQueries
from projections.campaigns.rows import CampaignRow, ContactRow
from projections.campaigns.worklist import WorklistQueries
from projections.conversations.projection import ConversationsProjection
from projections.conversations.queries import ConversationQueries
from projections.drafts import DraftsProjection
from projections.engine.view_store import ViewStore, open_view_store
from projections.engine.views import Views
from projections.tables.projection import SharedProjection
from webapp.explain.reasons import state_reason
from webapp.explain.statuses import detail_of


def views_url(ledger_url: str, folder: Path) -> str:
    """Where views of their own lie: a file in the folder, or the ledger's database."""
    return f"sqlite:///{folder / 'v.sqlite3'}" if ledger_url.startswith("sqlite") else ledger_url


def open_views_place(ledger_url: str, folder: Path) -> ViewStore:
    """Open the place of those views; dispose of its engine when done."""
    return open_view_store(views_url(ledger_url, folder), ledger_url, setting="test")


def all_projections() -> list[object]:
    """Every projection there is."""
    return [
        SharedProjection(),
        SilenceProjection(),
        ConversationsProjection(),
        DraftsProjection(),
    ]


@dataclass
class Telling:
    """A ledger that is told events without asking any verb, and the views over it."""

    ledger: Ledger
    place: ViewStore
    _versions: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.views = Views(self.place, self.ledger.reader, all_projections())
        self.status = CurrentCampaignQueries(
            self.place.engine, self.ledger.clock, lambda _until: SendingConditions()
        )
        self.worklist = WorklistQueries(self.place.engine)
        self.silences = SilenceQueries(self.place.engine)
        self.conversations = ConversationQueries(self.place.engine)

    def __call__(self, *events: Event) -> "Telling":
        """Append these events, each as the next of its stream, and let the views read on."""
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
        """Why the campaign is in its state, as staff read it."""
        return state_reason(self.campaign.state_cause, load_codes())

    @property
    def detail(self) -> str:
        """Where the contact is or why it failed, as staff read it."""
        return detail_of(self.row, load_codes())

    @property
    def row(self) -> ContactRow:
        """The contact of the stories."""
        return self.status.contact(DELIVERY)
