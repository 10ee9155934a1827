"""The reference of the API: the OpenAPI document, and a page for people that is made from it.

The page needs no script and no other site. Neither needs a token: they hold no data of the ledger.
"""

import json
import re
from typing import Any

import msgspec
from flask import Blueprint, Response, render_template, request
from markupsafe import Markup, escape

from webapp.api.document import document as openapi_document
from webapp.api.problem_types import ABOUT, type_of
from webapp.api.reference import models, operations

blueprint = Blueprint("documentation", __name__)


@blueprint.get("/openapi.json")
def document() -> Response:
    """Return the OpenAPI 3.1 document."""
    return Response(msgspec.json.encode(openapi_document()), mimetype="application/json")


@blueprint.get("/docs")
def page() -> str:
    """Show the same for people."""
    made = openapi_document()
    return render_template(
        "api/reference.html",
        document=made,
        operations=list(operations(made)),
        models=list(models(made)),
        problems=[(type_of(kind), about) for kind, about in ABOUT.items()],
        root=request.script_root,
    )


@blueprint.app_template_filter("with_code")
def _with_code(words: str) -> Markup:
    """Return words in which what stands between backticks is code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(words))))  # noqa: S704


@blueprint.app_template_filter("in_lines")
def _in_lines(value: Any) -> str:
    """Return JSON over several lines."""
    return json.dumps(value, ensure_ascii=False, indent=2)
