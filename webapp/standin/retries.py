"""When a callback is posted again: Twilio's connection overrides in the fragment of the URL.

Kinds of failure, in Twilio's words: `ct` no connection, `rt` no answer in time, `4xx`, `5xx`.
"""

from dataclasses import dataclass
from urllib.parse import parse_qs

ALL_KINDS = frozenset({"4xx", "5xx", "ct", "rt"})


@dataclass(frozen=True, kw_only=True)
class RetryRules:
    """How often and after which failures a callback is posted again, and its time limits."""

    retries: int = 1
    kinds: frozenset[str] = frozenset({"ct"})
    connect_seconds: float = 5.0
    read_seconds: float = 15.0

    def allow(self, kind: str, tries: int) -> bool:
        """Return whether to post again after a failure of this kind; `tries` counts all posts."""
        return kind in self.kinds and tries <= self.retries


def retry_rules(url: str) -> RetryRules:
    """Return the rules in a URL's fragment such as `#rc=5&rp=all&ct=5000&rt=3000`, or defaults."""
    overrides = {name: values[0] for name, values in parse_qs(url.partition("#")[2]).items()}
    kinds = frozenset(overrides.get("rp", "ct").split(","))
    return RetryRules(
        retries=_number(overrides.get("rc"), default=1, most=5),
        kinds=ALL_KINDS if "all" in kinds else kinds,
        connect_seconds=_number(overrides.get("ct"), default=5000, most=10_000) / 1000,
        read_seconds=_number(overrides.get("rt"), default=15_000, most=15_000) / 1000,
    )


def _number(text: str | None, *, default: int, most: int) -> int:
    if text is None or not text.isdecimal():
        return default
    return min(int(text), most)
