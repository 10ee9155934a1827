"""Sending: attempts what is due, within the rate limit, and settles unknown outcomes."""
