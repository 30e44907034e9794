"""Text no spreadsheet program takes for a formula, even after it was saved as another format."""

# The full-width signs count too: Chinese and Japanese spreadsheets read ＝ as =.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# By itself a sign computes nothing; bureaus write it where there is nothing to say.
NOTHING_TO_SAY = frozenset({"+", "-", "\uff0b", "\uff0d"})


def harmless(text: str) -> str:
    """The text, led by an apostrophe where it could be computed."""
    computes = text.startswith(FORMULA_STARTS) and text not in NOTHING_TO_SAY
    return f"'{text}" if computes else text
