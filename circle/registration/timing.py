"""Answers of the public form take the same time, whatever was found on the way."""

import time
from collections.abc import Iterator

from flask import Response

# Longer than a submission takes on the demonstration's machine; a known number saves a few
# milliseconds of writing, and nobody outside is to see them.
ANSWER_SECONDS = 0.5


def evenly(page: str, *, since: float, status: int = 200) -> Response:
    """Send the page no sooner than ANSWER_SECONDS after `since` (time.monotonic).

    The wait comes behind the request's commit, so that no lock is held through it.
    """

    def body() -> Iterator[str]:
        time.sleep(max(0.0, since + ANSWER_SECONDS - time.monotonic()))
        yield page

    return Response(body(), status=status, mimetype="text/html")
