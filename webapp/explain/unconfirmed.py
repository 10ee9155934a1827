"""What is said about texts that were sent and never confirmed."""

from webapp.explain.numbers import counted


def accounted_sentence(texts: int, *, is_complete: bool) -> str:
    """Return what accounting for the texts did."""
    if not texts:
        return "No text waits for that: each was reported on, or accounted for before."
    complete = " The campaign is complete." if is_complete else ""
    return f"{counted(texts, 'text')} accounted for; a later report still counts.{complete}"
