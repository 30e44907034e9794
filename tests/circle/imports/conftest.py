"""A database of its own for each test, an office in it, and files as the bureaus send them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
import pytest
import time_machine
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from circle.database import make_engine
from circle.imports.commands import import_file, imports
from circle.office import Office
from config import Settings
from models.places import Division
from models.sealed import Keyring, install_keyring
from models.staff import Account
from models.vocabulary.documents import check_character
from models.vocabulary.places import level_of
from models.vocabulary.staff import Role
from tests.conftest import migrated_database

TODAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
DISTRICT = "330110"
STREET, COMMUNITY, OTHER_COMMUNITY = "330110012", "330110012004", "330110012005"
OTHER_STREET, FAR_COMMUNITY = "330110001", "330110001002"
DIVISIONS = {
    "33": "浙江省",
    "3301": "杭州市",
    DISTRICT: "余杭区",
    STREET: "仓前街道",
    COMMUNITY: "葛巷社区",
    OTHER_COMMUNITY: "朱庙社区",
    OTHER_STREET: "余杭街道",
    FAR_COMMUNITY: "宝塔社区",
}
Rows = Sequence[Sequence[str]]


def number(serial: int, born: str = "19850615", area: str = "330110") -> str:
    """A valid citizen number; an odd serial is a man's."""
    first_17 = f"{area}{born}{serial:03}"
    return first_17 + check_character(first_17)


@pytest.fixture(autouse=True)
def _on_the_day() -> Iterator[None]:
    """Pages ask the clock itself, and the files are of the months before this day."""
    with time_machine.travel(NOON, tick=True):
        yield


class Desk(Office):
    """An office whose settings and day are the test's."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self.__dict__.update(settings=settings, bare_engine=engine, engine=engine)

    @property
    def today(self) -> date:
        return TODAY


@dataclass
class Bureau:
    """Files written and imported as the command line does it."""

    office: Desk
    folder: Path
    sent: int = field(default=0)

    def file(self, rows: Rows, name: str | None = None, encoding: str = "gb18030") -> Path:
        self.sent += 1
        path = self.folder / (name or f"{self.sent}.csv")
        path.write_bytes("\r\n".join(",".join(row) for row in rows).encode(encoding))
        return path

    def run(self, command: click.Command, *words: str) -> Result:
        return CliRunner().invoke(command, list(words), obj=self.office)

    def sends(
        self, source: str, rows: Rows | Path, *options: str, by: str = "clerk"
    ) -> dict[str, Any]:
        """Import and return the JSON it prints."""
        result = self.tries(source, rows, *options, by=by)
        assert result.exit_code == 0, (result.output, result.exception)
        answer: dict[str, Any] = json.loads(result.stdout)
        total = sum(answer[name] for name in PARTS)
        assert answer["rows"] == total, answer
        return answer

    def tries(self, source: str, rows: Rows | Path, *options: str, by: str = "clerk") -> Result:
        path = rows if isinstance(rows, Path) else self.file(rows)
        return self.run(import_file, source, str(path), "--as", by, "--json", *options)

    def undoes(self, batch: int) -> dict[str, Any]:
        result = self.run(imports, "undo", str(batch), "--json")
        assert result.exit_code == 0, (result.output, result.exception)
        answer: dict[str, Any] = json.loads(result.stdout)
        return answer

    def all(self, query: str) -> list[tuple[Any, ...]]:
        """Plain SQL, the same on both databases."""
        with self.office.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def rows(self, table: str, columns: str, order: str = "id") -> list[tuple[Any, ...]]:
        return self.all(f"SELECT {columns} FROM {table} ORDER BY {order}")  # noqa: S608 - as below

    def count(self, table: str, where: str = "1 = 1") -> int:
        return int(self.all(f"SELECT count(*) FROM {table} WHERE {where}")[0][0])  # noqa: S608 - the test's own words

    @property
    def session(self) -> Session:
        return Session(self.office.engine)


PARTS = ("added", "changed", "unchanged", "unmatched", "ignored", "rejected")


@pytest.fixture
def bureau(backend: str, tmp_path: Path, keyring: Keyring) -> Iterator[Bureau]:
    """An office with divisions, a clerk of the district and two workers."""
    install_keyring(keyring)
    with migrated_database(backend, tmp_path, keyring) as settings:
        bureau = open_bureau(settings.database_url, tmp_path)
        yield bureau
        bureau.office.engine.dispose()


def open_bureau(address: str, where: Path) -> Bureau:
    settings = Settings(database_url=address, uploads_path=where / "uploads")
    engine = make_engine(settings)
    with Session(engine) as session, session.begin():
        _furnish(session)
    folder = where / "files"
    folder.mkdir()
    return Bureau(Desk(settings, engine), folder)


def _furnish(session: Session) -> None:
    session.add_all(
        Division(code=code, level=level_of(code), name=name) for code, name in DIVISIONS.items()
    )
    session.flush()
    people = (
        ("clerk", Role.CLERK, DISTRICT),
        ("streetclerk", Role.CLERK, STREET),
        ("district", Role.DISTRICT, DISTRICT),
        ("worker", Role.WORKER, COMMUNITY),
        ("worker2", Role.WORKER, OTHER_COMMUNITY),
    )
    session.add_all(
        Account(name=name, display_name=name, role=role, division_code=code, password_hash="-")
        for name, role, code in people
    )


Person = tuple[str, str]
HOUSEHOLD = [
    "户号",
    "与户主关系",
    "姓名",
    "身份证号",
    "户籍地址",
    "区划代码",
    "户籍状态",
    "状态日期",
]
SUBSISTENCE = [
    "姓名",
    "身份证号",
    "低保证号",
    "救助类别",
    "保障起始年月",
    "月保障金额",
    "劳动能力",
    "所属社区",
]
UNEMPLOYMENT = [
    "失业登记日期",
    "证件号码",
    "姓名",
    "失业时间",
    "失业原因",
    "户籍地区划",
    "常住地区划",
    "有效标记",
    "注销日期",
    "注销原因",
]
EMPLOYMENT = [
    "就业登记日期",
    "证件号码",
    "姓名",
    "单位名称",
    "统一社会信用代码",
    "就业形式",
    "合同开始日期",
    "合同结束日期",
    "有效标记",
]
BENEFITS = ["证件号码", "姓名", "待遇类别", "待遇起始年月", "待遇终止年月"]
EDUCATION = [
    "证件号码",
    "姓名",
    "毕业学校名称",
    "专业名称",
    "层次",
    "入学时间",
    "毕业时间",
    "学习形式",
    "学历证书编号",
]
INSURANCE = [
    "姓名",
    "证件号码",
    "险种",
    "费款所属期",
    "缴费基数",
    "单位编号",
    "单位名称",
    "缴费状态",
]
CASELOAD = [
    "姓名",
    "身份证号",
    "联系电话",
    "所属社区",
    "登记日期",
    "专员",
    "人员类别",
    "就业状态",
    "求职意向",
    "最近走访日期",
]


def register(*people: Person, community: str = COMMUNITY) -> list[list[str]]:
    relations = ["户主", *["子女"] * len(people)]
    return [
        HOUSEHOLD,
        *(
            ["H1", relation, name, num, "葛巷路1号", community, "正常", ""]
            for relation, (name, num) in zip(relations, people, strict=False)
        ),
    ]


def subsistence(*people: Person, place: str = COMMUNITY) -> list[list[str]]:
    rows = [[name, num, "D1", "低保", "2025年3月", "886.5", "有", place] for name, num in people]
    return [SUBSISTENCE, *rows]


def unemployed(
    *people: Person,
    lives_in: str = COMMUNITY,
    registered: str = "",
    valid: str = "有效",
    ended_on: str = "",
    on: str = "2026-05-10",
) -> list[list[str]]:
    rows = [
        [on, num, name, "2026-05-01", "合同到期", registered, lives_in, valid, ended_on, ""]
        for name, num in people
    ]
    return [UNEMPLOYMENT, *rows]


def employed(
    *people: Person, valid: str = "有效", contract_to: str = "2028-05-31"
) -> list[list[str]]:
    rows = [
        [
            "2026-06-01",
            num,
            name,
            "杭州某某有限公司",
            "",
            "单位就业",
            "2026-06-01",
            contract_to,
            valid,
        ]
        for name, num in people
    ]
    return [EMPLOYMENT, *rows]


def benefits(*people: Person, kind: str = "养老金") -> list[list[str]]:
    return [BENEFITS, *([num, name, kind, "202401", "长期"] for name, num in people)]


def degrees(*people: Person) -> list[list[str]]:
    rows = [
        [
            num,
            name,
            "浙江大学",
            "会计",
            "本科",
            "2003-09-01",
            "2007-06-30",
            "全日制",
            f"C{num[-4:]}",
        ]
        for name, num in people
    ]
    return [EDUCATION, *rows]


def insured(
    *people: Person,
    month: str = "202609",
    kind: str = "养老保险",
    base: str = "5000",
    employer: str = "E1",
) -> list[list[str]]:
    rows = [[name, num, kind, month, base, employer, "某单位", "已到账"] for name, num in people]
    return [INSURANCE, *rows]


def ledger(*people: Person, community: str = "葛巷社区") -> list[list[str]]:
    marks = "就业困难人员、残疾人"
    rows = [
        [
            name, num, f"1380013{num[-4:-1]}0", community, "2026-03-01", "worker", marks, "",
            "保洁", "2026-10-15",
        ]
        for name, num in people
    ]  # fmt: skip
    return [CASELOAD, *rows]
