"""Checkpoints, proofs, and how the last verification of the ledger went."""

from typing import Annotated

from msgspec import Meta

from webapp.api.models.base import AnswerModel
from webapp.explain.verifications import Tone


class Head(AnswerModel, frozen=True):
    """Where the ledger ends."""

    ledger_id: Annotated[str, Meta(examples=["214f5041b1fd4dc0b5a3b37a95c8232d"])]
    seq: Annotated[int, Meta(description="The number of its last event; 0 where there is none.")]
    recorded_at: Annotated[str | None, Meta(description="When that was recorded. ISO 8601, UTC.")]


class Checkpoint(AnswerModel, frozen=True):
    """The signed size and root of the ledger."""

    origin: Annotated[str, Meta(description="The first line of its note.")]
    size: Annotated[int, Meta(description="How many events it covers: those up to this number.")]
    root: Annotated[str, Meta(description="The root of the tree of events, in hex.")]
    made_at: Annotated[str, Meta(description="ISO 8601, UTC.")]
    note: Annotated[
        str, Meta(description="The signed note (C2SP tlog-checkpoint). Keep it elsewhere.")
    ]
    keys: Annotated[
        list[str], Meta(description="The public keys of the ledger, the present one first.")
    ]
    cosigned_by: Annotated[list[str], Meta(description="The names of witnesses.")]


class EventProof(AnswerModel, frozen=True):
    """The proof that an event is in the ledger."""

    seq: int
    checkpoint_size: int
    checkpoint_made_at: Annotated[str, Meta(description="ISO 8601, UTC.")]
    tlog_proof: Annotated[
        str, Meta(description="The proof (C2SP tlog-proof), with the checkpoint; checked offline.")
    ]


class VerificationState(AnswerModel, frozen=True):
    """How the last verification of the whole ledger went."""

    state: Annotated[
        Tone,
        Meta(description="`good`: all is as recorded; `wait`: not verified lately; `bad`: faults."),
    ]
    detail: Annotated[str, Meta(description="The same in words, as each page shows it.")]
    began_at: Annotated[str | None, Meta(description="ISO 8601, UTC; null before the first.")]
    size: Annotated[int, Meta(description="How many events were found as they were recorded.")]
    checkpoint_size: Annotated[int, Meta(description="That of the newest checkpoint.")]
    fault_count: int
    first_wrong_seq: int | None
    first_fault: str | None


EXAMPLE_HEAD = Head(
    ledger_id="214f5041b1fd4dc0b5a3b37a95c8232d",
    seq=48210,
    recorded_at="2026-11-23T14:02:11.412000+00:00",
)
_ORIGIN = "delivery-ledger/214f5041b1fd4dc0b5a3b37a95c8232d"
_NOTE = (
    f"{_ORIGIN}\n48000\nFxwrRFVBJQ0P4oG3VfVQ5Y7D8Z7bH0Kk9k1mE2p8b4c=\n\n"
    f"\u2014 {_ORIGIN} 4rJ0dGVzdA==\n"
)
EXAMPLE_CHECKPOINT = Checkpoint(
    origin=_ORIGIN,
    size=48000,
    root="171c2b445541250d0fe281b755f550e58ec3f19edb1f42a4f64d66136a7c6f87",
    made_at="2026-11-23T14:00:00+00:00",
    note=_NOTE,
    keys=[f"{_ORIGIN}+e2b27474+AU1ha2UgdGhpcyBhIGtleQ=="],
    cosigned_by=["witness.example/w1"],
)
EXAMPLE_PROOF = EventProof(
    seq=41,
    checkpoint_size=48000,
    checkpoint_made_at="2026-11-23T14:00:00+00:00",
    tlog_proof=(
        "c2sp.org/tlog-proof@v1\nextra AtwAEQLZJGRlbF9\u2026\nindex 40\n"
        f"gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n\n{_NOTE}"
    ),
)
EXAMPLE_STATE = VerificationState(
    state=Tone.GOOD,
    detail="Verified up to #48,000, 2 min ago",
    began_at="2026-11-23T14:00:11+00:00",
    size=48000,
    checkpoint_size=48000,
    fault_count=0,
    first_wrong_seq=None,
    first_fault=None,
)
