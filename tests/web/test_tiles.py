"""Tiles of hashes, read by a client that knows the C2SP page and the leaves alone."""

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from kit import tlog
from kit.world import World
from ledger.proof.tiles import TileAddress
from ledger.store.schema import events
from webapp.door import create_receiver

PEOPLE = [f"+1415557{number:04}" for number in range(2000, 2298)]


@pytest.fixture
def leaves(world: World) -> list[bytes]:
    """The leaves of a ledger of 300 events, which a checkpoint covers; one more follows."""
    world.launch(PEOPLE)
    world.app.checkpoints.make()
    world.stop_sending()
    query = sa.select(events.c.leaf).order_by(events.c.seq)
    with world.app.store.engine.connect() as connection:
        return list(connection.scalars(query))[:-1]


@pytest.fixture
def stranger(world: World) -> FlaskClient:
    """Somebody who has not signed in."""
    return create_receiver(world.app).test_client()


@pytest.fixture
def prefix(world: World) -> str:
    return f"/log/{world.app.ledger.ledger_id}"


def root_of(hashes: list[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    middle = 1 << ((len(hashes) - 1).bit_length() - 1)
    return tlog.sha256(b"\x01" + root_of(hashes[:middle]) + root_of(hashes[middle:]))


def hashes(client: FlaskClient, address: str) -> list[bytes]:
    answer = client.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "application/octet-stream"), address
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    return [answer.data[start : start + 32] for start in range(0, len(answer.data), 32)]


def test_the_root_of_the_checkpoint_follows_from_the_tiles(leaves, stranger, prefix):
    answer = stranger.get(f"{prefix}/checkpoint")
    assert answer.content_type == "text/plain; charset=utf-8"
    origin, size, root = answer.text.split("\n")[:3]
    assert (origin, size) == (f"texts.school.example{prefix}", "300")
    (left,) = hashes(stranger, f"{prefix}/tile/1/000.p/1")
    right = root_of(hashes(stranger, f"{prefix}/tile/0/001.p/44"))
    assert tlog.sha256(b"\x01" + left + right) == tlog.b64decode(root)


def test_a_full_tile_and_every_part_of_one_are_leaves(leaves, stranger, prefix):
    assert hashes(stranger, f"{prefix}/tile/0/000") == leaves[:256]
    assert hashes(stranger, f"{prefix}/tile/0/000.p/255") == leaves[:255]
    assert hashes(stranger, f"{prefix}/tile/0/001.p/1") == leaves[256:257]
    (root,) = hashes(stranger, f"{prefix}/tile/1/000.p/1")
    assert root == root_of(leaves[:256])


def test_no_other_address_has_a_tile(leaves, stranger, prefix):
    beyond = ("0/001", "0/001.p/45", "1/000", "1/000.p/2", "2/000.p/1", "1/001.p/1", "0/x001/000")
    odd = (
        *("0/0", "00/000", "0/000.p/0", "0/000.p/256", "0/000.p/01", "0/x000/000", "64/000"),
        *("0/000/", "entries/000", "0/-01", "0/00\u0663", "", "0/" + 99 * "x999/" + "999"),
    )
    found = {path: stranger.get(f"{prefix}/tile/{path}").status_code for path in (*beyond, *odd)}
    assert found == dict.fromkeys((*beyond, *odd), 404)
    assert stranger.get("/log/another/checkpoint").status_code == 404
    assert stranger.get("/log/another/tile/0/000").status_code == 404


def test_before_the_first_checkpoint_there_is_no_tile(world, stranger, prefix):
    world.launch()
    assert stranger.get(f"{prefix}/tile/0/000.p/1").status_code == 404
    assert stranger.get(f"{prefix}/checkpoint").status_code == 404


def test_a_new_log_has_addresses_of_its_own(leaves, world, stranger, prefix):
    world.app.settings.signing_key.unlink()
    origin = world.app.checkpoints.begin_new_log().note.partition("\n")[0]
    _, _, path = origin.partition("/")
    assert stranger.get(f"/{path}/tile/0/000").status_code == 200
    assert stranger.get(f"/{path}/checkpoint").text.startswith(f"{origin}\n")
    assert stranger.get(f"{prefix}/tile/0/000").status_code == 404


def test_an_index_is_written_in_groups_of_three_digits():
    addresses = {
        TileAddress(0, 1234067, 256): "0/x001/x234/067",
        TileAddress(3, 1000, 17): "3/x001/000.p/17",
        TileAddress(0, 999, 256): "0/999",
    }
    assert {address: str(address) for address in addresses} == addresses
    assert [TileAddress.parse(path) for path in addresses.values()] == list(addresses)
