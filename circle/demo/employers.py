"""Invented enterprises of the district, the largest first."""

import numpy as np
import pandas as pd

from circle.demo.divisions import DISTRICT
from circle.demo.numbers import credit_codes

STAFF_A_EMPLOYER = 30
BRANDS = "恒盛泰和瑞丰锦嘉远达宏利新华同创云溪径苕良渚禹航梦栖"
TRADES = (
    "物业服务", "餐饮管理", "电子商务", "机电设备", "服饰", "物流", "信息技术", "家政服务",
    "建筑工程", "生物科技", "供应链管理", "教育科技", "汽车配件", "食品", "环境工程", "酒店管理",
)  # fmt: skip
FIRST_UNIT_NUMBER = 330_110_001


def invent_employers(rng: np.random.Generator, staff: int) -> pd.DataFrame:
    """name, unit_number (the insurance office's), credit_code; a row for about 30 employees."""
    count = max(8, staff // STAFF_A_EMPLOYER)
    drawn = rng.integers(0, len(BRANDS), (count, 3))
    trades = rng.integers(0, len(TRADES), count)
    names = [
        f"杭州{''.join(BRANDS[at] for at in brand)}{TRADES[trade]}有限公司"
        for brand, trade in zip(drawn, trades, strict=True)
    ]
    units = [str(FIRST_UNIT_NUMBER + at) for at in range(count)]
    codes = credit_codes(rng, count, DISTRICT)
    return pd.DataFrame({"name": names, "unit_number": units, "credit_code": codes})
