"""Which bundle for an auditor is wanted, as a background job keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger.proof.bundle_scope import BundleScope
from ledger.proof.export import Exporter


@dataclass(frozen=True, kw_only=True)
class BundleOrder:
    """A bundle of one campaign, delivery or contact; with none of them, of everything."""

    campaign_id: str | None = None
    delivery_id: str | None = None
    contact_id: str | None = None
    is_complete: bool = False
    """Of a contact: whether it proves that no event is left out."""

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> "BundleOrder":
        """Return the order that a job keeps."""
        return cls(
            campaign_id=parameters.get("campaign"),
            delivery_id=parameters.get("delivery"),
            contact_id=parameters.get("contact"),
            is_complete="complete" in parameters,
        )

    def parameters(self) -> dict[str, str]:
        """Return what a job keeps."""
        values = {
            "campaign": self.campaign_id,
            "delivery": self.delivery_id,
            "contact": self.contact_id,
            "complete": "yes" if self.is_complete else None,
        }
        return {name: value for name, value in values.items() if value}

    def scope(self, exporter: Exporter) -> BundleScope:
        """Return what the bundle shows. Raises `NotFound`."""
        if self.contact_id is not None:
            return exporter.number_scope(self.contact_id, is_complete=self.is_complete)
        return exporter.scope_of(campaign_id=self.campaign_id, delivery_id=self.delivery_id)

    def file_name(self, now: datetime) -> str:
        """Return a name such as "bundle-cam_2gq3….zip"."""
        which = self.delivery_id or self.campaign_id or self.contact_id or "all"
        return f"bundle-{which}-{now:%Y-%m-%d-%H%M}.zip"
