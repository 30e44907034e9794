"""A line of a to-do list and what may happen to it."""

from models.vocabulary.labelled import Labelled
from models.vocabulary.lifecycle import Lifecycle


class TaskKind(Labelled):
    VISIT = "visit", "走访提醒"
    INSURANCE_LAPSE = "insurance_lapse", "社保断缴提醒"
    FIRST_REGISTRATION = "first_registration", "首次登记提醒"
    ANOMALY = "anomaly", "异常提醒"
    ASSISTANCE = "assistance", "就业帮扶"
    FOLLOW_UP = "follow_up", "回访跟踪"
    SERVICE_GAP = "service_gap", "服务欠缺提醒"


class TaskState(Labelled):
    OPEN = "open", "待办"
    DONE = "done", "已办结"
    DISMISSED = "dismissed", "不需办理"
    WITHDRAWN = "withdrawn", "已撤销"


class TaskVerb(Labelled):
    """What a move in a task's history was."""

    RAISE = "raise", "生成"
    COMPLETE = "complete", "办结"
    DISMISS = "dismiss", "不需办理"
    WITHDRAW = "withdraw", "撤销"
    REOPEN = "reopen", "重新打开"
    SNOOZE = "snooze", "延后"
    HAND_OVER = "hand_over", "移交"


TASK_LIFECYCLE = Lifecycle(
    ("complete", {TaskState.OPEN}, TaskState.DONE),
    ("dismiss", {TaskState.OPEN}, TaskState.DISMISSED),
    ("withdraw", {TaskState.OPEN}, TaskState.WITHDRAWN),
    ("snooze", {TaskState.OPEN}, TaskState.OPEN),
    ("hand_over", {TaskState.OPEN}, TaskState.OPEN),
    ("reopen", {TaskState.DONE, TaskState.DISMISSED, TaskState.WITHDRAWN}, TaskState.OPEN),
)


class DismissReason(Labelled):
    WRONG_DATA = "wrong_data", "数据有误"
    DECLINED = "declined", "本人不需要"
    SETTLED = "settled", "已经解决"
    OTHER = "other", "其他"


class SnoozeReason(Labelled):
    NOT_REACHED = "not_reached", "联系不上"
    APPOINTED = "appointed", "已约好时间"
    AWAY = "away", "本人暂时外出"
    OTHER = "other", "其他"


class AnomalyCode(Labelled):
    UNEMPLOYED_BUT_INSURED = "unemployed_but_insured", "登记失业却有单位参保"
    DEPARTED_WITH_CASE = "departed_with_case", "已离开本地仍在册"
    SUBSISTENCE_BUT_INSURED = "subsistence_but_insured", "低保却有较高参保工资"
    SOURCES_DISAGREE = "sources_disagree", "各来源信息不一致"
    EMPLOYED_BUT_LAPSED = "employed_but_lapsed", "登记就业却已断缴"
    RETIRED_WITH_CASE = "retired_with_case", "已到退休年龄仍在册"
    REGISTRATION_DIFFERS = "registration_differs", "本人登记与核实信息不符"


class SignalCode(Labelled):
    """Why a first-registration reminder was raised."""

    SUBSISTENCE = "subsistence", "低保或低保边缘家庭成员"
    UNEMPLOYMENT = "unemployment", "已办失业登记"
    GRADUATE = "graduate", "近两年毕业未参保"
