"""What the process of the pages does in the background: for one ledger, and for each of many."""

from webapp.background.checkpoints import keep_checkpoints
from webapp.background.commands import (
    keep_verified,
    keep_workbooks,
    remove_workbooks,
    verify_in_turn,
)
from webapp.background.records import keep_access_record, keep_process_numbers
from webapp.background.resends import keep_resends
from webapp.background.views import keep_views, look_after_views
from webapp.notices.runner import keep_notices
from webapp.retention.forgetting import keep_retention
from webapp.webhooks.runner import keep_webhooks

BACKGROUND_WORK = (
    keep_process_numbers,
    keep_views,
    keep_checkpoints,
    keep_access_record,
    keep_verified,
    keep_workbooks,
    remove_workbooks,
    keep_retention,
    keep_resends,
    keep_webhooks,
    keep_notices,
)
"""What the process of the pages does for its ledger beside them, each in a thread of its own."""

WORK_OF_MANY = (
    (keep_process_numbers, keep_access_record, remove_workbooks),
    (look_after_views, keep_checkpoints, keep_retention, keep_resends),
    (verify_in_turn,),
    (keep_workbooks,),
    (keep_webhooks, keep_notices),
)
"""The same for each of many ledgers: together in few threads, and not as often.

What may take long has another thread than the numbers of the process: a process whose numbers are
old is taken for one that has ended.
"""
