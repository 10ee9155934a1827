"""The conversation view: who was texted, what was said, and the mark of every message (R1–R5)."""
