"""Names as people write them, put into one form; and when two of them are the same."""

import re
import unicodedata

BLANKS = re.compile(r"[\s\u200b\ufeff]+")
QUOTES = "'‘’` "
DOTS = re.compile(r" ?[•・．.‧∙⋅●･·] ?")
HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
# A blank between Chinese characters fills a column; between Latin words it belongs to the name.
BLANK_INSIDE = re.compile(rf"(?<=[{HAN}·])\s+(?=[{HAN}·])")


def normal_name(text: str) -> str:
    """One kind of dot, no blanks between Chinese characters; empty where nothing is left."""
    plain = BLANKS.sub(" ", unicodedata.normalize("NFKC", text)).strip(QUOTES)
    dotted = plain if plain.isascii() else DOTS.sub("·", plain)
    return BLANK_INSIDE.sub("", dotted).strip("·")


def name_key(name: str) -> str:
    """How names are compared: dots, blanks and case say nothing."""
    return DOTS.sub("", normal_name(name)).replace(" ", "").casefold()
