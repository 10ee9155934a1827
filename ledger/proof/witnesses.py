"""Asks witnesses to cosign checkpoints, as https://c2sp.org/tlog-witness says.

A cosignature says: of this ledger the witness has seen one history only, and this is its end. So a
ledger that is rewritten or restored, and signed again, gets no cosignature any more.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ledger.errors import BadInput
from ledger.proof.add_checkpoint import AddCheckpoint
from ledger.proof.log_checkpoint import size_of
from ledger.proof.note_keys import NamedKey, SignatureType
from ledger.proof.signed_note import is_signed, signatures_by

SIZE_TYPE = "text/x.tlog.size"
"""The type of an answer that says what a witness cosigned last."""


@dataclass(frozen=True)
class WitnessAddress:
    """A witness's public key, and the address that requests are posted below."""

    key: NamedKey
    url: str


@dataclass(frozen=True)
class WitnessAnswer:
    """An answer of any status."""

    status_code: int
    content_type: str
    text: str


class NoWitnessAnswerError(Exception):
    """There was no whole answer; the message names the kind of error."""


class Post(Protocol):
    """Posts a text to an address."""

    def __call__(self, url: str, body: str) -> WitnessAnswer:
        """Return the answer; raises `NoWitnessAnswerError`."""


class NotCosignedError(Exception):
    """A witness gave no cosignature; the message says why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A checkpoint that is to be cosigned, and how to prove that it continues older ones."""

    note: str
    size: int
    prove: Callable[[int], Sequence[bytes]]
    """Returns the consistency proof from an older size."""


def witnesses_in(text: str) -> list[WitnessAddress]:
    """Read pairs of key and address, separated by commas; raises `BadInput`.

    witness.example/w1+5aa3…+BPr… https://witness.example/w1, …
    """
    witnesses = []
    for pair in text.split(","):
        key, _, url = pair.strip().partition(" ")
        if not url.strip().startswith(("https://", "http://")):
            raise BadInput(f"{pair.strip()!r} has no address behind its key")
        named = NamedKey.parse(key, SignatureType.WITNESS)
        witnesses.append(WitnessAddress(named, url.strip().rstrip("/")))
    return witnesses


def cosignature_by(
    witness: WitnessAddress, submission: Submission, old_size: int, post: Post
) -> str:
    """Return the lines with which the witness cosigns; raises `NotCosignedError`.

    `old_size` is what it cosigned last, as far as the ledger knows; the witness corrects that.
    """
    answer = _answer(witness, submission, old_size, post)
    other_size = _size_in(answer)
    if other_size is not None and other_size > submission.size:
        raise NotCosignedError(
            f"{witness.key.name} has cosigned a checkpoint of {other_size} events, and this one "
            f"has {submission.size}: the ledger lost its end, or an old backup was restored."
        )
    if other_size is not None:
        answer = _answer(witness, submission, other_size, post)
    if answer.status_code != 200:
        raise NotCosignedError(_refusal(witness.key.name, answer.status_code))
    return _checked(witness.key, submission, answer.text)


def _answer(
    witness: WitnessAddress, submission: Submission, old_size: int, post: Post
) -> WitnessAnswer:
    proof = submission.prove(old_size)
    request = AddCheckpoint(old_size=old_size, proof=proof, note=submission.note)
    try:
        return post(f"{witness.url}/add-checkpoint", str(request))
    except NoWitnessAnswerError as error:
        raise NotCosignedError(f"{witness.key.name} did not answer ({error}).") from error


def _size_in(answer: WitnessAnswer) -> int | None:
    if answer.status_code != 409 or answer.content_type != SIZE_TYPE:
        return None
    try:
        return size_of(answer.text.removesuffix("\n"))
    except BadInput:
        return None


def _checked(key: NamedKey, submission: Submission, lines: str) -> str:
    try:
        cosignatures = signatures_by(lines, key)
        if is_signed(submission.note + cosignatures, [key]):
            return cosignatures
    except BadInput:
        pass
    raise NotCosignedError(f"{key.name} answered, but without a valid cosignature.")


def _refusal(name: str, status_code: int) -> str:
    """Why a witness answers with that status, in words."""
    known = {
        403: "does not know the key that signs here: give its operator the present line `Key: …`.",
        404: "does not know this ledger: give its operator the line `Key: …`.",
        409: "cosigned another checkpoint meanwhile.",
        422: (
            "refuses: the checkpoint does not continue the last one that it cosigned. An old "
            "backup was restored, or events were changed by other means; see what "
            "`delivery-ledger verify` says."
        ),
    }
    return f"{name} {known.get(status_code, f'answered with HTTP status {status_code}.')}"
