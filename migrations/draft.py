"""Write the next numbered migration: what the models have and a migrated database lacks.

python -m migrations.draft NAME
"""

import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

FOLDER = Path(__file__).parent
VERSIONS = FOLDER / "versions"


def main(name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        sys.exit("make migration NAME=what_it_adds")
    number = f"{len(list(VERSIONS.glob('[0-9]*.py'))) + 1:04d}"
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", f"%%(rev)s_{name}")
    with TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{folder}/draft.sqlite3")
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            command.revision(config, name, autogenerate=True, rev_id=number)
        engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
