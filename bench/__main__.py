"""`python -m bench`: measures everything at the sizes that count, or what is asked for."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic

from bench.ground import Ground
from bench.installations import postgres_answers
from bench.record import Record
from bench.report import failed
from bench.sizes import Sizes
from bench.works import WORKS

BACKENDS = ("sqlite", "postgresql")
KEPT_IN = Path("build/bench.md")


def main(arguments: Sequence[str] | None = None) -> None:
    asked = _parser().parse_args(arguments)
    record = Record(asked.record)
    try:
        with tempfile.TemporaryDirectory(prefix="circle-bench-") as folder:
            for backend in _backends(asked.database):
                with Ground(backend, _sizes(asked), Path(folder)) as ground:
                    for name in asked.only:
                        _measure(name, ground, record)
    finally:
        print(record)


def _measure(name: str, ground: Ground, record: Record) -> None:
    """A work that fails is a line too: the others go on."""
    started = monotonic()
    try:
        for line in WORKS[name](ground):
            record.add(line)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        record.add(failed(f"{name}, {ground.backend}", error))
    seconds = monotonic() - started
    print(f"{name}, {ground.backend}: {seconds:.0f} s", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--residents", type=int, help="of sweep, to-do list and busy hours")
    parser.add_argument("--rows", type=int, help="of the insurance month")
    parser.add_argument("--requests", type=int, help="of each page")
    parser.add_argument("--cases", type=int, help="matched with posts")
    parser.add_argument("--posts", type=int, help="matched with cases")
    parser.add_argument("--database", choices=(*BACKENDS, "both"), default="both")
    parser.add_argument("--only", type=_works, default=list(WORKS), help=", ".join(WORKS))
    parser.add_argument(
        "--record", type=Path, default=KEPT_IN, help="where the table so far is kept"
    )
    return parser


def _works(words: str) -> list[str]:
    """In the order they are measured in, whatever order they are asked for in."""
    asked = words.split(",")
    if unknown := set(asked) - WORKS.keys():
        message = f"not a work: {', '.join(sorted(unknown))}"
        raise argparse.ArgumentTypeError(message)
    return [name for name in WORKS if name in asked]


def _sizes(asked: argparse.Namespace) -> Sizes:
    names = ("residents", "rows", "requests", "cases", "posts")
    given = {name: getattr(asked, name) for name in names}
    return replace(Sizes(), **{name: value for name, value in given.items() if value is not None})


def _backends(database: str) -> Sequence[str]:
    if database != "both":
        return (database,)
    return BACKENDS if postgres_answers() else BACKENDS[:1]


if __name__ == "__main__":
    main()
