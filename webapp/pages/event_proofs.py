"""The proof that one event is in the ledger: its part of the event's page, and its download."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, request

from ledger.errors import LedgerDamaged
from ledger.proof.merkle_proofs import inclusion_ranges
from ledger.proof.tlog_proof import TlogProof
from webapp.current import application
from webapp.permissions import Permission, needs
from webapp.proven_events import covering, proof_text

blueprint = Blueprint("event_proofs", __name__, url_prefix="/audit")

_QUICK = 1 << 15
"""The largest ledger whose path is computed with each page, which reads a leaf for each event."""


@dataclass(frozen=True)
class PathStep:
    """A hash of the path, and the first and last event that it covers."""

    first: int
    last: int
    is_left: bool
    """Whether it is hashed before what was computed so far, or behind it."""
    root: str


@dataclass(frozen=True, kw_only=True)
class EventProof:
    """What the page of an event says of its proof."""

    size: int
    """Of the checkpoint that covers it; 0 where none does."""
    made_at: datetime | None = None
    root: str = ""
    steps: Sequence[PathStep] = ()
    text: str = ""
    """The tlog-proof; blank where it was not asked for and would take long."""
    is_damaged: bool = False
    is_open: bool = False


def proof_of(seq: int) -> EventProof:
    """Return the proof against the newest checkpoint of the page's moment; makes no checkpoint."""
    is_asked = request.args.get("proof") == "path"
    try:
        checkpoint = covering(seq)
        if checkpoint is None:
            return EventProof(size=0)
        if checkpoint.size > _QUICK and not is_asked:
            return EventProof(size=checkpoint.size, made_at=checkpoint.made_at)
        proof = application().prover.prove_in(checkpoint, seq)
    except LedgerDamaged:
        return EventProof(size=0, is_damaged=True, is_open=is_asked)
    return EventProof(
        size=checkpoint.size,
        made_at=checkpoint.made_at,
        root=checkpoint.frontier.root().hex(),
        steps=_steps(proof, checkpoint.size),
        text=str(proof),
        is_open=is_asked,
    )


@blueprint.get("/<number:seq>/tlog-proof")
@needs(Permission.SEE_WORDS)
def tlog_proof(seq: int) -> Response:
    """Download the proof of one event, as C2SP's tlog-proof; makes no checkpoint."""
    _checkpoint, text = proof_text(seq)
    return Response(
        text,
        mimetype="text/plain",
        headers={"Content-Disposition": f'attachment; filename="event-{seq}.tlog-proof"'},
    )


def _steps(proof: TlogProof, size: int) -> list[PathStep]:
    ranges = inclusion_ranges(proof.index, size)
    return [
        PathStep(leaves.start + 1, leaves.end, leaves.end <= proof.index, root.hex())
        for leaves, root in zip(ranges, proof.nodes, strict=True)
    ]
