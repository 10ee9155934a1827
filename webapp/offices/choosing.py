"""Which office somebody may launch into, and what of an office they may change.

It is one of their own, unless they see all offices.
"""

from ledger.domain.offices import Office, Offices, Scope
from ledger.errors import BadInput, NotFound, Refused

_NOT_YOURS = "You may launch only into your own offices, and none of them is open. Ask an admin."


def offices_to_choose(offices: Offices, scope: Scope) -> list[Office]:
    """Return the offices into which somebody may launch."""
    return [office for office in offices.open if scope.sees(office.office_id)]


def chosen_office(offices: Offices, scope: Scope, words: str | None) -> str | None:
    """Return the id of the office of a campaign; None is the whole district.

    `words` are its id or name. Without them it is the one office of somebody who has only one.
    Raises `NotFound` for an office that is not seen, `Refused` for one that is closed, and
    `BadInput` where one must be chosen.
    """
    if words and words.strip():
        office = offices.named(words.strip())
        if not scope.sees(office.office_id):
            raise NotFound(f"There is no office {words.strip()} here.")
        offices.check_open(office.office_id)
        return office.office_id
    if scope.is_everything:
        return None
    mine = offices_to_choose(offices, scope)
    if not mine:
        raise Refused(_NOT_YOURS)
    if len(mine) > 1:
        names = ", ".join(office.name for office in mine)
        raise BadInput(f"Choose the office of the campaign: {names}.")
    return mine[0].office_id


def may_change(scope: Scope, office_id: str | None) -> bool:
    """Whether somebody may change a list or a template; without an office it is of all offices."""
    return scope.is_everything if office_id is None else scope.sees(office_id)
