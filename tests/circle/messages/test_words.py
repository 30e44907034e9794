import pytest

from circle.messages.words import TEXTS, subject_of, text_of
from models.vocabulary.messages import MessageKind

ZONE = "Asia/Shanghai"
POST = {"title": "物业电工", "employer": "仓前中心小学"}


@pytest.mark.parametrize(
    ("kind", "values", "said"),
    [
        (MessageKind.DIGEST, {"count": 3}, "本周有3个适合您的新岗位"),
        (MessageKind.DIGEST, {}, "本周有适合您的新岗位"),
        (MessageKind.REFERRAL, POST, "社区为您推荐了岗位：物业电工（仓前中心小学）。"),
        (
            MessageKind.INTERVIEW,
            {**POST, "at": "2026-11-25T01:30:00+00:00"},
            "单位请您面试：物业电工（仓前中心小学），时间：11月25日09:30。",
        ),
        (MessageKind.INTERVIEW, POST, "单位请您面试：物业电工（仓前中心小学）。"),
    ],
)
def test_a_text_says_who_writes_what_and_how_to_stop_it(
    kind: MessageKind, values: dict[str, object], said: str
) -> None:
    text = text_of(kind, values, place="葛巷社区", zone=ZONE)
    assert text.startswith("【葛巷社区就业服务】")
    assert said in text
    assert "不想再收到" in text


def test_every_kind_has_its_words() -> None:
    assert set(TEXTS) == set(MessageKind)
    assert subject_of(MessageKind.DIGEST) == "就业服务：每周岗位"
    assert text_of(MessageKind.DIGEST, {}, place="", zone=ZONE).startswith("【社区就业服务】")
