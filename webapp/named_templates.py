"""Named templates as pages, commands and the API use them: reading, making, changing, archiving.

They are few, so they are read from the events of their one stream, and no view has them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.commands.named_templates import (
    ArchiveTemplate,
    ChangeTemplate,
    MakeTemplate,
    keyed_text,
)
from ledger.domain.events import CampaignText
from ledger.domain.named_templates import STREAM, NamedTemplate, NamedTemplates
from ledger.domain.names import name_key
from ledger.errors import BadInput, NotFound, Refused
from webapp.bootstrap import Application
from webapp.offices.choosing import may_change
from webapp.sound_aggregates import SoundAggregates

_OF_OTHERS = (
    "The template belongs to the whole district. Only people who see all offices may change it."
)


@dataclass(frozen=True, kw_only=True)
class TemplateRow:
    """A template, and when it was changed last."""

    template: NamedTemplate
    changed_at: datetime

    @property
    def name(self) -> str:
        """What staff call it."""
        return self.template.name

    @property
    def text(self) -> CampaignText:
        """Its message with all wordings."""
        return self.template.text


@dataclass(frozen=True)
class TemplateQueries:
    """The templates that the scope of an application sees, now or right after the seq `until`.

    They are those of its offices, and those without an office. Raises `EventProblemFound` for an
    event that was altered or cannot be read.
    """

    app: Application
    until: int | None = None

    def all(self, *, archived: bool = False) -> Sequence[TemplateRow]:
        """Return those that are kept, by name; or those that are archived."""
        rows = [row for row in self._rows() if row.template.is_archived is archived]
        return sorted(rows, key=lambda row: (row.name.casefold(), row.template.template_id))

    def get(self, template_id: str) -> TemplateRow:
        """Return a template, also one that is archived; raises `NotFound`."""
        for row in self._rows():
            if row.template.template_id == template_id:
                return row
        raise NotFound(f"There is no template {template_id} here.")

    def named(self, words: str) -> TemplateRow:
        """Return the template that is kept and has this id or name.

        Raises `NotFound`, and `BadInput` where several offices have one of that name.
        """
        key = name_key(words)
        rows = [
            row
            for row in self.all()
            if words == row.template.template_id or key == name_key(row.name)
        ]
        if not rows:
            raise NotFound(
                f"There is no template “{words}”; `template list` shows those that there are."
            )
        if len(rows) > 1:
            ids = ", ".join(row.template.template_id for row in rows)
            raise BadInput(f"Several templates are called “{words}”. Give an id: {ids}.")
        return rows[0]

    def _rows(self) -> list[TemplateRow]:
        reader, scope = self.app.ledger.reader, self.app.scope
        templates = SoundAggregates(reader, self.until).load(NamedTemplates, STREAM).templates
        times = {each.row.originator_version: each.recorded_at for each in reader.stream(STREAM)}
        return [
            TemplateRow(template=each, changed_at=times[each.changed_in])
            for each in templates.values()
            if each.office_id is None or scope.sees(each.office_id)
        ]


def make_template(
    app: Application,
    text: CampaignText,
    by: str,
    *,
    office_id: str | None = None,
    template_id: str | None = None,
) -> str:
    """Keep a message as a template and return its id; the same id makes it once.

    Raises `BadInput` for its name or message, and as `MakeTemplate` does.
    """
    identity = app.ledger.identity
    template_id = template_id or identity.new_template_id()
    keyed = keyed_text(identity, text)
    made = MakeTemplate(template_id=template_id, text=keyed, by=by, office_id=office_id)
    app.ledger.execute(made).result()
    return template_id


def change_template(
    app: Application, template_id: str, text: CampaignText, by: str, *, request: str | None = None
) -> None:
    """Give a template another name or message; nothing is recorded where it has both already.

    Raises `BadInput` for its name or message, and as `ChangeTemplate` does.
    """
    before = _check_may_change(app, template_id)
    keyed = keyed_text(app.ledger.identity, text)
    if before.is_archived or keyed.text != before.text:
        change = ChangeTemplate(template_id=template_id, text=keyed, by=by, request=request)
        app.ledger.execute(change).result()


def archive_template(app: Application, template_id: str, by: str) -> None:
    """Let nobody choose a template any more. Raises `NotFound` and `Refused`."""
    _check_may_change(app, template_id)
    app.ledger.execute(ArchiveTemplate(template_id=template_id, by=by)).result()


def _check_may_change(app: Application, template_id: str) -> NamedTemplate:
    template = TemplateQueries(app).get(template_id).template
    if not may_change(app.scope, template.office_id):
        raise Refused(_OF_OTHERS)
    return template
