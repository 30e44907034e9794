"""A month as a plain integer, year * 12 + month - 1: what tables and rules compute with."""

from datetime import date

MONTHS_A_YEAR = 12
FIRST_YEAR = 1900  # whoever writes an earlier one meant another


def month_key(day: date) -> int:
    """The month a day lies in."""
    return day.year * MONTHS_A_YEAR + day.month - 1


def month_of(text: str) -> int:
    """The month `YYYY-MM` names; raises ValueError."""
    day = date.fromisoformat(f"{text}-01")
    if day.year < FIRST_YEAR:
        raise ValueError(text)
    return month_key(day)


def first_day(month: int) -> date:
    """The first day of a month; what a month counts as where a day is wanted."""
    year, index = divmod(month, MONTHS_A_YEAR)
    return date(year, index + 1, 1)


def month_text(month: int) -> str:
    """`YYYY-MM`."""
    return first_day(month).strftime("%Y-%m")


def add_months(day: date, months: int) -> date:
    """The same day some months later or earlier; the month's last day where it is shorter."""
    first = first_day(month_key(day) + months)
    following = first_day(month_key(day) + months + 1)
    return first.replace(day=min(day.day, (following - first).days))
