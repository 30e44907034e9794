"""How a bureau file is described: its columns, the words in them, and what a row's identity is."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from models.vocabulary.facts import Source
from models.vocabulary.residents import Sex

# What a word maps to when the row it decides is counted but brings nothing.
IGNORED = "ignored"


class CellKind(Enum):
    """How a column's cells are read."""

    NUMBER = auto()  # an identity document's number
    NAME = auto()
    DOCUMENT = auto()  # the kind of document the number is of
    TEXT = auto()
    DATE = auto()
    MONTH = auto()
    MONEY = auto()  # yuan in the file, fen in the rows
    WORD = auto()
    FLAG = auto()  # a word that says yes or no
    DIVISION = auto()
    PHONES = auto()
    USCC = auto()  # a unified social credit code
    COUNT = auto()  # of people: 3人, 若干
    PAY = auto()
    LEVEL = auto()  # education at least
    LAST_DAY = auto()  # a day, or how long from today
    DEGREES = auto()


@dataclass(frozen=True)
class Column:
    """One column as the issuer may head it; the first alias is the one shown to people.

    `decides` marks a column whose word decides what the row is: an unknown word there is
    `kind_unknown`, elsewhere `value_unreadable`. In a column with words `blank` is what an empty
    cell means and `otherwise` what any other word means. `carried` marks what belongs to the
    household and stands only on its first row. `limit` is how many characters the record holds;
    a longer text is cut.
    """

    key: str
    aliases: tuple[str, ...]
    kind: CellKind = CellKind.TEXT
    required: bool = False
    decides: bool = False
    words: Mapping[str, str] | None = None
    several: bool = False
    blank: str | None = None
    otherwise: str | None = None
    carried: bool = False
    limit: int | None = None


@dataclass(frozen=True)
class SourceFile:
    """A bureau's file. `full_list`: whoever is missing from the newest one has left.

    Without its `anchor` a sheet is none of the source's; `named_by` is the column that a row's
    subject is called by. `heads` stand on the first row of several that share them; so many of
    them, `heads_needed`, have to be there for a blank to mean the one above.
    """

    source: Source
    columns: tuple[Column, ...]
    duplicate_key: tuple[str, ...]
    full_list: bool
    anchor: str = "number"
    named_by: str = "name"
    heads: tuple[str, ...] = ()
    heads_needed: int = 1

    @property
    def is_about_people(self) -> bool:
        return self.anchor == NUMBER.key

    def column(self, key: str) -> Column:
        """Raises KeyError."""
        return self._by_key[key]

    def has(self, key: str) -> bool:
        return key in self._by_key

    @property
    def required_keys(self) -> tuple[str, ...]:
        return tuple(column.key for column in self.columns if column.required)

    @property
    def _by_key(self) -> dict[str, Column]:
        return {column.key: column for column in self.columns}


def meaning(*rows: tuple[str, str]) -> dict[str, str]:
    """A table of words: ("word, synonym", stored value) rows become word → stored value."""
    return {word: value for words, value in rows for word in words.split(", ")}


SEXES = meaning(("男, 男性, 1, M", Sex.MALE), ("女, 女性, 2, F", Sex.FEMALE))
# 有效标记
OPEN, ENDED = "open", "ended"
FLAGS = meaning(("有效, 是, 1", OPEN), ("无效, 否, 0", ENDED))
# 证件类型 that the number check knows; anything else is `document_unsupported`.
DOCUMENTS = frozenset(
    {
        "居民身份证",
        "身份证",
        "公民身份证",
        "居民身份证号码",
        "临时居民身份证",
        "户口簿",
        "港澳台居民居住证",
        "港澳居民居住证",
        "台湾居民居住证",
        "外国人永久居留身份证",
        "外国人永久居留证",
        "外国人永久居留",
    }
)

NUMBER = Column(
    "number",
    (
        "身份证号",
        "身份证号码",
        "公民身份号码",
        "公民身份证号码",
        "公民身份证号",
        "居民身份证号码",
        "居民身份证号",
        "身份证件号码",
        "证件号码",
        "证件号",
        "社会保障号",
        "社会保障号码",
        "成员身份证号",
        "成员身份证号码",
        "家庭成员身份证号",
        "家庭成员身份证号码",
        "本人身份证号",
        "身份证",
    ),
    CellKind.NUMBER,
    required=True,
)
NAME = Column(
    "name",
    ("姓名", "人员姓名", "成员姓名", "家庭成员姓名", "本人姓名", "参保人姓名", "学生姓名"),
    CellKind.NAME,
    required=True,
)
SEX = Column("sex", ("性别",), CellKind.WORD, words=SEXES)
BORN_ON = Column("born_on", ("出生日期", "出生年月日", "出生年月", "出生时间"), CellKind.DATE)
DOCUMENT_KIND = Column(
    "document_kind", ("证件类型", "证件类别", "证件种类", "身份证件类型"), CellKind.DOCUMENT
)
PERSON = (NUMBER, NAME, SEX, BORN_ON, DOCUMENT_KIND)

HEAD_NUMBER = Column(
    "head_number",
    (
        "户主身份证",
        "户主身份证号",
        "户主身份证号码",
        "户主公民身份号码",
        "户主证件号码",
        "户主证件号",
    ),
    carried=True,
    limit=40,
)
HEAD_NAME = Column("head_name", ("户主姓名", "户主"), CellKind.TEXT, carried=True, limit=60)
RELATION = Column("relation", ("与户主关系", "与户主的关系", "家庭关系", "关系"), limit=20)

DIVISION_ALIASES = (
    "区划代码",
    "行政区划代码",
    "社区代码",
    "所属区划",
    "区划",
    "所属社区",
    "社区",
    "所属村社区",
    "所属社区村",
    "村社区",
    "社区名称",
    "所在社区",
    "所属社区名称",
)
# Beside the division itself: a second column that names the place where the first is blank.
COMMUNITY = Column(
    "community",
    ("所属社区", "社区", "社区名称", "村社区", "所属村社区", "所在社区", "所属社区名称"),
    CellKind.TEXT,
)
STREET = Column(
    "street", ("所属街道", "街道", "镇街", "街道名称", "所属镇街", "乡镇街道"), CellKind.TEXT
)
DIVISION = Column("division", DIVISION_ALIASES, CellKind.DIVISION)
PLACE = (DIVISION, COMMUNITY, STREET)

# What tells one household from the next where its cells stand on the first row only.
HOUSEHOLD_HEADS = ("household_number", "head_number", "head_name")

USCC = Column(
    "uscc", ("统一社会信用代码", "社会信用代码", "信用代码", "单位统一社会信用代码"), limit=18
)
VALID = Column(
    "valid",
    ("有效标记", "有效标志", "是否有效", "有效状态"),
    CellKind.FLAG,
    decides=True,
    words=FLAGS,
)
