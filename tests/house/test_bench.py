"""The bench runs, tiny: that it measures, never how fast."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.__main__ import main
from bench.ground import Ground
from bench.process import StepFailed
from bench.report import Bar, Line, table
from bench.statements import is_asked

ROOT = Path(__file__).parents[2]
WORKS = ("import", "sweep", "todo", "web", "login", "matching")


def bench(*arguments: str) -> str:
    command = [sys.executable, "-m", "bench", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("work", WORKS)
def test_a_tiny_run_measures(work: str, tmp_path: Path) -> None:
    record = tmp_path / "bench.md"
    printed = bench(
        *("--only", work, "--database", "sqlite", "--record", str(record)),
        *("--residents", "300", "--rows", "450", "--requests", "5"),
        *("--cases", "80", "--posts", "400"),
    )
    assert f"{'sign-in' if work == 'login' else 'to-do' if work == 'todo' else work}" in printed
    assert "FINDINGS DIFFER" not in printed
    assert "FAILED" not in printed
    assert record.read_text(encoding="utf-8") == printed


def test_a_work_that_fails_is_a_line_and_the_next_one_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_ground: Ground) -> Iterator[Line]:
        yield Line("first", "1 row", "1 s")
        raise StepFailed("bench.imports:load")

    def runs(_ground: Ground) -> Iterator[Line]:
        yield Line("last", "1 row", "2 s")

    monkeypatch.setattr("bench.__main__.WORKS", {"breaks": breaks, "runs": runs})
    main(["--only", "runs,breaks", "--database", "sqlite", "--record", str(tmp_path / "kept.md")])
    kept = (tmp_path / "kept.md").read_text(encoding="utf-8").splitlines()
    works = [line.split("|")[1].strip() for line in kept[4:]]
    assert works == ["first", "breaks, sqlite", "last"]
    assert "FAILED: StepFailed bench.imports:load" in kept[5]


def test_a_work_nobody_knows_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--only", "sweep,swep"])
    assert "swep" in capsys.readouterr().err


def test_a_bar_is_met_on_its_edge_and_missed_behind_it() -> None:
    assert Bar("≤", 4).is_met(4)
    assert not Bar("≤", 4).is_met(4.01)
    assert not Bar("≥", 0.25).is_met(0.24)


def test_the_table_says_pass_and_miss() -> None:
    lines = [
        Line("import", "1 row", "1.0 s", "DuckDB 0.5 s", 2.0, Bar("≤", 4)),
        Line("web worker", "idle", "99 MiB", value=99, bar=Bar("≤", 90, "MiB")),
    ]
    printed = table(lines).splitlines()
    assert "| 2.00  | ≤4 ×    | pass |" in printed[2]
    assert "| –     | ≤90 MiB | MISS |" in printed[3]


def test_a_begin_is_no_statement() -> None:
    assert is_asked("SELECT 1")
    assert not is_asked("BEGIN IMMEDIATE")
