"""Every word the system stores stands in the glossary beside the Chinese people read."""

import importlib
import pkgutil
import re
from collections import defaultdict
from pathlib import Path

from models import vocabulary
from models.vocabulary.labelled import Labelled

GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary.md"
STORED = re.compile(r"\| .+ \| `\S+` \| [A-Z]\w+ \|")
TWO_WORDS = "## One Chinese word, two stored words"


def members() -> list[Labelled]:
    for module in pkgutil.iter_modules(vocabulary.__path__):
        importlib.import_module(f"models.vocabulary.{module.name}")
    stored = [e for e in Labelled.__subclasses__() if e.__module__.startswith("models.vocabulary")]
    return [member for enumeration in stored for member in enumeration]


def line_of(member: Labelled) -> str:
    return f"| {member.label} | `{member.value}` | {type(member).__name__} |"


def glossary() -> str:
    return GLOSSARY.read_text(encoding="utf-8")


def test_every_member_has_its_line() -> None:
    lines = set(glossary().splitlines())
    assert [line for line in map(line_of, members()) if line not in lines] == []


def test_every_line_has_its_member() -> None:
    stored = {line for line in glossary().splitlines() if STORED.fullmatch(line)}
    assert stored - {line_of(member) for member in members()} == set()


def test_no_line_stands_twice() -> None:
    lines = [line for line in glossary().splitlines() if STORED.fullmatch(line)]
    assert len(lines) == len(set(lines))


def test_two_stored_words_for_one_chinese_word_have_their_reason() -> None:
    words = defaultdict(set)
    for member in members():
        words[member.label].add(member.value)
    reasons = glossary().partition(TWO_WORDS)[2]
    explained = {line.split(" | ")[0].removeprefix("| ") for line in reasons.splitlines()}
    assert {label for label, values in words.items() if len(values) > 1} <= explained
