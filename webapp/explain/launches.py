"""What readers learn about a launch that was made a short while before."""

from datetime import datetime

from ledger.commands.recent_launches import RecentLaunch
from ledger.domain.offices import EVERYTHING, Scope
from webapp.explain.numbers import counted


def recent_launch_sentence(recent: RecentLaunch, now: datetime, scope: Scope = EVERYTHING) -> str:
    """Return that the same campaign was launched: "“Fall aid” was launched 12 minutes ago …".

    One of an office outside of the scope has no name.
    """
    name = f"“{recent.name}”" if scope.sees(recent.office_id) else "A campaign of another office"
    when = _ago((now - recent.begun_at).total_seconds())
    contacts = "and contacts" if recent.is_same else "for most of these contacts"
    if recent.is_launched:
        return f"{name} was launched {when} with the same text {contacts}."
    if recent.is_requested:
        return (
            f"A launch of {name} with the same text {contacts} was asked for {when}. It "
            "waits for approval."
        )
    return (
        f"A launch of {name} with the same text {contacts} began {when}. It is still "
        "under way, or was cut off and texts nobody."
    )


def _ago(seconds: float) -> str:
    minutes = int(seconds // 60)
    return f"{counted(minutes, 'minute')} ago" if minutes else "less than a minute ago"
