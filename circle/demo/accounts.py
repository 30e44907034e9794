"""Who signs in to the demonstration. Passwords are made when it is loaded."""

from collections.abc import Iterator
from dataclasses import dataclass

from circle.demo.divisions import DISTRICT, MODEL_STREET, communities, streets
from models.vocabulary.staff import Role

WORKERS_A_STREET = 2
COMMUNITIES_A_MODEL_WORKER = 3


@dataclass(frozen=True)
class SignIn:
    """An account to make; `shown` ones are printed with their passwords, one for each role."""

    name: str
    display_name: str
    role: Role
    division: str
    covers: tuple[str, ...] = ()
    shown: bool = False


# The first worker covers 葛巷社区; the street supervisor is hers.
OFFICE = (
    SignIn("shenyue", "沈悦", Role.STREET, MODEL_STREET, shown=True),
    SignIn("xujianping", "徐建平", Role.DISTRICT, DISTRICT, shown=True),
    SignIn("panxiaoyan", "潘晓燕", Role.CLERK, DISTRICT, shown=True),
    SignIn("yaojing", "姚静", Role.REVIEWER, DISTRICT, shown=True),
    SignIn("nicaixia", "倪彩霞", Role.EMPLOYER, DISTRICT, shown=True),
    SignIn("zhaoguoping", "赵国平", Role.OPERATOR, DISTRICT, shown=True),
    SignIn("songguohua", "宋国华", Role.AUDITOR, DISTRICT, shown=True),
    SignIn("luweiming", "陆伟明", Role.SYSTEM_ADMIN, DISTRICT, shown=True),
    SignIn("fangmin", "方敏", Role.SECURITY_ADMIN, DISTRICT, shown=True),
)

WORKERS = (
    ("wanglili", "王丽丽"),
    ("chenhaiyan", "陈海燕"),
    ("zhoujie", "周洁"),
    ("shenmeifang", "沈美芳"),
    ("zhangxiaofeng", "张晓峰"),
    ("wuqian", "吴倩"),
    ("yujianhua", "俞建华"),
    ("jinyan", "金燕"),
    ("lihongmei", "李红梅"),
    ("xuting", "徐婷"),
    ("hufang", "胡芳"),
    ("zhuliping", "朱丽萍"),
    ("maoxiaoling", "毛小玲"),
    ("hexueying", "何雪英"),
    ("linjianjun", "林建军"),
    ("gaowei", "高伟"),
    ("luohuiqin", "罗惠琴"),
    ("dingyufen", "丁玉芬"),
    ("yelinna", "叶琳娜"),
    ("caiming", "蔡明"),
    ("jiangyaqin", "蒋雅琴"),
    ("dongxiuzhen", "董秀珍"),
    ("fanlei", "范磊"),
    ("tangcuihua", "汤翠华"),
    ("shiyuting", "施雨婷"),
    ("qianguoqiang", "钱国强"),
    ("zhaolanying", "赵兰英"),
    ("sunjiajia", "孙佳佳"),
    ("lvshufen", "吕淑芬"),
    ("hongbo", "洪波"),
)


def sign_ins() -> list[SignIn]:
    """Everyone, the shown one of each role first."""
    workers = [
        SignIn(name, display_name, Role.WORKER, covers[0][:9], covers, shown=position == 0)
        for position, ((name, display_name), covers) in enumerate(
            zip(WORKERS, _shares(), strict=False)
        )
    ]
    return [*workers[:1], *OFFICE, *workers[1:]]


def worker_of() -> dict[str, str]:
    """The account name of the worker each community has."""
    return {
        code: account.name
        for account in sign_ins()
        if account.role is Role.WORKER
        for code in account.covers
    }


def _shares() -> Iterator[tuple[str, ...]]:
    """The communities of one worker after the other, the model street's first."""
    ordered = sorted((code for code, _ in streets()), key=lambda code: code != MODEL_STREET)
    for street in ordered:
        codes = [community.code for community in communities() if community.street == street]
        size = -(-len(codes) // WORKERS_A_STREET)
        if street == MODEL_STREET:
            # 葛巷 stands fourth in the register; the first share begins with it.
            codes = codes[3:] + codes[:3]
            size = COMMUNITIES_A_MODEL_WORKER
        yield from (tuple(codes[at : at + size]) for at in range(0, len(codes), size))
