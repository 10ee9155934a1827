"""When a callback is posted again: Twilio's connection overrides, in the fragment of the URL.

Kinds of failure, in Twilio's words: `ct` no connection, `rt` no answer in time, `4xx`, `5xx`.
"""

from dataclasses import dataclass
from urllib.parse import parse_qs

ALL_KINDS = frozenset({"4xx", "5xx", "ct", "rt"})


@dataclass(frozen=True, kw_only=True)
class RetryRules:
    """How often and after which kinds of failure a callback is posted again; the waits allowed."""

    retries: int = 1
    kinds: frozenset[str] = frozenset({"ct"})
    connect_seconds: float = 5.0
    read_seconds: float = 15.0

    def allow(self, kind: str, tries: int) -> bool:
        """Whether to post again after a failure of this kind and so many tries in all."""
        return kind in self.kinds and tries <= self.retries


def retry_rules(url: str) -> RetryRules:
    """The rules in a URL's fragment: `#rc=5&rp=all&ct=5000&rt=3000`; Twilio's defaults without."""
    given = {name: values[0] for name, values in parse_qs(url.partition("#")[2]).items()}
    kinds = frozenset(given.get("rp", "ct").split(","))
    return RetryRules(
        retries=_number(given.get("rc"), default=1, most=5),
        kinds=ALL_KINDS if "all" in kinds else kinds,
        connect_seconds=_number(given.get("ct"), default=5000, most=10_000) / 1000,
        read_seconds=_number(given.get("rt"), default=15_000, most=15_000) / 1000,
    )


def _number(text: str | None, *, default: int, most: int) -> int:
    if text is None or not text.isdecimal():
        return default
    return min(int(text), most)
