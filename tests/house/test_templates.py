"""Every template is used, and every template used exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "circle" / "templates"
NAMED = re.compile(r"""["']([\w/]+\.(?:html|txt|svg))["']""")


def known() -> set[str]:
    return {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")}


def named() -> set[str]:
    sources = [*(ROOT / "circle").rglob("*.py"), *TEMPLATES.rglob("*.html")]
    return {name for path in sources for name in NAMED.findall(path.read_text(encoding="utf-8"))}


def test_every_template_is_used() -> None:
    assert known() - named() == set()


def test_every_partial_starts_with_an_underscore() -> None:
    """What no page extends and no view shows alone is included by another template."""
    partials = {path.name for path in TEMPLATES.rglob("_*.html")}
    extended = {
        path.name
        for path in TEMPLATES.rglob("_*.html")
        if "{% extends" in path.read_text(encoding="utf-8")
    }
    assert partials
    assert extended == set()


def test_no_page_reaches_for_another_site() -> None:
    outside = re.compile(r"""(?:src|href|action)=["'](?:https?:)?//""")
    pages = {path: path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html")}
    assert [path.name for path, text in pages.items() if outside.search(text)] == []


def test_no_page_writes_scripts_or_styles_into_itself() -> None:
    """The policy of `circle.access.headers` would refuse them: no nonce, no inline style."""
    inline = re.compile(r"""<style|\sstyle=["']|\son[a-z]+=["']|<script(?![^>]*(?:src|nonce))""")
    pages = {path: path.read_text(encoding="utf-8") for path in TEMPLATES.rglob("*.html")}
    assert [path.name for path, text in pages.items() if inline.search(text)] == []


def test_every_template_named_exists() -> None:
    assert {name for name in named() if name.endswith(".html")} - known() == set()
