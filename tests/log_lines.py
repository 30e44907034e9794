"""Listens to the whole test run: no line written to stderr may hold a personal number.

The finished lines are looked at, as pytest captured them, so that a handler that bypasses the
scrubbing is heard too. Reports reach the controlling process from every worker of xdist.
"""

import re

import pytest

# 18 digits or 17 and the check character; a mobile number. Not part of a longer word.
PERSONAL = re.compile(
    r"(?<![0-9A-Za-z])(?:\d{17}[0-9Xx]|(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2})(?![0-9A-Za-z])"
)
STDERR = "stderr"


def offending(text: str) -> list[str]:
    """The lines that hold a number, with the number blotted out."""
    return [PERSONAL.sub("█", line) for line in text.splitlines() if PERSONAL.search(line)]


class LogLines:
    """Collects every offending line; one is enough to fail the run."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        written = [text for title, text in report.sections if STDERR in title.lower()]
        for line in offending("\n".join(written)):
            # A later phase's report repeats what an earlier one wrote.
            if (report.nodeid, line) not in self.found:
                self.found.append((report.nodeid, line))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.found and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.found:
            terminalreporter.section("personal numbers in log lines", red=True, bold=True)
        for test, line in self.found:
            terminalreporter.line(f"{test}: {line}")


def listen(config: pytest.Config) -> None:
    """In the controlling process only: workers send it their reports."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(LogLines(), "log-lines")
