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
    SENDING = "sending", "正在发送"
    SENT = "sent", "已发送"
    FAILED = "failed", "发送失败"
    DROPPED = "dropped", "不再发送"


class MessageFailure(Labelled):
    """Why a message has not gone out; never the words of a server, which may repeat an address."""

    NO_ADDRESS = "no_address", "没有可用的联系方式"
    REFUSED = "refused", "对方服务器拒收"
    NO_ANSWER = "no_answer", "发送服务没有应答"
    INTERRUPTED = "interrupted", "发送时程序中断，是否送达不明"
    NO_CONSENT = "no_consent", "本人已撤回同意"
    OUTDATED = "outdated", "内容已过时"


# Claimed before it is handed over: a process that dies in between leaves it behind as `sending`,
# and nobody is told the same thing twice without a person having said so.
MESSAGE_LIFECYCLE = Lifecycle(
    ("claim", {MessageState.QUEUED}, MessageState.SENDING),
    ("send", {MessageState.SENDING}, MessageState.SENT),
    ("put_back", {MessageState.SENDING}, MessageState.QUEUED),
    ("fail", {MessageState.SENDING, MessageState.QUEUED}, MessageState.FAILED),
    ("retry", {MessageState.FAILED}, MessageState.QUEUED),
    ("drop", {MessageState.QUEUED, MessageState.FAILED}, MessageState.DROPPED),
)
