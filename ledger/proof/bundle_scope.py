"""What a bundle shows, and what its manifest calls that."""

from dataclasses import dataclass

from ledger.proof.table_scan import ROW_COLUMNS, STREAM, Row

_CAMPAIGN = ROW_COLUMNS.index("campaign_id")
_CONTACT = ROW_COLUMNS.index("contact_id")


@dataclass(frozen=True, kw_only=True)
class BundleScope:
    """What a bundle shows: all events, one campaign, one delivery of it, or one contact's number.

    A complete bundle of a number also shows the columns of all other events.
    """

    campaign_id: str | None = None
    delivery_id: str | None = None
    contact_id: str | None = None
    is_complete: bool = False

    def shows(self, row: Row) -> bool:
        """Whether the bundle shows this event; a delivery's shows its campaign's stream, too."""
        if self.contact_id:
            return bool(row[_CONTACT] == self.contact_id)
        if self.delivery_id:
            return row[STREAM] in {self.delivery_id, self.campaign_id}
        return self.campaign_id is None or row[_CAMPAIGN] == self.campaign_id

    @property
    def kind(self) -> str:
        """What the manifest calls it."""
        if self.contact_id:
            return "number"
        if self.delivery_id:
            return "delivery"
        return "campaign" if self.campaign_id else "all"

    @property
    def ids(self) -> dict[str, str]:
        """The ids that the manifest names."""
        ids = {
            "campaign_id": self.campaign_id,
            "delivery_id": self.delivery_id,
            "contact_id": self.contact_id,
        }
        return {name: value for name, value in ids.items() if value}
