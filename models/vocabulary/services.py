"""The counted services a case is owed (131 and 1131)."""

from models.vocabulary.labelled import Labelled


class ServiceKind(Labelled):
    GUIDANCE = "guidance", "职业指导"
    RECOMMENDATION = "recommendation", "岗位推荐"
    TRAINING = "training", "技能培训或就业见习"
    BRIEFING = "briefing", "政策宣讲"
