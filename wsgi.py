"""The application object that a WSGI server loads."""

from intake import create_app
from intake.errors import ConfigError

try:
    app = create_app()
except ConfigError as error:
    raise SystemExit(f"不能启动。{error}") from None
