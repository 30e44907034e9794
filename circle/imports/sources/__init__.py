"""The files that arrive, one module each."""

from circle.imports.sources.base import SourceFile
from circle.imports.sources.benefits import BENEFITS
from circle.imports.sources.caseload import CASELOAD
from circle.imports.sources.education import EDUCATION
from circle.imports.sources.employment import EMPLOYMENT
from circle.imports.sources.household import HOUSEHOLD
from circle.imports.sources.insurance import INSURANCE
from circle.imports.sources.posts import POSTS
from circle.imports.sources.subsistence import SUBSISTENCE
from circle.imports.sources.unemployment import UNEMPLOYMENT
from models.vocabulary.facts import Source

SOURCES: dict[Source, SourceFile] = {
    described.source: described
    for described in (
        HOUSEHOLD,
        SUBSISTENCE,
        INSURANCE,
        UNEMPLOYMENT,
        EMPLOYMENT,
        BENEFITS,
        EDUCATION,
        CASELOAD,
        POSTS,
    )
}
