"""The databases beside the ledger, and what monitoring reads."""

from typing import TYPE_CHECKING

from ledger.lazy_property import lazy_property
from webapp.composition.part import part

if TYPE_CHECKING:
    import sqlalchemy as sa

    from webapp.metrics.collecting import Metrics
    from webapp.metrics.processes import Processes
    from webapp.metrics.roles import Role
    from webapp.store_checks import StoreChecks
    from webapp.workbooks.queue import WorkbookQueue


class OperationParts:
    """The parts that keep the program running."""

    sending_engine: "part[sa.Engine]" = part("webapp.parts.databases:sending_engine")
    """The database of the senders, which may be lost."""
    accounts_engine: "part[sa.Engine]" = part("webapp.parts.databases:accounts_engine")
    """The database of the accounts."""
    store_checks: "part[StoreChecks]" = part("webapp.parts.databases:store_checks")
    """Whether the databases can be written."""
    processes: "part[Processes]" = part("webapp.parts.metrics:processes")
    """What the processes of this ledger say of themselves."""
    metrics: "part[Metrics]" = part("webapp.parts.metrics:metrics")
    """Numbers about the ledger and its processes."""
    workbooks: "part[WorkbookQueue]" = part("webapp.parts.workbooks:workbooks")
    """Workbooks of the audit trail that were asked for on pages."""

    @lazy_property
    def roles(self) -> "set[Role]":
        """What this process does."""
        return set()
