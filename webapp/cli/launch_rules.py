"""`delivery-ledger campaign rules`: which launches wait for approval."""

import click

from ledger.commands.launch_rules import SetApprovalLimit, SetSpendingLimits
from ledger.domain.launch_rules import STREAM, LaunchRules
from webapp.acts import CHANGE_LAUNCH_RULES
from webapp.cli.common import actor, by_option, json_option, open_application, print_json
from webapp.explain.launch_requests import approval_rule, spending_rule
from webapp.launch_checks import spending_today
from webapp.launch_rules import contacts_in, launch_rules_document, limits_in
from webapp.sound_aggregates import SoundAggregates


@click.command("rules")
@click.option(
    "--approval-above", metavar="NUMBER", help="Launches to more contacts wait; none: no launch."
)
@click.option("--per-day", metavar="AMOUNT", help="What may be spent in a day; none: no limit.")
@click.option("--per-month", metavar="AMOUNT", help="The same in a month.")
@by_option
@json_option
def rules_command(
    *,
    approval_above: str | None,
    per_day: str | None,
    per_month: str | None,
    by: str | None,
    as_json: bool,
) -> None:
    """Which launches wait for somebody else's approval; with options, change that."""
    app = open_application()
    rules = SoundAggregates(app.ledger.reader).load(LaunchRules, STREAM)
    if approval_above is not None:
        limit = contacts_in(approval_above)
        who = actor(app, by, CHANGE_LAUNCH_RULES)
        app.ledger.execute(SetApprovalLimit(who, limit)).result()
    if per_day is not None or per_month is not None:
        day, month = (
            written if written is not None else str(kept if kept is not None else "")
            for written, kept in ((per_day, rules.spending.day), (per_month, rules.spending.month))
        )
        limits = limits_in(app.settings, day=day, month=month)
        who = actor(app, by, CHANGE_LAUNCH_RULES)
        app.ledger.execute(SetSpendingLimits(who, limits)).result()
    rules = SoundAggregates(app.ledger.reader).load(LaunchRules, STREAM)
    if as_json:
        print_json(launch_rules_document(rules))
        return
    click.echo(approval_rule(rules.approval_limit))
    click.echo(spending_rule(rules.spending))
    for left in spending_today(app.ledger.reader, app.clock.now()):
        click.echo(f"{left}.")
