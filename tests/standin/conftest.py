"""A stand-in, the real client that speaks to it, and the server that takes its callbacks."""

from collections.abc import Callable, Iterator

import pytest
from standin_kit import ACCOUNT, TOKEN, Receiver, statuses
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from webapp.standin import StandIn, StandInSettings


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def lone_receiver() -> Iterator[Receiver]:
    """One whose answers and takings no other test shares."""
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture(scope="session")
def settings() -> Callable[..., StandInSettings]:
    def make(**changes: object) -> StandInSettings:
        return StandInSettings(
            **{"account_sid": ACCOUNT, "auth_token": TOKEN, "pace_seconds": 0.0, **changes}
        )

    return make


@pytest.fixture(scope="session")
def standin(settings: Callable[..., StandInSettings], receiver: Receiver) -> Iterator[StandIn]:
    with StandIn(settings(hold_seconds=0.6, inbound_url=f"{receiver.url}/inbound")) as standin:
        yield standin


@pytest.fixture(scope="session")
def client_of() -> Callable[..., Client]:
    def connect(standin: StandIn, timeout: float = 5.0, token: str = TOKEN) -> Client:
        client = Client(ACCOUNT, token, http_client=TwilioHttpClient(timeout=timeout))
        client.api.base_url = standin.url
        return client

    return connect


@pytest.fixture(scope="session")
def client(standin: StandIn, client_of: Callable[..., Client]) -> Iterator[Client]:
    client = client_of(standin)
    yield client
    client.http_client.session.close()


@pytest.fixture(scope="session")
def send(client: Client, receiver: Receiver) -> Callable[..., object]:
    """Create a text as the sender does: to a number, with a callback address."""

    def create(number: str, **changes: str) -> object:
        given = {"from_": "+15005550006", "body": "Hello", "status_callback": receiver.url}
        return client.messages.create(to=number, **{**given, **changes})

    return create


@pytest.fixture(scope="session")
def told(standin: StandIn, receiver: Receiver) -> Callable[[str], list[str]]:
    """What the callbacks of a text said, once all of them are posted."""

    def wait(sid: str) -> list[str]:
        assert standin.wait_until_posted()
        return statuses(receiver.of(sid))

    return wait
