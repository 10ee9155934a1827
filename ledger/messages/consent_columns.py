"""The consent in a row of a contact file.

Mobile,Consent source,Consent at
(415) 555-0101,Fall enrollment form,2026-08-15
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger.errors import BadInput
from ledger.messages.written_times import WrittenTimes

SOURCE_COLUMNS = ("consent_source", "consent")
TIME_COLUMNS = ("consent_given_at", "consent_at", "consent_time", "consent_date")
CONSENT_COLUMNS = (*SOURCE_COLUMNS, *TIME_COLUMNS)

_LONGEST_SOURCE = 200
_NO_CONSENT = frozenset(
    (
        *("no", "n", "none", "non", "not given", "never", "false", "0", "-", "na", "n/a"),
        *("declined", "refused", "denied", "withdrawn", "revoked", "opted out", "opt out"),
    )
)
"""What schools write in such a column for a person who gave no consent."""


@dataclass(frozen=True, slots=True)
class WrittenConsent:
    """A consent as a contact file has it."""

    source: str
    """How it was given, in the school's own words; blank where the file does not say."""
    given_at: datetime | None
    """None where the file does not say."""


def consent_in(values: Mapping[str, str], times: WrittenTimes) -> WrittenConsent | None:
    """Return the consent in a row's fields, None without one; raises BadInput for its time."""
    source, time = _first(values, SOURCE_COLUMNS), _first(values, TIME_COLUMNS)
    if source.casefold().strip(" .!") in _NO_CONSENT or not (source or time):
        return None
    try:
        given_at = times.read(time)
    except BadInput as error:
        raise BadInput(f"the time of the consent, {error}") from None
    return WrittenConsent(source[:_LONGEST_SOURCE], given_at)


def _first(values: Mapping[str, str], names: tuple[str, ...]) -> str:
    return next((values[name] for name in names if values.get(name)), "")
