"""Why a contact has the status it has: one plain sentence for staff, built from its events.

Pure functions over streams of the ledger: no I/O, no clock, no HTML.
"""

from webapp.explain.sentences import Sentence as Sentence
from webapp.explain.sentences import plain as plain
from webapp.explain.why import Why as Why
from webapp.explain.why import explain as explain
