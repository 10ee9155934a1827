"""A campaign that is being written: saved as often as staff like, then launched or discarded."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ledger.domain.events import CampaignDrafted, CampaignText, DraftClosed, Event, Header
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Timing
from ledger.errors import Refused


@dataclass(frozen=True, kw_only=True)
class Draft:
    """One draft at one version of its stream."""

    draft_id: str
    version: int = 0
    text: CampaignText | None = None
    policy: ResendPolicy = field(default_factory=ResendPolicy)
    timing: Timing = field(default_factory=Timing)
    is_closed: bool = False

    @classmethod
    def from_events(cls, draft_id: str, events: Iterable[Event]) -> "Draft":
        """The draft after these events of its stream, in their order."""
        draft = cls(draft_id=draft_id)
        for event in events:
            draft = replace(draft._after(event), version=event.originator_version)
        return draft

    def _after(self, event: Event) -> "Draft":
        match event:
            case CampaignDrafted(policy=policy, timing=timing, private=text):
                return replace(self, text=text, policy=policy, timing=timing)
            case DraftClosed():
                return replace(self, is_closed=True)
            case _:
                raise TypeError(f"{event.topic} is no event of a draft")

    def save(
        self, actor: str, text: CampaignText, policy: ResendPolicy, timing: Timing
    ) -> CampaignDrafted:
        """Keep it as it is written now."""
        self.check_open()
        return CampaignDrafted(**self._place(actor), policy=policy, timing=timing, private=text)

    def close(self, actor: str, launched_as: str | None = None) -> DraftClosed:
        """It was launched as that campaign, or discarded."""
        self.check_open()
        return DraftClosed(**self._place(actor), launched_as=launched_as)

    def check_open(self) -> None:
        """Raise `Refused` for a draft that was launched or discarded."""
        if self.is_closed:
            raise Refused("This draft was launched or discarded already.")

    def _place(self, actor: str) -> Header:
        return {
            "originator_id": self.draft_id,
            "originator_version": self.version + 1,
            "actor": actor,
        }
