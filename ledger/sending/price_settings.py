"""How often and how fast the prices of texts are collected, from the settings."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class PriceSettings:
    """How often and how fast prices are collected."""

    every: timedelta
    """The time between two passes over the day on which texts are being sent."""
    pages_per_minute: float
