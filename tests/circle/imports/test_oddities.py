"""Which files look wrong as a whole, on either side of each boundary."""

from typing import Any

import pytest

from circle.imports.oddities import (
    BLOCKING,
    CHECKERS,
    SENTENCES,
    Look,
    oddities_of,
    sentence,
    unconfirmed,
)
from models.policy import Policy
from models.vocabulary.imports import Oddity
from models.vocabulary.parameters import PARAMETERS

POLICY = Policy.of({parameter.name: parameter.default for parameter in PARAMETERS})
THIS_MONTH = 24321
COUNTS = {
    "rows": 100, "added": 100, "changed": 0, "unchanged": 0, "unmatched": 0, "ignored": 0,
    "ended": 0, "rejected": 0,
}  # fmt: skip


def look(reasons: dict[str, int] | None = None, **said: Any) -> Look:  # noqa: ANN401 - counts and the rest
    counts = {name: said.pop(name, value) for name, value in COUNTS.items()}
    return Look(counts, reasons or {}, POLICY, THIS_MONTH, **said)


@pytest.mark.parametrize(
    ("usual", "odd", "oddity"),
    [
        (look(rejected=20), look(rejected=21), Oddity.REJECTS),
        (
            look({"outside_scope": 50}, rejected=50),
            look({"outside_scope": 30, "division_unknown": 21}, rejected=51),
            Oddity.OUTSIDE,
        ),
        (look(unmatched=50, usually_unmatched=0.1), look(unmatched=51, usually_unmatched=0.1),
         Oddity.STRANGERS),
        (look(local=0.1), look(local=0.09), Oddity.AREAS),
        (
            look(ends_what_is_missing=True, before=125),
            look(ends_what_is_missing=True, before=126),
            Oddity.ROWS_FELL,
        ),
        (
            look(ends_what_is_missing=True, before=100, ended=5),
            look(ends_what_is_missing=True, before=100, ended=6),
            Oddity.DEPARTURES,
        ),
        (look(month=THIS_MONTH), look(month=THIS_MONTH + 1), Oddity.MONTH_AHEAD),
        (
            look(month=THIS_MONTH - 3, newest=THIS_MONTH),
            look(month=THIS_MONTH - 4, newest=THIS_MONTH),
            Oddity.MONTH_FAR,
        ),
        (look(same_month=84), look(same_month=83), Oddity.COUNTS_DIFFER),
        (
            look(month=THIS_MONTH, months={THIS_MONTH: 50, THIS_MONTH - 1: 100}),
            look(month=THIS_MONTH, months={THIS_MONTH: 49, THIS_MONTH - 1: 100}),
            Oddity.MONTH_DIFFERS,
        ),
        (
            look(rows=501, added=1, unchanged=500, is_later=True),
            look(rows=501, added=0, unchanged=500, unmatched=1, is_later=True),
            Oddity.NOTHING_NEW,
        ),
    ],
    ids=lambda value: value.value if isinstance(value, Oddity) else "",
)  # fmt: skip
def test_each_boundary(usual: Look, odd: Look, oddity: Oddity) -> None:
    assert oddities_of(usual) == []
    assert [one.oddity for one in oddities_of(odd)] == [oddity]


def test_every_oddity_is_checked_and_has_its_sentence() -> None:
    assert set(CHECKERS) == set(SENTENCES) == set(Oddity)


def test_a_month_nobody_paid_for_is_odd_and_has_its_own_sentence() -> None:
    (found,) = oddities_of(look(rows=0, added=0, month=THIS_MONTH, months={}))
    assert "没有一条 2026-10 的缴费" in sentence(found.oddity, found.figures)
    (found,) = oddities_of(look(month=THIS_MONTH, months={THIS_MONTH - 1: 90}))
    assert "2026-09 的有 90 条" in sentence(found.oddity, found.figures)


def test_a_list_that_comes_twice_or_is_short_may_bring_nothing_new() -> None:
    assert oddities_of(look(rows=900, added=0, unchanged=900)) == []
    assert oddities_of(look(rows=499, added=0, unchanged=499, is_later=True)) == []


def test_of_rows_sent_back_not_every_one_has_to_be_mended() -> None:
    assert oddities_of(look(rejected=90, added=10, supplements=True)) == []


def test_strangers_are_odd_only_where_they_are_unusual() -> None:
    assert oddities_of(look(unmatched=90, added=10)) == []
    assert oddities_of(look(unmatched=90, added=10, usually_unmatched=0.4)) == []


def test_losses_of_the_whole_are_measured_by_what_is_in_force_where_no_list_was() -> None:
    first = look(ends_what_is_missing=True, in_force=10, ended=1)
    assert [one.figures for one in oddities_of(first)] == [{"ended": 1, "before": 10}]
    assert oddities_of(look(in_force=10, ended=1)) == []


def test_a_word_is_good_only_for_the_figures_it_was_given_for() -> None:
    found = oddities_of(look(rejected=40))
    said = [one.as_json() for one in found]
    assert unconfirmed(found, said) == []
    assert unconfirmed(oddities_of(look(rejected=41)), said) != []
    assert unconfirmed(found, []) == found


def test_no_word_helps_a_month_that_has_not_come() -> None:
    found = oddities_of(look(month=THIS_MONTH + 1))
    assert unconfirmed(found, [one.as_json() for one in found]) == found
    assert {Oddity.MONTH_AHEAD} == BLOCKING
