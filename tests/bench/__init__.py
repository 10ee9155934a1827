"""Load, and what it is measured with."""
