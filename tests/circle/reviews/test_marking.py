"""Flagged words in their text."""

from circle.posts.flag_rules import WORD_RULES
from circle.posts.flags import Flag
from circle.reviews.marking import Piece, pieces_of, remarks_of

FORBIDDEN = next(rule for rule in WORD_RULES if rule.code == "sex")
DOUBTFUL = next(rule for rule in WORD_RULES if rule.code == "age_limit")


def test_a_text_comes_back_whole_with_its_words_marked() -> None:
    text = "限男性，35岁以下。"
    flags = [Flag(FORBIDDEN, "description", 0, 3), Flag(DOUBTFUL, "description", 4, 9)]
    pieces = pieces_of("description", text, flags)
    assert "".join(piece.text for piece in pieces) == text
    assert [(piece.text, piece.numbers) for piece in pieces if piece.numbers] == [
        ("限男性", (1,)),
        ("35岁以下", (2,)),
    ]
    assert [piece.is_forbidden for piece in pieces if piece.numbers] == [True, False]


def test_what_overlaps_bears_both_numbers() -> None:
    flags = [Flag(FORBIDDEN, "title", 0, 3), Flag(DOUBTFUL, "title", 2, 4)]
    assert [piece.numbers for piece in pieces_of("title", "甲乙丙丁", flags)] == [
        (1,),
        (1, 2),
        (2,),
    ]


def test_words_of_one_rule_bear_one_number_and_stand_together() -> None:
    text = "限男性，男士优先，限男性"
    flags = [Flag(FORBIDDEN, "title", *span) for span in ((0, 3), (4, 8), (9, 12))]
    assert {piece.numbers for piece in pieces_of("title", text, flags)} == {(), (1,)}
    (remark,) = remarks_of({"title": text}, flags)
    assert remark.quotes == ("限男性", "男士优先")


def test_another_fields_words_and_facts_mark_nothing() -> None:
    flags = [Flag(FORBIDDEN, "title", 0, 1), Flag(DOUBTFUL, "description")]
    assert pieces_of("description", "保洁", flags) == [Piece("保洁")]
    assert pieces_of("description", None, flags) == []
