"""nginx and Caddy with the files of docs/deploy, of which only ports and paths are replaced."""

import datetime as dt
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kit.processes import end, reserve_port

HOST = "texts.school.example"
DEPLOY = Path(__file__).parent.parent.parent / "docs" / "deploy"
_START_SECONDS = 20


@dataclass(frozen=True)
class Certificate:
    """The files of a certificate that signed itself."""

    certificate: Path
    key: Path


def make_certificate(folder: Path) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = Certificate(folder / "certificate.pem", folder / "key.pem")
    files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


@dataclass(frozen=True)
class Answer:
    """What came back through a proxy."""

    status: int
    headers: HTTPMessage
    body: bytes


@dataclass(frozen=True)
class Proxy:
    """A proxy that runs, and what it writes."""

    port: int
    certificate: Certificate
    folder: Path

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> "Answer":
        """Return the whole answer to a request for the public host; `path` goes out unchanged."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = HTTPConnection(HOST)
        connection.sock = self.connect()
        with closing(connection):
            connection.request(method, path, body, headers={"Host": HOST, **given})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())

    def connect(self) -> ssl.SSLSocket:
        """Return a connection on which requests are written by hand."""
        context = ssl.create_default_context(cafile=str(self.certificate.certificate))
        line = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        return context.wrap_socket(line, server_hostname=HOST)

    def logs(self) -> str:
        return "".join(file.read_text() for file in self.folder.glob("*.log"))


def _replaced(text: str, replacements: Mapping[str, str]) -> str:
    for old, new in replacements.items():
        assert old in text, f"the example has no {old!r}"
        text = text.replace(old, new)
    return text


@contextmanager
def nginx(folder: Path, certificate: Certificate, upstream_port: int) -> Iterator[Proxy]:
    port = reserve_port()
    site = _replaced(
        (DEPLOY / "nginx.conf").read_text(),
        {
            "127.0.0.1:5000;": f"127.0.0.1:{upstream_port};",
            "listen 80;": f"listen 127.0.0.1:{reserve_port()};",
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            f"/etc/ssl/certs/{HOST}.pem": str(certificate.certificate),
            f"/etc/ssl/private/{HOST}.key": str(certificate.key),
            "/var/log/nginx/": f"{folder}/",
        },
    )
    (folder / "site.conf").write_text(site)
    temporary = " ".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "main.conf").write_text(
        f"{'user root;' if os.getuid() == 0 else ''} pid {folder}/pid; daemon off;\n"
        f"events {{}}\nhttp {{ {temporary} include {folder}/site.conf; }}\n"
    )
    command = ["nginx", "-e", f"{folder}/main.log", "-c", f"{folder}/main.conf"]
    with _running(command, folder, port):
        yield Proxy(port, certificate, folder)


@contextmanager
def caddy(folder: Path, certificate: Certificate, upstream_port: int) -> Iterator[Proxy]:
    port = reserve_port()
    text = _replaced(
        (DEPLOY / "Caddyfile").read_text(),
        {
            "127.0.0.1:5000 {": f"127.0.0.1:{upstream_port} {{",
            f"{HOST} {{": f"https://{HOST}:{port} {{\n\tbind 127.0.0.1\n"
            f"\ttls {certificate.certificate} {certificate.key}",
            "\tlog default {": "\tadmin off\n\tauto_https disable_redirects\n\tlog default {",
        },
    )
    (folder / "Caddyfile").write_text(text)
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", f"{folder}/Caddyfile"]
    with _running(command, folder, port):
        yield Proxy(port, certificate, folder)


PROXIES = {"nginx": nginx, "caddy": caddy}


@contextmanager
def _running(command: list[str], folder: Path, port: int) -> Iterator[None]:
    """Run a server in the block, once it listens; `output.log` gets what it writes."""
    assert shutil.which(command[0]), f"apt install {command[0]}"
    with (folder / "output.log").open("w") as output:
        server = subprocess.Popen(
            command, stdout=output, stderr=output, env={**os.environ, "HOME": str(folder)}
        )
    try:
        _wait_until_listening(port, folder)
        yield
    finally:
        end(server)


def _wait_until_listening(port: int, folder: Path) -> None:
    last = time.monotonic() + _START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert time.monotonic() < last, (folder / "output.log").read_text()
            time.sleep(0.05)
        else:
            return
