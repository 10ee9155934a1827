"""Time stamps, made from one that OpenSSL made.

The key of the authority was thrown away. So was made what is below:

    printf 'A note.\\n' > note.txt
    openssl ecparam -genkey -name prime256v1 -noout -out tsa.key
    openssl req -new -x509 -key tsa.key -subj "/CN=A throwaway authority" -days 36500 \\
        -addext extendedKeyUsage=critical,timeStamping -addext basicConstraints=critical,CA:false \\
        -out tsa.pem
    openssl ts -query -data note.txt -sha256 -no_nonce -cert -out note.tsq
    openssl ts -reply -config tsa.cnf -queryfile note.tsq -out note.tsr

`tsa.cnf` names key and certificate, `signer_digest = sha256`, `digests = sha256`,
`default_policy = 1.2.3.4.1` and `accuracy = secs:1`.
"""

import json
from base64 import b64decode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from kit.bundles import claim
from kit.forged_bundles import checkpoints

NOTE = "A note.\n"
QUERY = bytes.fromhex(
    "30390201013031300d060960864801650304020105000420"
    "d47cd809b55acbb91f27f68180367d0fdf6997acb09692bd2341fc6c4407da8a0101ff"
)
"""What OpenSSL asks for that note."""
TIME = "2026-11-26 18:58:30 UTC"
ANSWER = b64decode("""
MIIDnjADAgEAMIIDlQYJKoZIhvcNAQcCoIIDhjCCA4ICAQMxDzANBglghkgBZQMEAgEFADBoBgsqhkiG9w0BCRABBKBZBFcw
VQIBAQYEKgMEATAxMA0GCWCGSAFlAwQCAQUABCDUfNgJtVrLuR8n9oGANn0P32mXrLCWkr0jQfxsRAfaigIBAhgPMjAyNjEx
MjYxODU4MzBaMAMCAQGgggGwMIIBrDCCAVKgAwIBAgIUBMz7lUeDetD3jC1reOhUnr38zxEwCgYIKoZIzj0EAwIwIDEeMBwG
A1UEAwwVQSB0aHJvd2F3YXkgYXV0aG9yaXR5MCAXDTI2MTEyNjE4NTgzMFoYDzIxMjYxMTAyMTg1ODMwWjAgMR4wHAYDVQQD
DBVBIHRocm93YXdheSBhdXRob3JpdHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAS2DfR5/Z73eSfEP4ruDozO1rNWVgGG
Q1hAOPvFfdquh0xQ3StEig0YPBIaKC/lRcC9IervOHw7ambBMAvHw7XCo2gwZjAdBgNVHQ4EFgQUVw2KHjxk+3AeSzQeEj+b
7suvgYYwHwYDVR0jBBgwFoAUVw2KHjxk+3AeSzQeEj+b7suvgYYwFgYDVR0lAQH/BAwwCgYIKwYBBQUHAwgwDAYDVR0TAQH/
BAIwADAKBggqhkjOPQQDAgNIADBFAiEAgHExisqFW0h3d9A8Od9OZrPRNyzR4c8AXH2gyaKZ6LYCIB6XooPlYfNImB8whUlG
ZKA7kzygAE6tAqh2z9WUM+f5MYIBTDCCAUgCAQEwODAgMR4wHAYDVQQDDBVBIHRocm93YXdheSBhdXRob3JpdHkCFATM+5VH
g3rQ94wta3joVJ69/M8RMA0GCWCGSAFlAwQCAQUAoIGkMBoGCSqGSIb3DQEJAzENBgsqhkiG9w0BCRABBDAcBgkqhkiG9w0B
CQUxDxcNMjYxMTI2MTg1ODMwWjAvBgkqhkiG9w0BCQQxIgQg87+sB1f8BM6e2VlHCTSjtbzFCN8Q2I2pDNN8ipV21AIwNwYL
KoZIhvcNAQkQAi8xKDAmMCQwIgQgJ5tK683Rribx8Rw0oi9XFRs9EshR1DZGsLfVGzkK1GYwCgYIKoZIzj0EAwIERzBFAiEA
5S04opb23rRZqWrBU0kOPkJiPMthy+61MuV7b97GgrwCIA670GRyfNKVfKhDSAlgF0hyxgmKsO/Id4dOelebky0s
""")
"""The answer, which stamps that note at that time."""


def stamp_of(note: str) -> bytes:
    """An answer that stamps another note, as it would be but for the signature.

    No verifier in a bundle checks the signature.
    """
    digests = (sha256(text.encode()).digest() for text in (NOTE, note))
    return ANSWER.replace(*digests)


def with_bytes(stamp: bytes, old: bytes, new: bytes) -> bytes:
    """The stamp with as many other bytes in the place of the first ones like these."""
    assert old in stamp
    assert len(old) == len(new)
    return stamp.replace(old, new, 1)


# Bundles with time stamps.

FIRST = "stamps/000001-of-000001.tsr"


def put(folder: Path, name: str, stamp: bytes) -> None:
    """Put a file among the time stamps of a bundle, and name it in the manifest."""
    (folder / "stamps").mkdir(exist_ok=True)
    (folder / name).write_bytes(stamp)
    files = json.loads((folder / "manifest.json").read_text())["files"]
    claim(folder, files=[*files, name])


def add_stamp(folder: Path, change: Callable[[bytes], bytes] = bytes) -> None:
    """Add a time stamp of the first checkpoint; `change` makes another one of it."""
    put(folder, FIRST, change(stamp_of((folder / checkpoints(folder)[0]).read_text())))


def changed(old: bytes, new: bytes) -> Callable[[Path], None]:
    return lambda folder: add_stamp(folder, lambda stamp: with_bytes(stamp, old, new))


def unlisted(folder: Path) -> None:
    """Add a time stamp that the manifest does not name."""
    (folder / "stamps").mkdir()
    (folder / FIRST).write_bytes(ANSWER)


def with_long_length(stamp: bytes) -> bytes:
    """The same with one more byte in the length of the whole."""
    assert stamp[:2] == b"\x30\x82"
    return b"\x30\x83\0" + stamp[2:]


def endless(stamp: bytes) -> bytes:
    """The same in BER, without a length."""
    return b"\x30\x80" + stamp[4:] + b"\0\0"


_HASH_ID = bytes.fromhex("3031300d0609608648016503040201")
NOT_A_STAMP = f"{FIRST} is not a time stamp of SHA-256, as in RFC 3161 and DER"

FORGED_STAMPS: list[tuple[Callable[[Path], object], str]] = [
    (lambda f: put(f, FIRST, ANSWER), f"{FIRST} is not a time stamp of checkpoints/000001-at-"),
    (lambda f: add_stamp(f, lambda _: b""), NOT_A_STAMP),
    (lambda f: add_stamp(f, lambda _: b"Stamped at noon.\n"), NOT_A_STAMP),
    (lambda f: add_stamp(f, lambda stamp: stamp + b"\0"), NOT_A_STAMP),
    (lambda f: add_stamp(f, lambda stamp: b"\0" + stamp), NOT_A_STAMP),
    (lambda f: add_stamp(f, lambda stamp: stamp[:-1]), NOT_A_STAMP),
    (lambda f: add_stamp(f, with_long_length), NOT_A_STAMP),
    (lambda f: add_stamp(f, endless), NOT_A_STAMP),
    (
        changed(b"\x30\3\2\1\0", b"\x30\3\2\1\2"),
        f"{FIRST}: the stamping authority refused to stamp",
    ),
    (changed(_HASH_ID, _HASH_ID[:-1] + b"\3"), NOT_A_STAMP),
    (changed(b"\1\7\2\xa0", b"\1\7\3\xa0"), NOT_A_STAMP),
    (changed(b"\x10\1\4\xa0", b"\x10\1\5\xa0"), NOT_A_STAMP),
    (changed(b"\x30\x55\2\1\1", b"\x30\x55\2\1\2"), NOT_A_STAMP),
    (changed(b"20261126185830Z", b"20261326185830Z"), NOT_A_STAMP),
    (changed(b"20261126185830Z", b"20260229185830Z"), NOT_A_STAMP),
    (changed(b"20261126185830Z", b"20261126185860Z"), NOT_A_STAMP),
    (changed(b"20261126185830Z", b"19691126185830Z"), NOT_A_STAMP),
    (changed(b"20261126185830Z", b"2026112618583.Z"), NOT_A_STAMP),
    (changed(b"20261126185830Z", b"20261126185830+"), NOT_A_STAMP),
    (
        lambda f: put(f, "stamps/000002-of-000001.tsr", ANSWER),
        "manifest.json: the time stamps are not numbered in order",
    ),
    (
        lambda f: put(f, "stamps/0000001-of-000001.tsr", ANSWER),
        "manifest.json: the time stamps are not numbered in order",
    ),
    (
        lambda f: put(f, "stamps/000001-of-000009.tsr", ANSWER),
        "manifest.json: a time stamp is of no checkpoint of the bundle",
    ),
    (
        lambda f: put(f, "stamps/000001-of-000000.tsr", ANSWER),
        "manifest.json: a time stamp is of no checkpoint of the bundle",
    ),
    (
        lambda f: put(f, "stamps/000001-of-0000001.tsr", ANSWER),
        "manifest.json: a time stamp is of no checkpoint of the bundle",
    ),
    (lambda f: put(f, "stamps/noon.tsr", ANSWER), "the files are not those of such a bundle"),
    (unlisted, f" has no file {FIRST}"),
]
"""What is done to a bundle, and the words that refuse it."""
