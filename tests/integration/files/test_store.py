"""The contents of files on disk: whole or not at all, told by what is in them."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

import pytest

from sanhuan.files import store, uploads


@pytest.fixture
def kept(tmp_path: Path) -> store.Store:
    return store.Store(tmp_path)


def test_content_is_kept_under_its_digest_once(kept: store.Store, tmp_path: Path) -> None:
    content = os.urandom(600_000)
    first, again = kept.keep(io.BytesIO(content)), kept.keep(io.BytesIO(content))
    assert first == again
    assert first.sha256 == hashlib.sha256(content).hexdigest()
    assert first.size == 600_000
    with kept.open(first.sha256) as opened:
        assert opened.read() == content
    files = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert len(files) == 1


def test_content_cut_off_leaves_nothing(kept: store.Store, tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(28, "No space left on device")

    with pytest.raises(store.StorageFull):
        kept.keep(Broken(b"x"))
    assert list((tmp_path / "files").iterdir()) == []


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
        (b"<html><script>alert(1)</script>", "text/plain"),
        (b"<?xml version='1.0'?><svg onload='alert(1)'/>", "text/plain"),
        ("中文".encode(), "text/plain"),
        ("中文".encode()[:-1], "text/plain"),
        (b"", "text/plain"),
        (b"a\0b", "application/octet-stream"),
        ("中文字".encode("gb18030"), "application/octet-stream"),
    ],
)
def test_type_is_told_by_content(content: bytes, kind: str) -> None:
    assert store.type_of(content) == kind


@pytest.mark.parametrize("name", ["../x", "", "g" * 64, "A" * 64])
def test_nothing_but_a_digest_is_opened(kept: store.Store, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        kept.open(name)


def test_old_leftovers_are_found_and_young_ones_left(kept: store.Store, tmp_path: Path) -> None:
    old, young = kept.keep(io.BytesIO(b"old")), kept.keep(io.BytesIO(b"young"))
    part = tmp_path / "files" / "cut-off.part"
    part.write_bytes(b"x")
    for path in (part, tmp_path / "files" / old.sha256[:2] / old.sha256):
        os.utime(path, (1, 1))
    assert list(kept.left_over()) == [old.sha256]
    assert not part.exists()
    kept.drop(old.sha256)
    with pytest.raises(FileNotFoundError):
        kept.open(old.sha256)
    kept.open(young.sha256).close()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("报价.xlsx", "报价.xlsx"),
        ("../../etc/passwd", "passwd"),
        (r"C:\temp\合同.pdf", "合同.pdf"),
        ("a\x00b\u202etxt.exe", "abtxt.exe"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
        ("x" * 300, "x" * 255),
    ],
)
def test_name_is_without_folders_and_marks(name: str, shown: str) -> None:
    assert uploads.clean_name(name) == shown


@pytest.mark.parametrize("name", ["", "...", "/", "\x01"])
def test_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(uploads.BadName):
        uploads.clean_name(name)
