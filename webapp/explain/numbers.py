"""Counts and durations as people read them: "1,234 contacts", "2 hours 30 minutes"."""

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_VOWELS = "aeiou"


def number(value: int) -> str:
    """Return a number with separated thousands: 1,234."""
    return f"{value:,}"


def plural(count: int, singular: str, plural_form: str | None = None) -> str:
    """Return the word that fits the count; the plural form is regular unless given."""
    return singular if count == 1 else plural_form or _regular_plural(singular)


def counted(count: int, singular: str, plural_form: str | None = None) -> str:
    """Return the count and what is counted: "1 contact", "1,234 deliveries"."""
    return f"{number(count)} {plural(count, singular, plural_form)}"


def duration(seconds: float) -> str:
    """Return a duration in its two greatest units: "45 seconds", "5 minutes", "2 days 3 hours"."""
    rest = round(seconds)
    parts: list[tuple[int, str]] = []
    for unit, length in _UNITS:
        amount, rest = divmod(rest, length)
        if amount or (parts and len(parts) < 2):
            parts.append((amount, unit))
    words = [counted(amount, unit) for amount, unit in parts[:2] if amount]
    return " ".join(words) or "0 seconds"


def elapsed(seconds: float) -> str:
    """Return how far apart two moments are: "4.6 seconds" within a minute, then as `duration`."""
    return f"{seconds:.1f} seconds" if seconds < 60 else duration(seconds)


def _regular_plural(noun: str) -> str:
    if noun.endswith("y") and noun[-2] not in _VOWELS:
        return f"{noun[:-1]}ies"
    return f"{noun}s"
