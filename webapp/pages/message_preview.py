"""A message as it is being written: merged, measured in segments, its unusual characters named."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO

from flask import render_template
from markupsafe import Markup

from ledger.errors import BadInput
from ledger.messages.contact_file import read_contacts
from ledger.messages.cost_estimate import says_how_to_opt_out
from ledger.messages.segments import Segments, count_segments, unusual_characters
from ledger.messages.template import MAX_LENGTH, Template
from webapp.pages.uploads import ContactFile

_HEAD_BYTES = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What can be shown of a message; `segments` is None while there is nothing to count."""

    body: str
    length: int
    segments: Segments | None = None
    unusual: tuple[str, ...] = ()
    is_merged: bool = False
    """Whether the fields hold a contact's values, or there are none."""
    says_how_to_opt_out: bool = True
    error: str = ""
    limit: int = field(default=MAX_LENGTH, init=False)


def preview_of(message: str, fields: Mapping[str, str] | None) -> Preview:
    """The message with these fields; without them it is counted with each field's own name."""
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
    )


def rendered(preview: Preview) -> Markup:
    """The piece of the page that shows it."""
    html = render_template("launching/_preview.html", preview=preview)
    return Markup(html)  # noqa: S704 - our own template's


def first_fields(file: ContactFile | None, region: str) -> Mapping[str, str] | None:
    """The merge fields of the file's first contact; None where the head of the file has none."""
    if file is None:
        return None
    head = file.data
    if len(head) > _HEAD_BYTES:
        head = head[:_HEAD_BYTES].rpartition(b"\n")[0]
    try:
        anything = Template.parse("-")
        parsed = read_contacts(BytesIO(head), region=region, template=anything, skip_invalid=True)
    except BadInput:
        return None
    return next(iter(parsed.rows)).fields


def packed_fields(fields: Mapping[str, str] | None) -> str:
    """The fields for a hidden field of the form."""
    return json.dumps(dict(fields)) if fields else ""


def unpacked_fields(text: str) -> Mapping[str, str] | None:
    """The same back; None for anything else."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
        return None
    return found or None
