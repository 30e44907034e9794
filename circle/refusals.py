"""Every way of refusing, with the sentence the person reads. One handler maps them to pages."""

import re
from datetime import date
from typing import ClassVar

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _l

from models.vocabulary.cases import VisitProblem
from models.vocabulary.places import PositionFault

OPTION = re.compile(r"\s?[（(]--[^）)]*[）)]")


def without_options(sentence: str) -> str:
    """Sentences name the option of the command line; pages and folders have none."""
    return OPTION.sub("", sentence)


class Refusal(Exception):  # noqa: N818 - named for what it is
    """An act that is not done. `status` is the HTTP answer; nothing of the request is committed."""

    status: ClassVar[int] = 422
    says: ClassVar[LazyString | str] = _l("现在不能这样做。")

    def sentence(self) -> str:
        return str(self.says)


class NotFound(Refusal):
    """No such record, or none this person may see: from outside both look the same."""

    status = 404
    says = _l("没有找到这条记录，或者它不在您负责的范围内。")


class NotAllowed(Refusal):
    status = 403
    says = _l("您的账号没有做这件事的权限。如确有需要，请联系系统管理员。")


class SignInFailed(Refusal):
    """The same sentence whatever was wrong, so that nobody learns which accounts exist."""

    says = _l("账号或密码不正确。连续输错 5 次，账号将锁定 15 分钟。")


class CodeRejected(Refusal):
    says = _l("验证码不正确或已经用过，请等下一个验证码出现后再输入。")


class PasswordWeak(Refusal):
    says = _l("新密码至少 8 位，并包含大写字母、小写字母、数字、符号中的三种。")


class PasswordUnchanged(Refusal):
    says = _l("新密码不能与原密码相同。")


class PasswordWrong(Refusal):
    says = _l("原密码不正确。")


class NameTaken(Refusal):
    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def sentence(self) -> str:
        return str(gettext("账号名 %(name)s 已被使用，请换一个。", name=self.name))


class DivisionUnknown(Refusal):
    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    def sentence(self) -> str:
        return str(gettext("没有代码为 %(code)s 的区划，请先导入区划表。", code=self.code))


class DivisionsUnreadable(Refusal):
    """Every faulty line of a divisions file."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(len(faults))
        self.faults = faults

    def sentence(self) -> str:
        lines = "；".join(self.faults[:20])
        return str(
            gettext(
                "区划文件有 %(count)d 处错误，没有导入。行号：%(lines)s",
                count=len(self.faults),
                lines=lines,
            )
        )


class ReasonMissing(Refusal):
    says = _l("请选择查看原因；选“其他”时请写明。")


class NothingRecorded(Refusal):
    says = _l("档案里没有这项信息。")


class SearchUnreadable(Refusal):
    says = _l("请输入姓名、拼音首字母、完整的证件号码或完整的手机号。")


class TrailUnavailable(Refusal):
    """A read that cannot be written down is not shown."""

    status = 503
    says = _l("暂时无法记录这次查看，因此不能显示内容。请稍后再试；若持续出现，请联系系统管理员。")


class UnreadableFile(Refusal):
    """A file that cannot be taken in at all; the sentence says what to send instead."""

    def __init__(self, says: LazyString | str) -> None:
        super().__init__(says)
        self.says_instead = says

    def sentence(self) -> str:
        return str(self.says_instead)


class VisitCannotBeDismissed(Refusal):
    says = _l("走访提醒不能直接关闭：可以延后、移交，或在档案里结案。")


class SnoozeTooLong(Refusal):
    def __init__(self, latest: date) -> None:
        super().__init__(latest)
        self.latest = latest

    def sentence(self) -> str:
        return str(gettext("延后须晚于今天，最迟到 %(day)s。", day=self.latest))


class NobodyToHandTo(Refusal):
    says = _l("请选择负责这个社区的专员，或交回街道待分配。")


class CaseAlreadyOpen(Refusal):
    status = 409
    says = _l("此人已有在册档案，不能重复建档。")


class CaseAlreadyClosed(Refusal):
    status = 409
    says = _l("这份档案已经结案。请刷新后查看。")


class RegistrationWaits(Refusal):
    status = 409
    says = _l("本人的登记还没有核实。请先核实，或者注明不采纳的原因，然后再结案。")


class CaseNotClosed(Refusal):
    status = 409
    says = _l("这份档案没有结案，不需要重新打开。")


class OpenedInFuture(Refusal):
    says = _l("建档日期不能晚于今天。")


class StatusBeforeItsTime(Refusal):
    says = _l("状态开始日期不能晚于今天。")


class WorkerUnsuitable(Refusal):
    says = _l("只能移交给负责此人居住地的在职专员。")


class TaskAlreadySettled(Refusal):
    status = 409
    says = _l("这项待办刚刚已被处理。请刷新后查看。")


class VisitRefused(Refusal):
    """Holds every problem found, so that all can be mended at once."""

    def __init__(self, problems: tuple[VisitProblem, ...]) -> None:
        super().__init__(*problems)
        self.problems = problems

    def sentence(self) -> str:
        return " ".join(gettext(problem.label) for problem in self.problems)


class VisitOfAnother(Refusal):
    status = 409
    says = _l("这条记录的编号已用于另一位居民的走访，请重新填写。")


class VisitOfAnotherAccount(Refusal):
    status = 409
    says = _l("这条走访是用另一个账号填写的，只能由那个账号登录后提交。")


class VisitGone(Refusal):
    status = 409
    says = _l("这条走访记录已被更正或删除。请刷新后查看。")


class ServiceInFuture(Refusal):
    says = _l("服务日期不能晚于今天。")


class ServiceBeforeOpening(Refusal):
    says = _l("服务日期不能早于建档日期。")


class ServiceAfterClosing(Refusal):
    says = _l("服务日期不能晚于结案日期。")


class ServiceOfAnother(Refusal):
    status = 409
    says = _l("这条记录的编号已用于另一位居民的服务，请重新填写。")


class VisitOfAnotherCase(Refusal):
    says = _l("所选走访不属于这份档案，或已被删除，请重新选择。")


class ServiceGone(Refusal):
    status = 409
    says = _l("这条服务记录已被删除。请刷新后查看。")


class MessageSettled(Refusal):
    status = 409
    says = _l("这条消息刚刚已发出或已处理。请刷新后查看。")


class RegistrationGone(Refusal):
    """Confirmed, set aside or taken back already, by whoever was first."""

    status = 409
    says = _l("这份登记刚刚已被处理或撤回。请刷新后查看。")


class EntranceUnknown(Refusal):
    status = 404
    says = _l("这个登记入口不存在或已停用。请向社区工作人员索取新的二维码。")


class ProgressClosed(Refusal):
    """The look at a registration has ended; the page stands open to nobody for long."""

    status = 403
    says = _l("查询已超时。请重新输入查询码和手机号后四位。")


class SeekingClosed(Refusal):
    status = 404
    says = _l("专员核实登记以后，这里才有岗位推荐；服务结束以后，这里不再显示。")


class CategoryHolds(Refusal):
    status = 409
    says = _l("这个类别已经认定，不需要重复添加。")


class CategoryDatesWrong(Refusal):
    says = _l("认定日期不能晚于今天，终止日期不能早于认定日期或晚于今天。")


class CategoryEnded(Refusal):
    status = 409
    says = _l("这个类别已经终止。")


class HouseholdMissing(Refusal):
    says = _l("没有这位居民的户籍家庭信息，无法认定零就业家庭。")


class HouseholdAlreadyConfirmed(Refusal):
    status = 409
    says = _l("这个家庭已经认定为零就业家庭。")


class HouseholdNotConfirmed(Refusal):
    status = 409
    says = _l("这个家庭没有认定为零就业家庭，或者刚刚被撤销。")


class AccountUnknown(Refusal):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def sentence(self) -> str:
        return str(gettext("没有名为 %(name)s 的在用账号。", name=self.name))


class EmployerKnown(Refusal):
    """Somebody else has the same unified social credit code: one employer is one record."""

    status = 409
    says = _l("这个统一社会信用代码已经登记在另一家企业名下。请搜索代码，使用已有的企业。")


class PostMoved(Refusal):
    """Published, returned, merged, expired or taken down already, by whoever was first."""

    status = 409
    says = _l("这个岗位的状态刚刚变了，现在不能这样做。请刷新后查看。")


class PostOfAnother(Refusal):
    status = 409
    says = _l("这份表单的编号已用于另一家企业的岗位，请重新填写。")


class PostOver(Refusal):
    says = _l("这个岗位已经过了有效期。请先修改有效期，再发布。")


class PostGone(Refusal):
    """Not published, over, or taken by others: from outside all look the same."""

    status = 404
    says = _l("这个岗位已经招满、到期或不再招聘。请看看附近的其他岗位。")


class BoardUnknown(Refusal):
    status = 404
    says = _l("没有这个社区的岗位页面。请核对网址，或向社区工作人员索取新的二维码。")


class PostMergesElsewhere(Refusal):
    says = _l("只能并入同一企业的、待审核或已发布的另一个岗位。")


class ReturnUnexplained(Refusal):
    says = _l("请至少选择一个退回原因，企业要照着修改。")


class ReviewedMeanwhile(Refusal):
    """Somebody was faster, or the sender changed the post; `who` None: a link or a job did."""

    status = 409

    def __init__(self, who: str | None) -> None:
        super().__init__()
        self.who = who

    def sentence(self) -> str:
        if self.who is None:
            said: str = gettext(
                "您打开页面之后，这个岗位有了变化，您的决定没有生效。请看过下面的内容再决定。"
            )
            return said
        return str(
            gettext(
                "您打开页面之后，%(who)s处理过这个岗位，您的决定没有生效。请看过下面的内容再决定。",
                who=self.who,
            )
        )


class ForbiddenStands(Refusal):
    """What the law forbids is flagged and nobody has said, in writing, why it does not hold."""

    def __init__(self, labels: list[str]) -> None:
        super().__init__(*labels)
        self.labels = labels

    def sentence(self) -> str:
        return str(
            gettext(
                "岗位里还有违法提示：%(labels)s。请退回修改；"
                "确实不违法的，请逐条打勾并写明理由，再发布。",
                labels="、".join(self.labels),
            )
        )


class ComplaintsOpen(Refusal):
    status = 409
    says = _l("这个岗位还有没处理的投诉。请先处理投诉，再决定是否发布。")


class HeadcountTaken(Refusal):
    def __init__(self, hired: int) -> None:
        super().__init__(hired)
        self.hired = hired

    def sentence(self) -> str:
        return str(gettext("已录用%(hired)s人，招聘人数不能比这更少。", hired=self.hired))


class ComplaintSettled(Refusal):
    status = 409
    says = _l("这条投诉刚刚已被处理。请刷新后查看。")


class ComplaintOfAnother(Refusal):
    status = 409
    says = _l("这份表单的编号已用于另一条投诉，请重新填写。")


class LinkClosed(Refusal):
    """Unknown, expired, revoked or made for something else: from outside all look the same."""

    status = 404
    says = _l("这个链接已失效。请联系发给您链接的社区工作人员，重新要一个。")


class SweepHasToWait(Refusal):
    status = 409
    says = _l("有文件正在写入，比对要等它完成。请稍后再试。")


class DivisionOutside(Refusal):
    status = 403

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    def sentence(self) -> str:
        return str(gettext("区划 %(code)s 不在您负责的范围内，不能导入它的文件。", code=self.code))


class AboutBatch(Refusal):
    """A refusal that names another batch."""

    status = 409

    def __init__(self, batch_id: int) -> None:
        super().__init__(batch_id)
        self.batch_id = batch_id

    def sentence(self) -> str:
        return str(gettext(str(self.says), batch=self.batch_id))


class AlreadyImported(AboutBatch):
    says = _l(
        "这个文件已经导入过，批次号 %(batch)s。"
        "如果之后新增了居民、需要再比对一次，请用“再次导入”（--again）。"
    )


class ScopeBusy(AboutBatch):
    says = _l("同一范围的批次 %(batch)s 还没有写完，请等它完成后再导入。")


class WaitsForWord(AboutBatch):
    says = _l("这个文件已经核对过，批次 %(batch)s 正等待确认。请打开它确认入库，或先放弃它。")


class ListTooOld(AboutBatch):
    says = _l(
        "这份名单的月份早于同一范围已导入的批次 %(batch)s，不能用旧名单覆盖新名单。请核对月份。"
    )


class NewerBatchStands(AboutBatch):
    says = _l("同一范围有更新的批次 %(batch)s，请先撤回它。")


class NotUndoable(AboutBatch):
    says = _l("批次 %(batch)s 没有入库，不需要撤回。")


class BeingUndone(AboutBatch):
    says = _l("批次 %(batch)s 正在撤回，请等它完成。")


class NothingToRetry(AboutBatch):
    says = _l("批次 %(batch)s 没有可以再试的文件，请重新上传。")


class NothingWaits(AboutBatch):
    says = _l("批次 %(batch)s 没有等待确认的文件，请重新上传。")


class ConfirmedAlready(AboutBatch):
    def __init__(self, batch_id: int, who: str) -> None:
        super().__init__(batch_id)
        self.who = who

    def sentence(self) -> str:
        return str(
            gettext(
                "批次 %(batch)s 已由%(who)s确认入库，不用再确认。",
                batch=self.batch_id,
                who=self.who,
            )
        )


class RehearsedAnew(AboutBatch):
    says = _l(
        "您打开页面之后，批次 %(batch)s 又核对过一次，结果可能不同。请看过下面的新结果再决定。"
    )


class OddityUnconfirmed(Refusal):
    says = _l("这个文件有异常。请逐条核对，在每一条前面打勾，再确认入库。")


class ReadAnew(AboutBatch):
    says = _l("批次 %(batch)s 刚刚被重新读取。请看新的结果，再决定要不要改。")


class UploadGone(Refusal):
    says = _l("暂存的文件已无法打开，请重新上传。")


class ImportCrashed(Refusal):
    says = _l("处理这个文件时系统多次出错，没有写入任何内容。请联系系统管理员。")


class Broken(Refusal):
    """The disk or the database gave way; what was written of a batch is taken back."""

    status = 503


class DiskFull(Broken):
    says = _l(
        "磁盘已满，文件没有入库，写了一半的内容已经撤回。请系统管理员清出空间，然后点“再试一次”。"
    )


class ConnectionLost(Broken):
    says = _l(
        "数据库连接中断，文件没有入库，写了一半的内容已经撤回。请过几分钟点“再试一次”；"
        "若再次出现，请联系系统管理员。"
    )


class StillHalfWritten(AboutBatch):
    """What was written could not be taken back yet; the scheduler goes on with it."""

    status = 503
    says = _l(
        "批次 %(batch)s 没有做完：磁盘已满或数据库没有应答。已写入的内容会由后台程序自动撤回，"
        "在此之前同一范围的文件和提醒都要等它。请联系系统管理员。"
    )


class LossUnconfirmed(Refusal):
    """The list shrank so much that somebody must say it is complete."""

    def __init__(self, rows: int, before: int, ended: int) -> None:
        super().__init__(rows, before, ended)
        self.rows, self.before, self.ended = rows, before, ended

    def sentence(self) -> str:
        sentence: str = gettext(
            "本次 %(rows)s 行，上一份名单 %(before)s 行，将有 %(ended)s 条记录因不在名单中而终止，"
            "超出正常范围。请核对文件是否完整；确认无误后用“确认减员”（--confirm-departures）重新导入。",
            rows=self.rows,
            before=self.before,
            ended=self.ended,
        )
        return sentence


class MonthMissing(Refusal):
    says = _l("看不出这份缴费明细是哪个月的，请指明月份（--month YYYY-MM）。")


class DropFolderUnfit(Refusal):
    """The drop folder cannot be used as it is; `cause` is the name of the system's error."""

    status = 503
    SAYS: ClassVar = {
        "ENOENT": _l("投放文件夹不见了：请检查磁盘是否挂载、路径是否正确。"),
        "ENOSPC": _l("磁盘已满，没有收取投放的文件。请清理磁盘空间，系统会自动重试。"),
        "EDQUOT": _l("磁盘配额已用完，没有收取投放的文件。请清理磁盘空间，系统会自动重试。"),
        "EROFS": _l("投放文件夹是只读的，不能收取文件。请改为可写。"),
        "EACCES": _l("系统没有投放文件夹的读写权限。请授权给运行本系统的用户。"),
        "EPERM": _l("系统没有投放文件夹的读写权限。请授权给运行本系统的用户。"),
        "EXDEV": _l("投放文件夹的各个子文件夹须在同一个磁盘上。"),
    }

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause

    def sentence(self) -> str:
        otherwise = _l("投放文件夹读写出错（%(cause)s）。请检查磁盘。", cause=self.cause)
        return str(self.SAYS.get(self.cause, otherwise))


class DropAccountUnfit(Refusal):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def sentence(self) -> str:
        return str(
            gettext(
                "CIRCLE_DROP_ACCOUNT 指定的账号 %(name)s 不存在、已停用，或没有导入文件的权限。",
                name=self.name,
            )
        )


class NotTaken(Refusal):
    """Something in the drop folder that is no file: it stays where it is."""

    def __init__(self, source: str, name: str) -> None:
        super().__init__(source)
        self.path = f"{source}/{name}"

    def sentence(self) -> str:
        return str(
            gettext(
                "投放文件夹里的 %(path)s 不是普通文件（文件夹、链接或设备），没有收取。请移走它。",
                path=self.path,
            )
        )


class DroppedUnreadable(Refusal):
    says = _l("系统没有读取这个文件的权限。请改正权限后重新投放。")


class DroppedTooLarge(Refusal):
    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most

    def sentence(self) -> str:
        return str(gettext("文件超过 %(most)s MB，没有读取。请拆分后重新投放。", most=self.most))


class MonthAhead(Refusal):
    says = _l("文件的月份晚于本月，不能导入。请核对月份。")


class DemoStands(Refusal):
    """A district of another size stands here, or a real office's data."""

    says = _l(
        "这个数据库里已有数据。示范区只建在空数据库里：请另设 CIRCLE_DATABASE_URL，"
        "或者（只有示范数据时）删除 instance 文件夹后重来。"
    )


class PositionUnfit(Refusal):
    def __init__(self, fault: PositionFault) -> None:
        super().__init__(fault)
        self.fault = fault

    def sentence(self) -> str:
        return str(gettext(self.fault.label))


class StationNameTaken(Refusal):
    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def sentence(self) -> str:
        return str(
            gettext(
                "这里已有名为“%(name)s”的站点，请换一个名称，或修改已有的那个。",
                name=self.name,
            )
        )


class StationsUnreadable(Refusal):
    """Every faulty line of a stations file."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(len(faults))
        self.faults = faults

    def sentence(self) -> str:
        lines = "；".join(self.faults[:20])
        return str(
            gettext(
                "站点文件有 %(count)d 处错误，没有导入。行号：%(lines)s",
                count=len(self.faults),
                lines=lines,
            )
        )


class StreetsUnreadable(Refusal):
    says = _l(
        "这个文件不是可用的 OpenStreetMap 路网（.osm.pbf），或者里面没有能步行的路。没有导入。"
    )


class AboutPost(Refusal):
    """A refusal that names the post it is about."""

    status = 409

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.title = title

    def sentence(self) -> str:
        return str(gettext(str(self.says), title=self.title))


class PostNotOffered(AboutPost):
    says = _l("“%(title)s”已下架、过期或招满，不能再推荐。请换一个岗位。")


class AlreadyReferred(AboutPost):
    says = _l("“%(title)s”已经推荐过，正在进行中，不需要再推荐。")


class PostFilled(AboutPost):
    says = _l("“%(title)s”的招聘人数已满，不能再录用。如单位增加了人数，请先修改岗位。")


class ReferralMoved(Refusal):
    """Somebody else, the employer's link or a job was first."""

    status = 409
    says = _l("这条推荐刚刚已有变化，现在不能这样操作。请刷新后查看。")


class ReferralOfAnother(Refusal):
    status = 409
    says = _l("这次提交的编号已用于另一条推荐，请重新选择岗位。")


class StartDayWrong(Refusal):
    says = _l("上岗日期不能早于推荐日期，也不能晚于三个月以后。")


class InterviewPast(Refusal):
    says = _l("面试时间不能早于今天，也不能晚于三个月以后。")


class NotOnProgress(NotFound):
    """As NotFound, in the words of somebody who looks after themselves."""

    says = _l("没有找到这个岗位。它可能已经招满或下架。请回到岗位列表再看看。")


class NothingChosen(Refusal):
    says = _l("一个岗位也没有勾选。请至少勾选一个，再推荐。")


class NotYetWilling(Refusal):
    """An employer is asked only about somebody who wants the post."""

    status = 409
    says = _l("本人还没有表示愿意，暂时不能请单位反馈。")
