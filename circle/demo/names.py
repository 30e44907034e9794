"""Invented personal names as a register holds them: Han, minority with dots, rare characters."""

import numpy as np

from circle.demo.numbers import Flags, Texts

# Commonest in the Hangzhou area, roughly by weight.
SURNAMES = {
    "王": 62, "陈": 60, "张": 52, "沈": 48, "徐": 42, "周": 40, "李": 40, "吴": 36, "朱": 32,
    "俞": 28, "金": 24, "姚": 22, "陆": 20, "胡": 20, "钱": 18, "孙": 18, "章": 16, "许": 16,
    "何": 16, "潘": 15, "施": 14, "刘": 30, "杨": 24, "赵": 16, "黄": 18, "郑": 14, "倪": 12,
    "方": 12, "董": 10, "盛": 10, "郎": 8, "褚": 6, "骆": 6, "来": 4, "欧阳": 2, "上官": 1,
}  # fmt: skip
MALE_GIVEN = (
    "建国 建华 国强 志明 伟 勇 军 杰 涛 磊 鹏 浩 宇轩 子涵 俊杰 文博 晓东 海峰 林生 水根 关荣 "
    "永良 金法 阿毛 国平 志刚 斌 超 凯 晨 嘉豪 一鸣 天佑 泽宇 昊然 文斌 立峰 少华 春林 柏松"
)
FEMALE_GIVEN = (
    "丽 芳 敏 静 燕 娟 秀英 桂芳 美娟 水娟 玉珍 彩凤 阿珍 小红 晓燕 丽萍 雪梅 佳怡 梓涵 思琪 "
    "雨桐 欣怡 诗涵 婷婷 慧 倩 洁 莹 瑶 琳 菊仙 凤珠 爱珍 林英 春燕 海霞 志英 文娟 可欣 沁怡"
)
MINORITY = (
    "阿依古丽·买买提",
    "迪丽努尔·艾合买提",
    "买买提江·吐尔逊",
    "古丽娜·阿不都热依木",
    "艾力·玉素甫",
    "扎西·尼玛",
    "热依汗·木合塔尔",
    "帕提古丽·依明",
)
# Only GB18030 holds these among the Chinese encodings.
RARE_CHARACTERS = ("㛃", "䶮", "𬱖")
MINORITY_SHARE = 0.004
RARE_SHARE = 0.003
# One surname or sound, two ways of writing it: how two bureaus come to differ.
LOOK_ALIKES = {
    "丽": "莉", "芳": "方", "燕": "艳", "伟": "玮", "军": "君", "敏": "民", "静": "婧",
    "杰": "洁", "华": "花", "英": "瑛", "珍": "真", "明": "铭", "峰": "锋", "萍": "平",
}  # fmt: skip


def invented_names(rng: np.random.Generator, surnames: Texts, is_male: Flags) -> Texts:
    """A full name for every surname; some take a minority or rare name instead."""
    count = len(surnames)
    given = np.where(
        is_male,
        rng.choice(np.array(MALE_GIVEN.split(), dtype=object), count),
        rng.choice(np.array(FEMALE_GIVEN.split(), dtype=object), count),
    )
    names: Texts = surnames + given
    fate = rng.random(count)
    minority = fate < MINORITY_SHARE
    rare = (fate >= MINORITY_SHARE) & (fate < MINORITY_SHARE + RARE_SHARE)
    names[minority] = rng.choice(np.array(MINORITY, dtype=object), int(minority.sum()))
    names[rare] = surnames[rare] + rng.choice(
        np.array(RARE_CHARACTERS, dtype=object), int(rare.sum())
    )
    return names


def invented_surnames(rng: np.random.Generator, count: int) -> Texts:
    weights = np.array(list(SURNAMES.values()), dtype=float)
    surnames = np.array(list(SURNAMES), dtype=object)
    return np.asarray(rng.choice(surnames, count, p=weights / weights.sum()))


def misspelt(name: str) -> str:
    """The name as a second bureau wrote it down."""
    swapped = "".join(LOOK_ALIKES.get(character, character) for character in name[1:])
    return name[:1] + (swapped if swapped != name[1:] else f"小{name[1:]}")
