"""The choices of a form field from an enumeration, in the language of the page."""

from collections.abc import Callable, Iterable

from flask_babel import gettext

from models.vocabulary.labelled import Labelled


def choices_of(
    members: Iterable[Labelled], blank: str | None = None
) -> Callable[[], list[tuple[str, str]]]:
    """For `choices=`: read when the form is made, not when the module is; `blank` comes first."""

    def choices() -> list[tuple[str, str]]:
        listed = [(member.value, gettext(member.label)) for member in members]
        return listed if blank is None else [("", gettext(blank)), *listed]

    return choices
