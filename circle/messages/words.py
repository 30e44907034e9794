"""What a message says, made at the moment it is sent from the codes and values it holds.

Residents are written to in Chinese whatever language the office's pages are read in. A text names
nobody: telephones lie about, and numbers change hands.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from models.vocabulary.messages import MessageKind

Values = Mapping[str, Any]
ENDING = "不想再收到，请在“登记进度”中撤回同意，或告诉社区专员。"


def subject_of(kind: MessageKind) -> str:
    return f"就业服务：{kind.label}"


def text_of(kind: MessageKind, values: Values, *, place: str, zone: str) -> str:
    """One paragraph; `place` is the name of the community that writes."""
    sender = f"【{place}就业服务】" if place else "【社区就业服务】"
    return sender + TEXTS[kind](values, zone) + ENDING


def _digest(values: Values, _zone: str) -> str:
    count = values.get("count")
    number = f"有{count}个" if count else "有"
    return (
        f"您好，本周{number}适合您的新岗位，请用登记时的查询码打开“登记进度”查看，"
        "或到社区就业服务站询问。"
    )


def _referral(values: Values, _zone: str) -> str:
    return f"您好，社区为您推荐了岗位：{_post(values)}。请在“登记进度”中答复，或联系社区专员。"


def _interview(values: Values, zone: str) -> str:
    when = values.get("at")
    said = f"，时间：{_moment(when, zone)}" if when else ""
    return f"您好，单位请您面试：{_post(values)}{said}。去不了请提前告诉社区专员。"


def _post(values: Values) -> str:
    title, employer = values.get("title", ""), values.get("employer", "")
    return f"{title}（{employer}）" if employer else str(title)


def _moment(text: str, zone: str) -> str:
    local = datetime.fromisoformat(text).astimezone(ZoneInfo(zone))
    return f"{local.month}月{local.day}日{local:%H:%M}"


TEXTS: dict[MessageKind, Callable[[Values, str], str]] = {
    MessageKind.DIGEST: _digest,
    MessageKind.REFERRAL: _referral,
    MessageKind.INTERVIEW: _interview,
}
