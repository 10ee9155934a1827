"""What is said about texts that were sent and never confirmed."""

from webapp.explain.numbers import counted


def accounted_sentence(texts: int, *, is_complete: bool) -> str:
    """Return what accounting for the texts did."""
    if not texts:
        return (
            "Nothing to account for: each text was reported on, or staff accounted for it before."
        )
    complete = " The campaign is complete." if is_complete else ""
    return f"{counted(texts, 'text')} accounted for. A later report still counts.{complete}"
