"""Residents: documents, categories, work status, wishes."""

from models.vocabulary.labelled import Labelled


class DocumentType(Labelled):
    RESIDENT_ID = "resident_id", "居民身份证"
    HMT_PERMIT = "hmt_permit", "港澳台居民居住证"
    FOREIGNER_ID = "foreigner_id", "外国人永久居留身份证"


class Sex(Labelled):
    MALE = "male", "男"
    FEMALE = "female", "女"


class LivesInBasis(Labelled):
    """Where `lives_in` was taken from; the first named wins over the later."""

    WORKER = "worker", "专员核实"
    REGISTRATION = "registration", "本人登记或台账"
    UNEMPLOYMENT = "unemployment", "失业登记常住地"
    HOUSEHOLD = "household", "户籍"
    SUBSISTENCE = "subsistence", "民政救助"


class CategoryCode(Labelled):
    REGISTERED_UNEMPLOYED = "registered_unemployed", "登记失业人员"
    HARD_TO_EMPLOY = "hard_to_employ", "就业困难人员"
    ZERO_EMPLOYMENT_HOUSEHOLD = "zero_employment_household", "零就业家庭成员"
    DIBAO_HOUSEHOLD = "dibao_household", "低保家庭成员"
    DISABLED = "disabled", "残疾人"
    GRADUATE = "graduate", "高校毕业生"
    VETERAN = "veteran", "退役军人"
    OUT_OF_POVERTY = "out_of_poverty", "脱贫人口"
    LANDLESS_FARMER = "landless_farmer", "失地农民"
    RURAL_MIGRANT = "rural_migrant", "农民工"
    LONG_TERM_UNEMPLOYED = "long_term_unemployed", "长期失业人员"


class WorkStatus(Labelled):
    UNEMPLOYED = "unemployed", "失业"
    EMPLOYED = "employed", "就业"
    FLEXIBLE = "flexible", "灵活就业"
    SELF_EMPLOYED = "self_employed", "创业"
    STUDYING = "studying", "求学"
    NOT_SEEKING = "not_seeking", "暂不求职"
    TRANSFERRED = "transferred", "社保转往外地"


class RetirementTrack(Labelled):
    """The three statutory ages before 2025 that move by birth month."""

    MAN_60 = "man_60", "男职工"
    WOMAN_55 = "woman_55", "女干部"
    WOMAN_50 = "woman_50", "女工人"


class WorkKind(Labelled):
    FULL_TIME = "full_time", "全职"
    PART_TIME = "part_time", "兼职"
    GIG = "gig", "零工"
    PUBLIC_WELFARE = "public_welfare", "公益性岗位"
    TRAINEESHIP = "traineeship", "见习"
    HOME_WORK = "home_work", "居家就业"


class WishedHours(Labelled):
    ANY = "any", "时间不限"
    DAY = "day", "白班"
    SHIFTS = "shifts", "可倒班"
    SCHOOL = "school", "上学时段"
    EVENING = "evening", "晚间"
    WEEKEND = "weekend", "周末"


class ConsentPurpose(Labelled):
    MESSAGES = "messages", "接收短信与微信提醒"
    EMPLOYERS = "employers", "向用人单位提供简历"
