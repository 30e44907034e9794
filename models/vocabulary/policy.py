"""Where a parameter comes from."""

from models.vocabulary.labelled import Labelled


class SourceMark(Labelled):
    """Only a value marked S may be shown as a rule of law, with its source."""

    SOURCED = "S", "有公开依据"
    PROFESSIONAL = "B", "业务惯例"
    PROPOSED = "P", "本系统建议"
