"""What proves that nothing was changed: checkpoints, proofs of events, the last verification."""

from flask import Blueprint

from ledger.errors import NotFound
from webapp.api.models import proofs as models
from webapp.api.models.base import MomentQuery
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.current import application
from webapp.documents import iso
from webapp.explain.verifications import verify_mark
from webapp.permissions import Permission, needs
from webapp.proven_events import newest_checkpoint, proof_text
from webapp.shown_moment import until_seq
from webapp.whole_numbers import whole_number

blueprint = Blueprint("proofs", __name__)

_TAG = "Proofs"


@blueprint.get("/head")
@operation("getHead", tag=_TAG, answer=models.Head, example=models.EXAMPLE_HEAD)
@needs(Permission.SEE_STATUS)
def head(query: MomentQuery) -> Answer[models.Head]:
    """Return the number of the newest event."""
    del query  # its moment was read
    ledger, until = application().ledger, until_seq()
    seq = ledger.reader.head() if until is None else until
    recorded_at = iso(ledger.reader.time_at(seq)) if seq else None
    return models.Head(ledger_id=ledger.ledger_id, seq=seq, recorded_at=recorded_at)


@blueprint.get("/checkpoint")
@operation(
    "getCheckpoint",
    tag=_TAG,
    answer=models.Checkpoint,
    example=models.EXAMPLE_CHECKPOINT,
    problems=[Kind.NOT_FOUND, Kind.REFUSED],
)
@needs(Permission.SEE_STATUS)
def checkpoint(query: MomentQuery) -> Answer[models.Checkpoint]:
    """Return the newest checkpoint: the signed size and root of the ledger.

    Keep it outside of the school: `delivery-ledger verify --against` compares the ledger with it.
    """
    del query  # its moment was read
    checkpoints, newest = application().checkpoints, newest_checkpoint()
    if newest is None:
        raise NotFound("No checkpoint was made by then. `delivery-ledger checkpoint` makes one.")
    return models.Checkpoint(
        origin=checkpoints.origin,
        size=newest.size,
        root=newest.tree.frontier.root().hex(),
        made_at=newest.made_at.isoformat(),
        note=newest.note,
        keys=list(map(str, checkpoints.keys())),
        cosigned_by=checkpoints.cosigned_by(newest),
    )


@blueprint.get("/events/<seq>/proof")
@operation(
    "getEventProof",
    tag=_TAG,
    answer=models.EventProof,
    example=models.EXAMPLE_PROOF,
    problems=[Kind.NOT_FOUND, Kind.REFUSED],
)
@needs(Permission.SEE_WORDS)
def proof(query: MomentQuery, seq: str) -> Answer[models.EventProof]:
    """Return the proof that one event is in the ledger, which anybody can check offline.

    It is against the newest checkpoint; none is made.
    """
    del query  # its moment was read
    event_seq = whole_number(seq)
    newest, text = proof_text(event_seq)
    return models.EventProof(
        seq=event_seq,
        checkpoint_size=newest.size,
        checkpoint_made_at=newest.made_at.isoformat(),
        tlog_proof=text,
    )


@blueprint.get("/verification")
@operation(
    "getVerification",
    tag=_TAG,
    answer=models.VerificationState,
    example=models.EXAMPLE_STATE,
)
@needs(Permission.SEE_STATUS)
def verification() -> Answer[models.VerificationState]:
    """Return how the last verification of the ledger went. Only the present knows it."""
    app = application()
    state = app.verifications.state()
    mark = verify_mark(state, app.ledger.reader.head(), app.clock.now())
    return models.VerificationState(
        state=mark.tone,
        detail=mark.words,
        began_at=iso(mark.at),
        size=state.last.size if state.last else 0,
        checkpoint_size=state.checkpoint_size,
        fault_count=state.last.fault_count if state.last else 0,
        first_wrong_seq=mark.first_seq,
        first_fault=(state.last.first_fault if state.last else "") or None,
    )
