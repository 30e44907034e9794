"""Every invariant of the records: what it is called, why it matters, who breaks it, what helps.

`remedy` says what the mend does where there is one (`circle.upkeep.mends`), else what a person
must do.
"""

from dataclasses import dataclass
from datetime import timedelta

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from circle import audit
from circle.upkeep import casework, offered, provenance
from circle.upkeep.counting import badge_differs
from circle.upkeep.leavings import uploads_orphaned
from circle.upkeep.offences import LISTED, Found, Look, Moment, Offence, by_query
from models.vocabulary.integrity import CheckName

# The whole trail is verified by the command `circle audit verify`; daily the newest days.
TRAIL_DAYS = 7


@dataclass(frozen=True)
class Check:
    name: CheckName
    why: LazyString
    remedy: LazyString
    look: Look
    is_mended: bool = False


def audit_broken(session: Session, moment: Moment) -> Found:
    faults = audit.verify(session, since=moment.now - timedelta(days=TRAIL_DAYS))
    return Found(len(faults), [Offence(None, None, {"fault": text}) for text in faults[:LISTED]])


CHECKS = (
    Check(
        CheckName.CLOSED_CASE_TASKS,
        _l("走访、帮扶、回访只对在册的人有意义，留着会让专员白跑一趟。"),
        _l("撤销这些待办；以后重新建档会按规则重新生成。"),
        by_query(casework.closed_case_tasks),
        is_mended=True,
    ),
    Check(
        CheckName.TWO_OPEN_CASES,
        _l("一个人只能有一份在册档案，否则会有两个专员、两套待办。"),
        _l("请街道主管核对两份档案，把多余的一份结案（原因选“建档有误”）。"),
        by_query(casework.two_open_cases),
    ),
    Check(
        CheckName.UNCONFIRMED_CASE,
        _l("档案由本人登记自动建立，登记已不在等待，档案却没有核实，也没有结案。"),
        _l("请专员联系本人：属实就记录走访并核实，不属实就结案。"),
        by_query(casework.unconfirmed_case),
    ),
    Check(
        CheckName.CASE_WORKER_GONE,
        _l("停用的账号不会再有人登录，这些档案实际无人负责。"),
        _l("把档案交回街道待分配，由街道主管移交。"),
        by_query(casework.case_worker_gone),
        is_mended=True,
    ),
    Check(
        CheckName.CASE_NOWHERE,
        _l("名单里不再有这个人，又没有别的依据，街道和区里都看不到这份档案。"),
        _l("请专员打开居民档案，核实居住地，或者结案；没有专员的，请数据专管员核对户籍名单。"),
        by_query(casework.case_nowhere),
    ),
    Check(
        CheckName.LAST_CONTACT,
        _l("下次走访的日期从最近一次联系算起，记错会早催或漏访。"),
        _l("按走访记录重新计算，并更新走访提醒。"),
        by_query(casework.last_contact),
        is_mended=True,
    ),
    Check(
        CheckName.CASE_STAGE,
        _l("服务阶段决定看板和回访，应与走访、上岗记录一致。"),
        _l("按走访和上岗记录重新确定阶段，并更新提醒。"),
        by_query(casework.case_stage),
        is_mended=True,
    ),
    Check(
        CheckName.TASK_HOLDER_GONE,
        _l("停用的账号不会再有人登录，这些待办没有人看得到。"),
        _l("把待办交回街道待分配。"),
        by_query(casework.task_holder_gone),
        is_mended=True,
    ),
    Check(
        CheckName.TASK_HOLDER_ELSEWHERE,
        _l("待办应由负责当地的人、档案的专员或被指定的人办理。"),
        _l("把待办交回街道待分配。"),
        by_query(casework.task_holder_elsewhere),
        is_mended=True,
    ),
    Check(
        CheckName.SNOOZED_LONG,
        _l("延后有期限，超过期限的待办会长期不出现在专员的列表里。"),
        _l("把延后日期改为允许的最后一天。"),
        by_query(casework.snoozed_long),
        is_mended=True,
    ),
    Check(
        CheckName.DUE_ON_DAY_OFF,
        _l("办理时限按工作日计算；放假通知公布后，到期日可能落在休息日，或仍显示为暂定。"),
        _l("顺延到下一个工作日，并去掉“暂定”。"),
        by_query(casework.due_on_day_off),
        is_mended=True,
    ),
    Check(
        CheckName.TWO_OPEN_VISITS,
        _l("一份档案同时只应有一条走访提醒，否则专员会重复上门。"),
        _l("对这些居民重新比对，只保留仍然成立的一条。"),
        by_query(casework.two_open_visits),
        is_mended=True,
    ),
    Check(
        CheckName.CASE_OF_ANOTHER,
        _l("待办、走访、登记、推荐、服务挂错了档案，会算到别人头上，被不相干的专员看到。"),
        _l("这是程序错误，请记下编号，联系开发单位。"),
        by_query(casework.case_of_another),
    ),
    Check(
        CheckName.CONTACT_REMOVED,
        _l("删除走访时，它办结的待办应当重新打开，否则这个人会没有人联系。"),
        _l("请专员打开居民档案核对：确实没有联系过的，补一次走访。"),
        by_query(casework.contact_removed),
    ),
    Check(
        CheckName.ORDER_MISSING,
        _l("居民自己登记后，应当有一条五天内办理的帮扶待办，否则没有人会去联系。"),
        _l("请专员打开居民档案，联系本人，并核实登记。"),
        by_query(casework.order_missing),
    ),
    Check(
        CheckName.BADGE_DIFFERS,
        _l("数字和列表不一致，会让人以为有待办被藏起来了。"),
        _l("这是程序错误，请记下账号和数字，联系开发单位。"),
        badge_differs,
    ),
    Check(
        CheckName.STANDING_DIFFERS,
        _l("断缴提醒读的是汇总，汇总错了就会误报或漏报。"),
        _l("按缴费记录重新汇总，并更新提醒。"),
        by_query(provenance.standing_differs),
        is_mended=True,
    ),
    Check(
        CheckName.CONTRIBUTION_ORPHANED,
        _l("每条缴费记录都应说得出来自哪个批次、哪个单位、哪位居民，否则无法撤回。"),
        _l("请数据专管员撤回该月份最新的批次后重新导入；仍有遗留请联系开发单位。"),
        by_query(provenance.contribution_orphaned),
    ),
    Check(
        CheckName.CLOSED_MONTH_UNFOUNDED,
        _l("月份只有在完整批次入库后才算已结；没有批次的已结月份会误报断缴。"),
        _l("取消这些月份的“已结”标记，并更新提醒。"),
        by_query(provenance.closed_month_unfounded),
        is_mended=True,
    ),
    Check(
        CheckName.FACTS_UNFOUNDED,
        _l("没有入库或已经撤回的批次，不应留下任何数据，也不应终止任何数据。"),
        _l("请数据专管员打开该批次重新撤回，或重新导入同一文件；仍有遗留请联系开发单位。"),
        by_query(provenance.facts_unfounded),
    ),
    Check(
        CheckName.TWO_CURRENT_FACTS,
        _l("同一事项只能有一条现行记录，否则规则不知道以哪条为准。"),
        _l("请数据专管员重新导入该来源的最新名单；仍有遗留请联系开发单位。"),
        by_query(provenance.two_current_facts),
    ),
    Check(
        CheckName.RESIDENCE_DIFFERS,
        _l("居住地决定由哪个社区服务，应按核实、登记、失业登记、户籍的次序取得。"),
        _l("按现有依据重新确定居住地，并更新提醒。"),
        by_query(provenance.residence),
        is_mended=True,
    ),
    Check(
        CheckName.PLACE_UNKNOWN,
        _l("区划表里没有的代码，不属于任何街道，没有人看得到。"),
        _l("请用 circle divisions load 补充区划表，或由数据专管员重新导入正确的文件。"),
        by_query(provenance.place_unknown),
    ),
    Check(
        CheckName.MERGED_IN_USE,
        _l("合并后的居民应只在保留的档案里办理，这里的事项没有人看得到。"),
        _l("请街道主管在保留的档案里重新办理，并把这里的档案结案。"),
        by_query(casework.merged_in_use),
    ),
    Check(
        CheckName.HOUSEHOLD_EMPTY,
        _l("认定为零就业家庭的户里已没有人，认定不再起作用。"),
        _l("请社区核实这户人家的去向；家庭成员另立户的，重新认定。"),
        by_query(casework.household_empty),
    ),
    Check(
        CheckName.REGISTRATION_LEFT,
        _l("居民自己登记了，三十天没有人核实，或者档案已结案而登记还在等待。"),
        _l("请专员打开登记，核实或注明不采纳的原因。"),
        by_query(casework.registration_left),
    ),
    Check(
        CheckName.CONSENT_UNFOUNDED,
        _l("同意只有在专员核实本人登记之后才算数（个人信息保护法第十四条）。"),
        _l("撤回这些同意，不再据此发送消息或提供简历。"),
        by_query(casework.consent_unfounded),
        is_mended=True,
    ),
    Check(
        CheckName.BATCH_MISCOUNTED,
        _l("文件的每一行都应计入新增、变更、不变、未匹配、不采用、退回之一，否则可能丢了行。"),
        _l("请数据专管员撤回这个批次后重新导入；仍有不符请联系开发单位。"),
        by_query(provenance.batch_miscounted),
    ),
    Check(
        CheckName.BATCH_STUCK,
        _l("批次停在半途：正在写入的会挡住比对，等待确认的会让数据过期。"),
        _l("请检查后台程序是否在运行；等待确认的批次请数据专管员确认入库或放弃。"),
        by_query(provenance.batch_stuck),
    ),
    Check(
        CheckName.UPLOAD_ORPHANED,
        _l("上传的文件含个人信息，用完就应删除；程序收件时被强行中断，会留下没有批次的文件。"),
        _l("删除这些文件：都已超过一天，没有批次会再用到。"),
        uploads_orphaned,
        is_mended=True,
    ),
    Check(
        CheckName.SEAL_UNKNOWN,
        _l("用来加密的密钥不在密钥文件里，这些内容打不开也查不到。"),
        _l("请从备份恢复当时的密钥文件，再运行 circle keys rotate。"),
        by_query(provenance.seal_unknown),
    ),
    Check(
        CheckName.AUDIT_BROKEN,
        _l("审计记录只增不改；近七天的封存链对不上，说明有人绕过系统改过数据库。"),
        _l("请立即报告安全管理员，保护现场，并运行 circle audit verify 核对全部记录。"),
        audit_broken,
    ),
    Check(
        CheckName.HIRES_DIFFER,
        _l("录用人数决定岗位是否招满，记错了会让招满的岗位还在推荐，或让没招满的提前下线。"),
        _l("这是程序错误，请记下编号，联系开发单位。"),
        by_query(offered.hires_differ),
    ),
    Check(
        CheckName.POST_OVERSTAYS,
        _l("过了有效期的岗位不应再给居民看，也不应再推荐。"),
        _l("请检查后台程序是否在运行；也可以在“后台任务”里立即运行“岗位到期”。"),
        by_query(offered.post_overstays),
    ),
)
BY_NAME = {check.name: check for check in CHECKS}
