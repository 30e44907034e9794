"""Names of employers as people write them, put into one form; and how they are compared."""

import re
import unicodedata

from models.vocabulary.names import BLANK_INSIDE, BLANKS

NAME_LENGTH = 120
WIDE_BRACKETS = str.maketrans("()", "（）")
AT_BRACKETS = re.compile(r" ?([()]) ?")


def normal_employer(name: str) -> str:
    """Half-width letters, the brackets of Chinese names, no blanks between its characters."""
    plain = BLANKS.sub(" ", unicodedata.normalize("NFKC", name)).strip()
    if plain.isascii():
        return plain
    return BLANK_INSIDE.sub("", AT_BRACKETS.sub(r"\1", plain)).translate(WIDE_BRACKETS)


def employer_key(name: str) -> str:
    """What two spellings of one name share: letters and figures, in one case."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in plain if letter.isalnum())[:NAME_LENGTH]
