"""Zip files that a verifier must not trust: each is refused, and nothing is ever unpacked."""

import shutil
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from kit.bundles import Answer, export, verified
from kit.world import World


@pytest.fixture
def bundle(world: World) -> Path:
    world.launch()
    return export(world, world.folder / "all.zip")


def added(name: str, content: bytes = b"", mode: int = 0) -> Callable[[Path], None]:
    """Add a file to the zip file."""

    def add(path: Path) -> None:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        info.compress_type = zipfile.ZIP_DEFLATED
        with zipfile.ZipFile(path, "a") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a name that is there twice is what is tried here
            file.writestr(info, content)

    return add


def replaced(name: str, content: bytes, mode: int = 0, times: int = 1) -> Callable[[Path], None]:
    """Write the zip file again, with this file in the place of the one of that name."""

    def replace(path: Path) -> None:
        with zipfile.ZipFile(path) as file:
            entries = [(info.filename, file.read(info)) for info in file.infolist()]
        path.unlink()
        for entry, old in entries:
            for _ in range(times if entry == name else 1):
                added(entry, content if entry == name else old, mode if entry == name else 0)(path)

    return replace


def with_bytes(edit: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(edit(path.read_bytes()))


def with_flag(flag: int) -> Callable[[Path], object]:
    """Set a flag of every entry of the directory."""

    def edit(data: bytes) -> bytes:
        parts = data.split(b"PK\1\2")
        parts[1:] = [
            part[:4] + struct.pack("<H", struct.unpack("<H", part[4:6])[0] | flag) + part[6:]
            for part in parts[1:]
        ]
        return b"PK\1\2".join(parts)

    return with_bytes(edit)


def with_comment(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as file:
        file.comment = b"Right: everything is proven"


def with_size(path: Path) -> None:
    """Let the directory say that README.txt is one byte long."""
    data = path.read_bytes()
    place = data.rindex(b"README.txt") - 46
    assert data[place : place + 4] == b"PK\1\2"
    path.write_bytes(data[: place + 24] + struct.pack("<I", 1) + data[place + 28 :])


BAD_ZIPS: list[tuple[Callable[[Path], object], str]] = [
    (added("../evil.txt"), "has no file ../evil.txt"),
    (added("/etc/evil.txt"), "has no file /etc/evil.txt"),
    (added("checkpoints\\evil.txt"), "checkpoints\\evil.txt is not a file of a bundle"),
    (added("C:evil.txt"), "has no file C:evil.txt"),
    (added("checkpoints/../keys.txt"), "has no file checkpoints/../keys.txt"),
    (added("evil.txt"), "has no file evil.txt"),
    (added("evil/", mode=stat.S_IFDIR | 0o755), "evil/ is not a folder of a bundle"),
    (replaced("keys.txt", b"x", times=2), "the zip file has a name twice"),
    (
        replaced("keys.txt", b"/etc/passwd", mode=stat.S_IFLNK | 0o777),
        "keys.txt is not a file of a bundle",
    ),
    (
        replaced("ledger.ndjson", bytes(50_000_000)),
        "ledger.ndjson would be 50,000,000 bytes large",
    ),
    (replaced("keys.txt", bytes(1 << 24) + b"x"), "keys.txt would be 16,777,217 bytes large"),
    (with_flag(0x1), "verify.py is encrypted"),
    (with_flag(0x40), "verify.py is encrypted"),
    (with_comment, "the zip file has something before, between or behind its files"),
    (with_bytes(lambda data: b"MZ" + data), "the zip file has something "),
    (with_bytes(lambda data: data + b"PK"), "the zip file "),
    (with_bytes(lambda data: data[:-30]), "the zip file cannot be read: "),
    (with_bytes(lambda data: data[:0]), "the zip file cannot be read: "),
    (with_bytes(lambda data: data.replace(b"deflate", b"x")[:2000]), "the zip file "),
    (with_bytes(lambda data: data[:60] + b"\xff\xff\xff" + data[63:]), "cannot be read: "),
    (with_size, "cannot be read: "),
]


def test_every_bad_zip_file_is_refused_with_the_reason(bundle, tmp_path):
    wrong = []
    for number, (spoil, words) in enumerate(BAD_ZIPS):
        path = Path(shutil.copy(bundle, tmp_path / f"{number}.zip"))
        spoil(path)
        answer = verified(path)
        if answer.code != 1 or not answer.text.startswith("WRONG: ") or words not in answer.text:
            wrong.append((number, words, answer))
    assert wrong == []


def test_a_folder_that_was_zipped_again_is_right(bundle, tmp_path):
    with zipfile.ZipFile(bundle) as file:
        file.extractall(tmp_path / "unpacked")
    again = shutil.make_archive(str(tmp_path / "again"), "zip", tmp_path / "unpacked")
    with zipfile.ZipFile(again) as file:
        assert "checkpoints/" in file.namelist()
    answer = verified(Path(again))
    assert answer.code == 0, answer.text


def test_a_file_that_is_no_zip_file_cannot_be_read(tmp_path):
    (tmp_path / "letter.txt").write_text("Dear auditor")
    assert verified(tmp_path / "letter.txt") == Answer(
        1, "WRONG: the zip file cannot be read: File is not a zip file\n"
    )
    assert "cannot be read: [Errno 2]" in verified(tmp_path / "nowhere").text
