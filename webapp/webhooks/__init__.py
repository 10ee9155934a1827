"""Webhooks: programs elsewhere are told what is recorded, as Standard Webhooks describes it."""
