"""A launch order: what staff want launched, and what makes an order one that can be launched."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ledger.domain.events import (
    CampaignText,
    FileNotes,
    FollowUp,
    ListVersion,
    MessageVariants,
    RequestedText,
)
from ledger.domain.names import checked_name
from ledger.domain.resend_policy import ResendPolicy
from ledger.domain.schedule import Schedule
from ledger.errors import BadInput
from ledger.identity import Identity
from ledger.lazy_property import lazy_property
from ledger.messages.contact_rows import ContactFileRow, FirstLines, Rows
from ledger.messages.file_columns import FileColumns
from ledger.messages.message_variants import (
    MessageTemplate,
    check_variants,
    comparable,
    spaced_once,
    template_of,
)
from ledger.messages.segments import count_segments
from ledger.messages.sending_hours import check_hours, too_late_count
from ledger.messages.skipped_rows import SkippedRow


@dataclass(frozen=True, kw_only=True)
class LaunchOrder:
    """A campaign to be launched: its text, contacts and settings."""

    name: str
    message: str
    variants: MessageVariants | None = None
    """The further wordings of the message; None: all contacts get the same."""
    rows: Rows
    policy: ResendPolicy = field(default_factory=ResendPolicy)
    timing: Schedule = field(default_factory=Schedule)
    zone: str = ""
    """The time zone of contacts without their own; blank is UTC."""
    requires_consent: bool = False
    """Whether contacts without consent are withdrawn."""
    is_urgent: bool = False
    """Whether it texts before other campaigns, and at any hour."""
    leaves_out_landlines: bool = False
    """Whether contacts are withdrawn whose number was looked up lately and is a landline."""
    draft_id: str | None = None
    """The draft that is launched; the launch closes it."""
    token_maker: str | None = None
    """Who made the API token with which a program launches, where that is not who launches."""
    office_id: str | None = None
    """The office of the campaign; None: it belongs to the whole district."""
    follow_up: FollowUp | None = None
    """Whose contacts they are, where it follows an earlier campaign."""
    contact_list: ListVersion | None = None
    """The contact list that has them, where it goes to one."""
    file_notes: FileNotes = field(default_factory=FileNotes)
    """What an approver reads about the contact file, where the launch waits for approval."""
    columns: FileColumns = field(default_factory=FileColumns)
    """The columns of the contact file, which reports have first."""
    left_out: Sequence[SkippedRow] = ()
    """The rows of the file that are not texted, without those that repeat a number."""

    @property
    def text(self) -> CampaignText:
        """The name and message as the campaign's events store them."""
        name = checked_name(self.name, "campaign")
        return CampaignText(name=name, message=self.message, variants=self.variants)

    @property
    def requested_text(self) -> RequestedText:
        """The name and message as a request stores them, with the notes about the file."""
        text = self.text
        return RequestedText(
            name=text.name, message=text.message, variants=text.variants, file=self.file_notes
        )

    @lazy_property
    def template(self) -> MessageTemplate:
        """The message with all its wordings. Raises `BadInput`."""
        return template_of(self.message, self.variants)

    def digest(self, identity: Identity) -> str:
        """A digest that is equal for the same name, message, numbers and texts.

        Spaces and line ends do not count: a browser sends other line ends than a shell. Raises
        `BadInput` where a number is listed twice.
        """
        template, rows = self.template, self._rows_once_each()
        texts = ((row.phone, spaced_once(template.merge(row.fields))) for row in rows)
        message = comparable(self.message, self.variants)
        return identity.order_digest(spaced_once(self.name), message, texts)

    def check(self) -> None:
        """Raise `BadInput` for what cannot be launched; the rows were checked when read."""
        checked_name(self.name, "campaign")
        if not self.rows:
            raise BadInput("There is no contact to text.")
        if self.variants:
            check_variants(self.variants)
        template_of(self.message, self.variants)
        self.policy.check()

    @property
    def schedule(self) -> Schedule:
        """When it may text; `timing` has the hours of an urgent campaign too."""
        return self.timing.applied(is_urgent=self.is_urgent)

    @lazy_property
    def zone_counts(self) -> Mapping[str, int]:
        """Time zone → the number of contacts in it; without hours, no zone matters."""
        if self.schedule.window is None:
            return {self.zone: len(self.rows)}
        return Counter(row.zone or self.zone for row in self.rows)

    def check_times(self, now: datetime) -> None:
        """Raise `BadInput` where nobody could be texted from `now` on, or a time is a slip."""
        self.timing.check(now, self.zone)
        check_hours(self.zone_counts, self.schedule, self.zone, now)

    @lazy_property
    def segments(self) -> int:
        """The segments of all texts, with one attempt for each contact."""
        template = self.template
        return sum(count_segments(template.merge(row.fields)).count for row in self.rows)

    def held_until(self, now: datetime, undo_seconds: int) -> datetime | None:
        """Return the end of the undo window, if it is launched now.

        None for an urgent campaign, and where no text could go out in that time anyway.
        """
        if self.is_urgent:
            return None
        return self.schedule.undo_window_end(now, undo_seconds, self.zone_counts)

    def too_late_count(self, now: datetime) -> int:
        """Return for how many contacts the hours come only when it is too late, if not for all."""
        return too_late_count(self.zone_counts, self.schedule, now)

    def _rows_once_each(self) -> Iterator[ContactFileRow]:
        """Yield the rows; raises `BadInput` at one whose number an earlier one has."""
        with FirstLines() as first_lines:
            for row in self.rows:
                if not first_lines.add(row.phone, row.line):
                    raise BadInput("A number is listed twice; each contact is texted once.")
                yield row
