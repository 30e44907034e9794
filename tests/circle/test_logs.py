import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from circle import logs

NUMBER = "330110198506151238"
NAME = "欧阳静娴"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    logs.configure(as_json=True)
    handler = next(one for one in logging.getLogger().handlers if one.get_name() == "circle")
    assert isinstance(handler, logging.StreamHandler)
    written = io.StringIO()
    before = handler.setStream(written)
    yield written
    handler.setStream(before or handler.stream)


@pytest.mark.parametrize(
    "text",
    [
        NUMBER,
        "33011019850615123X",
        "33011019850615123x",
        "33011019850615123",
        "330110850615123",
        f"证件{NUMBER}查无此人",
        "13812341234",
        "+86 138-1234-1234",
        "电话13812341234。",
    ],
)
def test_numbers_are_taken_out(text: str) -> None:
    assert "[scrubbed]" in logs.scrubbed_text(text)
    assert not any(len(run) > 6 for run in _digit_runs(logs.scrubbed_text(text)))


@pytest.mark.parametrize("text", ["330110012004", "2026-11-21", "1732147200", "batch 12", "a1b2c3"])
def test_other_digits_stay(text: str) -> None:
    assert logs.scrubbed_text(text) == text


@given(st.integers(10**16, 10**18 - 1))
def test_a_number_stored_as_a_number_is_taken_out_too(number: int) -> None:
    assert logs.scrubbed({"id": [number]}) == {"id": ["[scrubbed]"]}


def test_a_line_holds_no_number_however_it_is_nested(lines: io.StringIO) -> None:
    structlog.get_logger("t").warning(
        "seen", row={"身份证": [NUMBER], NUMBER: 1}, phone=13812341234
    )
    line = lines.getvalue()
    assert NUMBER not in line
    assert "13812341234" not in line
    assert json.loads(line)["event"] == "seen"


def test_a_traceback_tells_the_place_and_the_kind_but_no_value(
    lines: io.StringIO, engine: Engine
) -> None:
    log = structlog.get_logger("t")
    with engine.connect() as connection, pytest.raises(DBAPIError) as refused:
        connection.execute(text("INSERT INTO nowhere VALUES (:name)"), {"name": NAME})
    log.error("could not write", exc_info=refused.value)
    # PostgreSQL puts the whole row into what it says.
    log.error("failed", exc_info=RuntimeError(f"Failing row contains ({NAME})"))
    with pytest.raises(ValueError, match=NAME) as raised:
        float(NAME)
    log.error("could not read", exc_info=raised.value)
    written = lines.getvalue()
    assert NAME not in written
    for told in (
        "OperationalError" if engine.dialect.name == "sqlite" else "42P01",
        "RuntimeError",
    ):
        assert told in written
    assert __file__ in written
    assert "ValueError" in written


def test_a_disk_tells_what_went_wrong_but_not_with_which_file(
    lines: io.StringIO, tmp_path: Path
) -> None:
    with pytest.raises(OSError, match=NAME) as raised:
        (tmp_path / NAME).read_bytes()
    structlog.get_logger("t").error("job failed", exc_info=raised.value)
    assert "FileNotFoundError ENOENT" in lines.getvalue()
    assert NAME not in lines.getvalue()


def test_other_libraries_lines_and_tracebacks_are_scrubbed(lines: io.StringIO) -> None:
    try:
        int(f"{NUMBER} ?")
    except ValueError:
        logging.getLogger("werkzeug").exception("GET /x?id=%s", NUMBER)
    assert "ValueError" in lines.getvalue()
    assert NUMBER not in lines.getvalue()


def _digit_runs(text: str) -> list[str]:
    return "".join(letter if letter.isdigit() else " " for letter in text).split()
