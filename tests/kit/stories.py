"""Builders of events for tests: `story(enrolled(), started(), accepted())`.

Each builder returns an event of one campaign, contact and delivery; its arguments are what a test
varies. `story` numbers the events as one stream.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from kit.clock import MONDAY
from ledger.domain.events import (
    AccessEvent,
    AccountAccessGiven,
    AccountAdded,
    AccountAddedByProvider,
    AccountDisabled,
    AccountEnabled,
    AccountEvent,
    AccountFactorsReset,
    AccountOfficesSet,
    AccountPasskeyAdded,
    AccountPasskeyRemoved,
    AccountProviderLinked,
    AccountRecoveryCodesMade,
    AccountRecoveryCodeUsed,
    AccountRemoved,
    AccountRoleChanged,
    AccountSessionsEnded,
    AccountTwoFactorTurnedOff,
    AccountTwoFactorTurnedOn,
    ApiTokenMade,
    ApiTokenRevoked,
    ApprovalLimitSet,
    AttemptAccepted,
    AttemptLapsed,
    AttemptOutcomeUnknown,
    AttemptRefused,
    AttemptSettled,
    AttemptStarted,
    CallbackReceived,
    CampaignArchived,
    CampaignClosed,
    CampaignCreated,
    CampaignDrafted,
    CampaignHoldWords,
    CampaignLaunched,
    CampaignLegalHoldPlaced,
    CampaignLegalHoldReleased,
    CampaignPaused,
    CampaignRecalled,
    CampaignResumed,
    CampaignText,
    ConsentRecorded,
    ConsentWords,
    ContactEnrolled,
    ContactFileDestroyed,
    ContactFileRecorded,
    ContactForgotten,
    ContactListDeleted,
    ContactListed,
    ContactListMade,
    ContactListRenamed,
    ContactListVersionRecorded,
    ContactOptedIn,
    ContactOptedOut,
    ConversationAssigned,
    ConversationDone,
    DataExported,
    DeliveryAccountedFor,
    DeliveryWithdrawn,
    DraftClosed,
    DraftSubmitted,
    Event,
    FileHeadings,
    Form,
    InboundReceived,
    KeysBackedUp,
    LaunchApproved,
    LaunchRefused,
    LaunchRequested,
    LaunchVoided,
    LeftOutRow,
    LeftOutRows,
    LegalHoldPlaced,
    LegalHoldReleased,
    LegalHoldWords,
    LineTypeLookedUp,
    ListColumns,
    ListedRows,
    ListName,
    MailAddress,
    MessagePreviewed,
    MessageVariants,
    NamedTemplateArchived,
    NamedTemplateChanged,
    NamedTemplateMade,
    NoticesChosen,
    NumberMarkedFixed,
    OfficeAdded,
    OfficeClosed,
    OfficeEvent,
    OfficeRenamed,
    OptingWords,
    PermalinkMade,
    PermalinkRead,
    PermalinkRevoked,
    Person,
    PhoneNumber,
    PossibleOptOutDismissed,
    PricedTexts,
    RefusalWords,
    RequestedText,
    ResendApprovalRequested,
    ResendApproved,
    ResendCounted,
    ResendFinished,
    ResendRefused,
    ResendRequested,
    ResendSelection,
    RetentionConfirmed,
    RetentionSet,
    RowsLeftOut,
    SenderHeld,
    SendingAccountSet,
    SendingAllowed,
    SendingStopped,
    SignedIn,
    SignInFailed,
    SpendingLimitSet,
    TextPricesRecorded,
    TextsReconciled,
    UndoWindowEnded,
    WebhookAdded,
    WebhookAddress,
    WebhookEvent,
    WebhookPaused,
    WebhookRemoved,
    WebhookReplayed,
    WebhookResumed,
    WebhookSecretRotated,
    WebhookSwitchedOff,
    WebhookTypesChosen,
    WordsViewed,
)
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Schedule
from ledger.domain.sending_switch import STREAM
from ledger.domain.standing import Fact, Stage, rank
from ledger.domain.vocabulary import (
    ApprovalCause,
    ExportKind,
    IdKind,
    KeyBackupPlace,
    LineType,
    Outcome,
    Reason,
    Role,
    Settlement,
    SignInMeans,
    StopCause,
    SwitchOffCause,
    ViewPlace,
    VoidCause,
)

CAMPAIGN, CONTACT, DELIVERY = "cam_spring", "con_ada", "del_ada"
ADA, BEN = "+14155550101", "+14155550102"

E = TypeVar("E", bound=Event)

_STAFF = {"originator_version": 0, "actor": "staff"}
_CAMPAIGN = {"originator_id": CAMPAIGN, **_STAFF}
_CONTACT = {"originator_id": CONTACT, **_STAFF}


def of_ben(event: E) -> E:
    """Return the same event for another contact of the campaign."""
    changed = {"contact_id": "con_ben", "originator_id": "del_ben"}
    if isinstance(event, ContactEnrolled):
        changed["private"] = Person(phone=BEN, name="Ben Okri", fields={"first_name": "Ben"})
    return replace(event, **changed)


def story(*events: E) -> list[E]:
    """Return the events as one stream, with versions from 1."""
    return [replace(event, originator_version=n) for n, event in enumerate(events, start=1)]


# The retention rule.


def retention() -> list[RetentionSet | RetentionConfirmed]:
    header = {"originator_id": "retention", "actor": "staff"}
    return [
        RetentionSet(**header, originator_version=1, days=365, begins_at=MONDAY),
        RetentionConfirmed(**header, originator_version=2, rule=1),
    ]


# The contact file of a launch.


def contact_file() -> list[ContactFileRecorded | RowsLeftOut | ContactFileDestroyed]:
    """Its headings, a row that was left out, and the end of that by the retention rule."""
    header = {"originator_id": "fil_1", "actor": "staff", "campaign_id": CAMPAIGN}
    left_out = LeftOutRow(line=7, cells=("S-20116", "Cy", "555"), reason="the number is too short")
    return [
        ContactFileRecorded(
            **header,
            originator_version=1,
            private=FileHeadings(headings=("Student ID", "First name", "Phone")),
            id_columns={IdKind.STUDENT: (0,)},
        ),
        RowsLeftOut(**header, originator_version=2, count=1, private=LeftOutRows(rows=(left_out,))),
        ContactFileDestroyed(**header, originator_version=3, rule=1),
    ]


# A contact list.


def contact_list() -> list[Event]:
    """A list with one contact, which got another name and was deleted."""
    header = {"originator_id": "lst_1", "actor": "staff"}
    columns = ListColumns(headings=("First name", "Phone"), phone_column=1, file_name="4b.csv")
    return [
        ContactListed(
            originator_id="lpt_1",
            originator_version=1,
            actor="staff",
            list_id="lst_1",
            contact_id=CONTACT,
            private=ListedRows(rows=((2, ("Ada", "(415) 555-0101")),)),
        ),
        ContactListMade(
            **header, originator_version=1, private=ListName(name="Class 4b"), office_id="off_1"
        ),
        ContactListVersionRecorded(
            **header,
            originator_version=2,
            number=1,
            upload="lst_1",
            parts=1,
            contacts=1,
            rows=1,
            left_out=2,
            private=columns,
        ),
        ContactListRenamed(**header, originator_version=3, private=ListName(name="Class 5b")),
        ContactListDeleted(**header, originator_version=4, rule=1),
    ]


# A template.


def named_template() -> list[Event]:
    """A template of an office, which got another message and was archived."""
    header = {
        "originator_id": "named_templates",
        "actor": "staff",
        "template_id": "tpl_1",
        "office_id": "off_1",
    }
    variants = MessageVariants(column="language", messages={"es": "Hola {{first_name}}"})
    return [
        NamedTemplateMade(
            **header,
            originator_version=1,
            private=CampaignText(name="Snow day", message="Hi {{first_name}}"),
            name_key="name_1",
        ),
        NamedTemplateChanged(
            **header,
            originator_version=2,
            private=CampaignText(name="Snow day", message="Hi", variants=variants),
            name_key="name_1",
            request="req_1",
        ),
        NamedTemplateArchived(**header, originator_version=3),
    ]


# Sending as a whole.


def account_set() -> SendingAccountSet:
    """The first attempt of a ledger gave it its account."""
    return SendingAccountSet(
        originator_id=STREAM, **_STAFF, account_sid="AC" + 32 * "0", is_demonstration=False
    )


def sending() -> tuple[SendingStopped, TextsReconciled, SendingAllowed]:
    """Sending stopped because the ledger was cut, was reconciled, and was allowed again."""
    header = {"originator_id": STREAM, **_STAFF}
    return (
        SendingStopped(**header, cause=StopCause.LEDGER_CUT, lost_since=MONDAY),
        TextsReconciled(**header, texts=3, attached=2, unplaced=1),
        SendingAllowed(**header),
    )


def held() -> SenderHeld:
    """All texts wait for the end of a daily cap."""
    return SenderHeld(originator_id=STREAM, **_STAFF, code="30023", until=MONDAY)


# Campaigns.

SPANISH = MessageVariants(column="language", messages={"es": "Hola {{first_name}}"})
TEXT = CampaignText(name="Spring fair", message="Hello {{first_name}}")


def drafted() -> tuple[CampaignDrafted, DraftClosed]:
    """Saved once, then launched."""
    header = {"originator_id": "dra_spring", **_STAFF}
    return (
        CampaignDrafted(
            **header,
            policy=ResendPolicy(),
            timing=Schedule(),
            private=replace(TEXT, variants=SPANISH),
        ),
        DraftClosed(**header, launched_as=CAMPAIGN),
    )


def created() -> CampaignCreated:
    return CampaignCreated(**_CAMPAIGN, private=TEXT)


def launched(**policy: object) -> CampaignLaunched:
    return CampaignLaunched(
        **_CAMPAIGN, contact_count=1, policy=ResendPolicy(**policy), private=TEXT
    )


def paused(reason: Reason | None = None, code: str | None = None) -> CampaignPaused:
    return CampaignPaused(**_CAMPAIGN, reason=reason, code=code)


def resumed() -> CampaignResumed:
    return CampaignResumed(**_CAMPAIGN)


def launch_control() -> tuple[Event, ...]:
    """The rules of an admin, and a launch that was requested, approved, refused and voided."""
    return (
        ApprovalLimitSet(originator_id="launch-rules", **_STAFF, contacts=200),
        SpendingLimitSet(
            originator_id="launch-rules",
            **_STAFF,
            day=Decimal("50.00"),
            month=None,
            price=Decimal("0.0083"),
            currency="USD",
            zone="America/New_York",
        ),
        LaunchRequested(
            **_CAMPAIGN,
            contact_count=201,
            segments=402,
            causes=(ApprovalCause.MANY_CONTACTS, ApprovalCause.DAY_LIMIT),
            policy=ResendPolicy(),
            private=RequestedText(name=TEXT.name, message=TEXT.message),
            zone="America/New_York",
            draft_id="dra_spring",
        ),
        LaunchApproved(**_CAMPAIGN),
        LaunchRefused(**_CAMPAIGN, private=RefusalWords(explanation="Thank you, but not today")),
        LaunchVoided(**_CAMPAIGN, cause=VoidCause.DRAFT_CHANGED),
        DraftSubmitted(originator_id="dra_spring", **_STAFF, requested_as=CAMPAIGN),
    )


def resend_counted() -> ResendCounted:
    return ResendCounted(
        originator_id="launch-rules",
        **_STAFF,
        campaign_id=CAMPAIGN,
        segments=12,
        dedupe="dedupe_resend",
    )


def resend_asked() -> tuple[Event, ...]:
    """A resend that waited for approval: approved and finished, and as if it had been refused."""
    request = {"originator_id": "rsd_1", **_STAFF, "campaign_id": CAMPAIGN}
    return (
        ResendApprovalRequested(
            **request,
            selection=ResendSelection(
                seq=31, reason=Reason.CARRIER_OR_SERVICE, code="30008", include_unreachable=True
            ),
            contact_count=212,
            deliveries_digest=64 * "a",
            request="req_1",
            token_maker="usr_7",
        ),
        ResendApproved(**request),
        ResendFinished(**request, resent=209, left_out=3),
        ResendRefused(**request, private=RefusalWords(explanation="Thank you, but not today")),
    )


def recalled() -> CampaignRecalled:
    return CampaignRecalled(**_CAMPAIGN)


def sent_at_once() -> UndoWindowEnded:
    return UndoWindowEnded(**_CAMPAIGN)


def closed() -> CampaignClosed:
    return CampaignClosed(**_CAMPAIGN)


def archived() -> CampaignArchived:
    return CampaignArchived(**_CAMPAIGN)


# Deliveries.


def _fact(turn: int, stage: Stage | None) -> dict:
    return {
        "originator_id": DELIVERY,
        **_STAFF,
        "campaign_id": CAMPAIGN,
        "contact_id": CONTACT,
        "turn": turn,
        "rank": None if stage is None else rank(turn, stage),
    }


def enrolled(position: int = 1) -> ContactEnrolled:
    person = Person(
        phone=ADA,
        name="Ada Lovelace",
        fields={"first_name": "Ada"},
        rows=((2, ("S-20114", "Ada", "(415) 555-0101")), (9, ("S-20115", "Ben", "415-555-0101"))),
    )
    return ContactEnrolled(**_fact(1, Stage.ENROLLED), position=position, private=person)


def started(
    turn: int = 1, *, attempt: int | None = None, tries: int | None = None
) -> AttemptStarted:
    return AttemptStarted(
        **_fact(turn, Stage.STARTED),
        attempt=attempt or turn,
        tries=tries or turn,
        validity_seconds=14400,
    )


def accepted(turn: int = 1, sid: str = "SM1") -> AttemptAccepted:
    return AttemptAccepted(**_fact(turn, Stage.ACCEPTED), sid=sid, status="queued")


def doubted(turn: int = 1) -> AttemptOutcomeUnknown:
    return AttemptOutcomeUnknown(**_fact(turn, Stage.UNKNOWN), cause="no answer")


def put_before_staff(turn: int = 1) -> AttemptOutcomeUnknown:
    return replace(doubted(turn), candidates=("SM_a", "SM_b"), reason=Reason.MAY_HAVE_BEEN_SENT)


def put_back(turn: int = 1, next_at: datetime | None = None) -> AttemptRefused:
    return AttemptRefused(
        **_fact(turn, Stage.PUT_BACK),
        outcome=Outcome.PUT_BACK,
        reason=Reason.CARRIER_OR_SERVICE,
        code=None,
        next_at=next_at,
        http_status=429,
        private=None,
    )


def refused(turn: int = 1, code: str = "21211") -> AttemptRefused:
    return AttemptRefused(
        **_fact(turn, Stage.HARD_FAILURE),
        outcome=Outcome.HARD_FAILURE,
        reason=Reason.INVALID_NUMBER,
        code=code,
        next_at=None,
        http_status=400,
        private=None,
    )


def lapsed(turn: int = 1, next_at: datetime | None = None) -> AttemptLapsed:
    return AttemptLapsed(
        **_fact(turn, Stage.SOFT_BOUNCE),
        outcome=Outcome.SOFT_BOUNCE,
        reason=Reason.CARRIER_OR_SERVICE,
        next_at=next_at,
    )


def settled(turn: int = 1, decision: Settlement = Settlement.LET_BE) -> AttemptSettled:
    return AttemptSettled(
        **_fact(turn, Stage.FAILED_WITHOUT_CODE),
        decision=decision,
        outcome=Outcome.HARD_FAILURE,
        reason=Reason.MAY_HAVE_BEEN_SENT,
        next_at=None,
    )


def accounted_for(turn: int = 1) -> DeliveryAccountedFor:
    """Staff expect no report on the text of that turn."""
    return DeliveryAccountedFor(**_fact(turn, Stage.ACCEPTED))


def reported(
    stage: Stage | None,
    turn: int = 1,
    *,
    sid: str = "SM1",
    code: str | None = None,
    reason: Reason | None = None,
) -> CallbackReceived:
    """A callback that was classified as this stage; None: a status that is not known."""
    return CallbackReceived(
        **_fact(turn, stage),
        sid=sid,
        status="as told",
        code=code,
        outcome=Outcome.NONE,
        reason=reason,
        next_at=None,
        is_other_sid=False,
        dedupe=f"{turn}/{stage}/{sid}/{code}",
        private=Form(parameters=(("To", ADA),)),
    )


def delivered(turn: int = 1, sid: str = "SM1") -> CallbackReceived:
    return reported(Stage.DELIVERED, turn, sid=sid)


def bounced(turn: int = 1, code: str = "30001") -> CallbackReceived:
    return reported(Stage.SOFT_BOUNCE, turn, code=code, reason=Reason.CARRIER_OR_SERVICE)


def failed(turn: int = 1, code: str = "30006") -> CallbackReceived:
    return reported(Stage.HARD_FAILURE, turn, code=code, reason=Reason.UNREACHABLE_NUMBER)


def withdrawn(turn: int = 1, reason: Reason = Reason.OPTED_OUT) -> DeliveryWithdrawn:
    return DeliveryWithdrawn(**_fact(turn, Stage.WITHDRAWN), reason=reason)


def resend_requested(turn: int = 2) -> ResendRequested:
    return ResendRequested(**_fact(turn, Stage.ENROLLED))


# Contacts.


def opted_out(source: str = "staff") -> ContactOptedOut:
    return ContactOptedOut(**_CONTACT, source=source, private=OptingWords(phone=ADA))


def opted_in(source: str = "staff") -> ContactOptedIn:
    return ContactOptedIn(**_CONTACT, source=source, private=OptingWords(phone=ADA))


def forgotten() -> ContactForgotten:
    return ContactForgotten(**_CONTACT)


def wrote(
    body: str = "Thank you", sid: str = "SMin", wording: str | None = None
) -> InboundReceived:
    form = Form(parameters=(("From", ADA), ("Body", body)))
    return InboundReceived(**_CONTACT, sid=sid, dedupe=sid, private=form, wording=wording)


def looked_up(line_type: LineType | None = LineType.LANDLINE) -> LineTypeLookedUp:
    return LineTypeLookedUp(
        **_CONTACT, line_type=line_type, looked_up_at=MONDAY, private=PhoneNumber(phone=ADA)
    )


def dismissed(sid: str = "SMin") -> PossibleOptOutDismissed:
    return PossibleOptOutDismissed(**_CONTACT, sid=sid)


def marked_fixed() -> NumberMarkedFixed:
    return NumberMarkedFixed(**_CONTACT)


def finished(*office_ids: str) -> ConversationDone:
    return ConversationDone(**_CONTACT, office_ids=office_ids)


def assigned(assignee: str | None = "usr_ben", *office_ids: str) -> ConversationAssigned:
    return ConversationAssigned(**_CONTACT, assignee=assignee, office_ids=office_ids)


def legally_held(number: int = 1) -> LegalHoldPlaced:
    words = LegalHoldWords(phone=ADA, reason="Lovelace against the school")
    return LegalHoldPlaced(**_CONTACT, number=number, private=words)


def campaign_held() -> tuple[Event, ...]:
    """A legal hold on the campaign, placed and released."""
    of_campaign = {"originator_id": "legal-holds", **_STAFF, "campaign_id": CAMPAIGN, "number": 1}
    words = CampaignHoldWords(reason="Lovelace against the school")
    return (
        CampaignLegalHoldPlaced(**of_campaign, private=words),
        CampaignLegalHoldReleased(**of_campaign),
    )


def released(number: int = 1) -> LegalHoldReleased:
    return LegalHoldReleased(**_CONTACT, number=number)


def consented(given_at: datetime | None = MONDAY) -> ConsentRecorded:
    words = ConsentWords(phone=ADA, source="Fall enrollment form")
    return ConsentRecorded(**_CONTACT, given_at=given_at, private=words)


# The record of access.


def accesses() -> list[AccessEvent]:
    """One event of each type, each in a stream of its own."""
    header = {"originator_id": "", "originator_version": 1, "actor": "staff"}
    page = {"campaign_id": CAMPAIGN, "contact_id": None}
    events: list[AccessEvent] = [
        SignedIn(**header, means=SignInMeans.LINK),
        SignInFailed(**header, minute=MONDAY, count=3),
        WordsViewed(**header, contact_id=CONTACT, place=ViewPlace.EVENT),
        MessagePreviewed(**header, contact_id=CONTACT, campaign_id=CAMPAIGN),
        DataExported(
            **header,
            kind=ExportKind.CONTACTS,
            form="csv",
            campaign_id=CAMPAIGN,
            contact_id=None,
            until=41,
        ),
        PermalinkMade(
            **header,
            **page,
            path=f"/campaigns/{CAMPAIGN}",
            query="status=failed",
            moment=41,
            expires_at=MONDAY,
            shows_numbers=False,
        ),
        PermalinkRevoked(**header, **page),
        PermalinkRead(**header, **page, permalink_id="lnk_1"),
        KeysBackedUp(**header, place=KeyBackupPlace.BACKUP, wrapping="9f86d081884c7d65"),
    ]
    return [replace(event, originator_id=f"acc_{n}") for n, event in enumerate(events, start=1)]


# People's accounts.


def account_changes() -> list[AccountEvent]:
    """One event of each type, in one stream."""
    header = {"originator_id": "people", "actor": "staff", "account_id": "usr_1"}
    kinds: list[tuple[type[AccountEvent], dict[str, object]]] = [
        (AccountAdded, {"role": Role.VIEWER, "sees_numbers": True}),
        (
            AccountRoleChanged,
            {"old_role": Role.VIEWER, "role": Role.AUDITOR, "sees_numbers": False},
        ),
        (AccountAccessGiven, {"means": SignInMeans.LINK}),
        (AccountSessionsEnded, {"is_everywhere": False, "session_id": "0a1b2c3d4e5f"}),
        (AccountDisabled, {}),
        (AccountEnabled, {}),
        (AccountRemoved, {}),
        (
            ApiTokenMade,
            {
                "token_id": "tok_1",
                "role": Role.STAFF,
                "sees_numbers": False,
                "expires_at": MONDAY,
            },
        ),
        (ApiTokenRevoked, {"token_id": "tok_1"}),
        (AccountTwoFactorTurnedOn, {}),
        (AccountTwoFactorTurnedOff, {}),
        (AccountRecoveryCodesMade, {}),
        (AccountRecoveryCodeUsed, {"number": 3}),
        (AccountPasskeyAdded, {"passkey_id": "key_1"}),
        (AccountPasskeyRemoved, {"passkey_id": "key_1"}),
        (AccountFactorsReset, {}),
        (AccountAddedByProvider, {"role": Role.STAFF, "identity": 64 * "0"}),
        (AccountProviderLinked, {"identity": 64 * "0"}),
        (AccountOfficesSet, {"office_ids": ("off_1", "off_2")}),
    ]
    return [kind(**header, originator_version=n, **rest) for n, (kind, rest) in enumerate(kinds, 1)]


# Offices.


def office_acts() -> list[OfficeEvent]:
    """One event of each type, in one stream."""
    header = {"originator_id": "offices", "actor": "staff", "office_id": "off_1"}
    return [
        OfficeAdded(**header, originator_version=1, name="North"),
        OfficeRenamed(**header, originator_version=2, name="North High"),
        OfficeClosed(**header, originator_version=3),
    ]


# Webhooks.


def webhook_acts() -> list[WebhookEvent]:
    """One event of each type, in one stream."""
    header = {"originator_id": "webhooks", "actor": "staff", "endpoint_id": "whk_1"}
    address = WebhookAddress(url="https://records.school.example/texts", name="Records")
    kinds: list[tuple[type[WebhookEvent], dict[str, object]]] = [
        (
            WebhookAdded,
            {"types": ("campaign.completed",), "has_personal_data": False, "private": address},
        ),
        (WebhookSecretRotated, {"number": 2, "old_until": MONDAY, "request": "rq_1"}),
        (WebhookPaused, {}),
        (WebhookResumed, {}),
        (WebhookReplayed, {"since": 41}),
        (WebhookSwitchedOff, {"cause": SwitchOffCause.FAILING}),
        (WebhookRemoved, {}),
        (WebhookTypesChosen, {"types": ("campaign.completed", "notice")}),
    ]
    return [kind(**header, originator_version=n, **rest) for n, (kind, rest) in enumerate(kinds, 1)]


# Prices.


def prices() -> TextPricesRecorded:
    """Twilio said what two texts cost."""
    return TextPricesRecorded(
        originator_id="prc_1",
        originator_version=1,
        actor="sender",
        campaign_id=CAMPAIGN,
        prices=(
            PricedTexts(segments=2, cost_millionths=15_800, currency="USD", sids=("SM1", "SM2")),
        ),
    )


# Notices.


def notices_chosen() -> NoticesChosen:
    """Somebody gets mails about campaigns that were paused by themselves."""
    return NoticesChosen(
        originator_id="notices_usr_1",
        originator_version=1,
        actor="usr_1",
        account_id="usr_1",
        kinds=("campaign_paused",),
        private=MailAddress(address="ortiz@school.example"),
    )


# Facts without events.


def fact(stage: Stage, turn: int = 1, code: str | None = None, **more: object) -> Fact:
    """Return a fact as the typed columns hold it."""
    return Fact(turn=turn, rank=rank(turn, stage), code=code, **more)
