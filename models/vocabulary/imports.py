"""A batch's life and why rows come back."""

from models.vocabulary.labelled import Labelled
from models.vocabulary.lifecycle import Lifecycle


class BatchState(Labelled):
    RECEIVED = "received", "已接收"
    CHECKED = "checked", "已核对"
    APPLYING = "applying", "写入中"
    APPLIED = "applied", "已入库"
    FAILED = "failed", "失败"
    UNDONE = "undone", "已撤回"


BATCH_LIFECYCLE = Lifecycle(
    ("check", {BatchState.RECEIVED, BatchState.CHECKED}, BatchState.CHECKED),
    ("begin", {BatchState.CHECKED, BatchState.APPLYING}, BatchState.APPLYING),
    ("finish", {BatchState.APPLYING}, BatchState.APPLIED),
    ("fail", {BatchState.RECEIVED, BatchState.CHECKED, BatchState.APPLYING}, BatchState.FAILED),
    # Taken back it is half written once more, whatever becomes of it: no rule may look.
    ("take_back", {BatchState.APPLIED, BatchState.APPLYING}, BatchState.APPLYING),
    ("undo", {BatchState.APPLYING}, BatchState.UNDONE),
    ("retry", {BatchState.FAILED}, BatchState.RECEIVED),
)


class BatchOrigin(Labelled):
    """The door a file came in by."""

    PAGE = "page", "网页上传"
    COMMAND = "command", "命令行导入"
    FOLDER = "folder", "投放文件夹"


class LayoutBasis(Labelled):
    """Who says how a file is read: its header alone, the sender's last one, a person."""

    GUESS = "guess", "自动识别"
    MEMORY = "memory", "按上次的列对应读取"
    CLERK = "clerk", "由人工指定"


class RejectCode(Labelled):
    ID_MISSING = "id_missing", "缺少证件号码"
    ID_LENGTH = "id_length", "证件号码位数不对"
    ID_CHARACTERS = "id_characters", "证件号码含有不允许的字符"
    ID_CHECKSUM = "id_checksum", "证件号码校验位不对，请核对是否录错"
    ID_DATE = "id_date", "证件号码中的出生日期不存在"
    ID_FUTURE = "id_future", "证件号码中的出生日期晚于今天"
    ID_NUMERIC = "id_numeric", "证件号码被存成了数字，末几位已丢失，请改为文本格式重新导出"
    ID_SEX_MISMATCH = "id_sex_mismatch", "证件号码与性别不符，请检查是否串列"
    ID_BIRTH_MISMATCH = "id_birth_mismatch", "证件号码与出生日期不符，请检查是否串列"
    NAME_MISSING = "name_missing", "缺少姓名"
    DATE_UNREADABLE = "date_unreadable", "日期无法识别"
    MONTH_UNREADABLE = "month_unreadable", "年月无法识别"
    DIVISION_UNKNOWN = "division_unknown", "区划代码或社区名称无法识别"
    OUTSIDE_SCOPE = "outside_scope", "不在本次导入的区划范围内"
    DUPLICATE_IN_FILE = "duplicate_in_file", "文件内重复"
    KIND_UNKNOWN = "kind_unknown", "类别无法识别"
    DOCUMENT_UNSUPPORTED = "document_unsupported", "暂不支持的证件类型"
    VALUE_UNREADABLE = "value_unreadable", "内容无法识别"
    VALUE_MISSING = "value_missing", "必填的内容没有填"


class WarningCode(Labelled):
    AREA_UNKNOWN = "area_unknown", "证件号码前六位不在现行区划表中"
    WORKER_UNKNOWN = "worker_unknown", "没有这个专员账号，已放入街道待分配"
    NAME_DIFFERS = "name_differs", "姓名与其他来源不同"
    HEADCOUNT_ASSUMED = "headcount_assumed", "招聘人数没有写明，先按 1 人登记"
    END_SHORTENED = "end_shortened", "有效期太长，已按最长有效期登记"
    ENCODING_MENDED = "encoding_mended", "文件编码有误，已自动修复"


class Oddity(Labelled):
    """What makes a whole file look wrong; somebody has to say that it is meant."""

    REJECTS = "rejects", "退回的行太多"
    OUTSIDE = "outside", "多数行不属于这个范围"
    STRANGERS = "strangers", "多数人不在本区名册里"
    AREAS = "areas", "证件号码大多是外地签发"
    ROWS_FELL = "rows_fell", "比上一份名单少很多"
    DEPARTURES = "departures", "要终止的记录太多"
    MONTH_AHEAD = "month_ahead", "月份还没有到"
    MONTH_FAR = "month_far", "月份离最近的数据太远"
    MONTH_DIFFERS = "month_differs", "里面写的多是别的月份"
    COUNTS_DIFFER = "counts_differ", "同一月份已经入库，行数相差很大"
    NOTHING_NEW = "nothing_new", "没有任何变化"


class TrialState(Labelled):
    """How far it is known what a file, or undoing it, would do to people and reminders."""

    WAITING = "waiting", "等待推算"
    RUNNING = "running", "正在推算"
    READY = "ready", "已推算"
    BUSY = "busy", "等另一个文件入库后再推算"
    BROKEN = "broken", "没能推算"
