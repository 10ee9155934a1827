"""How many examples Hypothesis tries: few in `make test`, many in `make torture`."""

from typing import Any

from hypothesis import settings

settings.register_profile("short", deadline=None, print_blob=True, max_examples=60)
settings.register_profile("long", settings.get_profile("short"), max_examples=2000)
settings.load_profile("short")


def fewer(divisor: int, **changes: Any) -> settings:
    """Return settings for slow tests: the profile's number of examples, divided.

    Read when a test module is imported, so after `--hypothesis-profile` was.
    """
    return settings(max_examples=settings.default.max_examples // divisor, **changes)
