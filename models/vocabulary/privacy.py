"""What may be revealed of a resident, and the reasons that count."""

from models.vocabulary.labelled import Labelled


class RevealField(Labelled):
    NUMBER = "number", "证件号码"
    PHONE = "phone", "联系电话"
    ADDRESS = "address", "详细地址"
    BORN_ON = "born_on", "出生日期"


class RevealReason(Labelled):
    CONTACT = "contact", "联系本人"
    VERIFY = "verify", "核对身份"
    APPLY = "apply", "代办业务"
    CHECK_SOURCE = "check_source", "核对来源数据"
    OTHER = "other", "其他"
