"""Templates: messages that staff keep under a name, and choose in the form of a campaign."""

from typing import Annotated

from msgspec import Meta

from ledger.domain.names import LONGEST_NAME
from webapp.api.models.base import AnswerModel, MomentQuery, RequestModel
from webapp.api.models.drafts import DraftWordings
from webapp.api.models.launches import Message, WordingsOfOrder

_Name = Annotated[
    str, Meta(description="What staff call it.", min_length=1, max_length=LONGEST_NAME)
]


class TemplateQuery(MomentQuery, frozen=True):
    """Which templates are listed."""

    archived: Annotated[bool, Meta(description="Those that are archived, in place of others.")] = (
        False
    )


class TemplateContent(RequestModel, frozen=True):
    """What a template says."""

    name: _Name
    message: Message
    wordings: WordingsOfOrder = None


class NewTemplate(RequestModel, frozen=True):
    """A template, and whose it is."""

    name: _Name
    message: Message
    wordings: WordingsOfOrder = None
    office: Annotated[
        Annotated[str, Meta(max_length=100)] | None,
        Meta(description="The name or id of its office. Without one, everybody sees it."),
    ] = None


class Template(AnswerModel, frozen=True):
    """A template."""

    id: Annotated[str, Meta(examples=["tpl_0123456789abcdef01234567"])]
    name: str
    message: str
    wordings: Annotated[
        DraftWordings | None, Meta(description="Further wordings; null where there is one only.")
    ]
    office_id: Annotated[str | None, Meta(description="Null: everybody sees it.")]
    archived: Annotated[bool, Meta(description="Whether nobody can choose it any more.")]
    changed_at: Annotated[str, Meta(description="ISO 8601, UTC.")]
    changed_by: Annotated[str, Meta(description="The id of who changed it last.")]


class TemplateList(AnswerModel, frozen=True):
    """All templates, by name."""

    items: list[Template]


EXAMPLE = Template(
    id="tpl_0123456789abcdef01234567",
    name="Snow day",
    message="Hi {{first_name}}, schools are closed today. Reply STOP to end.",
    wordings=None,
    office_id=None,
    archived=False,
    changed_at="2026-11-23T14:00:00+00:00",
    changed_by="usr_3kz4mnb6",
)
EXAMPLE_LIST = TemplateList(items=[EXAMPLE])
EXAMPLE_NEW = NewTemplate(name=EXAMPLE.name, message=EXAMPLE.message)
EXAMPLE_CONTENT = TemplateContent(name=EXAMPLE.name, message=EXAMPLE.message)
