"""The preview of a message that is being written: merged text, segments, costly characters."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO

from flask import render_template
from markupsafe import Markup

from ledger.errors import BadInput
from ledger.messages.contact_file import columns_in
from ledger.messages.merge_fields import field_name
from ledger.messages.message_variants import folded_value
from ledger.messages.opt_out_instructions import says_how_to_opt_out
from ledger.messages.segments import Segments, count_segments, unusual_characters
from ledger.messages.template import MAX_LENGTH, Template
from webapp.pages.uploads import ContactFile
from webapp.pages.wording_fields import WrittenWording


@dataclass(frozen=True, kw_only=True)
class Preview:
    """A previewed message; `segments` is None without a text to count."""

    body: str
    length: int
    segments: Segments | None = None
    unusual: tuple[str, ...] = ()
    is_merged: bool = False
    """Whether the fields hold a contact's values, or there are none."""
    says_how_to_opt_out: bool = True
    error: str = ""
    wording: str = ""
    """The value whose wording is shown; blank for the message itself."""
    limit: int = field(default=MAX_LENGTH, init=False)


def preview_of(
    message: str,
    fields: Mapping[str, str] | None,
    *,
    column: str = "",
    wordings: Sequence[WrittenWording] = (),
) -> Preview:
    """Preview the message with these fields; without them it is counted with the fields' names.

    A contact whose value of the column has a wording of its own gets that.
    """
    wording = _wording_for(fields or {}, column, wordings)
    message = wording.text if wording else message
    if not message.strip():
        return Preview(body="", length=0)
    try:
        template = Template.parse(message)
        shown = template.merge(fields or {name: f"{{{{{name}}}}}" for name in template.fields})
        counted = template.merge(fields or {name: name for name in template.fields})
    except BadInput as refusal:
        return Preview(body=message, length=len(message), error=str(refusal))
    return Preview(
        body=shown,
        length=len(counted),
        segments=count_segments(counted),
        unusual=unusual_characters(counted),
        is_merged=bool(fields) or not template.fields,
        says_how_to_opt_out=says_how_to_opt_out(message),
        wording=wording.value if wording else "",
    )


def _wording_for(
    fields: Mapping[str, str], column: str, wordings: Sequence[WrittenWording]
) -> WrittenWording | None:
    """Return the wording that a contact gets, of what is written so far; None: the message."""
    value = folded_value(fields.get(field_name(column), ""))
    same = (each for each in wordings if value and folded_value(each.value) == value)
    return next(same, None)


def rendered(preview: Preview) -> Markup:
    """Render the preview."""
    html = render_template("launching/_preview.html", preview=preview)
    return Markup(html)  # noqa: S704 - Jinja escaped it


def columns_of(file: ContactFile | None, region: str) -> tuple[str, ...]:
    """Return the headings of the file; none without a file, and where it cannot be read."""
    return columns_in(BytesIO(file.data), region) if file else ()


def packed_fields(fields: Mapping[str, str] | None) -> str:
    """Return the fields as the text of a hidden field."""
    return json.dumps(dict(fields)) if fields else ""


def unpacked_fields(text: str) -> Mapping[str, str] | None:
    """Read the text of `packed_fields`; None for any other text."""
    try:
        fields = json.loads(text)
    except ValueError:
        return None
    if not isinstance(fields, dict) or not all(isinstance(v, str) for v in fields.values()):
        return None
    return fields or None
