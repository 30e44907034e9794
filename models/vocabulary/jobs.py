"""Background jobs and the sweep."""

from models.vocabulary.labelled import Labelled
from models.vocabulary.lifecycle import Lifecycle


class JobName(Labelled):
    NIGHTLY_SWEEP = "nightly_sweep", "夜间比对"
    SWEEP_AFTER_CHANGE = "sweep_after_change", "变更后比对"
    IMPORT = "import", "文件导入"
    DROP_FOLDER = "drop_folder", "收取投放文件"
    UNDO_TRIAL = "undo_trial", "推算撤回影响"
    SEAL_AUDIT = "seal_audit", "审计封存"
    INTEGRITY_CHECK = "integrity_check", "数据核对"
    INTEGRITY_MEND = "integrity_mend", "数据修复"
    WALKS = "walks", "计算步行时间"
    TERMS = "terms", "岗位与意愿分词"
    MATCHING = "matching", "夜间匹配"
    POST_EXPIRY = "post_expiry", "岗位到期"
    REFERRAL_LAPSE = "referral_lapse", "推荐超时"
    DIGEST = "digest", "每周岗位摘要"
    MESSAGES = "messages", "发送消息"


class JobState(Labelled):
    RUNNING = "running", "运行中"
    DONE = "done", "完成"
    FAILED = "failed", "失败"
    INTERRUPTED = "interrupted", "进程中断"


JOB_LIFECYCLE = Lifecycle(
    ("finish", {JobState.RUNNING}, JobState.DONE),
    ("fail", {JobState.RUNNING, JobState.INTERRUPTED}, JobState.FAILED),
    ("interrupt", {JobState.RUNNING}, JobState.INTERRUPTED),
    ("resume", {JobState.INTERRUPTED}, JobState.RUNNING),
)


class SweepReason(Labelled):
    NIGHTLY = "nightly", "夜间"
    IMPORT = "import", "导入后"
    REGISTRATION = "registration", "登记后"
    VISIT = "visit", "走访后"
    COMMAND = "command", "人工"
