"""The retention rule: what it is, and setting it."""

from flask import Blueprint

from ledger.commands.retention import SetRetention
from ledger.errors import BadInput
from webapp.acts import SET_RETENTION
from webapp.api.authentication import caller
from webapp.api.fitting import fitted
from webapp.api.models import retention as models
from webapp.api.operations import Answer, operation
from webapp.api.problem_types import Kind
from webapp.api.problems import invalid
from webapp.current import application
from webapp.permissions import Permission, needs
from webapp.retention.report import retention_document, retention_of

blueprint = Blueprint("retention", __name__, url_prefix="/retention")

_TAG = "Personal data"


@blueprint.get("")
@operation(
    "getRetention",
    tag=_TAG,
    answer=models.RetentionRule,
    example=models.EXAMPLE,
    problems=[Kind.REFUSED],
)
@needs(Permission.SEE_WORDS)
def show() -> Answer[models.RetentionRule]:
    """Return the rule, and whether it has begun."""
    return _rule()


@blueprint.post("")
@operation(
    "setRetention",
    tag=_TAG,
    answer=models.RetentionRule,
    example=models.EXAMPLE,
    request_example=models.EXAMPLE_ORDER,
    is_change=True,
)
@needs(SET_RETENTION)
def set_rule(json: models.RetentionOrder) -> Answer[models.RetentionRule]:
    """Set after how many days contacts are forgotten. A shorter time begins after a week.

    Where that is the rule already, nothing changes. The page of the rule, and `retention confirm`,
    let a rule begin at once, as a person has to read its report before.
    """
    app = application()
    if retention_of(app).days != json.days:
        try:
            app.ledger.execute(SetRetention(json.days, caller().actor)).result()
        except BadInput as error:
            raise invalid(str(error), pointer="/days") from error
    return _rule()


def _rule() -> models.RetentionRule:
    app = application()
    return fitted(retention_document(retention_of(app), app.clock.now()), models.RetentionRule)
