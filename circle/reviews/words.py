"""What a review says in sentences."""

from collections.abc import Iterator, Sequence

from flask_babel import gettext

from circle.reviews.marking import Remark

SHOWN = 3


def quoted(remark: Remark) -> str:
    """The words a remark rests on, as they stand in the post; of a fact, its name."""
    return gettext("、").join(remark.quotes) or str(remark.rule.label)


def advice_words(remarks: Sequence[Remark]) -> Iterator[str]:
    """What is to be mended, a line to a rule: what the law forbids, or else what is doubtful."""
    weighty = [remark for remark in remarks if remark.is_forbidden] or remarks
    for remark in weighty:
        quote = quoted(remark)
        yield str(gettext("“%(words)s”：%(advice)s", words=quote, advice=remark.rule.advice))


def strip_words(remarks: Sequence[Remark]) -> str:
    """The first few in one line."""
    said = gettext("、").join(quoted(remark) for remark in remarks[:SHOWN])
    return f"{said}…" if len(remarks) > SHOWN else str(said)
