"""How far a registration has come, in plain words for the person who made it.

Until a worker has confirmed it, only the registration itself is told of: whether there was a case
before, and how it stands, would tell whether the number was known.
"""

from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from models.cases import Registration
from models.vocabulary.cases import CaseStage, RegistrationState


@dataclass(frozen=True)
class Progress:
    """`reached` of the steps are done; an ended one goes no further."""

    reached: int
    title: LazyString
    next_step: LazyString
    has_ended: bool = False


STEPS = (_l("已提交"), _l("专员联系核实"), _l("帮您找工作"), _l("上岗"))
WAITING = Progress(
    1, _l("等待专员联系"), _l("社区就业专员会打您登记的手机，和您核对情况。请留意来电。")
)
BY_STAGE = {
    CaseStage.FIRST_CONTACT: Progress(
        2, _l("已核实"), _l("专员正在按您的意向找合适的岗位，会再联系您。")
    ),
    CaseStage.SERVING: Progress(
        3, _l("正在服务"), _l("专员正在为您推荐岗位或培训。意向有变化，可以在下面修改。")
    ),
    CaseStage.PLACED: Progress(4, _l("已上岗"), _l("专员会按时回访。工作中有困难，随时联系专员。")),
    CaseStage.CLOSED: Progress(
        4, _l("服务已结束"), _l("需要时可以再扫码登记一次。"), has_ended=True
    ),
}
ENDED = {
    RegistrationState.SET_ASIDE: Progress(
        2,
        _l("没有采纳"),
        _l("专员没能核实这份登记。如果您仍需要帮助，请再登记一次，或直接到社区就业服务站。"),
        has_ended=True,
    ),
    RegistrationState.WITHDRAWN: Progress(
        1, _l("已撤回"), _l("这份登记已按您的要求撤回，不再处理。"), has_ended=True
    ),
}


def progress_of(registration: Registration) -> Progress:
    if registration.state is RegistrationState.RECEIVED:
        return WAITING
    if registration.state is RegistrationState.CONFIRMED:
        return BY_STAGE[registration.case.stage]
    return ENDED[registration.state]


def seeks(registration: Registration) -> bool:
    """A receipt opens more than the progress: a worker has confirmed it and the case is open."""
    return registration.state is RegistrationState.CONFIRMED and registration.case.is_open
