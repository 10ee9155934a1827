"""The page that explains every mark, reason and code to staff. It reads no store."""

from collections import Counter

from flask import Blueprint, render_template, request

from webapp.current import application
from webapp.explain import glossary
from webapp.permissions import Permission, needs

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
    )
