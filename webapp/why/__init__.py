"""Why a contact has the status it has: one plain sentence for staff, built from its events.

Pure functions over streams of the ledger: no I/O, no clock, no HTML.
"""

from webapp.why.explain import Why as Why
from webapp.why.explain import explain as explain
from webapp.why.words import Sentence as Sentence
from webapp.why.words import plain as plain
