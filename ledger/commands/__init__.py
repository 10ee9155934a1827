"""Everything that changes the ledger: one command for each act of staff, sender and provider.

A command is decided under the writer's lock; `launch` and `resend` execute one for each part.
"""
