"""`delivery-ledger witness`: cosigns the checkpoints of ledgers that run elsewhere."""

from collections.abc import Sequence
from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.clock import SystemClock
from ledger.proof.note_keys import NamedKey, SignatureType, is_key_name
from ledger.proof.record_file import RecordFile
from ledger.proof.signing_keys import KeyFile
from ledger.proof.witness import Witness
from webapp.cli.listening import host_option, listening, port_option
from webapp.cli.start_checks import warn_of_open_files
from webapp.file_permissions import files_beginning_with
from webapp.processes import until_stopped
from webapp.serving.server import Server
from webapp.serving.site import Site
from webapp.witness import create_witness

_PORT = 5200
_ELSEWHERE = "choose another --folder"


def _key(key_file: KeyFile, state: RecordFile) -> Ed25519PrivateKey:
    """The key of the witness. Before it is first made, so is its file of what was cosigned.

    Raises `BadSetting` where the key is here and that file is gone.
    """
    keys = key_file.read()
    if keys is None:
        with state.held():
            state.write(state.read())
        return key_file.read_or_make().signing
    if not state.path.exists():
        raise state.unreadable()
    return keys.signing


@click.command()
@click.option(
    "--name", required=True, help="The name of its key, an address such as witness.example/w1."
)
@click.option(
    "--log",
    "logs",
    required=True,
    multiple=True,
    metavar="KEY",
    help="A ledger's public key, from the line `Key: …`; may be repeated.",
)
@click.option(
    "--folder",
    default="witness",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where its key is, and what it cosigned.",
)
@host_option
@port_option(default=_PORT, lowest=0)
def witness(*, name: str, logs: Sequence[str], folder: Path, host: str, port: int) -> None:
    """Cosign checkpoints of ledgers, of each one history only."""
    if not is_key_name(name):
        raise click.UsageError(
            "--name must be 1 to 200 visible ASCII characters, without a plus sign."
        )
    with until_stopped() as stop, listening(host, port) as listener:
        cosigner = _witness(name, logs, folder)
        server = Server(Site(create_witness(cosigner)), listener=listener)
        stop.started()
        server.start()
        click.echo(f"The witness is at {server.url}")
        click.echo(f"Key: {cosigner.public_key}")
        warn_of_open_files(files_beginning_with([folder / "witness."]))
        stop.wait()
        server.stop()


def _witness(name: str, logs: Sequence[str], folder: Path) -> Witness:
    state = RecordFile(
        folder / "witness.cosigned",
        purpose="It says what was cosigned last.",
        elsewhere=_ELSEWHERE,
    )
    return Witness(
        name=name,
        key=_key(KeyFile(folder / "witness.signing_key", elsewhere=_ELSEWHERE), state),
        logs=[NamedKey.parse(log, SignatureType.LOG) for log in logs],
        state=state,
        clock=SystemClock(),
    )
