"""What every mark, reason and code means, for staff: words alone, no data."""

from collections import Counter

from flask import Blueprint, render_template

from webapp.current import application
from webapp.explain import glossary

blueprint = Blueprint("glossary", __name__)


@blueprint.get("/statuses")
def index() -> str:
    """The status glossary."""
    codes = application().codes
    return render_template(
        "glossary/index.html",
        glossary=glossary,
        counts=Counter(entry.reason for entry in codes),
        groups=glossary.codes_by_reason(codes),
    )
