"""The closed sets of values; their wording for readers stands outside the ledger."""

from enum import StrEnum


class DeliveryStatus(StrEnum):
    """What the Contacts tab shows of a delivery (R6–R9, R17)."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class MessageStatus(StrEnum):
    """What the conversation view shows of a delivery (R3–R5)."""

    PENDING = "pending"
    SENT = "sent"
    UNDELIVERED = "undelivered"


class CampaignState(StrEnum):
    """What staff have done with a launched campaign (R12–R14); completion is counted apart."""

    SENDING = "sending"
    PAUSED = "paused"
    CLOSED = "closed"
    ARCHIVED = "archived"


class Outcome(StrEnum):
    """What one fact says about its attempt."""

    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    PUT_BACK = "put_back"
    SOFT_BOUNCE = "soft_bounce"
    HARD_FAILURE = "hard_failure"
    DELIVERED = "delivered"
    NONE = "none"
    """The fact changes no status: Twilio used a status that this program does not know."""


class Settlement(StrEnum):
    """What staff decide about a text whose outcome stays unknown."""

    RESEND = "resend"
    LET_BE = "let_be"


class LeftOutReason(StrEnum):
    """Why a resend by staff leaves a contact out (R18)."""

    DELIVERED = "delivered"
    WAITING = "waiting"
    IN_FLIGHT = "in_flight"
    OUTCOME_UNKNOWN = "outcome_unknown"
    ASKED_ALREADY = "asked_already"
    CONFIRMATION = "confirmation"
    OPTED_OUT = "opted_out"
    FORGOTTEN = "forgotten"
    NO_CONSENT = "no_consent"
    UNREACHABLE_NUMBER = "unreachable_number"
    INVALID_NUMBER = "invalid_number"
    BLOCKED_BY_RECIPIENT = "blocked_by_recipient"
    LANDLINE = "landline"


class OptOutSource(StrEnum):
    """Who opted a number out, or in again."""

    STAFF = "staff"
    INBOUND = "inbound"
    """The person, by a text on which Twilio acts as well, such as STOP."""
    WORDS = "words"
    """The person, by a text in their own words, which Twilio only passes on."""
    PROVIDER = "provider"
    """Twilio, which refused or failed a text because the number is opted out."""


class OptOutMeans(StrEnum):
    """How a person asked staff for the opt-out that they recorded."""

    PHONE = "phone"
    LETTER = "letter"
    IN_PERSON = "in-person"
    OTHER = "other"
    TEXT = "text"
    """By a possible opt-out, on which staff decided."""


class Wording(StrEnum):
    """What the words of a text ask for."""

    OPT_OUT = "opt_out"
    POSSIBLE_OPT_OUT = "possible_opt_out"
    OPT_IN = "opt_in"
    HELP = "help"
    ORDINARY = "ordinary"


class LineType(StrEnum):
    """What kind of line a number is, as the provider looked it up."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    FIXED_VOIP = "fixed_voip"
    NON_FIXED_VOIP = "non_fixed_voip"
    PERSONAL = "personal"
    TOLL_FREE = "toll_free"
    PREMIUM = "premium"
    SHARED_COST = "shared_cost"
    UAN = "uan"
    """A universal access number: one number of a company for all its places."""
    VOICEMAIL = "voicemail"
    PAGER = "pager"


class IdKind(StrEnum):
    """Whose id a column of a contact file has: the school's own ids."""

    STUDENT = "student"
    HOUSEHOLD = "household"


class ApprovalCause(StrEnum):
    """Why a launch needs somebody else's approval."""

    MANY_CONTACTS = "many_contacts"
    DAY_LIMIT = "day_limit"
    MONTH_LIMIT = "month_limit"
    OFFICE_DAY_LIMIT = "office_day_limit"
    OFFICE_MONTH_LIMIT = "office_month_limit"

    @property
    def is_spending(self) -> bool:
        """Whether it concerns money, so that an admin must approve."""
        return self is not ApprovalCause.MANY_CONTACTS


class VoidCause(StrEnum):
    """What happened to the draft of a launch that waited for approval."""

    DRAFT_CHANGED = "draft_changed"
    DRAFT_DISCARDED = "draft_discarded"
    DRAFT_LAUNCHED = "draft_launched"
    """It was launched, or submitted, once more."""


class StopCause(StrEnum):
    """Why all sending is off."""

    STAFF = "staff"
    LEDGER_CUT = "ledger_cut"
    """The ledger is shorter than a sender saw it: it was restored, or its end is lost."""


class SignInMeans(StrEnum):
    """By what a member of staff signed in."""

    PASSWORD = "password"  # noqa: S105 - a word, and no password
    LINK = "link"
    PASSWORD_AND_CODE = "password_and_code"  # noqa: S105 - likewise
    """The code is one of an authenticator app."""
    PASSWORD_AND_RECOVERY_CODE = "password_and_recovery_code"  # noqa: S105 - likewise
    PASSKEY = "passkey"
    PROVIDER = "provider"
    """An identity provider, by OpenID Connect."""


class ViewPlace(StrEnum):
    """Where somebody looked at a person's words."""

    EVENT = "event"
    """The page of an event, with its sealed part."""
    CONTACT = "contact"
    """The page of a contact whose timeline has texts from the person."""
    CONVERSATION = "conversation"
    PERSON = "person"
    """The page of a person, with their last texts."""


class ExportKind(StrEnum):
    """What somebody took out as a file."""

    EVENTS = "events"
    CONTACTS = "contacts"
    OPT_OUTS = "opt_outs"
    NUMBERS_TO_FIX = "numbers_to_fix"
    """The numbers that cannot be reached."""
    BUNDLE = "bundle"
    """A bundle for auditors, in which names, numbers and texts are sealed."""
    PERSON_FILE = "person_file"
    """All that is held about one person."""
    COMPARISON = "comparison"
    """What changed between two moments."""
    RETENTION = "retention"
    """Which contacts the retention rule will forget, and when."""
    BACKUP = "backup"
    """A backup of everything, encrypted."""


class KeyBackupPlace(StrEnum):
    """Where a backup of the master key is."""

    BACKUP = "backup"
    """In a file that `delivery-ledger backup` made, or that was restored."""
    ELSEWHERE = "elsewhere"
    """Somewhere else, as staff said."""


class Scope(StrEnum):
    """What an error code concerns: the school's own side, one contact, or either (R19)."""

    ACCOUNT = "account"
    CONTACT = "contact"
    EITHER = "either"
    """The school's settings or this contact; the first attempts of a campaign show which."""


class Reason(StrEnum):
    """Why a delivery failed, or why it waits."""

    ACCOUNT = "account"
    BLOCKED_BY_RECIPIENT = "blocked_by_recipient"
    CANCELED = "canceled"
    CARRIER_OR_SERVICE = "carrier_or_service"
    CONTENT_OR_SETTING = "content_or_setting"
    FIRST_ATTEMPTS_REFUSED = "first_attempts_refused"
    FIRST_TEXTS_FAILED = "first_texts_failed"
    """The first reports of a campaign say that its texts failed by a fault of the account."""
    FORGOTTEN = "forgotten"
    INVALID_NUMBER = "invalid_number"
    LANDLINE = "landline"
    """The launch left the number out, since Twilio's look-up said that it is a landline."""
    LAUNCH_STOPPED = "launch_stopped"
    """Staff stopped the launch before the first attempt."""
    MAY_HAVE_BEEN_SENT = "may_have_been_sent"
    NO_CONSENT = "no_consent"
    NO_ROUTE = "no_route"
    NOT_FROM_TWILIO = "not_from_twilio"
    OPTED_OUT = "opted_out"
    TOO_LATE = "too_late"
    TOO_MANY_FAILURES = "too_many_failures"
    UNKNOWN = "unknown"
    UNREACHABLE_NUMBER = "unreachable_number"

    @property
    def is_resend_advised_against(self) -> bool:
        """Whether a resend leaves such contacts out unless staff insist (R18)."""
        return self in {
            Reason.UNREACHABLE_NUMBER,
            Reason.INVALID_NUMBER,
            Reason.BLOCKED_BY_RECIPIENT,
            Reason.LANDLINE,
        }


class Role(StrEnum):
    """What an account is for; `webapp.permissions` says what each may do."""

    VIEWER = "viewer"
    STAFF = "staff"
    APPROVER = "approver"
    AUDITOR = "auditor"
    ADMIN = "admin"


class SwitchOffCause(StrEnum):
    """Why the program stopped sending to a webhook endpoint."""

    GONE = "gone"
    """The endpoint answered 410: it wants nothing any more."""
    FAILING = "failing"
    """No message was taken for days."""


class FollowUpPart(StrEnum):
    """Which contacts of an earlier campaign a follow-up goes to, as they were at a moment."""

    DELIVERED = "delivered"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    """The text was sent three days ago, and no carrier confirmed it."""
    REPLIED = "replied"
    """A text came from the number after the provider had accepted the campaign's text."""
    NO_REPLY = "no-reply"
    """It was delivered, and no text came since."""
