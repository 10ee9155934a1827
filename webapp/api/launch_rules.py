"""The rules about launches: which wait for somebody else's approval, and setting them."""

from flask import Blueprint

from ledger.commands.launch_rules import SetApprovalLimit, SetSpendingLimits
from ledger.domain.launch_rules import STREAM, LaunchRules
from ledger.errors import BadInput
from webapp.acts import CHANGE_LAUNCH_RULES
from webapp.api.authentication import caller
from webapp.api.fitting import fitted
from webapp.api.idempotency import request_id
from webapp.api.models import settings as models
from webapp.api.models.base import MomentQuery
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.api.problems import invalid
from webapp.current import application
from webapp.launch_rules import launch_rules_document, limits_in
from webapp.permissions import needs
from webapp.shown_moment import until_seq
from webapp.sound_aggregates import SoundAggregates

blueprint = Blueprint("launch_rules", __name__, url_prefix="/launch-rules")

_TAG = "Approvals"


@blueprint.get("")
@operation(
    "getLaunchRules",
    tag=_TAG,
    answer=models.LaunchRules,
    example=models.EXAMPLE_RULES,
    problems=[Kind.REFUSED],
)
@needs(CHANGE_LAUNCH_RULES)
def show(query: MomentQuery) -> Answer[models.LaunchRules]:
    """Return which launches wait for somebody else's approval."""
    del query  # its moment was read
    return fitted(launch_rules_document(_rules()), models.LaunchRules)


@blueprint.post("")
@operation(
    "setLaunchRules",
    tag=_TAG,
    answer=models.LaunchRules,
    example=models.EXAMPLE_RULES,
    request_example=models.EXAMPLE_RULES_ORDER,
    is_change=True,
)
@needs(CHANGE_LAUNCH_RULES)
def set_rules(json: models.LaunchRulesOrder) -> Answer[models.LaunchRules]:
    """Set all rules about launches. What is so already is not recorded again."""
    app, by, rules = application(), caller().actor, _rules()
    try:
        limits = limits_in(app.settings, day=json.per_day or "", month=json.per_month or "")
    except BadInput as error:
        raise invalid(str(error), pointer="/per_day") from error
    if rules.approval_limit != json.approval_above:
        request = request_id("approval limit")
        app.ledger.execute(SetApprovalLimit(by, json.approval_above, request)).result()
    if (rules.spending.day, rules.spending.month) != (limits.day, limits.month):
        request = request_id("spending limits")
        app.ledger.execute(SetSpendingLimits(by, limits, request=request)).result()
    return fitted(launch_rules_document(_rules()), models.LaunchRules)


def _rules() -> LaunchRules:
    return SoundAggregates(application().ledger.reader, until_seq()).load(LaunchRules, STREAM)
