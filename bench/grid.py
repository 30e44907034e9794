"""DuckDB at the night's work: people and posts joined by grid cells, scored, the best twenty kept.

It reads the same rows from a file of its own and goes by the same conditions, components and
weights; it is spared what only we do: comparing with the lists that stand, and referrals.
"""

from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb
from sqlalchemy import text

from bench.market import DETOUR, FURTHEST
from circle.matching import bm25
from circle.matching.components import DECENT, FRESH, FULL_MARK, HALF_MARK, LEFT, LEFT_ONE
from circle.matching.weights import weights_of
from circle.office import Office
from circle.places.walking import EARTH_METRES
from models.policy import common_policy_on

# A cell is as wide as anybody walks in a straight line, so that nine of them are enough.
# A degree of longitude is shorter here than one of latitude.
HIGH = FURTHEST / DETOUR / 111_000
WIDE = HIGH / 0.85
TABLES = {
    "community": "SELECT code, latitude, longitude FROM division WHERE latitude IS NOT NULL",
    "spot": "SELECT id, latitude, longitude FROM position",
    "post": "SELECT id, position_id, division_code, kind, hours, education, month_low_fen AS low,"
    " month_high_fen AS high, CAST(published_on AS varchar(10)) AS day,"
    " headcount - hired_count AS open, CAST(helped AS varchar(200)) AS helped FROM post",
    "seeker": "SELECT c.id, r.lives_in, CAST(i.kinds AS varchar(200)) AS kinds, i.hours, i.pay_fen,"
    " i.minutes, i.id AS wish, g.code AS category FROM case_file c JOIN resident r"
    " ON r.id = c.resident_id JOIN intention i ON i.resident_id = r.id"
    " LEFT JOIN category g ON g.resident_id = r.id",
    "wish_term": "SELECT w.intention_id AS wish, w.term_id AS term, w.weight * t.idf / 100 AS worth"
    " FROM wish_term w JOIN term t ON t.id = w.term_id WHERE t.idf > 0",
    "post_term": "SELECT term_id AS term, post_id AS post, weight FROM post_term",
}
WAYS = """
CREATE OR REPLACE TEMP TABLE way AS
WITH cell AS (SELECT *, floor(latitude / {high})::INT AS y, floor(longitude / {wide})::INT AS x
    FROM spot), around AS (SELECT code, latitude, longitude,
    floor(latitude / {high})::INT + dy AS y, floor(longitude / {wide})::INT + dx AS x
    FROM community, (VALUES (-1), (0), (1)) AS v(dy), (VALUES (-1), (0), (1)) AS h(dx))
SELECT code, cell.id AS spot, ceil(2 * {earth} * asin(sqrt(
    sin(radians(cell.latitude - around.latitude) / 2) ** 2
    + cos(radians(around.latitude)) * cos(radians(cell.latitude))
    * sin(radians(cell.longitude - around.longitude) / 2) ** 2)) * {detour})::INT AS metres
FROM around JOIN cell USING (x, y) WHERE metres <= {furthest};
CREATE OR REPLACE TEMP TABLE near AS
SELECT code, post.id AS post, metres FROM way JOIN post ON post.position_id = way.spot
UNION ALL SELECT code, id, NULL FROM community JOIN post ON post.position_id IS NULL
    AND substr(post.division_code, 1, 9) = substr(code, 1, 9);
"""
LISTS = """
CREATE OR REPLACE TABLE best AS
WITH marked AS (SELECT id, CASE {fresh} ELSE 0 END AS fresh,
        CASE {left} ELSE {left_one} END AS free, ((low + high) // 2)::BIGINT AS pay, kind, hours,
        education, helped FROM post),
wanted AS (SELECT wish, sum(worth) * {full} AS ceiling FROM wish_term GROUP BY wish),
hit AS (SELECT wish, post, sum(weight * worth)::BIGINT AS hit
        FROM wish_term JOIN post_term USING (term) GROUP BY ALL),
scored AS (SELECT s.id AS seeker, p.id AS post,
    {words} * least(coalesce(hit.hit, 0) * {mark} // wanted.ceiling, {mark}) + {pay} * greatest(
        least(p.pay * {mark} // coalesce(s.pay_fen, {decent}), {mark}) * 2 - {mark}, 0)
    + {walking} * CASE WHEN metres IS NULL THEN {half} ELSE greatest(least(
        ({far} - metres)::BIGINT * {mark} // ({far} - {nigh}), {mark}), 0) END
    + {freshness} * p.fresh + {headcount} * p.free
    + {helped} * CASE WHEN contains(p.helped, '"' || s.category || '"')
        THEN {mark} ELSE 0 END AS total
    FROM seeker s JOIN near ON near.code = s.lives_in JOIN marked p ON p.id = near.post
    JOIN wanted USING (wish) LEFT JOIN hit ON hit.wish = s.wish AND hit.post = p.id
    WHERE coalesce(metres, 0) <= least(coalesce(s.minutes, 60), 60) * 80
    AND (s.kinds = '[]' OR contains(s.kinds, '"' || p.kind || '"'))
    AND (p.hours IS NULL OR coalesce(s.hours, 'any') IN ('any', 'shifts') OR p.hours = 'any'
        OR p.hours = s.hours OR (s.hours = 'day' AND p.hours = 'school')))
SELECT seeker, post, total FROM scored
QUALIFY row_number() OVER (PARTITION BY seeker ORDER BY total DESC, post) <= 20;
"""


def copy_out(folder: str) -> dict[str, Any]:
    """The step that hands DuckDB the rows, in a file of its own; not measured."""
    office = Office()
    with (
        office.session(immediate=False) as session,
        duckdb.connect(Path(folder) / "grid.duckdb") as duck,
    ):
        for name, query in TABLES.items():
            result = session.execute(text(query))
            columns = list(result.keys())
            frame = {
                column: list(cells)
                for column, cells in zip(columns, zip(*result.all(), strict=True), strict=True)
            }
            _keep(duck, name, frame)
    return {}


def lists(folder: str) -> dict[str, Any]:
    """The step that lets DuckDB do it."""
    office = Office()
    with office.session(immediate=False) as session:
        policy = common_policy_on(session, office.today)
    words = _words(office, policy)
    with duckdb.connect(Path(folder) / "grid.duckdb") as duck:
        started = perf_counter()
        duck.execute(WAYS.format(**words))
        duck.execute(LISTS.format(**words))
        seconds = perf_counter() - started
        row = duck.execute("SELECT count(*) FROM best").fetchone()
    return {"seconds": seconds, "rows": row[0] if row else 0}


def differing(folder: str) -> dict[str, Any]:
    """The step that counts lists of ours that hold other posts than DuckDB's."""
    office = Office()
    with office.session(immediate=False) as session:
        rows = session.execute(text("SELECT case_id, post_id FROM match ORDER BY case_id, rank"))
        ours: dict[int, list[int]] = {}
        for case_id, post_id in rows:
            ours.setdefault(case_id, []).append(post_id)
    with duckdb.connect(Path(folder) / "grid.duckdb") as duck:
        theirs: dict[int, list[int]] = {}
        for seeker, post in duck.execute(
            "SELECT seeker, post FROM best ORDER BY seeker, total DESC, post"
        ).fetchall():
            theirs.setdefault(seeker, []).append(post)
    both = ours.keys() | theirs.keys()
    return {"differ": sum(ours.get(each) != theirs.get(each) for each in both), "lists": len(both)}


def _keep(duck: duckdb.DuckDBPyConnection, name: str, columns: dict[str, list[Any]]) -> None:
    import pyarrow as pa  # noqa: PLC0415 - this step alone needs it

    table = pa.table(columns)
    duck.register("handed", table)
    duck.execute(f"CREATE TABLE {name} AS SELECT * FROM handed")
    duck.unregister("handed")


def _words(office: Office, policy: Any) -> dict[str, Any]:  # noqa: ANN401 - a Policy
    on = office.today
    fresh = " ".join(f"WHEN day::DATE >= DATE '{on}' - {days} THEN {mark}" for days, mark in FRESH)
    left = " ".join(f"WHEN open >= {count} THEN {mark}" for count, mark in LEFT)
    return {
        **weights_of(policy),
        "high": HIGH,
        "wide": WIDE,
        "earth": EARTH_METRES,
        "detour": DETOUR,
        "furthest": FURTHEST,
        "fresh": fresh,
        "left": left,
        "left_one": LEFT_ONE,
        "full": bm25.FULL,
        "mark": FULL_MARK,
        "half": HALF_MARK,
        "decent": DECENT * policy.minimum_wage_fen,
        "nigh": policy.reach_minutes * policy.walking_metres_a_minute,
        "far": policy.match_minutes * policy.walking_metres_a_minute,
    }
