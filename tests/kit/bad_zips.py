"""Zip files that a verifier must not trust: what is done to a genuine one, and the refusal."""

import io
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path


class _Pipe(io.BytesIO):
    """What cannot go back to write a size before the data."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


def streamed(folder: Path, out: Path) -> Path:
    """Zip a folder as into a pipe: the sizes stand behind the data."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            file.write(path, path.relative_to(folder))
    out.write_bytes(pipe.getvalue())
    return out


def added(
    name: str, content: bytes = b"", mode: int = 0, comment: bytes = b""
) -> Callable[[Path], None]:
    """Add a file to the zip file."""

    def add(path: Path) -> None:
        info = zipfile.ZipInfo(name)
        info.external_attr = mode << 16
        info.comment = comment
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


def with_size(size: int) -> Callable[[Path], object]:
    """Let the directory say that README.txt has that many bytes."""

    def edit(data: bytes) -> bytes:
        place = data.rindex(b"README.txt") - 46
        assert data[place : place + 4] == b"PK\1\2"
        return data[: place + 24] + struct.pack("<I", size) + data[place + 28 :]

    return with_bytes(edit)


def with_bzip2(path: Path) -> None:
    """Compress all files in a way that not every program can read."""
    with zipfile.ZipFile(path) as file:
        entries = [(info.filename, file.read(info)) for info in file.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as file:
        for name, content in entries:
            file.writestr(name, content)


def with_gap(path: Path) -> None:
    """Put bytes between the last file and the directory."""
    data = path.read_bytes()
    start = struct.unpack("<I", data[-6:-2])[0]
    end = data[-22:-6] + struct.pack("<I", start + 30) + data[-2:]
    path.write_bytes(data[:start] + bytes(30) + data[start:-22] + end)


def with_end(disks: int = 0, more_files: int = 0) -> Callable[[Path], object]:
    """Change what the end record says."""

    def edit(data: bytes) -> bytes:
        (count,) = struct.unpack("<H", data[-12:-10])
        told = struct.pack("<HHHH", disks, disks, count + more_files, count + more_files)
        return data[:-18] + told + data[-10:]

    return with_bytes(edit)


def with_tail(method: int) -> Callable[[Path], object]:
    """Put bytes behind the data of README.txt, as a part of them."""

    def edit(path: Path) -> None:
        with zipfile.ZipFile(path) as file:
            entries = [(info.filename, file.read(info)) for info in file.infolist()]
        with zipfile.ZipFile(path, "w", method) as file:
            for name, content in entries:
                file.writestr(name, content)
                if name == "README.txt":
                    assert file.fp is not None
                    file.fp.write(b"PS")
                    file.start_dir = file.fp.tell()
                    info = file.getinfo(name)
                    info.compress_size += 2
                    file.fp.seek(info.header_offset + 18)
                    file.fp.write(struct.pack("<I", info.compress_size))
                    file.fp.seek(file.start_dir)

    return edit


def with_far_end(path: Path) -> None:
    """Let the last entry of the directory reach into the end record."""
    data = path.read_bytes()
    place = data.rindex(b"PK\1\2") + 30
    path.write_bytes(data[:place] + b"\4" + data[place + 1 :])


def with_version(path: Path) -> None:
    """Let the last entry need a version of the format that nobody has."""
    data = path.read_bytes()
    place = data.rindex(b"PK\1\2") + 6
    path.write_bytes(data[:place] + b"\x64" + data[place + 1 :])


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
    (
        with_bytes(lambda data: data[:8] + b"\0" + data[9:]),
        "the zip file: verify.py has two descriptions",
    ),
    (with_bytes(lambda data: data[:-14] + b"\1" + data[-13:]), "the zip file "),
    (
        with_bytes(lambda data: data[:14] + bytes([data[14] ^ 1]) + data[15:]),
        "the zip file: verify.py has two descriptions",
    ),
    (with_bzip2, "verify.py is encrypted, or packed in an unknown way"),
    (with_gap, "the zip file has something behind its files"),
    (with_end(disks=1), "the zip file has something behind its files"),
    (with_end(more_files=1), "the zip file "),
    (with_flag(0x1), "verify.py is encrypted"),
    (with_flag(0x40), "verify.py is encrypted"),
    (with_flag(0x20), "verify.py is encrypted, or packed in an unknown way"),
    (with_comment, "the zip file has something behind its files"),
    (added("keys.txt", comment=b"genuine"), "keys.txt is not a file of a bundle"),
    (with_bytes(lambda data: b"MZ" + data), "the zip file has something "),
    (with_bytes(lambda data: data + b"PK"), "the zip file "),
    (with_bytes(lambda data: data[:-30]), "the zip file cannot be read: "),
    (with_bytes(lambda data: data[:0]), "the zip file cannot be read: "),
    (with_bytes(lambda data: data.replace(b"deflate", b"x")[:2000]), "the zip file "),
    (with_bytes(lambda data: data[:60] + b"\xff\xff\xff" + data[63:]), "cannot be read: "),
    (with_tail(zipfile.ZIP_DEFLATED), "cannot be read: README.txt is damaged"),
    (with_tail(zipfile.ZIP_STORED), "cannot be read: README.txt is damaged"),
    (with_version, "the zip file cannot be read: zip file version 10.0"),
    (with_far_end, "the zip file cannot be read: its directory is damaged"),
    (added("checkpoints/", b"x"), "checkpoints/ is not a folder of a bundle"),
    (
        lambda path: [added("checkpoints/")(path), added("checkpoints/")(path)],
        "the zip file has a name twice",
    ),
    (with_size(0xFFFFFFFF), "README.txt would be 4,294,967,295 bytes large"),
    (with_size(1), "cannot be read: "),
    (with_size(1000), "the bundle or a checkpoint cannot be read: README.txt is damaged"),
]
