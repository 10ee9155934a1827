"""`delivery-ledger campaign …`: the group, whose commands are imported one by one."""

import click

from webapp.cli.lazy import LazyCommand, LazyGroup

_COMMANDS = {
    "approve": LazyCommand(
        "webapp.cli.launch_requests:approve_command",
        "Approve NAME: the name or the id of a launch, or of a resend, that waits for approval.",
    ),
    "archive": LazyCommand(
        "webapp.cli.campaign_acts:archive_command",
        "Freeze every status for good.",
    ),
    "check": LazyCommand(
        "webapp.cli.checking:check_command",
        "Show what would be sent and what it costs, and what is odd in the file; send nothing.",
    ),
    "close": LazyCommand(
        "webapp.cli.campaign_acts:close_command",
        "No further attempts; what is pending stays pending.",
    ),
    "contacts": LazyCommand(
        "webapp.cli.campaign_contacts:contacts_command",
        "Every contact of a campaign, in the order of the file.",
    ),
    "follow-up": LazyCommand(
        "webapp.cli.follow_ups:follow_up_command",
        "Save a draft to a part of a campaign's contacts, and print its id; nothing is sent.",
    ),
    "hold": LazyCommand(
        "webapp.cli.campaign_legal_holds:hold_command",
        "Place a legal hold: no contact of the campaign ID can be forgotten.",
    ),
    "holds": LazyCommand(
        "webapp.cli.campaign_legal_holds:holds_command",
        "The legal holds on campaigns in force, with reason, in the order of placing.",
    ),
    "launch": LazyCommand(
        "webapp.cli.launching:launch_command",
        "Text every contact of a file.",
    ),
    "list": LazyCommand(
        "webapp.cli.campaign_counts:list_command",
        "Every campaign, the newest first.",
    ),
    "pause": LazyCommand(
        "webapp.cli.campaign_acts:pause_command",
        "Start no attempts until resumed.",
    ),
    "account-for": LazyCommand(
        "webapp.cli.unconfirmed:account_for_command",
        "Account for texts that were sent three days ago and that no carrier confirmed.",
    ),
    "phone-list": LazyCommand(
        "webapp.cli.phone_lists:phone_list_command",
        "Whom to call: contacts that failed or were never confirmed, by name.",
    ),
    "recall": LazyCommand(
        "webapp.cli.recalling:recall_command",
        "Make no further attempts, and ask Twilio to cancel what it has not sent yet.",
    ),
    "refuse": LazyCommand(
        "webapp.cli.launch_requests:refuse_command",
        "Refuse NAME, a launch or a resend that waits; or withdraw your own request.",
    ),
    "release-hold": LazyCommand(
        "webapp.cli.campaign_legal_holds:release_hold_command",
        "End a legal hold on the campaign ID.",
    ),
    "requests": LazyCommand(
        "webapp.cli.launch_requests:requests_command",
        "Every launch, then every resend, that waits for approval, the oldest first.",
    ),
    "resend": LazyCommand(
        "webapp.cli.campaign_acts:resend_command",
        "Try the failed contacts of a campaign again.",
    ),
    "resume": LazyCommand(
        "webapp.cli.campaign_acts:resume_command",
        "Let attempts start again.",
    ),
    "rules": LazyCommand(
        "webapp.cli.launch_rules:rules_command",
        "Which launches wait for somebody else's approval; with options, change that.",
    ),
    "show": LazyCommand(
        "webapp.cli.campaign_counts:show_command",
        "One campaign with its counts.",
    ),
}


@click.group(cls=LazyGroup, lazy=_COMMANDS)
def campaign() -> None:
    """Launch, look at and act on campaigns."""
