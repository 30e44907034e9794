"""Decisions written as tables: each listed once, none forgotten."""

import importlib
import pkgutil

from circle.jobs import JOBS
from circle.upkeep.rhythm import RHYTHM, Watching
from circle.upkeep.words import DOES
from models.vocabulary import cases, imports, jobs, tasks
from models.vocabulary.jobs import JobName
from models.vocabulary.lifecycle import Lifecycle
from reminders import rules
from reminders.rules import RULES

# What rules share, not rules themselves.
SHARED = {"finding", "circumstances"}


def test_every_rule_is_listed_once() -> None:
    listed = [rule.findings.__name__ for rule in RULES]
    assert sorted(listed) == sorted(set(listed))
    assert set(listed) == {m.name for m in pkgutil.iter_modules(rules.__path__)} - SHARED


def test_every_rule_has_a_sentence_for_a_docstring() -> None:
    assert all(rule.findings.__doc__ for rule in RULES)


def test_every_kind_of_reminder_has_one_rule() -> None:
    kinds = [rule.kind for rule in RULES]
    assert sorted(kinds) == sorted(set(tasks.TaskKind) - {tasks.TaskKind.ASSISTANCE})


def test_every_job_is_listed_once() -> None:
    assert sorted(job.name for job in JOBS) == sorted(JobName)


def test_every_job_has_its_rhythm_and_its_words() -> None:
    assert sorted(RHYTHM) == sorted(DOES) == sorted(JobName)
    looks = {job.name: job.every_seconds for job in JOBS}
    watching = {name: each.seconds for name, each in RHYTHM.items() if isinstance(each, Watching)}
    assert {name: looks[name] for name in watching} == watching


def test_every_state_of_a_life_can_be_reached() -> None:
    for module in (cases, imports, jobs, tasks):
        for life in vars(module).values():
            if isinstance(life, Lifecycle):
                moves = list(life)
                states = list(type(moves[0][1]).__members__.values())
                reached = {to for _, _, to in moves}
                # The first member is where a life begins.
                assert reached | {states[0]} == set(states), states


def test_every_vocabulary_module_stands_alone() -> None:
    vocabulary = importlib.import_module("models.vocabulary")
    for module in pkgutil.iter_modules(vocabulary.__path__):
        stored = importlib.import_module(f"models.vocabulary.{module.name}")
        assert stored.__name__.endswith(module.name)
