"""Words of a post that the law forbids or that a person should look at twice, as a table.

Each rule carries what must be flagged and what must not: a test walks both. A rule is a pattern
with two look-arounds inside the same clause: what stands before it may deny it (不收押金), what
comes after may take it back (培训费由公司承担). Only articles that are certain are named; where
`law` is None there is a reason to ask and no article.

Sources: 人力资源市场暂行条例 24; 就业促进法 26-31, 41; 劳动合同法 9, 19, 20, 25, 30, 72;
劳动法 15, 36, 38, 48, 50, 72; 妇女权益保障法 (2022) 43; 个人信息保护法 25.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from models.vocabulary.posts import ReturnReason, Severity

MARKET_24 = _l("《人力资源市场暂行条例》第二十四条")
PROMOTION_26 = _l("《就业促进法》第二十六条")
PROMOTION_27 = _l("《就业促进法》第二十七条、《妇女权益保障法》第四十三条")
PROMOTION_28 = _l("《就业促进法》第二十八条、《人力资源市场暂行条例》第二十四条")
PROMOTION_29 = _l("《就业促进法》第二十九条")
PROMOTION_30 = _l("《就业促进法》第三十条")
PROMOTION_31 = _l("《就业促进法》第三十一条")
PROMOTION_41 = _l("《就业促进法》第四十一条")
CONTRACT_9 = _l("《劳动合同法》第九条")
CONTRACT_19 = _l("《劳动合同法》第十九条")
CONTRACT_20 = _l("《劳动合同法》第二十条")
CONTRACT_25 = _l("《劳动合同法》第二十五条")
CONTRACT_30 = _l("《劳动合同法》第三十条")
CONTRACT_72 = _l("《劳动合同法》第七十二条")
LABOUR_15 = _l("《劳动法》第十五条")
LABOUR_36 = _l("《劳动法》第三十六条")
LABOUR_38 = _l("《劳动法》第三十八条")
LABOUR_48 = _l("《劳动法》第四十八条")
LABOUR_50 = _l("《劳动法》第五十条")
LABOUR_72 = _l("《劳动法》第七十二条")
PERSONAL_25 = _l("《个人信息保护法》第二十五条")

# What denies the word behind it, with the words that may stand between: 无需缴纳任何押金.
_DENIES = (
    "无需|无须|不需要|不需|不用|不必|不收取|不收|不交|不缴|不扣押|不扣留|不扣|不押|不查|不得|不会"
    "|不问|不看|不论|不|免收|免交|免缴|免|没有|无|零|拒绝|谢绝|严禁|禁止|绝不|从不|决不|杜绝|谨防"
    "|警惕|非"
)
_BETWEEN = (
    "收取|缴纳|交纳|支付|提供|要求|扣押|扣留|涉及|安排|任何|其他|其它|各种|各类|一切|额外|形式的"
    "|名义的|收|缴|交|付|的|费用|押金|保证金|服装费|工装费|培训费|中介费|介绍费|报名费|体检费"
    "|担保金|[、和及或与/]|等"
)
DENIED = rf"(?:{_DENIES})(?:{_BETWEEN})*$"
PAID_FOR = (
    "^(?:用|等)?(?:[:：为]?(?:无|零|0元|0$|免)|(?:一律|全部|全|均|都)?(?:免|由?(?:公司|单位|企业|我司"
    "|本司|店里|厂里)|可?报销|不收|不用|不需|无需|无须|补贴))"
)
OPEN_TO_ALL = "^(?:要求)?(?:均可|不限|皆可|都可|不作要求|不做要求|无要求|没有要求|不影响|无限制)"
_PEOPLES = "(?:少数民族|维吾尔族?|维族|藏族|回族|回民|彝族|蒙古族|新疆人?|西藏人?)"
_NOT_TAKEN = "(?:勿扰|勿投|除外|免谈|不招|不要|不收|不(?:予)?(?:考虑|录用)|慎投)"
_REFUSED = "(?:不招收?|不要|不收|谢绝|拒招|不录用|不聘用?|不接受|不考虑)"
_ANIMALS = "属(?:鼠|牛|虎|兔|龙|蛇|马|羊|猴|鸡|狗|猪)"
_SIGNS = "(?:白羊|金牛|双子|巨蟹|狮子|处女|天秤|天蝎|射手|摩羯|水瓶|双鱼)座"
_GOODS = "装|鞋|包|裤|裙|服|用品|健康|内衣|童|科|子|款|表|厕|浴|宾|宿|更衣|排|篮|足"


@dataclass(frozen=True)
class WordRule:
    """`words` finds; `before` and `after`, in the same clause, let go. Patterns see half-width,
    lower-case text.
    """

    code: str
    severity: Severity
    label: LazyString
    law: LazyString | None
    advice: LazyString
    reason: ReturnReason
    words: str
    must: tuple[str, ...]
    must_not: tuple[str, ...]
    before: str = DENIED
    after: str = OPEN_TO_ALL

    @cached_property
    def found_by(self) -> re.Pattern[str]:
        return re.compile(self.words)

    @cached_property
    def denied_by(self) -> re.Pattern[str]:
        return re.compile(self.before)

    @cached_property
    def taken_back_by(self) -> re.Pattern[str]:
        return re.compile(self.after)


NEVER = r"(?!)"
FORBIDDEN, DOUBTFUL = Severity.FORBIDDEN, Severity.DOUBTFUL
UNLAWFUL_BIAS = ReturnReason.DISCRIMINATION

WORD_RULES = (
    WordRule(
        code="sex",
        severity=FORBIDDEN,
        label=_l("限定或优先性别"),
        law=PROMOTION_27,
        advice=_l("删去性别要求；国家规定不适合妇女的工种除外，请写明依据。"),
        reason=UNLAWFUL_BIAS,
        words=(
            rf"(?:(?:仅|只)?限|(?:仅|只)(?:招|要|收|接受|考虑)|招聘?|急招|诚聘)(?:收|录)?(?:男|女)(?:性|士|生|工|孩)?+"
            rf"(?!{_GOODS}|女|男|、|/|和|或|均|皆|不限)"
            r"|(?:男|女)(?:性|士|生|孩|工|的|丁|同志|同胞|青年)?(?:者)?优先|(?:^|[只就,，])要(?:男|女)的"
            r"|(?:小姐姐|小哥哥|小伙子?|帅哥|美女|姑娘)(?:优先|\d+[名人位]|[一两数多][名人位])"
            r"|(?:^|(?<=[,，。;；:： \n]))(?:男|女)(?:性|士|生)?"
            r"(?=[,，、 ]?(?:年龄|\d\d)|$|[,，。;；\n])"
            r"|(?<!男)(?<!女)(?:男|女)(?:保安|服务员|普工|司机|文员|销售|店员|导购|客服|技师|助理|秘书|会计"
            r"|出纳|保洁|营业员|收银员|厨师|学徒|员工|职员|模特|教练)"
            r"|(?:要求|需要?|须|必须)(?:为|是)?(?:男|女)(?:性|士|生|的)(?!用品)"
            r"|性别(?:要求|限制)?[:：为]?(?:男|女)(?!女|男|均|皆|都|/|、|或|和|不限)"
            r"|(?:男|女)(?:性|士|生|工)?\d+(?:名|人|位)"
            r"|[(（](?:限|仅限|只招)?(?:男|女)(?:性|士|生|工)?[)）]"
            r"|(?:男|女)(?:性|士|生)(?:勿扰|免谈|不招|不要)|不(?:招|要|收)(?:男|女)(?:性|生|工|士|的)"
        ),
        before=r"(?:不|不得|禁止|无需|从不)$",
        must=(
            "限男性",
            "男士优先",
            "仅限女性应聘",
            "性别：男",
            "只招男工，会开叉车",
            "保安（男）",
            "招男普工3名",
            "男5名，女3名",
            "不要女的",
            "男，25-45岁",
            "限 男 性",
            "性别 男",
            "招司机，男士，会开货车",
            "要求女性",
            "女的优先",
            "急聘：女文员",
            "只接受女性",
            "只要男的",
            "前台小姐姐优先",
        ),
        must_not=(
            "男装导购",
            "不限男女",
            "性别：男女不限",
            "男女均可，熟手优先",
            "招女装导购两名",
            "性别不限",
            "不得限男性",
            "负责女鞋销售",
            "男 女 不限",
            "男女，25岁",
            "男女员工宿舍分开",
            "联系人：王女士",
        ),
    ),
    WordRule(
        code="marriage",
        severity=FORBIDDEN,
        label=_l("限定婚姻、生育状况"),
        law=PROMOTION_27,
        advice=_l("删去婚姻和生育方面的要求，也不要询问。"),
        reason=UNLAWFUL_BIAS,
        words=(
            r"已婚已育|未婚未育|已婚未育|(?:已婚|未婚|已育|单身|离异)(?:者|人士|女性|男性)?优先"
            r"|(?:已婚|未婚|已育|未育)(?:女|男)|(?:无|没有?)(?:要?结婚|生育|怀孕|备孕|生孩子)的?(?:计划|打算)"
            r"|(?:限|要求|须|必须)(?:已婚|未婚|单身|已育)|婚育(?:状况|情况)"
            r"|(?:年内|期内|期间)不(?:得|能|可)?(?:结婚|生育|怀孕|要孩子|生孩子)"
            r"|孕检|验孕|妊娠(?:检测|测试|检查)|孕妇(?:勿扰|勿投|除外|不招)|(?:不招|不要|不收)孕妇"
        ),
        must=(
            "已婚已育优先",
            "要求未婚",
            "两年内不得怀孕",
            "入职孕检",
            "孕妇勿扰",
            "请注明婚育状况",
            "未婚女性，形象佳",
            "近三年无生育计划",
        ),
        must_not=(
            "婚育不限",
            "婚育状况不限",
            "已婚已育均可",
            "不问婚育状况",
            "育婴师，负责孕产护理",
            "婚庆策划",
            "享受婚假产假",
            "未婚青年联谊活动策划",
        ),
    ),
    WordRule(
        code="ethnicity",
        severity=FORBIDDEN,
        label=_l("限制民族"),
        law=PROMOTION_28,
        advice=_l("删去民族方面的限制。"),
        reason=UNLAWFUL_BIAS,
        words=(
            rf"(?:仅|只)?(?:限|招|要)汉族|汉族优先|民族[:：]汉|{_REFUSED}[^,，]{{0,3}}{_PEOPLES}"
            rf"|{_PEOPLES}(?:人员|人|者|籍|户籍)?{_NOT_TAKEN}"
        ),
        before=NEVER,
        must=("限汉族", "汉族优先", "少数民族勿扰", "不招少数民族", "维族人员勿扰", "新疆籍勿扰"),
        must_not=("民族不限", "少数民族同等对待", "民族舞教师", "新疆特产销售"),
    ),
    WordRule(
        code="religion",
        severity=FORBIDDEN,
        label=_l("限制宗教信仰"),
        law=MARKET_24,
        advice=_l("删去宗教信仰方面的限制。"),
        reason=UNLAWFUL_BIAS,
        words=(
            rf"(?:信教|有?宗教信仰|有信仰)(?:者|人员|人士)?{_NOT_TAKEN}"
            rf"|{_REFUSED}[^,，]{{0,3}}(?:信教|宗教)|无宗教信仰(?!要求|限制)|不信教"
            r"|(?:佛教|道教|基督教|天主教|伊斯兰教)(?:徒|信众)?优先|限(?:佛|道|基督|天主)教"
        ),
        before=NEVER,
        must=("无宗教信仰", "信教者勿扰", "不招信教人员", "佛教徒优先"),
        must_not=("无宗教信仰要求", "宗教信仰不限", "道教文化景区讲解"),
    ),
    WordRule(
        code="disability",
        severity=FORBIDDEN,
        label=_l("拒绝残疾人"),
        law=PROMOTION_29,
        advice=_l("删去拒绝残疾人的内容；确有岗位能力要求的，写清要做的事。"),
        reason=UNLAWFUL_BIAS,
        words=(
            rf"{_REFUSED}(?:有|身体)?残(?:疾|障)|残(?:疾|障)(?:人|者|人士)?{_NOT_TAKEN}"
            r"|(?:身体)?(?:无残疾|非残疾|无残障)"
        ),
        before=NEVER,
        must=("身体健康无残疾", "残疾人勿扰", "不招残疾人"),
        must_not=("残疾人优先", "持残疾证可应聘", "拒绝歧视残疾人", "残疾人同等条件优先录用"),
    ),
    WordRule(
        code="able_body",
        severity=DOUBTFUL,
        label=_l("笼统的身体条件"),
        law=PROMOTION_29,
        advice=_l("请改为岗位实际要做的事，例如“需搬运20公斤货物”。"),
        reason=UNLAWFUL_BIAS,
        words=r"四肢健全|身体无缺陷|无身体缺陷|无生理缺陷|五官无缺陷",
        before=NEVER,
        must=("四肢健全", "无生理缺陷"),
        must_not=("身体健康", "能搬运20公斤货物"),
    ),
    WordRule(
        code="carrier",
        severity=FORBIDDEN,
        label=_l("限制病原携带者"),
        law=PROMOTION_30,
        advice=_l("删去乙肝等病原检查或限制；依法禁止从事的岗位请写明依据。"),
        reason=UNLAWFUL_BIAS,
        words=(
            r"乙肝(?!疫苗|防治|宣传|科普|专科)|两对半|大三阳|小三阳|hbsag|表面抗原|艾滋病?(?!防治|宣传)"
            r"|(?<![a-z])h[ib]v(?![a-z防])"
        ),
        after=r"^(?:病毒)?(?:携带者)?(?:可应聘|可以|可报名|均可|不限|同等|欢迎|不受|不影响|者不受)",
        must=("需提供乙肝检查报告", "体检查两对半", "无乙肝", "小三阳勿扰", "HBV阴性"),
        must_not=(
            "食品从业需健康证",
            "负责接种乙肝疫苗",
            "乙肝病毒携带者同等录用",
            "入职体检不查乙肝",
            "熟悉hive数据仓库",
        ),
        before=r"(?:不查|不检查|不检测|不得检测|取消|不因|不以|不得以)$",
    ),
    WordRule(
        code="disease_free",
        severity=DOUBTFUL,
        label=_l("要求没有传染病"),
        law=PROMOTION_30,
        advice=_l("除食品、托育等依法要求健康证的岗位外，请删去；需要健康证的写“持健康证”。"),
        reason=UNLAWFUL_BIAS,
        words=r"(?:无|没有)(?:任何)?(?:传染病|传染性疾病)",
        before=NEVER,
        must=("身体健康，无传染病",),
        must_not=("持有效健康证", "传染病医院保洁"),
    ),
    WordRule(
        code="rural",
        severity=FORBIDDEN,
        label=_l("歧视农村劳动者"),
        law=PROMOTION_31,
        advice=_l("删去城乡户籍限制。"),
        reason=UNLAWFUL_BIAS,
        words=(
            rf"{_REFUSED}农(?:村|民)|农村(?:户口|户籍|人)?{_NOT_TAKEN}"
            r"|(?:仅|只)?(?:限|招|要|需)(?:城镇|非农|城市)(?:业)?(?:户口|户籍)|(?:城镇|非农)(?:业)?户口优先"
        ),
        before=NEVER,
        must=("限城镇户口", "不招农村户口", "非农户口优先"),
        must_not=("农村电商客服", "农民工工资按月发放", "城镇农村户口均可"),
    ),
    WordRule(
        code="household",
        severity=FORBIDDEN,
        label=_l("限定户籍或地域"),
        law=PROMOTION_26,
        advice=_l("删去户籍和地域限制；需要住得近的，写通勤要求。"),
        reason=UNLAWFUL_BIAS,
        words=(
            r"(?:仅|只)?(?:限|招|要|收)(?:本地|本市|本省|本区|当地|杭州|浙江|余杭)?(?:户籍|户口|本地人|本市人)"
            r"|(?:限|仅限|只招|只要)(?:本地|本市|本省|本区|当地|杭州|浙江|余杭)(?![^,，]{0,8}(?:区域|配送|范围))"
            rf"|(?:需|须|必须|要求)(?:有|是|为)?(?:本地|本市|本省|本区|杭州|浙江)(?:户籍|户口)"
            rf"|(?:外地|外省|外来)(?:人|户籍|户口|人员)?{_NOT_TAKEN}|{_REFUSED}(?:外地|外省|外来)"
            rf"|{_REFUSED}(?:河南|东北|安徽|贵州|四川|江西|湖北|河北|山东|云南|广西|福建|苏北)人?"
            rf"|(?:河南|东北|安徽|贵州|四川|江西|湖北|河北|山东|云南|广西|福建|苏北)(?:籍|人){_NOT_TAKEN}"
        ),
        before=r"(?:不|不得|无)$",
        must=("限本地户籍", "仅限本市户口", "外地人勿扰", "不招河南人", "须本市户籍", "只收本地人"),
        must_not=(
            "不限户籍",
            "外地员工提供宿舍",
            "户籍不限",
            "限杭州区域配送",
            "仅限余杭五常街道范围",
        ),
    ),
    WordRule(
        code="local_preference",
        severity=DOUBTFUL,
        label=_l("本地人优先"),
        law=PROMOTION_26,
        advice=_l("建议改为“住在附近、通勤方便者优先”。"),
        reason=UNLAWFUL_BIAS,
        words=(
            r"(?:本地|本市|本省|本区|当地|杭州|余杭|浙江)(?:人|籍|户籍|户口|居民|人士|人员)?(?:者)?优先"
            r"|(?:优先|优选)(?:录用|考虑|招收)?(?:本地|本市|当地)(?:人|户籍|户口|居民)"
        ),
        before=NEVER,
        must=("本地人优先", "本地优先", "杭州户籍优先", "优先录用本地居民"),
        must_not=("住附近优先", "有本地驾照", "熟悉本地路况优先"),
    ),
    WordRule(
        code="astrology",
        severity=FORBIDDEN,
        label=_l("限制属相、星座、血型"),
        law=PROMOTION_26,
        advice=_l("与工作无关，请删去。"),
        reason=UNLAWFUL_BIAS,
        words=(
            rf"(?:属相|生肖|星座|血型|八字)[^,，]{{0,4}}(?:优先|相合|相冲|不合|{_NOT_TAKEN})"
            rf"|(?:{_ANIMALS}|{_SIGNS}|[abo]b?型血)(?:[、和]?{_ANIMALS})?(?:的|者|人)?(?:优先|{_NOT_TAKEN})"
            rf"|(?:{_REFUSED}|限|除)(?:{_ANIMALS}|{_SIGNS}|[abo]b?型血)"
        ),
        before=NEVER,
        must=(
            "属虎的勿扰",
            "处女座不要",
            "o型血优先",
            "星座相合优先",
            "不招属羊",
            "属虎属羊者不予录用",
        ),
        must_not=("生肖邮票销售", "星座广场店", "血液中心采血员"),
    ),
    WordRule(
        code="appearance",
        severity=DOUBTFUL,
        label=_l("要求相貌、身高"),
        law=PROMOTION_26,
        advice=_l("与工作无关的请删去；确有需要的写明用途。"),
        reason=UNLAWFUL_BIAS,
        words=(
            r"(?:形象|气质|外貌|长相|相貌|五官|颜值|容貌)(?:良好|较好|好|佳|端正|出众|姣好|高|俱佳)"
            r"|(?:形象|气质)[、和]?(?:气质|形象)?(?:良好|好|佳)|身高(?:要求|需|须)?[:：]?[\d一]"
        ),
        before=r"(?:不|企业|品牌|店面|公司|产品)$",
        must=("形象好气质佳", "五官端正", "身高1.65以上"),
        must_not=("企业形象设计", "维护品牌形象良好", "身高不限"),
    ),
    WordRule(
        code="age_limit",
        severity=DOUBTFUL,
        label=_l("限制年龄"),
        law=PROMOTION_26,
        advice=_l("除法定年龄外请删去，或写明必须限制的原因（例如国家对特种作业的规定）。"),
        reason=UNLAWFUL_BIAS,
        words=(
            r"[2-5]\d(?:周)?岁?(?:及)?(?:以下|以内|之内)|(?<!\d)[2-5]\d(?:周)?岁内"
            r"|\d{2}(?:周?岁)?(?:-|~|～|—|–|至|到)[2-5]\d(?:周)?岁"
            r"|年龄(?:要求|限制)?[:：]?\d{2}(?:-|~|～|—|–|至|到)[2-5]\d(?!\d)"
            r"|(?:不超过|小于|低于|不大于)[2-5]\d(?:周)?岁"
            r"|[二三四五]十[一二三四五六七八九]?(?:周)?岁(?:及)?(?:以下|以内|之内)"
        ),
        before=r"(?:照顾|照护|看护|服务|面向|针对|不限|教授)[^,，]{0,4}$",
        after=(
            r"^(?:的|年龄段的?)?(?:儿童|孩子|小孩|幼儿|婴|学生|老人|宝宝|学员|青少年|人|元|公斤|斤|米|件|%)"
            r"(?!员)|^以下?(?:元|公斤)|均可|不限"
        ),
        must=("35岁以下", "年龄18-45岁", "年龄要求：20-35", "不超过40周岁", "三十五岁以下"),
        must_not=(
            "年满18周岁",
            "18周岁以上，法定退休年龄以下",
            "18-60岁",
            "照顾20至30岁学员",
            "能搬25公斤以下货物",
            "年龄不限",
        ),
    ),
    WordRule(
        code="child_labour",
        severity=FORBIDDEN,
        label=_l("招用未满十六周岁的人"),
        law=LABOUR_15,
        advice=_l("不得招用未满十六周岁的未成年人，请改为年满16周岁。"),
        reason=ReturnReason.UNTRUE,
        words=r"(?<!\d)(?:1[0-5]|十[一二三四五]?)(?:周)?岁(?:及)?(?:以上|起|即可|就可|也可|都可)",
        before=r"(?:照顾|照护|看护|教|带|服务|面向|不招|工龄|店龄)[^,，]{0,4}$",
        after=r"^(?:的)?(?:儿童|孩子|小孩|学生|学员|青少年|工龄)",
        must=("14岁以上都可以", "15周岁即可"),
        must_not=("16周岁以上", "照顾12岁以上学生", "18岁以上"),
    ),
    WordRule(
        code="school",
        severity=DOUBTFUL,
        label=_l("限定毕业院校或学习形式"),
        law=PROMOTION_26,
        advice=_l("请改为岗位所需的学历和能力，不限定院校。"),
        reason=UNLAWFUL_BIAS,
        words=r"985(?!路)|211(?=院校|工程|高校|毕业|优先|、|/|,|$)|双一流|第一学历|(?:仅|只)?限(?:全日制|统招)",
        before=r"\d$|(?:不限|不要求)$",
        must=("限985、211院校", "第一学历本科", "限全日制"),
        must_not=("本科及以上学历", "不限第一学历", "电话0571-88985", "985路公交直达"),
    ),
    WordRule(
        code="deposit",
        severity=FORBIDDEN,
        label=_l("收取押金、保证金"),
        law=CONTRACT_9,
        advice=_l("删去并告知用人单位：不得以任何名义向劳动者收取财物。"),
        reason=ReturnReason.FEES,
        words=r"押金|保证金|抵押金|风险金|诚信金|信誉金|(?:交|缴|收|付)(?:纳|取)?定金",
        before=(
            rf"(?:{DENIED})|(?:客户|客人|租客|住客|租户|租房|顾客|投标|履约|质量|农民工工资|工程|供应商"
            r"|会员|业主|管理|核算|办理|(?<!不)退还?|收银)[^,，不]{0,4}$"
        ),
        after=rf"{PAID_FOR}|^(?:管理|核算|台账|专员|业务|退还|退款|收退|对账|纠纷|条款)",
        must=(
            "入职交押金200元",
            "需缴纳保证金",
            "不退押金",
            "押金可退",
            "无需经验，押金500",
            "工作服押金100元",
        ),
        must_not=(
            "无需押金",
            "不收押金",
            "不收取任何押金、保证金",
            "押金全免",
            "负责客户押金管理",
            "办理租客押金退还",
            "押金：无",
            "共享单车押金退款客服",
            "谨防收取押金的骗局",
        ),
    ),
    WordRule(
        code="uniform_fee",
        severity=FORBIDDEN,
        label=_l("收取服装费"),
        law=CONTRACT_9,
        advice=_l("工作服由用人单位提供，删去收费内容。"),
        reason=ReturnReason.FEES,
        words=r"(?:服装|工装|工服|制服|工作服|工牌|被褥|装备)费",
        after=PAID_FOR,
        must=("服装费300元", "工装费从工资扣", "需交工牌费"),
        must_not=("服装费由公司承担", "不收服装费", "免费提供工作服", "无押金、服装费"),
    ),
    WordRule(
        code="training_fee",
        severity=FORBIDDEN,
        label=_l("收取培训费"),
        law=CONTRACT_9,
        advice=_l("岗前培训由用人单位承担，删去收费内容。"),
        reason=ReturnReason.FEES,
        words=r"培训费|(?:交|缴|收)(?:取|纳)?学费|(?:教材|资料|考证|课程)费",
        after=PAID_FOR,
        must=("岗前培训费980元", "需交学费", "培训费自理", "考证费自付"),
        must_not=("免费培训", "培训费用公司承担", "带薪培训", "无需缴纳培训费", "培训费报销"),
    ),
    WordRule(
        code="entry_fee",
        severity=FORBIDDEN,
        label=_l("收取报名、中介等费用"),
        law=CONTRACT_9,
        advice=_l("不得向求职者收费，请删去。"),
        reason=ReturnReason.FEES,
        words=(
            r"(?:报名|建档|中介|介绍|入职|上岗|岗位|手续|会员|入会|加盟|押证|安置)费"
            r"|(?:先|需|须)(?:交|缴|付)\d+元|(?:交|缴|收)(?:纳|取)?体检费|周转金"
            r"|(?:先|需|须|自费)(?:购买|认购|囤)[^,，]{0,4}(?:产品|货|设备|套餐)"
        ),
        after=PAID_FOR,
        must=("收报名费50元", "入职需交体检费", "入职费200", "需交300元", "需先购买产品2000元"),
        before=rf"(?:{DENIED})|(?:学员|学生|家长|客户|会员|考生)$",
        must_not=("免中介费", "不收任何费用", "无中介费", "负责收取学员报名费"),
    ),
    WordRule(
        code="own_cost",
        severity=DOUBTFUL,
        label=_l("入职费用由求职者承担"),
        law=CONTRACT_9,
        advice=_l("请与用人单位核实费用由谁承担，并写清楚。"),
        reason=ReturnReason.FEES,
        words=r"(?:体检|健康证|办证|工装|服装|资质)(?:费用?|办理)?(?:需|须)?(?:自理|自付|自费|自备|自己出)",
        before=r"(?:不|不需|无需)$",
        must=("体检费自理", "健康证自费"),
        must_not=("体检费由公司承担", "持健康证"),
    ),
    WordRule(
        code="training_loan",
        severity=DOUBTFUL,
        label=_l("以招聘为名的培训贷款"),
        law=MARKET_24,
        advice=_l("核实是否真有岗位；凡先贷款、先分期再上岗的，应当退回。"),
        reason=ReturnReason.FEES,
        words=r"培训贷|(?:学费|培训费?)[^,，]{0,4}(?:分期|贷款)|(?:分期|贷款)[^,，]{0,4}(?:学费|培训)|先培训后付款",
        must=("培训费可分期付款", "贷款交学费，包就业"),
        must_not=("销售贷款产品", "不做培训贷", "带薪培训后上岗"),
        before=rf"(?:{DENIED})|不做$",
    ),
    WordRule(
        code="guarantee",
        severity=FORBIDDEN,
        label=_l("要求提供担保"),
        law=CONTRACT_9,
        advice=_l("不得要求劳动者提供担保，请删去。"),
        reason=ReturnReason.FEES,
        words=r"(?:需|须|要求|提供|要有)[^,，]{0,5}(?:担保人|担保)(?!业务|公司|行业)|担保人(?:签字|到场)|抵押物",
        must=("需本地担保人", "须提供房产担保"),
        must_not=("无需担保", "担保公司业务员", "不需要提供担保人"),
        before=rf"(?:{DENIED})|(?:不|无|免)$",
    ),
    WordRule(
        code="documents_held",
        severity=FORBIDDEN,
        label=_l("扣押证件"),
        law=CONTRACT_9,
        advice=_l("不得扣押身份证等证件，改为“面试时出示身份证”。"),
        reason=ReturnReason.DOCUMENTS_HELD,
        words=(
            r"(?:扣押|扣留|抵押|代管|保管|上交|收取|收缴|暂扣|质押|押)(?:(?!客|业主|访客|车主|学员)[^,，]){0,4}"
            r"(?:身份证|毕业证|学历证|驾驶证|驾照|护照|资格证|证件)(?!复印|照片|号码|信息)"
            r"|(?:身份证|毕业证|学历证|驾驶证|护照|证件)(?:原件)?(?:由[^,，]{1,6}?)?(?:统一|需|须)?(?:抵押|质押|扣押|暂押"
            r"|押在公司|保管|上交|代管)"
        ),
        must=(
            "扣押身份证",
            "入职押身份证原件",
            "毕业证由公司保管",
            "身份证统一上交",
            "证件由厂里统一保管",
        ),
        must_not=(
            "携带身份证面试",
            "不扣押身份证",
            "收取身份证复印件",
            "保管客人证件",
            "禁止扣押证件",
        ),
    ),
    WordRule(
        code="unpaid_trial",
        severity=FORBIDDEN,
        label=_l("试用期没有工资"),
        law=CONTRACT_20,
        advice=_l("试用期工资不得低于约定工资的百分之八十和当地最低工资，请写明数额。"),
        reason=ReturnReason.PAY_TOO_LOW,
        words=(
            r"试(?:用|岗|工)(?:期)?[^,，]{0,6}(?:无薪|无工资|无底薪|不发工资|没有工资|不计薪|不带薪|免费)"
            r"|无薪(?:试用|试岗|试工|培训)|免费试(?:岗|工)"
            r"|[头前][一二两三四五六七\d]天(?:不算|不发|没有|无)(?:工资|工钱|钱)"
        ),
        before=NEVER,
        must=("试岗三天无工资", "头三天不算工资", "试工期不计薪", "无薪试岗7天"),
        must_not=("试用期工资4000元", "试用期一个月，带薪", "免费试吃推广"),
    ),
    WordRule(
        code="long_probation",
        severity=FORBIDDEN,
        label=_l("试用期超过六个月"),
        law=CONTRACT_19,
        advice=_l("试用期最长六个月，并与合同期限相称，请改正。"),
        reason=ReturnReason.UNTRUE,
        words=r"试用期?(?:为|:|：)?(?:[7-9]|1\d|七|八|九|十[一二]?)(?:个)?月|试用期?(?:为|:|：)?(?:一|1|两|2|半年以上|一年半)年",
        before=NEVER,
        after=r"^(?:以内|以下)",
        must=("试用期8个月", "试用期一年"),
        must_not=("试用期1个月", "试用期六个月", "试用期1-3个月"),
    ),
    WordRule(
        code="wages_withheld",
        severity=FORBIDDEN,
        label=_l("克扣工资"),
        law=CONTRACT_30,
        advice=_l("已付出的劳动应当足额支付工资，请删去。"),
        reason=ReturnReason.UNTRUE,
        words=(
            r"(?:未满|不满|不足|不到|没满|做不满|干不满)[^,，]{1,8}(?:不发|不结|没有|无|扣发|扣除|不算)"
            r"[^,，]{0,4}(?:工资|工钱|薪)"
            r"|(?:天|月|日)(?:之)?内(?:离开|离职|走人|辞职)[^,，]{0,2}(?:不发|不结|没有|无|不给)(?:工资|钱|薪)"
            r"|自离[^,，]{0,4}(?:不发|无|没有|不结)[^,，]{0,2}(?:工资|薪)"
        ),
        before=NEVER,
        must=("未满7天离职不发工资", "7天内离开不结工资", "做不满一个月没有工资", "自离无工资"),
        must_not=("未满一个月按天结算工资", "工资按月发放"),
    ),
    WordRule(
        code="leaving_penalty",
        severity=DOUBTFUL,
        label=_l("离职要付违约金"),
        law=CONTRACT_25,
        advice=_l("除专项培训服务期和竞业限制外不得约定违约金，请核实。"),
        reason=ReturnReason.UNTRUE,
        words=r"(?:离职|辞职|提前走|中途退出)[^,，无不免]{0,8}违约金|违约金\d+元",
        must=("提前离职需付违约金5000元",),
        must_not=("离职无违约金", "负责合同违约金核算", "离职不收违约金"),
        after=NEVER,
    ),
    WordRule(
        code="wages_delayed",
        severity=DOUBTFUL,
        label=_l("压工资"),
        law=LABOUR_50,
        advice=_l("工资应当按月支付，请写明发薪日。"),
        reason=ReturnReason.PAY_UNCLEAR,
        words=r"(?:压|扣|押)(?:一|半|两|[1-3])?个?(?:月|礼拜|周)(?:的)?(?:工资|薪)|压(?:工资|薪)|(?:季度|年底)(?:统一)?(?:发|结)(?:工资|薪)"
        r"|工资[^,，]{0,2}(?:年底|年终|季度末?)(?:一次性|统一)?(?:发|结|付)",
        must=("压一个月工资", "工资年底一次性结清", "年底统一发工资"),
        must_not=("不压工资", "每月15日发工资", "年底双薪"),
    ),
    WordRule(
        code="no_rest",
        severity=DOUBTFUL,
        label=_l("没有休息日"),
        law=LABOUR_38,
        advice=_l("每周至少休息一日，请核实并写明休息安排。"),
        reason=ReturnReason.INCOMPLETE,
        words=r"(?:全年|全月|月|每月|周末|节假日)无休|无休息日|没有休息(?:日|天)?|月休(?:0|1|一|0-1)天|每月休(?:息)?(?:0|1|一)天",
        before=r"(?:不是|并非|门店|店铺|医院|营业)$",
        after=r"^(?:营业|服务)",
        must=("全年无休", "月休1天", "每月休息一天", "没有休息日"),
        must_not=("月休四天", "门店全年无休营业", "做六休一"),
    ),
    WordRule(
        code="long_hours",
        severity=DOUBTFUL,
        label=_l("每天工作时间过长"),
        law=LABOUR_36,
        advice=_l("标准工时每日不超过八小时；实行综合或不定时工时的请写明。"),
        reason=ReturnReason.INCOMPLETE,
        words=r"(?:每天|每日|日均|每班|工作|上班|上)(?:工作|上班)?(?:时间)?[:：约]?(?:1[1-9]|2[0-4]|十一|十二|十[三-六])个?小时",
        before=NEVER,
        after=r"^(?:营业|内)",
        must=("每天工作12小时", "上12小时休24小时"),
        must_not=("每天8小时", "24小时营业", "24小时内答复"),
    ),
    WordRule(
        code="insurance_waived",
        severity=DOUBTFUL,
        label=_l("不缴社会保险"),
        law=LABOUR_72,
        advice=_l("建立劳动关系的应当依法参加社会保险，不能用现金代替或让人自愿放弃。"),
        reason=ReturnReason.UNTRUE,
        words=(
            r"不(?:交|缴|买|上|办)(?:纳)?(?:社保|五险|保险)|放弃(?:缴纳|购买|参加|交|缴)?(?:社保|五险)|(?:社保|五险)(?:折现|折算|补现)"
            r"|(?:无|没有)(?:社保|五险)|社保自(?:理|缴|己交)"
        ),
        before=NEVER,
        must=("不缴社保，工资高", "社保折现", "自愿放弃社保", "需自愿放弃缴纳社保"),
        must_not=("缴纳五险一金", "已有社保者可面议", "入职即缴社保"),
    ),
    WordRule(
        code="lure",
        severity=DOUBTFUL,
        label=_l("夸大的高薪诱导"),
        law=MARKET_24,
        advice=_l("招聘信息应当真实，请改写为能够兑现的基本工资。"),
        reason=ReturnReason.UNTRUE,
        words=(
            r"月入(?:过|上)?(?:\d+)?万|日(?:入|赚)\d{3,}|日结高薪|高薪日结|轻松(?:月入|日入|赚钱|赚|高薪)"
            r"|躺赚|稳赚|在家(?:就能|轻松|也能)?赚钱|零门槛高薪|(?:一单|一天)(?:赚|挣)\d{3,}|年入百万"
            r"|多劳多得[^,，]{0,3}上不封顶"
        ),
        must=("日结高薪 无需经验 月入过万", "轻松日入500", "在家赚钱"),
        must_not=("月薪4500元起", "日结工资180元", "年薪12万"),
        before=NEVER,
    ),
    WordRule(
        code="fraud",
        severity=FORBIDDEN,
        label=_l("涉嫌诈骗或违法"),
        law=MARKET_24,
        advice=_l("不要发布；必要时请用人单位当面说明并向公安机关核实。"),
        reason=ReturnReason.UNTRUE,
        words=(
            r"刷单|刷信誉|刷好评|跑分|(?:出租|出售|出借|收购|租用)[^,，]{0,3}(?:银行卡|电话卡|对公账户|手机卡)"
            r"|(?:银行卡|电话卡|对公账户|手机卡)(?:出借|出租|出售|外借)|垫资|垫付(?:资金|货款|本金)|代收款项"
            r"|返佣任务|发展下线|拉人头"
        ),
        must=("兼职刷单", "垫付货款，完成返佣", "出借银行卡日赚500", "发展下线有提成"),
        must_not=("打击刷单风控专员", "拒绝刷单", "负责银行卡推广"),
        before=rf"(?:{DENIED})|(?:打击|识别|防范|治理|反|识破)$",
    ),
    WordRule(
        code="gambling",
        severity=FORBIDDEN,
        label=_l("涉赌或非法出境务工"),
        law=MARKET_24,
        advice=_l("不要发布，并报告主管部门。"),
        reason=ReturnReason.UNTRUE,
        words=r"博彩|菠菜(?:推广|行业|客服)|赌场|荷官|缅北|偷渡|(?:境外|缅甸|柬埔寨|迪拜)[^,，]{0,3}高薪|免护照出境",
        must=("境外高薪客服", "赌场荷官", "菠菜推广"),
        must_not=("拒绝博彩", "海外市场专员", "种植菠菜"),
    ),
    WordRule(
        code="nightlife",
        severity=DOUBTFUL,
        label=_l("陪侍性质的工作"),
        law=MARKET_24,
        advice=_l("核实工作内容；含陪侍的不得发布。"),
        reason=ReturnReason.UNTRUE,
        words=r"陪酒|陪唱|陪侍|裸聊|夜场|公关(?:小姐|佳丽|少爷)|模特预订",
        must=("夜场服务员高薪", "陪酒"),
        must_not=("公关经理", "不陪酒", "夜班保安"),
    ),
    WordRule(
        code="contact_in_text",
        severity=DOUBTFUL,
        label=_l("正文里的联系方式"),
        law=None,
        advice=_l("联系方式请填在联系电话一栏，由工作人员转接，避免绕开审核。"),
        reason=ReturnReason.INCOMPLETE,
        words=(
            r"(?<!\d)1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)"
            r"|(?:[微薇威]信号?|加微|vx|v信|wechat|weixin|qq|扣扣)(?:同号|号)?[:： ]?"
            r"[a-z0-9][a-z0-9_-]{4,}|微信同号"
            r"|加(?:我|个)?(?:微信|v信|vx|v|qq|扣扣)(?:详聊|了解|咨询|聊)?|扫码(?:进群|加)"
        ),
        before=NEVER,
        after=NEVER,
        must=(
            "详情电话13800138000",
            "加微信了解",
            "vx：abc12345",
            "座机0571-88888888",
            "微信同号",
            "薇信 abc12345",
        ),
        must_not=("微信小程序运营", "维护微信公众号", "编号20261121001"),
    ),
    WordRule(
        code="id_number_in_text",
        severity=FORBIDDEN,
        label=_l("正文里的身份证号码"),
        law=PERSONAL_25,
        advice=_l("岗位发布后人人看得到，请删去身份证号码。"),
        reason=ReturnReason.INCOMPLETE,
        words=r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dx](?!\d)",
        before=NEVER,
        after=NEVER,
        must=("联系人身份证号330110198506151230",),
        must_not=("编号202611210010000001", "信用代码91330110MA20047111"),
    ),
    WordRule(
        code="link_in_text",
        severity=DOUBTFUL,
        label=_l("正文里的外部链接"),
        law=None,
        advice=_l("请删去链接，把内容写在岗位说明里。"),
        reason=ReturnReason.INCOMPLETE,
        words=r"https?://\S+|www\.\S+|(?<![@a-z0-9.-])(?!(?:asp|vb|ado)\.)[a-z0-9-]{2,}\.(?:com|cn|net|top|xyz|cc|vip|shop)(?![a-z])",
        before=NEVER,
        after=NEVER,
        must=("报名 https://example.com/x", "登录www.example.cn填表", "见abcd.top"),
        must_not=("熟悉.net开发", "会asp.net", "会用vue.js", "简历发hr@example.com"),
    ),
)
