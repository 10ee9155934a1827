"""What staff should know about a file of opt-outs, and what its import did, in sentences."""

from collections.abc import Iterator

from ledger.commands.opt_out_import import ImportedOptOuts
from ledger.messages.opt_out_file import OptOutFile
from webapp.explain.numbers import counted, number, plural


def import_notes(opt_outs: OptOutFile) -> Iterator[str]:
    """Yield what staff should know about a file of opt-outs, the column of numbers first."""
    yield f"Numbers are read from the column \u201c{opt_outs.phone_column}\u201d."
    for words, rows in opt_outs.unknown_sources.items():
        yield (
            f"The source \u201c{words}\u201d of {counted(rows, 'row')} is not known here; "
            f"{plural(rows, 'it counts', 'they count')} as asked in another way."
        )
    if count := opt_outs.forgotten:
        yield (
            f"{counted(count, 'row')} without a number {plural(count, 'is', 'are')} left out: the "
            f"{plural(count, 'contact was', 'contacts were')} forgotten before the export."
        )


def import_result(imported: ImportedOptOuts) -> str:
    """Return what an import did: "Recorded 2 opt-outs; 1 was recorded before; …"."""
    return (
        f"Recorded {counted(imported.recorded, 'opt-out')}; {number(imported.already)} "
        f"{plural(imported.already, 'was', 'were')} recorded before; "
        f"{counted(imported.withdrawn, 'waiting delivery')} withdrawn."
    )
