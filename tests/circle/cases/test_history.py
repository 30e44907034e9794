from circle.cases.history import STRIP_MONTHS, Paid, Run, strips, tenures
from models.vocabulary.facts import InsuranceKind, MonthState
from models.vocabulary.months import month_of

PENSION = InsuranceKind.EMPLOYEE_PENSION
MEDICAL = InsuranceKind.EMPLOYEE_MEDICAL


def paid(
    first: str, last: str, employer: str | None = "仓前电子", kind: InsuranceKind = PENSION
) -> list[Paid]:
    months = range(month_of(first), month_of(last) + 1)
    return [Paid(kind, month, employer, 400_000) for month in months]


def closed(first: str, last: str, kind: InsuranceKind = PENSION) -> set[tuple[InsuranceKind, int]]:
    return {(kind, month) for month in range(month_of(first), month_of(last) + 1)}


def test_a_month_is_missing_only_once_it_is_closed() -> None:
    (strip,) = strips(
        paid("2026-01", "2026-06"), closed("2025-06", "2026-08"), {PENSION: month_of("2026-01")}
    )
    states = dict(strip.months)
    assert states[month_of("2026-06")] is MonthState.PAID
    assert states[month_of("2026-07")] is MonthState.MISSING
    assert states[month_of("2025-12")] is MonthState.BEFORE
    assert states[month_of("2025-05")] is MonthState.WAITING
    assert month_of("2026-09") not in states


def test_a_strip_has_three_years_and_reads_as_runs() -> None:
    (strip,) = strips(
        paid("2026-01", "2026-06"), closed("2022-01", "2026-08"), {PENSION: month_of("2026-01")}
    )
    assert len(strip.months) == STRIP_MONTHS
    assert strip.runs[-2:] == [
        Run(MonthState.PAID, month_of("2026-01"), month_of("2026-06")),
        Run(MonthState.MISSING, month_of("2026-07"), month_of("2026-08")),
    ]
    assert strip.runs[-1].length == 2


def test_strips_of_all_kinds_end_in_the_same_month() -> None:
    both = strips(
        [*paid("2026-01", "2026-06"), *paid("2025-01", "2025-02", kind=MEDICAL)],
        closed("2026-01", "2026-09"),
        {PENSION: month_of("2026-01"), MEDICAL: month_of("2025-01")},
    )
    assert [strip.kind for strip in both] == [PENSION, MEDICAL]
    assert {strip.months[-1][0] for strip in both} == {month_of("2026-09")}


def test_a_kind_paid_long_ago_is_missing_all_the_way() -> None:
    (strip,) = strips([], closed("2022-01", "2026-09"), {PENSION: month_of("2015-01")})
    assert {state for _, state in strip.months} == {MonthState.MISSING}


def test_nobody_ever_insured_has_no_strip() -> None:
    assert strips([], closed("2026-01", "2026-09"), {}) == []
    assert strips([], set(), {}) == []


def test_years_hold_twelve_months_each_the_newest_first() -> None:
    (strip,) = strips(paid("2026-01", "2026-02"), set(), {PENSION: month_of("2026-01")})
    years = strip.years
    assert [year for year, _ in years] == [2026, 2025, 2024, 2023]
    assert all(len(states) == 12 for _, states in years)
    assert years[0][1][:3] == [MonthState.PAID, MonthState.PAID, None]
    assert years[-1][1][0] is None


def test_a_gap_and_another_employer_end_a_tenure() -> None:
    found = tenures(
        [
            *paid("2026-01", "2026-03"),
            *paid("2026-05", "2026-06"),
            *paid("2026-03", "2026-04", employer=None),
        ]
    )
    spans = [(tenure.employer, tenure.first, tenure.last) for tenure in found]
    assert spans == [
        ("仓前电子", month_of("2026-05"), month_of("2026-06")),
        (None, month_of("2026-03"), month_of("2026-04")),
        ("仓前电子", month_of("2026-01"), month_of("2026-03")),
    ]
