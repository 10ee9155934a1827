"""Look-ups of line types before a launch, for the command line and the pages."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from ledger.messages.contact_rows import Rows
from ledger.sending.line_types import LineTypeLookUp, LookUpPlan
from webapp.bootstrap import Application
from webapp.explain.line_types import LookedUp, look_up_sentence


@dataclass(frozen=True, kw_only=True)
class PlannedLookUp:
    """The look-up of the numbers of a contact file."""

    app: Application
    rows: Rows
    line_types: LineTypeLookUp
    plan: LookUpPlan

    @property
    def sentence(self) -> str:
        """How many numbers Twilio is asked about, and what that costs."""
        plan = self.plan
        return look_up_sentence(len(plan.phones), plan.known, self.app.settings.look_up_price)

    def carry_out(
        self,
        by: str,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
        *,
        seconds: float = math.inf,
    ) -> LookedUp:
        """Look the numbers up, record the results, and return what they are.

        Ends a little after as many seconds; then some are left.
        """
        phones, price = self.plan.phones, self.app.settings.look_up_price
        result = self.line_types.look_up(phones, by, progress=progress, seconds=seconds)
        return LookedUp(
            asked=len(phones),
            failed=result.failed,
            left=result.left,
            landlines=self._landline_count(),
            cost=price.of(len(phones)) if price else None,
        )

    def skip(self) -> LookedUp:
        """Ask nobody, and return what is known already."""
        missing = len(self.plan.phones)
        return LookedUp(asked=0, failed=missing, landlines=self._landline_count(), cost=None)

    def _landline_count(self) -> int:
        return self.line_types.landline_count(row.phone for row in self.rows)


def planned_look_up(app: Application, rows: Rows) -> PlannedLookUp:
    """Return the look-up that a launch to these rows needs; it asks nobody yet.

    Raises `BadSetting` without an account at Twilio, and `Refused` where the ledger belongs to
    another one.
    """
    line_types = app.sending.line_type_look_up()
    plan = line_types.plan(row.phone for row in rows)
    return PlannedLookUp(app=app, rows=rows, line_types=line_types, plan=plan)
