"""DuckDB at the importer's work: read the UTF-8 copy, check each row, put what is right in a table.

It is spared what only we do: the encoding, sealing and keyed hashes, a before-image of each change,
standings, back-payments, departures. Its residents lie in the open, by their number.
"""

from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb

from bench.sizes import ON

PREPARE = """
CREATE TABLE resident (number VARCHAR PRIMARY KEY, id BIGINT);
INSERT INTO resident SELECT * FROM read_csv('{people}', header = false,
    columns = {{'number': 'VARCHAR', 'id': 'BIGINT'}});
CREATE TABLE contribution (
    kind VARCHAR, month INTEGER, resident_id BIGINT, employer VARCHAR, base_fen BIGINT,
    PRIMARY KEY (kind, month, resident_id, employer));
CREATE TABLE reject (line BIGINT, code VARCHAR);
"""
READ = """
CREATE OR REPLACE TEMP TABLE read AS
SELECT row_number() OVER () AS line,
    upper(replace(translate(trim("证件号码"), ' -－Ⅹ×ｘ０１２３４５６７８９',
        '   XXX0123456789'), ' ', '')) AS number,
    trim("姓名") AS name,
    CASE trim("险种") WHEN '企业职工基本养老保险' THEN 'employee_pension'
        WHEN '职工基本医疗保险' THEN 'employee_medical' WHEN '失业保险' THEN 'unemployment'
        WHEN '工伤保险' THEN 'injury' END AS kind,
    regexp_extract(trim("费款所属期"), '^(\\d{{4}})[/-](\\d{{1,2}})$', ['y', 'm']) AS month,
    try_cast(replace("缴费基数", ',', '') AS DECIMAL(12, 2)) AS base,
    coalesce(nullif(trim("统一社会信用代码"), ''), nullif(trim("单位编号"), ''), '') AS employer,
    trim("到账标志") AS paid
FROM read_csv('{file}', header = true, all_varchar = true, delim = ',', quote = '"');
"""
CHECK = """
CREATE OR REPLACE TEMP TABLE checked AS
SELECT *, CASE
    WHEN coalesce(number, '') = '' THEN 'id_missing'
    WHEN length(number) NOT IN (15, 18) THEN 'id_length'
    WHEN NOT regexp_full_match(number, '\\d{{17}}[\\dX]|\\d{{15}}') THEN 'id_characters'
    WHEN length(number) = 18
        AND try_strptime(substr(number, 7, 8), '%Y%m%d') IS NULL THEN 'id_date'
    WHEN length(number) = 18
        AND try_strptime(substr(number, 7, 8), '%Y%m%d') > DATE '{on}' THEN 'id_future'
    WHEN length(number) = 18 AND substr('10X98765432', {weighed} % 11 + 1, 1) <> number[18]
        THEN 'id_checksum' END AS number_fault,
    CASE WHEN coalesce(name, '') = '' THEN 'name_missing' END AS name_fault,
    CASE WHEN kind IS NULL THEN 'kind_unknown' END AS kind_fault,
    CASE WHEN month.y = '' OR try_cast(month.m AS INTEGER) NOT BETWEEN 1 AND 12
        THEN 'month_unreadable' END AS month_fault
FROM read;
INSERT INTO reject SELECT line, unnest(list_filter(
    [number_fault, name_fault, kind_fault, month_fault], lambda fault: fault IS NOT NULL))
FROM checked;
"""
UPSERT = """
INSERT INTO contribution
SELECT kind, try_cast(month.y AS INTEGER) * 12 + try_cast(month.m AS INTEGER) - 1 AS at,
    resident.id, employer, (max(base) * 100)::BIGINT
FROM checked JOIN resident USING (number)
WHERE number_fault IS NULL AND name_fault IS NULL AND kind_fault IS NULL AND month_fault IS NULL
    AND kind <> 'injury' AND paid <> '欠费'
GROUP BY ALL
ON CONFLICT DO UPDATE SET base_fen = excluded.base_fen;
"""
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def load(folder: str) -> dict[str, Any]:
    """The step that lets DuckDB do it, into a database file of its own."""
    place = Path(folder)
    weighed = " + ".join(
        f"try_cast(substr(number, {position}, 1) AS INTEGER) * {weight}"
        for position, weight in enumerate(WEIGHTS, start=1)
    )
    words = {
        "people": place / "people.csv",
        "file": place / "utf8.csv",
        "on": ON,
        "weighed": f"({weighed})",
    }
    with duckdb.connect(place / "yardstick.duckdb") as connection:
        connection.execute(PREPARE.format(**words))
        started = perf_counter()
        for statement in (READ, CHECK, UPSERT):
            connection.execute(statement.format(**words))
        seconds = perf_counter() - started
        counts = {table: _count(connection, table) for table in ("read", "contribution", "reject")}
    return {"seconds": seconds, **counts}


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0
