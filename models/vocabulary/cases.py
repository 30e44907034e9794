"""A case and what is recorded in it."""

from models.vocabulary.labelled import Labelled
from models.vocabulary.lifecycle import Lifecycle


class CaseState(Labelled):
    OPEN = "open", "在册"
    CLOSED = "closed", "已结案"


CASE_LIFECYCLE = Lifecycle(
    ("close", {CaseState.OPEN}, CaseState.CLOSED),
    ("reopen", {CaseState.CLOSED}, CaseState.OPEN),
)


class CaseOrigin(Labelled):
    REGISTRATION = "registration", "本人登记"
    LEDGER = "ledger", "台账迁入"
    REMINDER = "reminder", "首次登记提醒"
    WORKER = "worker", "专员建档"


class CaseStage(Labelled):
    FIRST_CONTACT = "first_contact", "待首次联系"
    SERVING = "serving", "服务中"
    PLACED = "placed", "已上岗"
    CLOSED = "closed", "已结案"


CASE_STAGES = Lifecycle(
    ("contact", {CaseStage.FIRST_CONTACT, CaseStage.SERVING}, CaseStage.SERVING),
    ("contact", {CaseStage.PLACED}, CaseStage.PLACED),
    ("place", {CaseStage.FIRST_CONTACT, CaseStage.SERVING, CaseStage.PLACED}, CaseStage.PLACED),
    ("lose_job", {CaseStage.PLACED}, CaseStage.SERVING),
    ("uncontact", {CaseStage.SERVING}, CaseStage.FIRST_CONTACT),
    (
        "close",
        {CaseStage.FIRST_CONTACT, CaseStage.SERVING, CaseStage.PLACED},
        CaseStage.CLOSED,
    ),
    ("reopen", {CaseStage.CLOSED}, CaseStage.SERVING),
)


class CloseReason(Labelled):
    EMPLOYED = "employed", "稳定就业"
    SELF_EMPLOYED = "self_employed", "自主创业"
    RETIRED = "retired", "达到退休年龄或领取养老金"
    STUDYING = "studying", "升学或参军"
    NOT_SEEKING = "not_seeking", "暂无求职意愿"
    MOVED_OUT = "moved_out", "迁出本地"
    DIED = "died", "死亡"
    UNREACHABLE = "unreachable", "长期失去联系"
    WITHDRAWN = "withdrawn", "本人要求终止"
    MISTAKEN = "mistaken", "建档有误"


class HelpTier(Labelled):
    A = "A", "指导、培训与岗位"
    B = "B", "创业扶持"
    C = "C", "公益性岗位安置"


class DifficultyCause(Labelled):
    HEALTH = "health", "身体原因"
    SKILLS = "skills", "技能不足"
    FAMILY = "family", "家庭原因"


class Obstacle(Labelled):
    CHILDREN_SCHOOL = "children_school", "子女上学"
    ELDERLY_CARE = "elderly_care", "照料老人"
    FARM_WORK = "farm_work", "务农"
    MEDICAL_CARE = "medical_care", "就医"


class Need(Labelled):
    WORK = "work", "找工作"
    GUIDANCE = "guidance", "职业指导"
    TRAINING = "training", "技能培训"
    START_UP = "start_up", "创业帮扶"
    ELDERLY_CARE = "elderly_care", "养老照护"
    CHILD_CARE = "child_care", "托幼"
    OTHER = "other", "其他"


class VisitChannel(Labelled):
    HOME = "home", "上门"
    STATION = "station", "到站"
    PHONE = "phone", "电话"
    MESSAGE = "message", "微信短信"


class RefusalReason(Labelled):
    PAY = "pay", "待遇偏低"
    DISTANCE = "distance", "距离太远"
    HOURS = "hours", "时间不合适"
    SKILLS = "skills", "技能不符"
    HEALTH = "health", "身体原因"
    FAMILY = "family", "家庭原因"
    NO_WISH = "no_wish", "不愿就业"
    OTHER = "other", "其他"


class NextStep(Labelled):
    NONE = "none", "暂无"
    CALL_AGAIN = "call_again", "再次联系"
    RECOMMEND = "recommend", "推荐岗位"
    GUIDANCE = "guidance", "安排职业指导"
    TRAINING = "training", "推荐培训"
    START_UP = "start_up", "对接创业服务"
    BENEFITS = "benefits", "协助申领待遇"


class VisitProblem(Labelled):
    """Why a visit cannot be recorded as it was told; the label is the sentence."""

    IN_FUTURE = "in_future", "走访日期不能晚于今天。"
    BEFORE_OPENING = "before_opening", "走访日期不能早于建档日期。"
    STATUS_IN_FUTURE = "status_in_future", "状态开始日期不能晚于走访日期。"
    NEXT_IN_PAST = "next_in_past", "下次联系日期不能早于走访日期。"
    REFUSAL_UNNAMED = "refusal_unnamed", "请选择拒绝的原因。"
    NOT_REACHED = "not_reached", "没有联系上本人时，就业状态、需求、上岗等不能填写。"
    JOB_WITHOUT_CASE = "job_without_case", "此人没有在册档案，请先建档再记录上岗。"
    JOB_IN_FUTURE = "job_in_future", "上岗日期不能晚于走访日期。"
    JOB_UNNAMED = "job_unnamed", "请填写单位或工作内容。"
    JOB_UNDATED = "job_undated", "请填写上岗日期。"
    JOB_CONTRADICTS = "job_contradicts", "已上岗的人，就业状态不能是失业、求学或暂不求职。"


class PlacementKind(Labelled):
    CONTRACT = "contract", "单位就业"
    FLEXIBLE = "flexible", "灵活就业"
    SELF_EMPLOYED = "self_employed", "自主创业"
    PUBLIC_WELFARE = "public_welfare", "公益性岗位"
    TRAINEESHIP = "traineeship", "就业见习"


class RegistrationState(Labelled):
    RECEIVED = "received", "待核实"
    CONFIRMED = "confirmed", "已核实"
    SET_ASIDE = "set_aside", "不予采纳"
    WITHDRAWN = "withdrawn", "本人撤回"


REGISTRATION_LIFECYCLE = Lifecycle(
    ("confirm", {RegistrationState.RECEIVED}, RegistrationState.CONFIRMED),
    ("set_aside", {RegistrationState.RECEIVED}, RegistrationState.SET_ASIDE),
    ("withdraw", {RegistrationState.RECEIVED}, RegistrationState.WITHDRAWN),
)


class ConfirmedBy(Labelled):
    VOICE = "voice", "电话核实"
    IN_PERSON = "in_person", "当面核实"


class ContactGap(Labelled):
    """How long nobody has reached the person."""

    OVER_7 = "over_7", "7天以上未联系"
    OVER_30 = "over_30", "30天以上未联系"
    OVER_90 = "over_90", "90天以上未联系"
    NEVER = "never", "建档后从未联系"


CONTACT_GAP_DAYS = {ContactGap.OVER_7: 7, ContactGap.OVER_30: 30, ContactGap.OVER_90: 90}


class CaseOrder(Labelled):
    """What a caseload is sorted by."""

    CONTACT = "contact", "最久未联系"
    DUE = "due", "最早到期"


class Stance(Labelled):
    """Whether a source takes somebody to be in work."""

    WORKS = "works", "有工作"
    IDLE = "idle", "没有工作"
