"""What is said of a person's consent to get texts."""

from collections.abc import Iterator

from ledger.domain.events import ConsentRecorded
from projections.campaigns.rows import Consent
from webapp.explain.numbers import counted, plural
from webapp.explain.times import zoned_text


def consent_summary(event: ConsentRecorded) -> str:
    """Return what was recorded, without the school's own words, which may name somebody."""
    given = f", given {zoned_text(event.given_at)}" if event.given_at else ""
    return f"Consent recorded{given}"


def consent_words(consent: Consent | None, hides_source: bool = False) -> str:  # noqa: FBT001, FBT002 - of a template
    """Return how and when consent was given: "Enrollment form, given 15 Aug 2026, 00:00 UTC".

    With `hides_source` it is "Recorded", as the school's own words may name somebody.
    """
    if consent is None:
        return "Not recorded"
    source = "Recorded" if hides_source or not consent.source else consent.source
    given = f", given {zoned_text(consent.given_at)}" if consent.given_at else ""
    return f"{source}{given}"


def consent_notes(count: int | None) -> Iterator[str]:
    """Yield what a launch does with contacts without consent; None: consent is not required."""
    if count:
        yield (
            f"{counted(count, 'contact')} {plural(count, 'is', 'are')} left out: no consent is "
            "recorded, and LEDGER_REQUIRE_CONSENT is on."
        )
