"""The views of a ledger, with every projection that fills them, opened together."""

import pkgutil
from contextlib import ExitStack
from functools import partial

from ledger.ledger import Ledger
from ledger.store.store import Store
from projections.callback_silence import SilenceProjection
from projections.contact_lists import ContactListsProjection
from projections.conversations.projection import ConversationsProjection
from projections.costs.projection import CostsProjection
from projections.drafts import DraftsProjection
from projections.engine.projection import Projection
from projections.engine.view_store import open_view_store
from projections.engine.views import Views
from projections.launch_requests import LaunchRequestsProjection
from projections.numbers_to_fix.projection import NumbersToFix
from projections.opt_outs import OptOutsProjection
from projections.overview.projection import OverviewProjection
from projections.people.index import PeopleIndex
from projections.possible_opt_outs import PossibleOptOutsProjection
from projections.resend_requests import ResendRequestsProjection
from projections.responses import ResponsesProjection
from projections.tables.projection import SharedProjection
from webapp import tracing
from webapp.settings import Settings

_SNAPSHOT_PROOF = "webapp.snapshot_proof:CheckpointProof"
"""Imported where a snapshot is made or used; proofs need the library of signatures."""


def all_projections() -> list[Projection]:
    """Return every projection, in the order in which they are applied."""
    return [
        SharedProjection(),
        SilenceProjection(),
        ConversationsProjection(),
        DraftsProjection(),
        ContactListsProjection(),
        LaunchRequestsProjection(),
        ResendRequestsProjection(),
        PossibleOptOutsProjection(),
        OptOutsProjection(),
        PeopleIndex(),
        NumbersToFix(),
        OverviewProjection(),
        CostsProjection(),
        ResponsesProjection(),
    ]


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
            all_projections(),
            lambda: pkgutil.resolve_name(_SNAPSHOT_PROOF)(settings, store, ledger),
            around_batch=partial(tracing.span, "catch up"),
        )
        opened.pop_all()
    return views
