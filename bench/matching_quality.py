"""`python -m bench.matching_quality FILE`: how well words find posts of the same kind of work.

FILE is a CSV of real advertisements with the columns jobName, tags, companyName; it stays where it
is. Each post belongs to the class whose word its title has first in the table below. These words
are taken out of all titles and tags, so that nothing is found by the name of its class; and once
more left in, as people do say what they are looking for. A wish is what is left of a sibling: its
title as the occupation, its tags as skills. Found posts of the sibling's class are right; the
sibling's own advertisements, repeated, are left out.
"""

import argparse
import csv
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from math import log2
from pathlib import Path
from random import Random
from statistics import mean

import rjieba

from circle.matching import bm25
from circle.matching.seekers import PER_CENT, WORDS_AT_MOST
from circle.matching.terms import words_of_post, words_of_wish

CLASSES: tuple[tuple[str, ...], ...] = (
    ("数据标注", "标注"),
    ("爬虫", "数据采集", "采集"),
    ("大数据", "数据仓库", "数仓", "etl"),
    ("数据分析", "数据挖掘", "分析师"),
    ("数据库", "dba"),
    ("图像", "视觉", "slam"),
    ("算法", "机器学习", "深度学习", "自然语言"),
    ("测试", "test"),
    ("运维", "devops", "实施", "技术支持"),
    ("嵌入式", "单片机", "驱动", "硬件", "fpga"),
    ("网络", "安全", "通信"),
    ("前端", "web"),
    ("后端", "服务端", "java", "golang"),
    ("生物", "生信", "医药"),
    ("量化", "金融", "策略"),
    ("老师", "讲师", "助教", "教师"),
    ("产品", "项目经理"),
)
FEWEST = 10
QUERIES_A_CLASS = 40
SEED = 1
NEVER = -1
# Schooling, years and benefits, which stand among the tags.
NO_SKILL = re.compile(
    r"年|险|金$|补贴|旅游|体检|培训|双休|假|福利|餐|奖|应届|学历|^(本科|大专|硕士|博士)$"
)


@dataclass(frozen=True)
class Advertisement:
    """What is left when the words of its class are hidden."""

    title: str
    skills: str
    of: int
    whose: str

    @cached_property
    def key(self) -> tuple[str, str]:
        return self.title, self.whose


Search = Callable[[Advertisement], list[int]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench-matching", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--queries", type=int, default=QUERIES_A_CLASS, help="of each class")
    asked = parser.parse_args()
    for hides in (True, False):
        _report(read(asked.file, hides=hides), asked.queries, hides=hides)


def _report(posts: Sequence[Advertisement], most: int, *, hides: bool) -> None:
    chosen = queries(posts, most)
    how = "hidden" if hides else "left in"
    print(f"\n{len(posts):,} advertisements, {len(chosen)} wishes, the class's words {how}\n")
    print("| words | precision@10 | recall@20 | nDCG@10 |\n| --- | --- | --- | --- |")
    for name, search in (
        ("ours: title, skills, everyday names, families", ours(posts)),
        ("plain BM25 over the title", plain(posts, [post.title for post in posts])),
        (
            "plain BM25 over title and skills",
            plain(posts, [f"{post.title} {post.skills}" for post in posts]),
        ),
    ):
        figures = measure(posts, chosen, search)
        print(f"| {name} | " + " | ".join(f"{figure:.3f}" for figure in figures) + " |")


def read(file: Path, *, hides: bool) -> list[Advertisement]:
    with file.open(encoding="utf-8", newline="") as lines:
        rows = [(row, class_of(row["jobName"])) for row in csv.DictReader(lines)]
    return [_advertisement(row, of, hides=hides) for row, of in rows if of != NEVER]


def _advertisement(row: dict[str, str], of: int, *, hides: bool) -> Advertisement:
    title, skills = row["jobName"], _skills(row["tags"])
    if hides:
        title, skills = hidden(title, of), hidden(skills, of)
    return Advertisement(title, skills, of, row["companyName"])


def class_of(title: str) -> int:
    plain = title.lower()
    named = (place for place, words in enumerate(CLASSES) if any(word in plain for word in words))
    return next(named, NEVER)


def hidden(text: str, of: int) -> str:
    return re.sub("|".join(map(re.escape, CLASSES[of])), " ", text, flags=re.IGNORECASE)


def _skills(tags: str) -> str:
    return "，".join(tag for tag in tags.split(",") if not NO_SKILL.search(tag))


def queries(posts: Sequence[Advertisement], most: int) -> list[int]:
    """Of each class that has enough, some taken by chance, the same every time."""
    chance = Random(SEED)  # noqa: S311 - a sample, no secret
    of: defaultdict[int, list[int]] = defaultdict(list)
    for place, post in enumerate(posts):
        of[post.of].append(place)
    large = [places for places in of.values() if len(places) >= FEWEST]
    return [place for places in large for place in chance.sample(places, min(most, len(places)))]


def measure(
    posts: Sequence[Advertisement], chosen: Sequence[int], search: Search
) -> tuple[float, float, float]:
    rows = [_figures(posts, posts[place], search) for place in chosen]
    precision, recall, gain = (mean(figure) for figure in zip(*rows, strict=True))
    return precision, recall, gain


def _figures(
    posts: Sequence[Advertisement], wish: Advertisement, search: Search
) -> tuple[float, float, float]:
    others = [place for place in search(wish) if posts[place].key != wish.key]
    right = [posts[place].of == wish.of for place in others]
    wanted = sum(post.of == wish.of and post.key != wish.key for post in posts)
    gain = sum(hit / log2(rank + 1) for rank, hit in enumerate(right[:10], start=1))
    ideal = sum(1 / log2(rank + 1) for rank in range(1, min(10, wanted) + 1))
    return mean([*right, *[False] * 10][:10]), sum(right[:20]) / max(1, wanted), gain / (ideal or 1)


def ours(posts: Sequence[Advertisement]) -> Search:
    """As the jobs store it and lists read it, other components apart."""
    weighed = [bm25.weights(words_of_post(post.title, "", post.skills, "")) for post in posts]
    rarity = _rarity([set(words) for words in weighed])

    def search(wish: Advertisement) -> list[int]:
        named = words_of_wish(wish.title, wish.skills)
        worth = {word: share * rarity.get(word, 0) // PER_CENT for word, share in named.items()}
        chief = sorted(worth.items(), key=lambda each: (-each[1], each[0]))[:WORDS_AT_MOST]
        return _ranked([sum(words.get(word, 0) * of for word, of in chief) for words in weighed])

    return search


def plain(posts: Sequence[Advertisement], texts: Sequence[str]) -> Search:
    """Words as the cutter knows them without us; the same formula, no field above another."""
    del posts
    cutter = rjieba.Jieba()

    def cut(text: str) -> list[str]:
        return [word for word in cutter.cut(text.lower()) if word.strip() and len(word) > 1]

    weighed = [
        bm25.weights({word: float(n) for word, n in Counter(cut(text)).items()}) for text in texts
    ]
    rarity = _rarity([set(words) for words in weighed])

    def search(wish: Advertisement) -> list[int]:
        words = set(cut(f"{wish.title} {wish.skills}"))
        return _ranked(
            [sum(has.get(word, 0) * rarity.get(word, 0) for word in words) for has in weighed]
        )

    return search


def _rarity(texts: Sequence[set[str]]) -> dict[str, int]:
    holding = Counter(word for words in texts for word in words)
    return {word: bm25.rarity(held, len(texts)) for word, held in holding.items()}


def _ranked(marks: Sequence[int]) -> list[int]:
    """Those with any mark, the best first, equals as they come; enough of them."""
    places = sorted((-mark, place) for mark, place in zip(marks, count()) if mark > 0)
    return [place for _, place in places[:60]]


if __name__ == "__main__":
    main()
