"""The Twilio stand-in: a real HTTP server that behaves as Twilio does, for trying things out.

Everything outside this package uses the two names below and nothing else. Nothing of Delivery
Ledger is imported here, nor Twilio's SDK: what it checks, it must not share code with.
"""

from webapp.standin.settings import StandInSettings
from webapp.standin.standin import StandIn

__all__ = ["StandIn", "StandInSettings"]
