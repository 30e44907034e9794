"""A line is kept as it was shown, and shown anew as soon as anything in it is another."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask
from flask_babel import force_locale

from circle.todo.lines import Reader, shown
from circle.todo.queries import Entry, Evidence, Line
from models.vocabulary.residents import Sex
from models.vocabulary.tasks import TaskKind
from tests.circle.todo.conftest import TODAY

READER = Reader(account_id=7, supervises=False, on=TODAY, root="", sprite="/sprite.svg")
ENTRY = Entry(
    id=41,
    kind=TaskKind.VISIT,
    due_on=TODAY,
    provisional=False,
    evidence=Evidence(standing="other", interval=30, last_contact_on="2026-10-22"),
    snoozed_until=None,
    assignee_id=7,
    assignee="许燕",
)
LINE = Line(
    resident_id=3,
    name="<王建国>",
    sex=Sex.MALE,
    age=51,
    community="葛巷社区",
    has_phone=True,
    case_id=5,
    wish=None,
    entries=(ENTRY,),
)


@pytest.fixture(autouse=True)
def request_context(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


def test_a_line_escapes_what_people_wrote_and_holds_the_page_s_token() -> None:
    html = shown(LINE, READER, '"first"')
    assert "&lt;王建国&gt;" in html
    assert 'value="&#34;first&#34;"' in html
    assert 'value="second"' in shown(LINE, READER, "second")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (replace(LINE, name="王建军"), "王建军"),
        (replace(LINE, entries=(replace(ENTRY, due_on=date(2026, 11, 23)),)), "11-23到期"),
        (
            replace(LINE, entries=(replace(ENTRY, evidence=Evidence(ENTRY.evidence, interval=7)),)),
            "每7天联系一次",
        ),
    ],
)
def test_what_changed_is_shown_at_once(changed: Line, words: str) -> None:
    assert words not in shown(LINE, READER, "")
    assert words in shown(changed, READER, "")


def test_a_day_later_it_is_overdue() -> None:
    assert "今天到期" in shown(LINE, READER, "")
    assert "已超期1天" in shown(LINE, replace(READER, on=TODAY + timedelta(days=1)), "")


def test_somebody_else_s_task_names_them_and_cannot_be_acted_on() -> None:
    theirs = shown(LINE, replace(READER, account_id=8), "")
    assert "许燕" in theirs
    assert "data-acts" not in theirs
    assert "data-acts" in shown(LINE, replace(READER, account_id=8, supervises=True), "")


def test_each_reader_has_their_language() -> None:
    assert "记录走访" in shown(LINE, READER, "")
    with force_locale("en"):
        assert "记录走访" not in shown(LINE, READER, "")
