"""The page of the check: what would be launched to whom, and whether it was launched recently."""

from flask import render_template, request

from ledger.commands.launch_order import LaunchOrder
from ledger.commands.recent_launches import RecentLaunch
from ledger.domain.launch_rules import LaunchSize
from webapp.consents import without_consent
from webapp.current import application
from webapp.explain.consents import consent_notes
from webapp.explain.countries import abroad_sentence
from webapp.explain.first_texts import first_texts_sentence
from webapp.explain.launches import recent_launch_sentence
from webapp.explain.wordings import no_opt_out_sentence
from webapp.launch_checks import launch_check
from webapp.pages.campaign_form import CampaignForm
from webapp.pages.checked_order import CheckedOrder
from webapp.pages.common import now
from webapp.pages.launch_form_page import row_number
from webapp.pages.uploads import ContactFile
from webapp.pages.wording_fields import hidden_fields

WITHOUT_LOOK_UP = "launch-without-look-up"
"""The button that launches although some numbers could not be looked up."""
_CHECKED_ROW = "check-row-"
"""The buttons that show another contact begin so; its number follows."""


def check_page(
    form: CampaignForm,
    file: ContactFile,
    checked: CheckedOrder,
    recent: RecentLaunch | None,
    *,
    is_look_up_unfinished: bool = False,
) -> str:
    """Return the page that shows what would be launched, and whether it was launched recently."""
    estimate, step = checked.estimate(), request.form.get("step", "")
    return render_template(
        "launching/check.html",
        form=form,
        file=file,
        checked=checked,
        estimate=estimate,
        too_late_count=checked.order.too_late_count(now()),
        price=application().settings.price,
        no_opt_out=no_opt_out_sentence(checked.wordings),
        sizes=checked.wording_sizes(),
        shown=checked.contact_at(row_number(step, _CHECKED_ROW)),
        hidden_wordings=hidden_fields(form.wordings),
        numbers_abroad=_numbers_abroad(checked),
        consent_notes=list(consent_notes(without_consent(application(), checked.order.rows))),
        launch_name=request.form.get("launch_name") or application().ledger.identity.new_launch(),
        first_texts=first_texts(checked.order),
        approval=launch_check(
            application().ledger.reader,
            LaunchSize(estimate.contacts, estimate.segments, checked.order.office_id),
            now(),
        ),
        recent=recent_launch_sentence(recent, now(), application().scope) if recent else None,
        without_look_up=WITHOUT_LOOK_UP if is_look_up_unfinished else "",
    )


def first_texts(order: LaunchOrder) -> str:
    """Return when the first texts go out, if it is launched now."""
    held_until = order.held_until(now(), application().settings.undo_seconds)
    conditions = application().sending_conditions()
    return first_texts_sentence(order, conditions, now(), held_until=held_until)


def _numbers_abroad(checked: CheckedOrder) -> str:
    """Return the sentence about numbers of other countries; blank if there are none."""
    report = checked.parsed.report
    abroad = report.numbers_abroad
    return abroad_sentence(abroad, report.home) if abroad else ""
