"""What may happen to campaigns, contacts and deliveries, and what a status is; no I/O, no clock.

Standard library only.
"""
