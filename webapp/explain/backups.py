"""What the proof of a backup showed, in sentences."""

from webapp.backups.proving import Proof
from webapp.explain.numbers import counted, plural


def proof_sentence(proof: Proof) -> str:
    """Return "Read back: 41 events recomputed and right, compared with 2 checkpoints. …"."""
    forgotten = (
        f", {counted(proof.forgotten, 'enrolment')} of forgotten contacts left out"
        if proof.forgotten
        else ""
    )
    return (
        f"Read back: {counted(proof.events, 'event')} recomputed and "
        f"{'right' if not proof.faults else 'NOT RIGHT'}, compared with "
        f"{counted(proof.checkpoints, 'checkpoint')}; {counted(proof.enrolments, 'enrolment')} "
        f"unsealed{forgotten}; {counted(proof.accounts, 'account')}."
    )


def faults_sentence(proof: Proof) -> str:
    """Return "The ledger has 2 faults; the first: #41: …"."""
    are = plural(proof.fault_count, "is", "are")
    return f"There {are} {counted(proof.fault_count, 'fault')}; the first: {proof.faults[0]}."
