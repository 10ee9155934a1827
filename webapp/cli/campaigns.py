"""`delivery-ledger campaign …`: the group, whose commands are imported one by one."""

import click

from webapp.cli.lazy import LazyGroup

_COMMANDS = {
    "approve": "webapp.cli.launch_requests:approve_command",
    "archive": "webapp.cli.campaign_acts:archive_command",
    "check": "webapp.cli.checking:check_command",
    "close": "webapp.cli.campaign_acts:close_command",
    "contacts": "webapp.cli.campaign_contacts:contacts_command",
    "follow-up": "webapp.cli.follow_ups:follow_up_command",
    "hold": "webapp.cli.campaign_legal_holds:hold_command",
    "holds": "webapp.cli.campaign_legal_holds:holds_command",
    "launch": "webapp.cli.launching:launch_command",
    "list": "webapp.cli.campaign_counts:list_command",
    "pause": "webapp.cli.campaign_acts:pause_command",
    "account-for": "webapp.cli.unconfirmed:account_for_command",
    "recall": "webapp.cli.recalling:recall_command",
    "refuse": "webapp.cli.launch_requests:refuse_command",
    "release-hold": "webapp.cli.campaign_legal_holds:release_hold_command",
    "requests": "webapp.cli.launch_requests:requests_command",
    "resend": "webapp.cli.campaign_acts:resend_command",
    "resume": "webapp.cli.campaign_acts:resume_command",
    "rules": "webapp.cli.launch_rules:rules_command",
    "show": "webapp.cli.campaign_counts:show_command",
}


@click.group(cls=LazyGroup, lazy=_COMMANDS)
def campaign() -> None:
    """Launch, look at and act on campaigns."""
