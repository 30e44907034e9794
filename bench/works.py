"""What is measured, a generator of lines each; the orchestrating process stays light."""

from collections.abc import Callable, Iterator
from typing import Any

from bench.ground import Ground
from bench.installations import Installation
from bench.process import Step, run, start
from bench.report import Bar, Line
from bench.step import resident_mib
from bench.web import OURS, Browser, Page, Timing, has_pandas, served, timed, timed_in_turn
from bench.writing import Writer
from config import Settings

IMPORT_BARS = {"sqlite": 4, "postgresql": 5}
TODO_BARS = {"sqlite": 0.25, "postgresql": 0.15}
WRITE_BARS = {"sqlite": 500, "postgresql": 50}
FLOOR_MS = 50
SLOWEST_SIGN_IN_MS, FASTEST_SIGN_IN_MS = 150, 50
TODO_STATEMENTS = 8


def imports(ground: Ground) -> Iterator[Line]:
    """A month into a database that knows its people, then the month with changes."""
    backend, sizes = ground.backend, ground.sizes
    with ground.empty() as place:
        run("bench.world:people", place.environ, residents=sizes.residents_in_file)
        files = run(
            "bench.imports:write_files",
            place.environ,
            residents=sizes.residents_in_file,
            folder=str(place.folder),
        )
        duck = run("bench.duck:load", {}, folder=str(place.folder))
        first = run("bench.imports:load", place.environ, file=files["file"], month=files["month"])
        size = f"{first['rows']:,} rows"
        yield Line(
            f"import, {backend}",
            size,
            f"{first['seconds']:.1f} s",
            f"DuckDB {duck['seconds']:.1f} s, {duck['peak_mib']} MiB",
            first["seconds"] / duck["seconds"],
            Bar("≤", IMPORT_BARS[backend]),
            first["peak_mib"],
            str(first["statements"]),
        )
        yield Line(
            f"import memory, {backend}",
            size,
            f"{first['peak_mib']} MiB",
            value=first["peak_mib"],
            bar=Bar("≤", 1229, "MiB"),
        )
        changed = place.folder / "changed.csv"
        second = run("bench.imports:load", place.environ, file=str(changed), month=files["month"])
        yield Line(
            f"import, 1 % changed, {backend}",
            f"{second['written']:,} of {second['rows']:,} written",
            f"{second['seconds']:.1f} s",
            f"first load {first['seconds']:.1f} s",
            second["seconds"] / first["seconds"],
            Bar("≤", 1.0),
            second["peak_mib"],
            str(second["statements"]),
        )


def sweeps(ground: Ground) -> Iterator[Line]:
    """Everybody against all rules, beside the same rules by hand on a copy."""
    backend, (_, world) = ground.backend, ground.whole
    with ground.copy() as copy:
        hand = run("bench.by_hand:sweep", copy.environ)
    first, second = ground.sweep(), ground.sweep()
    size = f"{world['residents']:,} residents, {world['tasks']:,} tasks"
    agrees = "" if first["by_kind"] == hand["found"] else "; FINDINGS DIFFER"
    yield Line(
        f"sweep, {backend}",
        size,
        f"{first['seconds']:.1f} s, {first['raised']:,} raised",
        f"by hand {hand['seconds']:.1f} s{agrees}",
        first["seconds"] / hand["seconds"],
        Bar("≤", 2),
        first["peak_mib"],
        str(first["statements"]),
    )
    yield Line(
        f"sweep memory, {backend}",
        size,
        f"{first['peak_mib']} MiB",
        value=first["peak_mib"],
        bar=Bar("≤", 600, "MiB"),
    )
    yield Line(
        f"sweep again, {backend}",
        f"{second['raised']} raised, {second['withdrawn']} withdrawn",
        f"{second['seconds']:.1f} s",
        f"first sweep {first['seconds']:.1f} s",
        second["seconds"] / first["seconds"],
        Bar("≤", 0.5),
        second["peak_mib"],
        str(second["statements"]),
    )


def todo(ground: Ground) -> Iterator[Line]:
    """A worker's list that just fills a page, in a large and in a small district."""
    backend, sizes = ground.backend, ground.sizes
    many, plain, page, single = _lists(ground.swept(), sizes.requests)
    with ground.small() as small:
        few, _, _, _ = _lists(small, sizes.requests)
    yield Line(
        f"to-do page, {backend}",
        f"{page.lines} lines, {page.size:,} bytes",
        f"{1 / many.p50:.0f} a second",
        f"template only {1 / plain.p50:.0f} a second",
        plain.p50 / many.p50,
        Bar("≥", TODO_BARS[backend]),
        statements=f"{page.statements}, {single.lines} line: {single.statements}",
    )
    yield Line(
        f"to-do statements, {backend}",
        f"{page.lines} lines",
        f"{page.statements}",
        value=max(page.statements, single.statements),
        bar=Bar("≤", TODO_STATEMENTS, ""),
    )
    yield Line(
        f"to-do page by size, {backend}",
        f"{sizes.residents:,} residents",
        f"p50 {many.p50 * 1000:.1f} ms",
        f"{sizes.fewer_residents:,}: {few.p50 * 1000:.1f} ms",
        many.p50 / few.p50,
        Bar("≤", 1.5),
    )


def busy(ground: Ground) -> Iterator[Line]:
    """The list, and one-row writes, while a month is imported and while everybody is swept."""
    backend, sizes, place = ground.backend, ground.sizes, ground.swept()
    files = run(
        "bench.imports:write_unknown_month",
        place.environ,
        residents=sizes.residents,
        folder=str(place.folder),
    )
    steps: dict[str, tuple[str, dict[str, Any]]] = {
        "import": (
            "bench.imports:load",
            {"file": files["file"], "month": files["month"]},
        ),
        "sweep": ("bench.sweeps:run", {}),
    }
    people = run("bench.people:chosen", place.environ)
    with served(place.environ) as server:
        server.wait()
        browser = Browser(server.port)
        browser.sign_in(people["chosen"])
        idle = timed(lambda: browser.fetch("/todo").seconds, sizes.requests)
        for work, (name, arguments) in steps.items():
            step = start(name, place.environ, **arguments)
            reads, writes = _meanwhile(step, browser, place)
            yield from _disturbed(work, backend, idle, reads, writes)


def memory(ground: Ground) -> Iterator[Line]:
    """A web worker that nobody has asked anything."""
    backend = ground.backend
    with ground.empty() as place, served(place.environ, OURS) as server:
        worker = server.worker()
        held, loaded = resident_mib(worker), has_pandas(worker)
    yield Line(
        f"web worker, {backend}",
        "before the first request",
        f"{held} MiB, {'PANDAS IMPORTED' if loaded else 'no pandas'}",
        value=held,
        bar=Bar("≤", 90, "MiB"),
        peak_mib=held,
    )


def sign_in(ground: Ground) -> Iterator[Line]:
    backend, sizes = ground.backend, ground.sizes
    with ground.empty() as place:
        run("bench.world:people", place.environ, residents=sizes.fewer_residents)
        with served(place.environ) as server:
            server.wait()
            browser = Browser(server.port)
            times = [browser.sign_in("bench1") * 1000 for _ in range(sizes.sign_ins)]
    p50 = Timing(times).p50
    for sign, bound in (("≥", FASTEST_SIGN_IN_MS), ("≤", SLOWEST_SIGN_IN_MS)):
        yield Line(
            f"sign-in, {backend}",
            f"{sizes.sign_ins} times",
            f"p50 {p50:.0f} ms",
            value=p50,
            bar=Bar(sign, bound, "ms"),
        )


def matching(ground: Ground) -> Iterator[Line]:
    """A night's lists beside DuckDB, and single ones beside NumPy going through all posts."""
    backend, sizes = ground.backend, ground.sizes
    with ground.empty() as place:
        run("bench.market:build", place.environ, cases=sizes.cases, posts=sizes.posts)
        folder = str(place.folder)
        run("bench.grid:copy_out", place.environ, folder=folder)
        duck = run("bench.grid:lists", place.environ, folder=folder)
        night = run("bench.matching:batch", place.environ)
        lists = run("bench.matching:lists", place.environ)
        other = run("bench.grid:differing", place.environ, folder=folder)
    size = f"{sizes.cases:,} cases, {sizes.posts:,} posts"
    yield Line(
        f"matching, {backend}",
        size,
        f"{night['seconds']:.1f} s, {night['written']:,} written",
        f"DuckDB {duck['seconds']:.1f} s, {other['differ']} of {other['lists']:,} lists differ",
        night["seconds"] / duck["seconds"],
        Bar("≤", 2),
        night["peak_mib"],
        str(night["statements"]),
    )
    yield Line(
        f"matching memory, {backend}",
        size,
        f"{night['peak_mib']} MiB",
        f"DuckDB {duck['peak_mib']} MiB",
        value=night["peak_mib"],
        bar=Bar("≤", 600, "MiB"),
    )
    yield Line(
        f"matching again, {backend}",
        f"{night['rewritten']:,} written",
        f"{night['again']:.1f} s",
        f"first night {night['seconds']:.1f} s",
        night["again"] / night["seconds"],
    )
    yield Line(
        f"single list, {backend}",
        f"{lists['seekers']} seekers, {lists['differ']} differ",
        f"p50 {lists['list_ms']:.1f} ms",
        f"NumPy, all posts {lists['brute_ms']:.1f} ms",
        lists["list_ms"] / lists["brute_ms"],
        Bar("≤", 2),
    )
    yield Line(
        f"single list with reasons, {backend}",
        f"{sizes.posts:,} posts",
        f"p50 {lists['page_ms']:.1f} ms, slowest {lists['slowest_ms']:.1f} ms",
        value=lists["page_ms"],
        bar=Bar("≤", 50, "ms"),
    )


Work = Callable[[Ground], Iterator[Line]]
# The busy hours come behind all that want the whole district as it was made.
WORKS: dict[str, Work] = {
    "import": imports,
    "sweep": sweeps,
    "todo": todo,
    "busy": busy,
    "web": memory,
    "login": sign_in,
    "matching": matching,
}


def _lists(place: Installation, requests: int) -> tuple[Timing, Timing, Page, Page]:
    """Many times one full page, and a template of its size; the full page and the shortest."""
    people = run("bench.people:chosen", place.environ)
    with served(place.environ) as server:
        server.wait()
        browser = Browser(server.port)
        browser.sign_in(people["idlest"])
        single = browser.fetch("/todo")
        browser.sign_in(people["chosen"])
        page = browser.fetch("/todo")
        many, plain = timed_in_turn(
            lambda: browser.fetch("/todo").seconds,
            lambda: browser.fetch(f"/bench/page?bytes={page.size}").seconds,
            requests,
        )
        return many, plain, page, single


def _meanwhile(step: Step, browser: Browser, place: Installation) -> tuple[Timing, Timing]:
    """Reads and writes until the step ends; at least a handful of each."""
    writer = Writer(Settings.from_environ(place.environ))
    writer.start()
    reads: list[float] = []
    while step.is_running:
        reads.append(browser.fetch("/todo").seconds)
    writes = writer.stop()
    step.result()
    return Timing(reads), writes


def _disturbed(
    work: str, backend: str, idle: Timing, reads: Timing, writes: Timing
) -> Iterator[Line]:
    """A p99 of less than the floor is as good as idle."""
    floor = max(idle.p99 * 1000, FLOOR_MS / 3)
    yield Line(
        f"to-do during {work}, {backend}",
        f"{len(reads.seconds):,} requests",
        f"p99 {reads.p99 * 1000:.0f} ms",
        f"idle p99 {idle.p99 * 1000:.0f} ms",
        reads.p99 * 1000 / floor,
        Bar("≤", 3),
    )
    yield Line(
        f"write during {work}, {backend}",
        f"{len(writes.seconds):,} writes",
        f"p99 {writes.p99 * 1000:.0f} ms",
        value=writes.p99 * 1000,
        bar=Bar("≤", WRITE_BARS[backend], "ms"),
    )
