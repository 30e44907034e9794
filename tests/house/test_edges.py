"""The edge commits; the few verbs that commit by themselves are named here, one by one."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("circle", "dashboards", "models", "reminders")
BEGUN = {"connection", "engine", "session", "sessions"}
# The request, a command, a job; the schema; the trail of what was read.
EDGES = {
    "circle/audit.py": {"record_view"},
    "circle/database.py": {"_commit", "release", "session_scope"},
    "circle/schema.py": {"downgrade", "upgrade"},
}
# The sweep, and a batch's life: applied, rehearsed, failed, undone. Each works on a connection of
# its own, slice by slice, so that nobody waits for the whole of it.
SELF_COMMITTING = {
    "circle/imports/foresight.py": {"_begin", "_keep", "_note"},
    "circle/imports/operations.py": {
        "_attempt",
        "_claimed",
        "_fail",
        "_go_on_taking_back",
        "_resume",
        "_wait_for_layout",
        "rehearse_batch",
    },
    "circle/imports/progress.py": {"teller"},
    "circle/imports/shadows.py": {"standing_in_front"},
    "circle/imports/staging.py": {"looking", "slice_of", "workbench"},
    "circle/imports/undoing.py": {"undo"},
    "reminders/workbench.py": {"Sweep"},
}
FEATURE_FILES = {"views", "forms", "operations", "queries"}
# What several features stand on, or that is used from the command line alone.
NO_FEATURES = {"access", "demo", "privacy", "templates", "static", "translations"}


def sources() -> Iterator[Path]:
    for folder in FOLDERS:
        yield from (ROOT / folder).rglob("*.py")


def committing(path: Path) -> set[str]:
    """Functions and classes of a file in which a transaction is begun or committed by name."""
    parts = ast.parse(path.read_text(encoding="utf-8")).body
    named = [part for part in parts if isinstance(part, ast.FunctionDef | ast.ClassDef)]
    return {part.name for part in named if any(map(is_transaction, ast.walk(part)))}


def is_transaction(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    receiver = ast.unparse(node.func.value).rpartition(".")[2]
    return node.func.attr == "commit" or (node.func.attr == "begin" and receiver in BEGUN)


def test_only_edges_and_the_named_verbs_commit() -> None:
    found = {str(path.relative_to(ROOT)): committing(path) for path in sources()}
    assert {name: parts for name, parts in found.items() if parts} == EDGES | SELF_COMMITTING


def test_every_feature_has_the_same_files() -> None:
    folders = {path for path in (ROOT / "circle").iterdir() if (path / "__init__.py").is_file()}
    features = {folder for folder in folders if folder.name not in NO_FEATURES}
    assert features
    for folder in features:
        assert {path.stem for path in folder.glob("*.py")} >= FEATURE_FILES, folder.name


def test_views_and_forms_belong_to_a_feature() -> None:
    for path in (ROOT / "circle").rglob("*.py"):
        if path.stem in {"views", "forms"}:
            assert path.parent.parent == ROOT / "circle", path
