"""What fills the views: every projection, and what applies, rebuilds, compares and keeps rows."""

from collections.abc import Callable, Sequence

from projections.engine import following, parking
from projections.engine.applier import EventApplier, EventSource
from projections.engine.comparing import Comparison
from projections.engine.following import FollowingProjection
from projections.engine.projection import Projection
from projections.engine.rebuilding import Rebuilder
from projections.engine.snapshots import SnapshotProof, Snapshots
from projections.engine.view_store import ViewStore


class Filling:
    """It is made when there is something to fill: views that are up to date need no projection.

    Attributes:
        followers: The projections that follow behind the others.
        metadata: The tables of all projections, and of what the engine keeps beside them.
        applier: Applies events, and parks those that it cannot read.
        strict_applier: Applies events, and raises for one that it cannot read.
        snapshots: See `Views`.
        rebuilder: Computes all rows again.
        comparison: Compares the live rows with those of a rebuild.
    """

    def __init__(
        self,
        view_store: ViewStore,
        source: EventSource,
        projections: Sequence[Projection],
        snapshot_proof: Callable[[], SnapshotProof] | None,
    ) -> None:
        self.followers = [p for p in projections if isinstance(p, FollowingProjection)]
        self.metadata = [
            *(parking.metadata, following.metadata),
            *(p.metadata for p in projections),
        ]
        self.applier = EventApplier(source, projections, is_strict=False)
        self.strict_applier = EventApplier(source, projections, is_strict=True)
        self.snapshots = (
            Snapshots(view_store, source, snapshot_proof, self.metadata) if snapshot_proof else None
        )
        self.rebuilder = Rebuilder(view_store, source, self.metadata, self.followers)
        self.comparison = Comparison(
            view_store,
            source,
            self.rebuilder,
            self.snapshots,
            self.metadata,
            followers=self.followers,
        )
