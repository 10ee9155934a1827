"""Time zones: which names people may write, and in which zones a contact can be.

A contact's zone is recorded as one name of the IANA database, or as several names with spaces
between them where the contact can be in any of these: `America/Chicago America/New_York`.
"""

import zoneinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

_UTC_NAMES = frozenset({"UTC", "Etc/UTC"})
_AREAS = frozenset(
    {
        *("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe"),
        *("Indian", "Pacific", "US", "Canada", "Mexico", "Brazil", "Chile"),
    }
)
"""What a name begins with that means a place, and follows the clock there the whole year."""

_MEANT = {
    **dict.fromkeys(("et", "est", "edt", "est5edt", "eastern"), "America/New_York"),
    **dict.fromkeys(("ct", "cst", "cdt", "cst6cdt", "central"), "America/Chicago"),
    **dict.fromkeys(("mt", "mst", "mdt", "mst7mdt", "mountain"), "America/Denver"),
    **dict.fromkeys(("pt", "pst", "pdt", "pst8pdt", "pacific"), "America/Los_Angeles"),
    **dict.fromkeys(("akst", "akdt", "alaska"), "America/Anchorage"),
    **dict.fromkeys(("hst", "hdt", "hawaii"), "Pacific/Honolulu"),
    **dict.fromkeys(("ast", "adt", "atlantic"), "America/Halifax"),
    **dict.fromkeys(("nst", "ndt", "newfoundland"), "America/St_Johns"),
    **dict.fromkeys(("gmt", "bst", "gb"), "Europe/London"),
}
"""What the abbreviations of clocks, and the first words of their names, mean for a school."""


def is_time_zone(name: str) -> bool:
    """Whether this is the name of a place's time zone, such as America/New_York, or UTC.

    `EST`, `Etc/GMT+5` and `localtime` are in the database too, and are not what they seem: no
    summer time, a sign the wrong way round, and the clock of the server.
    """
    area, _, place = name.partition("/")
    is_allowed = name in _UTC_NAMES or (area in _AREAS and bool(place))
    return is_allowed and _exists(name)


def meant_zone(text: str) -> str | None:
    """Return the name that somebody means by EST, Eastern Time or new york; None if unclear."""
    words = text.strip().casefold().replace(" ", "_")
    return _MEANT.get(words.partition("_")[0]) or _names_by_place().get(words)


def zone_names(zone: str) -> list[str]:
    """Return every zone in which a contact with this recorded zone can be; blank is UTC."""
    return zone.split() or ["UTC"]


@lru_cache(maxsize=500)
def zone_info(name: str) -> ZoneInfo:
    """Return the zone of any name that was ever recorded; blank is UTC.

    Raises KeyError, ValueError or OSError where there is none.
    """
    return ZoneInfo(name or "UTC")


def _exists(name: str) -> bool:
    try:
        return bool(zone_info(name))
    except (KeyError, ValueError, OSError):
        return False


@cache
def _names_by_place() -> dict[str, str]:
    """Every name in small letters, and every place without its area → the name."""
    names = sorted(filter(is_time_zone, zoneinfo.available_timezones()), reverse=True)
    places = {name.rpartition("/")[2].casefold(): name for name in names}
    return places | {name.casefold(): name for name in names}
