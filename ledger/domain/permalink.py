"""A permalink: an address that shows one page of one moment without signing in, until it ends.

Standard library only.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ledger.domain.aggregate import Aggregate
from ledger.domain.events import Event, PermalinkMade, PermalinkRevoked
from ledger.errors import BadInput, Refused

LONGEST = timedelta(days=90)


@dataclass(frozen=True, kw_only=True)
class PageOfMoment:
    """A page as it was at a moment; the fields are those of `PermalinkMade`."""

    path: str = ""
    query: str = ""
    moment: int = 0
    campaign_id: str | None = None
    contact_id: str | None = None

    @property
    def address(self) -> str:
        """The address of the page for staff, such as `/campaigns/cam_…?as_of=41`."""
        query = f"{self.query}&" if self.query else ""
        return f"{self.path}?{query}as_of={self.moment}"


@dataclass(frozen=True, kw_only=True)
class Permalink(Aggregate):
    """One permalink at one version of its stream."""

    page: PageOfMoment = field(default_factory=PageOfMoment)
    maker: str = ""
    expires_at: datetime | None = None
    """None for a stream without events."""
    shows_numbers: bool = False
    is_revoked: bool = False

    def _changes(self, event: Event) -> Mapping[str, Any]:
        match event:
            case PermalinkMade():
                return {
                    "page": PageOfMoment(
                        path=event.path,
                        query=event.query,
                        moment=event.moment,
                        campaign_id=event.campaign_id,
                        contact_id=event.contact_id,
                    ),
                    "maker": event.actor,
                    "expires_at": event.expires_at,
                    "shows_numbers": event.shows_numbers,
                }
            case PermalinkRevoked():
                return {"is_revoked": True}
            case _:
                raise self.not_found("a permalink")

    def is_open(self, now: datetime) -> bool:
        """Whether the permalink shows its page: it was made, and neither expired nor revoked."""
        return self.expires_at is not None and now < self.expires_at and not self.is_revoked

    def make(
        self,
        actor: str,
        page: PageOfMoment,
        *,
        now: datetime,
        expires_at: datetime,
        shows_numbers: bool,
    ) -> PermalinkMade:
        """Begin the permalink. Raises `BadInput` for an end that is past or too far away."""
        if not now < expires_at <= now + LONGEST:
            raise BadInput(f"Choose an end between now and {LONGEST.days} days from now.")
        return PermalinkMade(
            **self.header(actor),
            **asdict(page),
            expires_at=expires_at,
            shows_numbers=shows_numbers,
        )

    def revoke(self, actor: str, now: datetime) -> PermalinkRevoked:
        """End the permalink now. Raises `Refused` where it has ended."""
        if not self.is_open(now):
            how = "revoked" if self.is_revoked else "expired"
            raise Refused(f"This permalink is {how} already.")
        return PermalinkRevoked(
            **self.header(actor),
            campaign_id=self.page.campaign_id,
            contact_id=self.page.contact_id,
        )
