"""Who may import whom: the contracts of setup.cfg, and the two modules no linter roots."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = {"circle", "config", "dashboards", "migrations", "models", "reminders", "wsgi"}


def imports_of(module: str) -> set[str]:
    tree = ast.parse((ROOT / f"{module}.py").read_text(encoding="utf-8"))
    names = {
        name
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    return {name for name in names if name.split(".")[0] in OURS}


def test_the_import_contracts_hold() -> None:
    linted = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout


def test_the_settings_import_nothing_of_ours() -> None:
    assert imports_of("config") == set()


def test_wsgi_imports_the_settings_and_the_application_only() -> None:
    assert imports_of("wsgi") == {"config", "circle.app"}


def test_a_web_worker_starts_without_pandas() -> None:
    heavy = ("pandas", "python_calamine", "xlsxwriter", "pyarrow", "numpy")
    question = f"import sys, circle.app; print([n for n in {heavy!r} if n in sys.modules])"
    asked = subprocess.run(
        [sys.executable, "-c", question], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert asked.stdout.strip() == "[]"
