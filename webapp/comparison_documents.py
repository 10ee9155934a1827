"""A comparison of two moments as JSON documents."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from projections.campaigns.rows import CampaignRow, ContactRow
from webapp.as_of import Past
from webapp.bootstrap import Application
from webapp.comparing import (
    CampaignChange,
    CampaignComparison,
    ContactChange,
    Moments,
    Totals,
    compare_contacts_of,
)
from webapp.documents import event_document, iso
from webapp.explain.event_problems import shown_time
from webapp.explain.reasons import REASON_LABELS
from webapp.explain.shown_summaries import shown_summary

Document = Mapping[str, Any]


def totals_document(moments: Moments, totals: Totals) -> Document:
    """Return the counts, and the campaigns that changed."""
    return _document(
        moments,
        events=totals.event_count,
        counts=_pair(asdict(totals.before), asdict(totals.after)),
        campaigns=[_campaign(change) for change in totals.campaigns],
    )


def campaign_document(
    app: Application, moments: Moments, comparison: CampaignComparison
) -> Document:
    """Return what was done to the campaign, and the contacts that changed."""
    names = app.accounts.names()
    return _document(
        moments,
        events=comparison.event_count,
        campaign=_campaign(comparison.campaign),
        acts=[event_document(recorded, names) for recorded in comparison.acts],
        contacts=[_contact(change) for change in compare_contacts_of(app, moments, comparison)],
    )


def contact_document(moments: Moments, change: ContactChange) -> Document:
    """Return the contact at both moments, and the events in between."""
    return _document(moments, events=len(change.events), contact=_contact(change))


def _document(moments: Moments, **parts: Any) -> Document:
    return {"from": _past(moments.first), "to": _past(moments.last), **parts}


def _past(moment: Past) -> Document:
    return {"seq": moment.seq, "at": iso(moment.at)}


def _pair(before: Any, after: Any) -> Document:
    return {"before": before, "after": after}


def _campaign(change: CampaignChange) -> Document:
    def of(row: CampaignRow | None) -> Document | None:
        return {"state": row.state, "counts": asdict(row.counts)} if row else None

    names = {"id": change.after.campaign_id, "name": change.after.name}
    return {**names, **_pair(of(change.before), of(change.after))}


def _contact(change: ContactChange) -> Document:
    def of(row: ContactRow | None) -> Document | None:
        if row is None:
            return None
        return {
            "status": row.status,
            "failed_reason": REASON_LABELS[row.failed_reason] if row.failed_reason else None,
            "error_code": row.error_code,
            "attempts": row.attempts,
            "opted_out": row.is_opted_out,
        }

    after = change.after
    return {
        "delivery_id": after.delivery_id,
        "phone": None if after.forgotten_at else after.phone,
        "name": None if after.forgotten_at else after.name,
        **_pair(of(change.before), of(after)),
        "events": [
            {
                "seq": recorded.seq,
                "recorded_at": iso(shown_time(recorded)),
                "summary": shown_summary(recorded),
            }
            for recorded in change.events
        ],
    }
