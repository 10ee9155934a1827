"""Every projection of the program, in the order in which they are applied."""

from projections.callback_silence import SilenceProjection
from projections.contact_lists import ContactListsProjection
from projections.conversations.projection import ConversationsProjection
from projections.costs.projection import CostsProjection
from projections.drafts import DraftsProjection
from projections.engine.projection import Projection
from projections.launch_requests import LaunchRequestsProjection
from projections.numbers_to_fix.projection import NumbersToFix
from projections.opt_outs import OptOutsProjection
from projections.overview.projection import OverviewProjection
from projections.people.index import PeopleIndex
from projections.possible_opt_outs import PossibleOptOutsProjection
from projections.resend_requests import ResendRequestsProjection
from projections.responses import ResponsesProjection
from projections.tables.projection import SharedProjection


def all_projections() -> list[Projection]:
    """Return every projection, in the order in which they are applied."""
    return [
        SharedProjection(),
        SilenceProjection(),
        ConversationsProjection(),
        DraftsProjection(),
        ContactListsProjection(),
        LaunchRequestsProjection(),
        ResendRequestsProjection(),
        PossibleOptOutsProjection(),
        OptOutsProjection(),
        PeopleIndex(),
        NumbersToFix(),
        OverviewProjection(),
        CostsProjection(),
        ResponsesProjection(),
    ]
