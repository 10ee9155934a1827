"""Where data is stored: the databases, the small files beside them, and a generated secret."""

import contextlib
import secrets
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from ledger import atomic_file
from ledger.errors import BadSetting, NotFound
from ledger.store.engine import is_postgresql, parse_url

_POSTGRESQL_FILES = Path("instance")
_POSTGRESQL_PORT = 5432


@dataclass(frozen=True, kw_only=True)
class Databases:
    """Four SQLite files, or four schemas of one PostgreSQL database."""

    ledger_url: str
    views_url: str
    accounts_url: str
    sending_url: str
    files: Path
    """Folder and name, without the ending, of the small files beside them."""

    def file(self, ending: str) -> Path:
        """Return the path of the small file with that ending, such as "secret_key"."""
        return self.files.with_name(f"{self.files.name}.{ending}")

    @property
    def workbooks(self) -> Path:
        """The folder of workbooks, beside the views, which are in no backup either."""
        if not self.is_one_machine:
            return self.file("workbooks")
        views = parse_url(self.views_url, "LEDGER_VIEWS_URL").database or ""
        return Path(views).with_suffix(".workbooks")

    @classmethod
    def of(cls, ledger: str, views: str) -> "Databases":
        """Return the databases of a ledger; `views` is blank when not set. Raises `BadSetting`."""
        parsed = parse_url(ledger, "LEDGER_DATABASE_URL")
        url = parsed.render_as_string(hide_password=False)
        if is_postgresql(parsed):
            if views:
                raise BadSetting(
                    "LEDGER_VIEWS_URL is for SQLite alone: on PostgreSQL the views are in the "
                    "schema `views` of the ledger's own database. Leave it unset."
                )
            files = _POSTGRESQL_FILES / (parsed.database or "ledger")
            return cls(
                ledger_url=url, views_url=url, accounts_url=url, sending_url=url, files=files
            )
        file = Path(parsed.database or "")
        files = file.with_name(file.stem)
        return cls(
            ledger_url=url,
            views_url=_checked(views, file) if views else f"sqlite:///{files}.views.sqlite3",
            accounts_url=f"sqlite:///{files}.accounts.sqlite3",
            sending_url=f"sqlite:///{files}.sending.sqlite3",
            files=files,
        )

    @property
    def is_one_machine(self) -> bool:
        """Whether every process of this ledger can read the files beside it."""
        return self.ledger_url.startswith("sqlite")

    @property
    def places(self) -> frozenset[str]:
        """Everything that must belong to one ledger alone: databases, and files beside them.

        Such as "/srv/north.sqlite3", or "db1.example:5432/north" for a PostgreSQL database.
        """
        beside = (self.files, self.workbooks)
        return self.stores | {str(path.resolve()) for path in beside}

    @property
    def stores(self) -> frozenset[str]:
        """The databases among them."""
        if self.is_one_machine:
            return frozenset(str(path.resolve()) for path in self.sqlite_files)
        return frozenset(_servers(self.ledger_url))

    @property
    def sqlite_files(self) -> list[Path]:
        """The SQLite files of ledger, views, accounts and senders; none on PostgreSQL."""
        urls = (self.ledger_url, self.views_url, self.accounts_url, self.sending_url)
        return [Path(make_url(url).database or "") for url in urls] if self.is_one_machine else []

    def check_exists(self) -> None:
        """Raise `NotFound` where there is no SQLite file of a ledger."""
        for file in self.sqlite_files[:1]:
            if not file.exists():
                raise NotFound(
                    f"There is no ledger in {file}. Run the command in the ledger's folder, or set "
                    "LEDGER_DATABASE_URL."
                )


def _servers(url: str) -> set[str]:
    """Return host, port and database name for each host that a PostgreSQL address names."""
    parsed = make_url(url)
    named = parsed.query.get("host", parsed.host or "")
    hosts = named.split(",") if isinstance(named, str) else named
    port = str(parsed.port or _POSTGRESQL_PORT)
    with_ports = (host if ":" in host else f"{host}:{port}" for host in hosts)
    return {f"{host.lower()}/{parsed.database}" for host in with_ports}


def _checked(views: str, ledger: Path) -> str:
    parsed = parse_url(views, "LEDGER_VIEWS_URL")
    if is_postgresql(parsed):
        raise BadSetting("LEDGER_VIEWS_URL must name a SQLite file where the ledger is one.")
    if Path(parsed.database or "").resolve() == ledger.resolve():
        raise BadSetting("LEDGER_VIEWS_URL names the ledger's own file; choose another.")
    return views


def kept_secret(file: Path) -> str:
    """Return the secret in that file; the first start makes it. Raises `BadSetting`."""
    try:
        if not file.exists():
            _make_secret(file)
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise BadSetting(
            f"The secret of this ledger, {file}, cannot be read ({why}). Run the program as the "
            "user who owns it, or set LEDGER_DATABASE_URL to a file elsewhere."
        ) from error


def _make_secret(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):  # another process was first
            atomic_file.create(file, secrets.token_urlsafe(32).encode())
    except OSError as error:
        raise BadSetting(
            f"The folder {file.parent} cannot be written ({error.strerror}). Make it writable, or "
            "set LEDGER_DATABASE_URL to a file elsewhere."
        ) from error
