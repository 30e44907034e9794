"""Whoever reads English reads all of it, and whoever reads Chinese no stray English."""

import importlib
import pkgutil
import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from models import vocabulary
from models.vocabulary.labelled import Labelled
from models.vocabulary.parameters import PARAMETERS

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "circle" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
HAN = re.compile("[\u4e00-\u9fff]")
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
SAID = re.compile(r"""\bn?_?(?:gettext)?\(\s*(?:"[^"]*"|'[^']*')(?:,\s*(?:"[^"]*"|'[^']*'))?""")
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")
# The name of the language itself, and the columns a bureau's file is known by.
CHINESE_IN_ENGLISH = re.compile("身份证号|姓名|问题")
LANGUAGE_NAME = ">中文<"
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}


def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def said() -> set[str]:
    """What pages, sentences and labels say, as the sources stand now."""
    pages = [extracted("jinja2", path) for path in (ROOT / "circle" / "templates").rglob("*.html")]
    code = [
        extracted("python", path)
        for folder in ("circle", "reminders")
        for path in (ROOT / folder).rglob("*.py")
    ]
    return set().union(*pages, *code)


def extracted(method: str, path: Path) -> set[str]:
    with path.open("rb") as file:
        found = extract(method, file, keywords=KEYWORDS)
        return {_text(message) for _, message, _, _ in found}


def _text(message: str | tuple[str, ...] | list[str]) -> str:
    return message if isinstance(message, str) else message[0]


def test_every_sentence_has_an_english_one() -> None:
    known = {_text(message.id) for message in catalogue() if message.id and message.string}
    assert sorted(text for text in said() if HAN.search(text) and text not in known) == []


def test_every_label_has_an_english_one() -> None:
    for module in pkgutil.iter_modules(vocabulary.__path__):
        importlib.import_module(f"models.vocabulary.{module.name}")
    known = catalogue()
    missing = [
        member.label
        for enumeration in Labelled.__subclasses__()
        for member in enumeration
        if HAN.search(member.label)
        and not ((message := known.get(member.label)) and message.string)
    ]
    assert missing == []


def forms(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    """The sentence, or the singular and the plural one."""
    return [text] if isinstance(text, str) else list(text or ())


def test_the_english_keeps_every_placeholder() -> None:
    for message in catalogue():
        wanted = set(PLACEHOLDER.findall(_text(message.id)))
        for english in forms(message.string) if message.id else []:
            assert set(PLACEHOLDER.findall(english)) == wanted, message.id


def test_the_english_is_english() -> None:
    english = [text for message in catalogue() if message.id for text in forms(message.string)]
    assert [text for text in english if HAN.search(CHINESE_IN_ENGLISH.sub("", text))] == []


def test_nothing_in_the_catalogue_is_uncertain_or_left_over() -> None:
    known = catalogue()
    assert [message.id for message in known if message.fuzzy and message.id] == []
    assert list(known.obsolete) == []


def test_the_catalogue_holds_nothing_that_is_no_longer_said() -> None:
    labels = {member.label for each in Labelled.__subclasses__() for member in each}
    parameters = {text for each in PARAMETERS for text in (each.label, each.unit, each.source)}
    known = {_text(message.id) for message in catalogue() if message.id}
    assert sorted(known - said() - labels - parameters) == []


def test_every_parameter_has_an_english_label() -> None:
    known = catalogue()
    texts = {text for each in PARAMETERS for text in (each.label, each.unit, each.source)}
    assert sorted(text for text in texts if text and not known.get(text)) == []


def test_no_page_says_anything_past_the_catalogue() -> None:
    for path in (ROOT / "circle" / "templates").rglob("*.html"):
        text = COMMENT.sub("", path.read_text(encoding="utf-8")).replace(LANGUAGE_NAME, "")
        assert not HAN.search(SAID.sub("", text)), path.name


def test_no_script_says_anything_by_itself() -> None:
    """Scripts read their words from the page, which knows the reader's language."""
    for path in (ROOT / "circle" / "static" / "js").glob("*.js"):
        lines = path.read_text(encoding="utf-8").splitlines()
        spoken = [line for line in lines if not line.strip().startswith(("//", "*", "/*"))]
        assert not HAN.search("\n".join(spoken)), path.name
