"""The page that explains every mark, reason and code to staff.

All but the codes that this ledger met is shown without a store.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from flask import Blueprint, render_template, request

from ledger.domain.error_codes import ErrorCode
from ledger.errors import StoreUnavailable
from projections.overview.all_campaigns import MetCode
from webapp.current import application
from webapp.explain import glossary
from webapp.permissions import Permission, needs
from webapp.shown_moment import all_campaigns

blueprint = Blueprint("glossary", __name__)


@blueprint.get("/statuses")
@needs(Permission.SEE_STATUS)
def index() -> str:
    """Show the glossary; `q` asks for the codes with these words alone."""
    codes, words = application().codes, request.args.get("q", "").strip()
    found = glossary.codes_with(codes, words)
    return render_template(
        "glossary/index.html",
        glossary=glossary,
        counts=Counter(code.reason for code in codes),
        groups=glossary.codes_by_reason(found),
        found_count=len(found),
        words=words,
        met=() if words else _met(),
    )


def _met() -> Sequence[tuple[str, ErrorCode | None, MetCode]]:
    """Return the codes that texts met here, the commonest first; none if the views are away."""
    known = {code.code: code for code in application().codes}
    with suppress(StoreUnavailable):
        met = all_campaigns().codes()
        ordered = sorted(met.items(), key=lambda each: (-each[1].contacts, each[0]))
        return [(code, known.get(code), each) for code, each in ordered]
    return ()
