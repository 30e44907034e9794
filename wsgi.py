import os

from circle.app import create_app
from config import Settings

application = create_app(Settings.from_environ(os.environ))
