"""Webhooks: signed messages to other programs about what is recorded (Standard Webhooks)."""
