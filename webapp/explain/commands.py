"""Commands in sentences for readers: they name the ledger, where an installation has several.

Sentences write a command in backticks, as `delivery-ledger verify`, in every module. What
shows them knows the ledger.
"""

_PROGRAM = "delivery-ledger "


def command(words: str, ledger_name: str | None) -> str:
    """Return a command line: "verify" → "delivery-ledger --ledger northside verify"."""
    return f"{_PROGRAM}--ledger {ledger_name} {words}" if ledger_name else f"{_PROGRAM}{words}"


def naming_ledger(sentence: str, ledger_name: str | None) -> str:
    """Return the sentence; the commands in it act on that ledger."""
    return sentence.replace(f"`{_PROGRAM}", f"`{command('', ledger_name)}")
