"""Pay as advertisements spell it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circle.posts.pay import Pay
from circle.posts.salaries import NEGOTIATED, SalaryUnreadable, read_salary
from models.vocabulary.posts import PayUnit

MONTH, DAY, HOUR, YEAR, PIECE = (
    PayUnit.MONTH,
    PayUnit.DAY,
    PayUnit.HOUR,
    PayUnit.YEAR,
    PayUnit.PIECE,
)


def pay(low: float | None, high: float | None, unit: PayUnit = MONTH, months: int = 12) -> Pay:
    """In yuan."""
    low_fen, high_fen = (None if yuan is None else round(yuan * 100) for yuan in (low, high))
    return Pay(unit, low_fen, high_fen, months)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1-1.5万", pay(10_000, 15_000)),
        ("6千-1.2万", pay(6_000, 12_000)),
        ("8000-1.2万", pay(8_000, 12_000)),
        ("1-1.5万·13薪", pay(10_000, 15_000, months=13)),
        ("6k~8k*14薪", pay(6_000, 8_000, months=14)),
        ("10-20万·14薪", pay(100_000, 200_000, months=14)),
        ("12-20万/年", pay(120_000, 200_000, YEAR)),
        ("12-20万", pay(120_000, 200_000, YEAR)),
        ("年薪12万", pay(120_000, 120_000, YEAR)),
        ("1万及以下/年", pay(None, 10_000, YEAR)),
        ("150元/天", pay(150, 150, DAY)),
        ("日结200元", pay(200, 200, DAY)),
        ("25-30元/小时", pay(25, 30, HOUR)),
        ("时薪25.5", pay(25.5, 25.5, HOUR)),
        ("3千及以下", pay(None, 3_000)),
        ("5000元以上", pay(5_000, None)),
        ("4500起", pay(4_500, None)),
        ("5000+", pay(5_000, None)),
        ("底薪3000+提成", pay(3_000, None)),
        ("3800元/月+餐补15元/天", pay(3_800, None)),
        ("7k-9k", pay(7_000, 9_000)),
        ("5千到8千", pay(5_000, 8_000)),
        ("5000-8000", pay(5_000, 8_000)),
        ("5,000-8,000元", pay(5_000, 8_000)),
        ("4500—6000元/月", pay(4_500, 6_000)),
        ("４５００～６０００元／月", pay(4_500, 6_000)),
        ("5000元/月-8000元/月", pay(5_000, 8_000)),
        ("4000-6000元/月，五险一金，月休4天", pay(4_000, 6_000)),
        ("面议（5000-8000）", pay(5_000, 8_000)),
        ("0.3元/件", pay(0.3, 0.3, PIECE)),
        ("计件", Pay(PIECE)),
        ("面议", NEGOTIATED),
        ("", NEGOTIATED),
    ],
)
def test_spellings(text: str, expected: Pay) -> None:
    assert read_salary(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "好商好量的人",
        "8000-5000",  # the wrong way round: which of the two is wrong?
        "200",  # a day's, or a slip
        "试用期4500，转正6000，另有4500-9000",
        "3千5",
        "0元/月",
        "99999万/月",
    ],
)
def test_what_nobody_can_be_sure_of_is_unreadable(text: str) -> None:
    with pytest.raises(SalaryUnreadable):
        read_salary(text)


UNITS = {MONTH: ("", "/月", "元/月"), DAY: ("元/天", "/日"), HOUR: ("元/小时",), YEAR: ("/年",)}
LEAST = {MONTH: 1_000, DAY: 50, HOUR: 10, YEAR: 12_000}
MOST = {MONTH: 79_000, DAY: 5_000, HOUR: 900, YEAR: 3_000_000}
SPELT = {"": 1, "千": 1_000, "k": 1_000, "万": 10_000}


@st.composite
def spelt(draw: st.DrawFn) -> tuple[str, Pay]:
    """A range, each side in a scale of its own, in one of its unit's spellings."""
    unit = draw(st.sampled_from(list(UNITS)))
    bounds = st.integers(LEAST[unit], MOST[unit])
    low, high = sorted((draw(bounds), draw(bounds)))
    scales = SPELT if unit in {MONTH, YEAR} else [""]
    sides = [_spelt(yuan, draw(st.sampled_from(list(scales)))) for yuan in (low, high)]
    dash = draw(st.sampled_from("-—~至"))
    months = draw(st.sampled_from([12, 13, 16])) if unit is MONTH else 12
    end = f"·{months}薪" if months > 12 else ""
    ending = draw(st.sampled_from(UNITS[unit]))
    return dash.join(sides) + ending + end, pay(low, high, unit, months)


def _spelt(yuan: int, scale: str) -> str:
    return f"{(Decimal(yuan) / SPELT[scale]).normalize():f}{scale}"


@given(spelt())
def test_a_range_comes_back_as_it_was_spelt(case: tuple[str, Pay]) -> None:
    text, expected = case
    assert read_salary(text) == expected


@given(st.text(max_size=30))
def test_no_words_break_it(text: str) -> None:
    try:
        found = read_salary(text)
    except SalaryUnreadable:
        return
    assert found.low_fen is None or found.high_fen is None or found.low_fen <= found.high_fen
    assert 12 <= found.months <= 24
