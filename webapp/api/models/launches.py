"""A campaign that is to be launched, with its contacts; and what is answered to that."""

from typing import Annotated

from msgspec import Meta, field

from ledger.domain.vocabulary import ApprovalCause
from webapp.api.models.base import AnswerModel, RequestModel

MOST_CONTACTS = 100_000


class NewContact(RequestModel, frozen=True):
    """Somebody who is to be texted."""

    phone: Annotated[
        str,
        Meta(
            description="The number, as people write it; best in E.164.",
            examples=["+14155550101"],
            max_length=100,
        ),
    ]
    name: Annotated[str, Meta(description="Shown to staff.", max_length=200)] = ""
    time_zone: Annotated[
        str,
        Meta(
            description="Whose hours count; without it, that of the number.",
            examples=["America/Chicago"],
            max_length=100,
        ),
    ] = ""
    consent_source: Annotated[
        str, Meta(description="How the person agreed to get texts.", max_length=200)
    ] = ""
    consent_given_at: Annotated[
        str, Meta(description="When that was.", examples=["2026-08-15"], max_length=100)
    ] = ""
    fields: Annotated[
        dict[str, str],
        Meta(
            description="What the message merges: `{{first_name}}` takes `first_name`.",
            examples=[{"first_name": "Ada"}],
        ),
    ] = field(default_factory=dict)


Message = Annotated[
    str,
    Meta(
        description="The text; `{{first_name}}` takes a field of each contact.",
        examples=["Hi {{first_name}}, your aid form is due Friday. Reply STOP to end."],
    ),
]
Contacts = Annotated[list[NewContact], Meta(min_length=1, max_length=MOST_CONTACTS)]
CampaignName = Annotated[str, Meta(description="What staff call it.", examples=["Fall aid"])]
LookUp = Annotated[
    bool,
    Meta(
        description="First ask Twilio for line types, which costs, and leave landlines out. A "
        "check says for how many numbers Twilio is asked."
    ),
]
SkipInvalid = Annotated[
    bool, Meta(description="Launch without the contacts that cannot be texted.")
]
Again = Annotated[bool, Meta(description="Launch even what was launched within the last hour.")]


class Wordings(RequestModel, frozen=True):
    """Further wordings of the message, by a field of the contacts or a column of the file."""

    column: Annotated[
        str,
        Meta(
            description="The field, or the heading of the column, that says who gets which.",
            max_length=200,
            examples=["language"],
        ),
    ]
    messages: Annotated[
        dict[str, str],
        Meta(
            description="Value of the column, and the text for it. Capitals do not count. Contacts "
            "with another value, or without one, get `message`.",
            examples=[{"es": "Hola {{first_name}}. Responda STOP para terminar."}],
        ),
    ]


WordingsOfOrder = Annotated[
    Wordings | None, Meta(description="Without it, all contacts get the same wording.")
]


class CampaignOrder(RequestModel, frozen=True):
    """A message, and whom it is for."""

    message: Message
    contacts: Contacts
    wordings: WordingsOfOrder = None
    look_up: LookUp = False


class CampaignSettings(RequestModel, frozen=True):
    """When a campaign may text, and how it tries again."""

    starts_at: Annotated[
        str | None,
        Meta(
            description="Nothing is sent before. Without an offset, in the school's time zone.",
            examples=["2026-11-30T08:00"],
        ),
    ] = None
    send_before: Annotated[
        str | None, Meta(description="Nothing is attempted from then on, and it closes.")
    ] = None
    window: Annotated[
        str | None,
        Meta(
            description="Hours of a contact's day; `none` for all of it. Without it, those of the "
            "school's settings.",
            examples=["08:00-21:00"],
        ),
    ] = None
    urgent: Annotated[bool, Meta(description="Text at any hour, and before other campaigns.")] = (
        False
    )
    resend_after_seconds: Annotated[
        int, Meta(description="The first wait after an attempt that failed.", ge=1)
    ] = 300
    attempt_limit: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description="Fail a contact after as many attempts."),
    ] = None
    office: Annotated[
        Annotated[str, Meta(max_length=64)] | None,
        Meta(
            description="The office it belongs to: its id or name. Without it, the one office of "
            "the token, or the whole district."
        ),
    ] = None


class CampaignLaunch(CampaignSettings, frozen=True, kw_only=True):
    """A campaign that is to be launched."""

    name: CampaignName
    message: Message
    contacts: Contacts
    wordings: WordingsOfOrder = None
    look_up: LookUp = False
    skip_invalid: SkipInvalid = False
    again: Again = False


Pointer = Annotated[
    str | None,
    Meta(description="A JSON Pointer to it; null for one of a file.", examples=["/contacts/7"]),
]
Line = Annotated[
    int | None, Meta(description="Its line in the contact file; null for one in JSON.")
]


class SkippedContact(AnswerModel, frozen=True):
    """A contact that is not texted."""

    pointer: Pointer
    line: Line
    reason: str
    name: str
    value: Annotated[str, Meta(description="The number as it was sent.")]


class LineTypes(AnswerModel, frozen=True):
    """What a look-up of line types brought."""

    asked: Annotated[int, Meta(description="How many numbers Twilio was asked about.")]
    failed: Annotated[int, Meta(description="How many of these could not be looked up.")]
    landlines: Annotated[int, Meta(description="How many numbers are landlines, and left out.")]
    cost: str | None


class Launched(AnswerModel, frozen=True):
    """A campaign that was launched."""

    id: str
    enrolled: Annotated[int, Meta(description="How many contacts are texted.")]
    skipped: list[SkippedContact]
    notes: Annotated[list[str], Meta(description="What staff should know, in sentences.")]
    first_texts: Annotated[
        str | None,
        Meta(description="When the first texts go out; null where it was launched before."),
    ]
    line_types: Annotated[
        LineTypes | None, Meta(description="Null without a look-up, and for a repeat.")
    ]


class WaitingLaunch(AnswerModel, frozen=True):
    """A launch that texts nobody before somebody else approves it."""

    campaign_id: Annotated[str, Meta(description="The id of the campaign once it is launched.")]
    state: Annotated[str, Meta(description="Always `waits for approval`.")]
    detail: Annotated[str, Meta(description="Why it waits, and what to do, in sentences.")]


class CountryCount(AnswerModel, frozen=True):
    """How many contacts have numbers of a country other than the school's."""

    country: str
    name: str
    contacts: int


class SampleText(AnswerModel, frozen=True):
    """A text as one contact would get it."""

    pointer: Pointer
    line: Line
    text: str
    encoding: str
    segments: int
    cost: str | None


class WordingCheck(AnswerModel, frozen=True):
    """What one wording of the message would send."""

    value: Annotated[
        str | None, Meta(description="Null: the message itself, which all others get.")
    ]
    contacts: int
    segments: int
    cost: str | None
    says_how_to_opt_out: bool


class Check(AnswerModel, frozen=True):
    """What a launch would send, and what it would cost. Nothing was sent."""

    contacts: Annotated[int, Meta(description="How many contacts would be texted.")]
    segments: Annotated[int, Meta(description="How many segments Twilio would bill.")]
    cost: Annotated[
        str | None,
        Meta(description="About what that costs; null without a price.", examples=["12.45 USD"]),
    ]
    costly_characters: Annotated[
        dict[str, int],
        Meta(description="A character that makes texts longer, and in how many texts it is."),
    ]
    segments_without_them: int
    samples: Annotated[list[SampleText], Meta(description="The texts of the first contacts.")]
    says_how_to_opt_out: Annotated[
        bool, Meta(description="Whether every wording says how to opt out.")
    ]
    wordings: Annotated[
        list[WordingCheck], Meta(description="Each wording; empty where there is one only.")
    ]
    without_consent: Annotated[
        int | None,
        Meta(description="How many gave no consent; null where none is required."),
    ]
    numbers_abroad: list[CountryCount]
    blank_fields: Annotated[
        dict[str, int], Meta(description="A field, and for how many contacts it is blank.")
    ]
    shared_numbers: Annotated[int, Meta(description="How many numbers several contacts have.")]
    skipped: list[SkippedContact]
    notes: list[str]
    look_up: Annotated[
        str | None,
        Meta(description="What a look-up of line types would ask and cost; null without one."),
    ]
    needs_approval: Annotated[
        list[ApprovalCause],
        Meta(
            description="Why a launch would wait for somebody else's approval; blank: it would not."
        ),
    ]
    spending_left: Annotated[
        list[str], Meta(description="What a launch would leave of each spending limit, in words.")
    ]


EXAMPLE_CONTACT = NewContact(
    phone="+14155550101", name="Ada Lovelace", fields={"first_name": "Ada"}
)
_MESSAGE = "Hi {{first_name}}, your aid form is due Friday. Reply STOP to end."
EXAMPLE_LAUNCH = CampaignLaunch(name="Fall aid", message=_MESSAGE, contacts=[EXAMPLE_CONTACT])
EXAMPLE_LAUNCHED = Launched(
    id="cam_2gq3x5jw7kz4mnb6v5c4rtya",
    enrolled=1,
    skipped=[],
    notes=[],
    first_texts="The first texts go out at once.",
    line_types=None,
)
EXAMPLE_WAITING = WaitingLaunch(
    campaign_id="cam_2gq3x5jw7kz4mnb6v5c4rtya",
    state="waits for approval",
    detail="The launch waits for approval. Send the request again to learn what was decided.",
)
EXAMPLE_ORDER = CampaignOrder(message=_MESSAGE, contacts=[EXAMPLE_CONTACT])
EXAMPLE_CHECK = Check(
    contacts=1,
    segments=1,
    cost="0.01 USD",
    costly_characters={},
    segments_without_them=1,
    samples=[
        SampleText(
            pointer="/contacts/0",
            line=None,
            text="Hi Ada, your aid form is due Friday. Reply STOP to end.",
            encoding="GSM-7",
            segments=1,
            cost="0.01 USD",
        )
    ],
    says_how_to_opt_out=True,
    wordings=[],
    without_consent=None,
    numbers_abroad=[],
    blank_fields={},
    shared_numbers=0,
    skipped=[],
    notes=[],
    look_up=None,
    needs_approval=[ApprovalCause.MANY_CONTACTS],
    spending_left=["41.70 USD of today's limit of 50.00 USD stays"],
)
