import os
import sys

# structlog would load it to colour tracebacks that are never printed here: 4 MiB a worker.
sys.modules["rich"] = None  # type: ignore[assignment] # as the import system wants it

from circle.app import create_app  # noqa: E402
from config import Settings  # noqa: E402

application = create_app(Settings.from_environ(os.environ))
