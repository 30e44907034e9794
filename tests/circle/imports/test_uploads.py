"""The sender's files at rest."""

import os
from pathlib import Path

import pytest

from circle.imports import uploads


def test_an_upload_lies_whole_on_the_disk_before_anybody_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: sizes.append(os.fstat(descriptor).st_size))
    name = uploads.keep(tmp_path, b"row\n" * 2_000_000)
    assert sizes == [(tmp_path / name).stat().st_size]
    assert uploads.fetch(tmp_path, name) == b"row\n" * 2_000_000
