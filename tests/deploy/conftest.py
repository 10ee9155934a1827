"""What the files of docs/deploy are tried with: the real programs of Debian, on this machine."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from proxies import PROXIES, Certificate, Proxy, make_certificate
from upstream import Upstream

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def deploy() -> Path:
    """The folder of the files."""
    return ROOT / "docs" / "deploy"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as started:
        yield started


@pytest.fixture(params=PROXIES)
def proxy(
    request: pytest.FixtureRequest, tmp_path: Path, certificate: Certificate, upstream: Upstream
) -> Iterator[Proxy]:
    """A proxy in front of a scripted server."""
    with PROXIES[request.param](tmp_path, certificate, upstream.port) as started:
        yield started
