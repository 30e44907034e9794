"""What a review says in sentences."""

from collections.abc import Iterator, Sequence

from flask_babel import gettext

from circle.posts.flags import Flag
from models.posts import Post

LONGEST_QUOTE = 20


def quoted(post: Post, flag: Flag) -> str:
    """The words a flag rests on, as they stand in the post; of a fact, its name."""
    if not flag.has_words:
        return str(flag.rule.label)
    words = (getattr(post, flag.field) or "")[flag.start : flag.end]
    return words if len(words) <= LONGEST_QUOTE else f"{words[:LONGEST_QUOTE]}…"


def advice_words(post: Post, flags: Sequence[Flag]) -> Iterator[str]:
    """What the sender is to mend, a line for each flag; what the law forbids first."""
    weighty = [flag for flag in flags if flag.is_forbidden] or flags
    for flag in weighty:
        quote = quoted(post, flag)
        yield str(gettext("“%(words)s”：%(advice)s", words=quote, advice=flag.rule.advice))
