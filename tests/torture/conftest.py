"""Long tests are repeated with seeds: SEED names the first, ROUNDS how many (`make torture`)."""

import os
import random

import pytest

FIRST_SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(1_000_000))
ROUNDS = int(os.environ.get("ROUNDS") or 1)


def pytest_report_header() -> str:
    return f"torture: SEED={FIRST_SEED} ROUNDS={ROUNDS}"


@pytest.fixture(params=range(FIRST_SEED, FIRST_SEED + ROUNDS), ids=lambda seed: f"seed-{seed}")
def seed(request: pytest.FixtureRequest) -> int:
    """What this round's chances are drawn from; it stands in the test's name."""
    seed: int = request.param
    return seed
