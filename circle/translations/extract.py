"""An extractor for Babel: the labels of enumerations, which stand in the source without a call.

`make fix` runs it, with `python -m` so that Babel finds this module.
"""

import ast
from collections.abc import Collection, Iterator
from typing import IO, Any

Message = tuple[int, str, str, list[str]]
FIRST_HAN, LAST_HAN = "\u4e00", "\u9fff"


def extract_labels(
    fileobj: IO[bytes],
    keywords: Collection[str],
    comment_tags: Collection[str],
    options: dict[str, Any],
) -> Iterator[Message]:
    """Every string literal with a Chinese character in it, docstrings apart."""
    del keywords, comment_tags, options
    tree = ast.parse(fileobj.read())
    documents = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in documents:
            continue
        if isinstance(node.value, str) and _is_chinese(node.value):
            yield node.lineno, "gettext", node.value, []


def _is_chinese(text: str) -> bool:
    return any(FIRST_HAN <= letter <= LAST_HAN for letter in text)
