"""The proof that an event is in the ledger at the moment that is shown, for page and API."""

from ledger.errors import NotFound
from ledger.proof.kept_checkpoints import KeptCheckpoint
from ledger.proof.merkle_proofs import MAX_SIZE
from webapp.current import application
from webapp.explain.numbers import number
from webapp.shown_moment import until_seq


def newest_checkpoint() -> KeptCheckpoint | None:
    """Return the newest checkpoint of the moment; None where there is none."""
    return application().checkpoints.latest(until=_until())


def covering(seq: int) -> KeptCheckpoint | None:
    """Return the newest checkpoint of the moment; None where it lacks the event."""
    return application().prover.covering(seq, until=_until())


def proof_text(seq: int) -> tuple[KeptCheckpoint, str]:
    """Return a checkpoint, and the proof against it, as C2SP's tlog-proof. Makes no checkpoint.

    Raises `NotFound` where no checkpoint covers the event, and `LedgerDamaged`.
    """
    checkpoint = covering(seq)
    if checkpoint is None:
        raise NotFound(
            f"No checkpoint covers an event #{number(seq)} yet. `delivery-ledger tlog-proof {seq}` "
            "makes one."
        )
    return checkpoint, str(application().prover.prove_in(checkpoint, seq))


def _until() -> int:
    until = until_seq()
    return MAX_SIZE if until is None else until
