"""What the mini-form asks beyond the words other records share."""

from models.vocabulary.labelled import Labelled


class JobLoss(Labelled):
    """Why somebody without work is without it, in the words a resident would use."""

    RESIGNED = "resigned", "自己辞职"
    DISMISSED = "dismissed", "单位辞退或裁员"
    CONTRACT_ENDED = "contract_ended", "合同到期没续"
    EMPLOYER_CLOSED = "employer_closed", "单位关停"
    BUSINESS_ENDED = "business_ended", "自己的生意停了"
    GRADUATED = "graduated", "毕业后还没找到"
    FAMILY = "family", "之前照顾家里"
    OTHER = "other", "其他原因"


class StatedFact(Labelled):
    """What a registration states and a worker may take over, one by one."""

    NAME = "name", "姓名"
    PHONE = "phone", "联系电话"
    DIVISION = "division", "常住社区"
    ADDRESS = "address", "详细地址"
    STATUS = "status", "就业状态"
    WISH = "wish", "求职意向"
    CATEGORIES = "categories", "家庭情况"
    CAUSES = "causes", "困难原因"


class SetAsideReason(Labelled):
    """Why nothing a registration states is taken over."""

    NOT_REACHED = "not_reached", "多次联系不上"
    NOT_THE_PERSON = "not_the_person", "不是本人登记"
    MISTAKEN = "mistaken", "登记有误，本人要求作废"
    ELSEWHERE = "elsewhere", "不在本区居住"
    OTHER = "other", "其他"
