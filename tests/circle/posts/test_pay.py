import pytest

from circle.posts.pay import Pay
from models.vocabulary.posts import PayUnit

YUAN = 100


@pytest.mark.parametrize(
    ("pay", "by_month"),
    [
        (Pay(PayUnit.MONTH, 4000 * YUAN, 6000 * YUAN), (4000 * YUAN, 6000 * YUAN)),
        (Pay(PayUnit.MONTH, 6000 * YUAN, None, 13), (6500 * YUAN, None)),
        (Pay(PayUnit.DAY, 150 * YUAN, 200 * YUAN), (326_250, 4350 * YUAN)),
        (Pay(PayUnit.HOUR, 24 * YUAN, None), (4176 * YUAN, None)),
        (Pay(PayUnit.YEAR, 120_000 * YUAN, 200_000 * YUAN), (1_000_000, 1_666_667)),
        (Pay(PayUnit.YEAR, 120_000 * YUAN, None, 13), (1_000_000, None)),
        (Pay(PayUnit.PIECE, 3 * YUAN, 5 * YUAN), (None, None)),
        (Pay(PayUnit.MONTH), (None, None)),
    ],
)
def test_pay_is_reckoned_to_a_month(pay: Pay, by_month: tuple[int | None, int | None]) -> None:
    assert pay.by_month() == by_month
