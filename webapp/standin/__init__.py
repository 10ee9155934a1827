"""The Twilio stand-in: an HTTP server that behaves like Twilio, for demonstrations and tests.

Code outside this package uses the names below only. The package imports nothing of Delivery
Ledger and not Twilio's SDK, because it must not share code with what it tests.
"""

from webapp.standin.records import ListOrder, StoredBody
from webapp.standin.settings import StandInSettings
from webapp.standin.standin import StandIn

__all__ = ["ListOrder", "StandIn", "StandInSettings", "StoredBody"]
