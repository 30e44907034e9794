"""The ear that listens to the whole run hears what it should."""

import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from circle import logs
from tests.log_lines import LogLines, offending

NUMBER = "330110198506151238"
MOBILE = "13812341234"


@pytest.fixture
def handlers() -> Iterator[None]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = before, level


def report(*sections: tuple[str, str]) -> pytest.TestReport:
    place = ("tests/test_x.py", 1, "test_x")
    return pytest.TestReport("test_x", place, {}, "passed", None, "call", list(sections))


@pytest.mark.parametrize("text", [NUMBER, "33011019850615123x", MOBILE, "+86 138-1234-1234"])
def test_a_number_in_a_line_is_heard_and_not_repeated(text: str) -> None:
    assert offending(f"first\nseen {text} at home") == ["seen █ at home"]


@pytest.mark.parametrize(
    "text", ["330110012004", "2026-11-21T04:00:00Z", "a1381234123456f", "1" * 25]
)
def test_other_digits_are_no_personal_number(text: str) -> None:
    assert offending(text) == []


def test_what_a_test_writes_to_stderr_is_listened_to(pytestconfig: pytest.Config) -> None:
    ear = LogLines()
    ear.pytest_runtest_logreport(report(("Captured stderr call", f"seen {NUMBER}\n")))
    ear.pytest_runtest_logreport(report(("Captured stdout call", f"| {NUMBER} |\n")))
    assert ear.found == [("test_x", "seen █")]
    if not hasattr(pytestconfig, "workerinput"):
        assert pytestconfig.pluginmanager.has_plugin("log-lines")


def test_a_leaking_run_fails_though_its_tests_pass(pytestconfig: pytest.Config) -> None:
    class Run:
        exitstatus: int = pytest.ExitCode.OK

    ear, run = LogLines(), Run()
    ear.pytest_sessionfinish(run)  # type: ignore[arg-type] # all of a session it looks at
    assert run.exitstatus == pytest.ExitCode.OK
    ear.found.append(("test_x", "seen █"))
    ear.pytest_sessionfinish(run)  # type: ignore[arg-type] # as above
    assert run.exitstatus == pytest.ExitCode.TESTS_FAILED


def test_our_lines_and_other_libraries_go_to_stderr_scrubbed(
    handlers: None, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.configure(as_json=True)
    structlog.get_logger("circle.test").warning("ours", phone=MOBILE)
    logging.getLogger("library").warning("theirs %s", NUMBER)
    sys.stderr.flush()
    written = capsys.readouterr().err
    assert "ours" in written
    assert "theirs" in written
    assert offending(written) == []
