"""What may not lie in the repository, and what has to."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ADDRESS = re.compile(r"https?://(?!127\.0\.0\.1|localhost)")
# A release of one name, perhaps for some interpreters or systems only; its hashes follow.
PINNED = re.compile(r"[a-z0-9.-]+(\[[a-z,]+\])?==[0-9][\w.]*( ; [^\\]+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
FOREIGN = re.compile(r"\.min\.(js|css)$|\.woff2?$|\.ttf$|\.whl$|\.so$|\.mo$|^node_modules/")
VENDOR = "circle/static/vendor/"
# Written in two halves, so that this file does not hold them.
MACHINE = re.compile("/" + r"(root|work|home/\w+|Users/\w+)/[\w.]")
KEYS = re.compile("-----BEGIN" + r" [A-Z ]*PRIVATE KEY-----|AKIA" + r"[0-9A-Z]{16}")
MEGABYTE = 1024 * 1024


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def texts() -> list[tuple[str, str]]:
    return [
        (str(path.relative_to(ROOT)), path.read_text(encoding="utf-8", errors="replace"))
        for path in tracked()
    ]


@pytest.mark.parametrize("name", ["requirements.lock", ".npmrc"])
def test_lock_files_name_no_address(name: str) -> None:
    assert not ADDRESS.search((ROOT / name).read_text(encoding="utf-8"))


def test_front_end_packages_are_pinned_without_a_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: facts for name, facts in lock["packages"].items() if name}
    assert packages
    assert {name for name, facts in packages.items() if "resolved" in facts} == set()
    assert {name for name, facts in packages.items() if "integrity" not in facts} == set()
    asked = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    versions = [*asked.get("dependencies", {}).values(), *asked.get("devDependencies", {}).values()]
    assert [version for version in versions if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_every_requirement_is_pinned_with_hashes() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    requirements = [number for number, line in enumerate(lines) if re.match(r"[A-Za-z0-9]", line)]
    assert requirements
    for number in requirements:
        assert PINNED.fullmatch(lines[number]), lines[number]
        assert HASH.fullmatch(lines[number + 1]), lines[number]


def test_nothing_third_party_is_committed() -> None:
    names = {str(path.relative_to(ROOT)) for path in tracked()}
    assert {name for name in names if FOREIGN.search(name) or name.startswith(VENDOR)} == set()


def test_no_large_file_is_committed() -> None:
    assert [path for path in tracked() if path.stat().st_size > MEGABYTE] == []


def test_no_file_names_a_place_on_somebody_s_machine() -> None:
    assert [name for name, text in texts() if MACHINE.search(text)] == []


def test_no_file_holds_a_private_key() -> None:
    assert [name for name, text in texts() if KEYS.search(text)] == []


def test_both_readmes_open_with_the_two_commands() -> None:
    for name in ("README.md", "README.zh-CN.md"):
        head = (ROOT / name).read_text(encoding="utf-8")[:1200]
        assert "make demo" in head, name
        assert "make test" in head, name
