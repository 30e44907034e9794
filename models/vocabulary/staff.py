"""The people who sign in."""

from models.vocabulary.labelled import Labelled


class Role(Labelled):
    WORKER = "worker", "社区就业专员"
    STREET = "street", "街道主管"
    DISTRICT = "district", "区级主管"
    CLERK = "clerk", "数据专管员"
    REVIEWER = "reviewer", "岗位审核员"
    EMPLOYER = "employer", "企业"
    OPERATOR = "operator", "运营机构"
    AUDITOR = "auditor", "审计员"
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"


# Two factors for privileged users (GB/T 22239, level 3).
TWO_FACTOR_ROLES = frozenset(
    {Role.STREET, Role.DISTRICT, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN},
)
