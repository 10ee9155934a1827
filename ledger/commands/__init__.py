"""The commands: everything that staff, the sender and the provider can change in the ledger.

A command is decided under the writer's lock. `launch` and `resend` execute one for each part.
"""
