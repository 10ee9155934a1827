"""The page that explains every mark, reason and code to staff. It reads no store."""

from collections import Counter

from flask import Blueprint, render_template

from webapp.current import application
from webapp.explain import glossary
from webapp.permissions import Permission, needs

blueprint = Blueprint("glossary", __name__)


@blueprint.get("/statuses")
@needs(Permission.SEE_STATUS)
def index() -> str:
    """The status glossary."""
    codes = application().codes
    return render_template(
        "glossary/index.html",
        glossary=glossary,
        counts=Counter(code.reason for code in codes),
        groups=glossary.codes_by_reason(codes),
    )
