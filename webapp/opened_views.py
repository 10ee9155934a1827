"""Opens the views of a ledger; the projections that fill them are imported when they are needed."""

import pkgutil
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial

from ledger.ledger import Ledger
from ledger.store.store import Store
from projections.engine.projection import Projection
from projections.engine.view_store import open_view_store
from projections.engine.views import Views
from webapp import tracing
from webapp.settings import Settings

_PROJECTIONS = "webapp.all_projections:all_projections"
_SNAPSHOT_PROOF = "webapp.snapshot_proof:CheckpointProof"
"""Imported where a snapshot is made or used; proofs need the library of signatures."""


def _all_projections() -> Sequence[Projection]:
    projections: Sequence[Projection] = pkgutil.resolve_name(_PROJECTIONS)()
    return projections


def open_views(settings: Settings, store: Store, ledger: Ledger) -> Views:
    """Open the views of a ledger, and create those that do not exist. Raises `BadSetting`."""
    databases = settings.databases
    view_store = open_view_store(
        databases.views_url, databases.ledger_url, setting="LEDGER_VIEWS_URL"
    )
    with ExitStack() as opened:
        opened.callback(view_store.engine.dispose)
        views = Views(
            view_store,
            ledger.reader,
            _all_projections,
            lambda: pkgutil.resolve_name(_SNAPSHOT_PROOF)(settings, store, ledger),
            around_batch=partial(tracing.span, "catch up"),
        )
        opened.pop_all()
    return views
