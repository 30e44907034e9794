"""Names of employers as people write them, put into one form; and how they are compared."""

import unicodedata

from models.vocabulary.names import BLANK_INSIDE, BLANKS

NAME_LENGTH = 120
WIDE_BRACKETS = str.maketrans("()", "（）")


def normal_employer(name: str) -> str:
    """Half-width letters, the brackets of Chinese names, no blanks between its characters."""
    plain = BLANKS.sub(" ", unicodedata.normalize("NFKC", name)).strip()
    joined = BLANK_INSIDE.sub("", plain)
    return joined if joined.isascii() else joined.translate(WIDE_BRACKETS)


def employer_key(name: str) -> str:
    """What two spellings of one name share: letters and figures, in one case."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in plain if letter.isalnum())[:NAME_LENGTH]
