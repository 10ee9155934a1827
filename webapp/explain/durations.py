"""Short durations beside a chart."""

_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"))


def seconds_text(seconds: int) -> str:
    """Return a duration with its greatest unit: "4 s", "3 min", "2 h", "more than 1 d"."""
    if seconds > 86_400:
        return "more than 1 d"
    for length, unit in _UNITS:
        if seconds >= length:
            value = seconds / length
            return f"{value:.0f} {unit}" if value == int(value) else f"{value:.1f} {unit}"
    return f"{seconds} s"
