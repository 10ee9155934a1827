"""What is wrong with a number, by the last proof that it cannot be reached."""

from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from ledger.domain.vocabulary import Reason


class NumberFault(StrEnum):
    """What is wrong with a number, as the registrar would ask."""

    LANDLINE = "landline"
    NO_SUCH_NUMBER = "no_such_number"
    UNREACHABLE = "unreachable"
    """Switched off or out of reach, each time that it was tried."""
    NO_PHONE = "no_phone"
    """It is no number of a person's phone, such as a short code or the school's own number."""


_OF_CODE = {
    **dict.fromkeys(("21614", "21635", "30006"), NumberFault.LANDLINE),
    **dict.fromkeys(("14101", "21211", "21217", "30005", "30014"), NumberFault.NO_SUCH_NUMBER),
}
_OF_REASON = {
    Reason.LANDLINE: NumberFault.LANDLINE,
    Reason.UNREACHABLE_NUMBER: NumberFault.UNREACHABLE,
}


def fault_of(proof: Any) -> sa.ColumnElement[str]:
    """Return the fault of a proof; `proof` has the columns of `unreachable_proofs`."""
    return sa.type_coerce(
        sa.case(
            *((proof.code == code, fault) for code, fault in _OF_CODE.items()),
            *((proof.reason == reason, fault) for reason, fault in _OF_REASON.items()),
            else_=NumberFault.NO_PHONE,
        ),
        sa.Text,
    )
