"""The lines of the list as they are shown, each kept as long as nothing in it changes.

A worker comes back to the list after every call, and of fifty lines one is another than before.
"""

from dataclasses import dataclass
from datetime import date

from flask import current_app
from markupsafe import Markup

from circle.access.language import said_once
from circle.sentences import sentence, title
from circle.todo.queries import Entry, Line
from circle.todo.words import due_words, unbroken, urgency, wish_words

# Stands for the token of the page's forms; no text shown can hold it, because text is escaped.
TOKEN = Markup("<token>")


@dataclass(frozen=True)
class Reader:
    """Who reads the lines, on what day, and where the addresses in them begin."""

    account_id: int
    supervises: bool
    on: date
    root: str
    sprite: str

    def may_act(self, entry: Entry) -> bool:
        return self.supervises or entry.assignee_id == self.account_id

    def first_of(self, line: Line) -> Entry | None:
        """The task that a call or a visit from this line is for."""
        return next(filter(self.may_act, line.entries), None)


@dataclass(frozen=True)
class Told:
    """What a line tells of one task."""

    title: str
    why: Markup
    due: str
    urgency: str


def shown(line: Line, reader: Reader, token: str) -> Markup:
    return Markup(_shown(line, reader).replace(TOKEN, Markup.escape(token)))  # noqa: S704 - a template's answer


@said_once
def _shown(line: Line, reader: Reader) -> str:
    """Without the context of the request: whatever it shows is part of what it is kept for."""
    template = current_app.jinja_env.get_template("todo/_line.html")
    told = [(entry, _told(entry, reader.on)) for entry in line.entries]
    return template.render(
        line=line,
        reader=reader,
        first=reader.first_of(line),
        told=told,
        wish=wish_words(line.wish),
        token=TOKEN,
    )


def _told(entry: Entry, on: date) -> Told:
    return Told(
        title=title(entry.kind, entry.evidence),
        why=unbroken(sentence(entry.kind, entry.evidence)),
        due=due_words(entry.due_on, on, provisional=entry.provisional),
        urgency=urgency(entry.due_on, on),
    )
