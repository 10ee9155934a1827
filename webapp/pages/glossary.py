"""What every mark, reason and code means, for staff: words alone, no data."""

from collections import Counter
from itertools import groupby

from flask import Blueprint, render_template

from ledger.domain.error_codes import CodeTable, ErrorCode
from ledger.domain.vocabulary import Reason
from webapp.current import application

blueprint = Blueprint("glossary", __name__)


@blueprint.get("/statuses")
def index() -> str:
    """The status glossary."""
    codes = application().codes
    return render_template(
        "glossary/index.html",
        reasons=sorted(Reason, key=lambda reason: reason.label),
        counts=Counter(entry.reason for entry in codes),
        groups=_groups(codes),
    )


def _groups(codes: CodeTable) -> list[tuple[Reason, list[ErrorCode]]]:
    """The codes under their reasons, by label, and by number under each."""
    ordered = sorted(codes, key=lambda entry: (entry.reason.label, int(entry.code)))
    return [(reason, list(found)) for reason, found in groupby(ordered, lambda e: e.reason)]
