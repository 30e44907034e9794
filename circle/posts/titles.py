"""A post's title as duplicates are looked for."""

import re
import unicodedata

TITLE_LENGTH = 80
# 保洁员（急招）, 【双休】文员: what stands in brackets praises, it does not name the work.
IN_BRACKETS = re.compile(r"[(\[【〔《「][^)\]】〕》」]*[)\]】〕》」]")


def title_key(title: str) -> str:
    """Letters and figures alone, in one case, without what stands in brackets."""
    plain = unicodedata.normalize("NFKC", title).casefold()
    return _letters(IN_BRACKETS.sub("", plain)) or _letters(plain) or plain[:TITLE_LENGTH]


def _letters(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum())[:TITLE_LENGTH]
