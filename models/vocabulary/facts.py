"""What the bureaus' files say."""

from models.vocabulary.labelled import Labelled


class Source(Labelled):
    """The files that arrive; the office's own ledger (caseload) among them."""

    HOUSEHOLD = "household", "公安户籍"
    SUBSISTENCE = "subsistence", "民政救助"
    INSURANCE = "insurance", "社会保险缴费"
    UNEMPLOYMENT = "unemployment", "失业登记"
    EMPLOYMENT = "employment", "就业登记"
    BENEFITS = "benefits", "社保待遇"
    EDUCATION = "education", "教育学历"
    CASELOAD = "caseload", "在册台账"
    POSTS = "posts", "机构岗位"


# Files about residents; the others are about work.
ABOUT_RESIDENTS = tuple(source for source in Source if source is not Source.POSTS)


class InsuranceKind(Labelled):
    EMPLOYEE_PENSION = "employee_pension", "职工基本养老保险"
    EMPLOYEE_MEDICAL = "employee_medical", "职工基本医疗保险"
    UNEMPLOYMENT = "unemployment", "失业保险"
    RESIDENTS_PENSION = "residents_pension", "城乡居民基本养老保险"
    RESIDENTS_MEDICAL = "residents_medical", "城乡居民基本医疗保险"


class RegisterStatus(Labelled):
    """状态 in the household register."""

    NORMAL = "normal", "正常"
    MOVED_OUT = "moved_out", "迁出"
    DEAD = "dead", "死亡"
    ARMY = "army", "参军"


DEPARTED = frozenset({RegisterStatus.MOVED_OUT, RegisterStatus.DEAD, RegisterStatus.ARMY})


class SubsistenceKind(Labelled):
    DIBAO = "dibao", "低保"
    NEAR_DIBAO = "near_dibao", "低保边缘"
    DESTITUTE = "destitute", "特困"


class WorkAbility(Labelled):
    FULL = "full", "有劳动能力"
    PARTIAL = "partial", "部分丧失劳动能力"
    NONE = "none", "无劳动能力"


class BenefitKind(Labelled):
    PENSION = "pension", "养老金"
    UNEMPLOYMENT_BENEFIT = "unemployment_benefit", "失业保险金"


class EducationLevel(Labelled):
    """GB/T 4658, the highest first."""

    DOCTOR = "doctor", "博士"
    MASTER = "master", "硕士"
    BACHELOR = "bachelor", "本科"
    COLLEGE = "college", "大专"
    VOCATIONAL = "vocational", "中专"
    HIGH_SCHOOL = "high_school", "高中"
    MIDDLE_SCHOOL = "middle_school", "初中"
    PRIMARY_SCHOOL = "primary_school", "小学"


class StudyForm(Labelled):
    FULL_TIME = "full_time", "全日制"
    PART_TIME = "part_time", "非全日制"


class MonthState(Labelled):
    """What is known of a contribution month."""

    PAID = "paid", "已缴"
    MISSING = "missing", "未缴"
    WAITING = "waiting", "数据未到"
    BEFORE = "before", "未参保"
