"""Which source a file is of, and where a remembered header stands."""

from typing import cast

import pytest
from sqlalchemy import Connection

from circle.imports.filing import Asked
from circle.imports.interpreting import interpret
from circle.imports.layouts import FileLayout, LayoutNeeded
from models.vocabulary.facts import Source
from models.vocabulary.imports import LayoutBasis
from tests.circle.imports.conftest import (
    Rows,
    benefits,
    degrees,
    employed,
    insured,
    ledger,
    number,
    register,
    subsistence,
    unemployed,
)
from tests.circle.imports.files import csv_of

PEOPLE = [(f"居民{serial}", number(serial)) for serial in range(1, 5)]
NOTHING_REMEMBERED = cast("Connection", None)


def told(rows: Rows) -> Source:
    guess = FileLayout(LayoutBasis.GUESS)
    asked = Asked(None, "a.csv", csv_of(rows), layout=guess)
    return interpret(NOTHING_REMEMBERED, asked, "330110").source


@pytest.mark.parametrize(
    ("rows", "source"),
    [
        (register(*PEOPLE), Source.HOUSEHOLD),
        (subsistence(*PEOPLE), Source.SUBSISTENCE),
        (insured(*PEOPLE), Source.INSURANCE),
        (unemployed(*PEOPLE), Source.UNEMPLOYMENT),
        (employed(*PEOPLE), Source.EMPLOYMENT),
        (benefits(*PEOPLE), Source.BENEFITS),
        (degrees(*PEOPLE), Source.EDUCATION),
        (ledger(*PEOPLE), Source.CASELOAD),
        ([["姓名", "证件号码", "养老保险", "失业保险"]], Source.INSURANCE),
    ],
)
def test_the_header_tells_the_source(rows: Rows, source: Source) -> None:
    assert told(rows) is source


@pytest.mark.parametrize(
    "header",
    [["姓名", "身份证号"], ["姓名", "身份证号", "登记日期"], ["关于报送名单的通知"]],
)
def test_a_header_that_fits_several_or_none_tells_nothing(header: list[str]) -> None:
    with pytest.raises(LayoutNeeded, match="请选择数据来源"):
        told([header])
