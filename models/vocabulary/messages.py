"""Messages to residents and what became of them."""

from models.vocabulary.labelled import Labelled
from models.vocabulary.lifecycle import Lifecycle


class MessageChannel(Labelled):
    SMS = "sms", "短信"
    EMAIL = "email", "电子邮件"


class MessageKind(Labelled):
    DIGEST = "digest", "每周岗位"
    REFERRAL = "referral", "岗位推荐通知"
    INTERVIEW = "interview", "面试通知"


class MessageState(Labelled):
    QUEUED = "queued", "待发送"
    SENT = "sent", "已发送"
    FAILED = "failed", "发送失败"
    DROPPED = "dropped", "不再发送"


MESSAGE_LIFECYCLE = Lifecycle(
    ("send", {MessageState.QUEUED}, MessageState.SENT),
    ("fail", {MessageState.QUEUED}, MessageState.FAILED),
    ("retry", {MessageState.FAILED}, MessageState.QUEUED),
    ("drop", {MessageState.QUEUED, MessageState.FAILED}, MessageState.DROPPED),
)
