"""The parts that prove that the ledger is as it was recorded, and say when that was last done."""

from typing import TYPE_CHECKING

from webapp.composition.part import part

if TYPE_CHECKING:
    from ledger.proof.checkpoint_log import Checkpoints
    from ledger.proof.export import Exporter
    from ledger.proof.stamps import Stamps
    from ledger.proof.tiles import Tiles
    from ledger.proof.tlog_proof import Prover
    from webapp.verifications import Verifications
    from webapp.view_repairs import ViewRepairs


class ProofParts:
    """The parts about proof."""

    checkpoints: "part[Checkpoints]" = part("webapp.parts.proof:checkpoints")
    """Signed sizes and roots of the ledger."""
    exporter: "part[Exporter]" = part("webapp.parts.proof:exporter")
    """Writes bundles for auditors."""
    tiles: "part[Tiles]" = part("webapp.parts.proof:tiles")
    """Hashes of the ledger's tree."""
    prover: "part[Prover]" = part("webapp.parts.proof:prover")
    """Proves that single events are in the ledger."""
    stamps: "part[Stamps]" = part("webapp.parts.proof:stamps")
    """Time stamps of checkpoints."""
    verifications: "part[Verifications]" = part("webapp.parts.proof:verifications")
    """When the ledger was last verified."""
    view_repairs: "part[ViewRepairs]" = part("webapp.parts.proof:view_repairs")
    """When the views were last compared with the events."""
