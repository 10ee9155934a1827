"""What the list of workbooks says about each: how far it is, or why there is none."""

from webapp.explain.numbers import counted, number

INTERRUPTED = (
    "It was interrupted: the process that made it ended, as when the server is restarted. Start it "
    "again."
)
NO_DATA_ANY_MORE = (
    "It was removed, because somebody was forgotten, or the master key changed, after it was "
    "begun. Start it again."
)
UNREADABLE = (
    "Its search cannot be read: another version of the program kept it. Search the audit trail "
    "again."
)
DISK_FULL = (
    "There is not enough room on the server's disk, so nothing was kept. Take CSV, which needs "
    "none, or let somebody make room."
)
TOO_LARGE = "It is larger than the server keeps. Narrow the search, or take CSV."


def waiting_words(before: int) -> str:
    """Return "Waits for 2 workbooks"."""
    return f"Waits for {counted(before, 'workbook')}" if before else "Waits to be made"


def running_words(events: int, last: int | None, final: int | None) -> str:
    """Return "Being made: 12,000 events so far, up to #48,210 of #96,000"."""
    if last is None or final is None:
        return "Being made"
    so_far = f"{counted(events, 'event')} so far, up to #{number(last)} of #{number(final)}"
    return f"Being made: {so_far}"


def report_running_words(rows: int, expected: int | None) -> str:
    """Return "Being made: 12,000 of about 96,000 rows"."""
    return (
        f"Being made: {number(rows)} of about {counted(expected, 'row')}"
        if expected
        else ("Being made")
    )


def failed_words(problem: str) -> str:
    """Return why a workbook could not be made, as a sentence."""
    return f"It was not made. {problem}"
