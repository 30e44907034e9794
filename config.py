"""Settings: read once from the environment, complete or refused. Imports nothing of ours."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SECRET_KEY_LENGTH = 32
DATABASE_SCHEMES = ("sqlite:", "postgresql+psycopg:")
# How others write PostgreSQL's address; the driver is ours to name.
OTHER_SPELLING = re.compile(r"postgres(?:ql)?:")
SMTP_SECURITY = ("starttls", "tls", "none")
YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"0", "false", "no", "off"})


class ConfigurationError(Exception):
    """Names every fault of the environment, one a line, each with how to mend it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What differs between one installation and the next."""

    database_url: str = field(default="sqlite:///instance/circle.sqlite3", repr=False)
    secret_key: str = field(default="", repr=False)
    keyring_path: Path = Path("instance/keyring.json")
    uploads_path: Path = Path("instance/uploads")
    drop_folder: Path | None = None
    drop_account: str = ""
    drop_quiet_seconds: int = 10
    drop_keep_days: int = 0
    drop_failed_days: int = 30
    timezone: str = "Asia/Shanghai"
    search_path: str | None = None
    cookie_secure: bool = True
    proxies: int = 0
    rate_limit_storage: str = "memory://"
    idle_minutes: int = 30
    max_upload_mb: int = 200
    password_max_age_days: int = 0
    log_json: bool = True
    tiles: str = ""
    sms: str = ""
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: str = "starttls"
    smtp_from: str = ""
    smtp_user: str = ""
    smtp_password: str = field(default="", repr=False)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Raises ConfigurationError; an unset or empty variable keeps its default.

        Without CIRCLE_SECRET_KEY the key is read from the file `secret_key` beside the keyring;
        where that is missing too it stays empty, and only the web application refuses to start.
        """
        values: dict[str, Any] = {}
        faults = []
        for name, (variable, read) in VARIABLES.items():
            text = environ.get(variable, "").strip()
            if not text:
                continue
            try:
                values[name] = read(text)
            except ValueError as fault:
                faults.append(f"{variable}：{fault}")
        if "drop_folder" in values and "drop_account" not in values:
            faults.append("CIRCLE_DROP_ACCOUNT：设了投放文件夹，就须写明以哪个账号收取文件")
        if values.get("smtp_host", "console") != "console" and "smtp_from" not in values:
            faults.append("CIRCLE_SMTP_FROM：设了邮件服务器，就须写明发件地址")
        if faults:
            raise ConfigurationError("\n".join(faults))
        return _completed(cls(**values), values)


def _completed(settings: Settings, given: Mapping[str, Any]) -> Settings:
    """Uploads and the secret key lie beside the keyring unless told otherwise."""
    folder = settings.keyring_path.parent
    if "uploads_path" not in given:
        settings = replace(settings, uploads_path=folder / "uploads")
    kept = folder / "secret_key"
    if not settings.secret_key and kept.is_file():
        settings = replace(settings, secret_key=_read_secret(kept.read_text().strip()))
    return settings


def _read_database(given: str) -> str:
    text = OTHER_SPELLING.sub("postgresql+psycopg:", given, count=1)
    if not text.startswith(DATABASE_SCHEMES):
        message = "须以 sqlite: 或 postgresql+psycopg: 开头，例如 sqlite:///instance/circle.sqlite3"
        raise ValueError(message)
    return text


def _read_secret(text: str) -> str:
    if len(text) < SECRET_KEY_LENGTH:
        message = f"至少 {SECRET_KEY_LENGTH} 个字符，现在 {len(text)} 个；circle keys make 可以生成"
        raise ValueError(message)
    return text


def _read_timezone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, OSError):
        message = f"没有名为 {text} 的时区，例如 Asia/Shanghai"
        raise ValueError(message) from None
    return text


def _read_schema(text: str) -> str:
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", text):
        message = "须是一个 PostgreSQL 模式名，只用小写字母、数字和下划线"
        raise ValueError(message)
    return text


def _read_program(text: str) -> str:
    if text != "console" and not Path(text).is_file():
        message = f"须是 console 或一个程序文件的路径，没有找到 {text}"
        raise ValueError(message)
    return text


def _read_security(text: str) -> str:
    if text not in SMTP_SECURITY:
        message = f"须是 {'、'.join(SMTP_SECURITY)} 之一，现在是 {text}"
        raise ValueError(message)
    return text


def _read_claim(text: str) -> bool:
    if text.lower() not in YES | NO:
        message = f"须是 true 或 false，现在是 {text}"
        raise ValueError(message)
    return text.lower() in YES


def _read_tiles(text: str) -> str:
    parts = urlsplit(text)
    named = all(f"{{{name}}}" in parts.path + parts.query for name in "xyz")
    plain = re.fullmatch(r"[A-Za-z0-9.:-]+", parts.netloc)
    if parts.scheme not in {"http", "https"} or not plain or not named:
        message = (
            "须是地图瓦片的网址，含 {z}、{x}、{y}，例如 https://tiles.example.org/{z}/{x}/{y}.png"
        )
        raise ValueError(message)
    return text


def _count(least: int, unit: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdecimal()) or int(text) < least:
            message = f"须是不小于 {least} 的整数（{unit}），现在是 {text}"
            raise ValueError(message)
        return int(text)

    return read


VARIABLES: dict[str, tuple[str, Callable[[str], Any]]] = {
    "database_url": ("CIRCLE_DATABASE_URL", _read_database),
    "secret_key": ("CIRCLE_SECRET_KEY", _read_secret),
    "keyring_path": ("CIRCLE_KEYRING", Path),
    "uploads_path": ("CIRCLE_UPLOADS", Path),
    "drop_folder": ("CIRCLE_DROP_FOLDER", Path),
    "drop_account": ("CIRCLE_DROP_ACCOUNT", str),
    "drop_quiet_seconds": ("CIRCLE_DROP_QUIET_SECONDS", _count(0, "秒")),
    "drop_keep_days": ("CIRCLE_DROP_KEEP_DAYS", _count(0, "天，0 为入库后即删除")),
    "drop_failed_days": ("CIRCLE_DROP_FAILED_DAYS", _count(1, "天")),
    "timezone": ("CIRCLE_TIMEZONE", _read_timezone),
    "search_path": ("CIRCLE_SEARCH_PATH", _read_schema),
    "cookie_secure": ("CIRCLE_COOKIE_SECURE", _read_claim),
    "proxies": ("CIRCLE_PROXIES", _count(0, "反向代理层数")),
    "rate_limit_storage": ("CIRCLE_RATE_LIMIT_STORAGE", str),
    "idle_minutes": ("CIRCLE_IDLE_MINUTES", _count(1, "分钟")),
    "max_upload_mb": ("CIRCLE_MAX_UPLOAD_MB", _count(1, "MB")),
    "password_max_age_days": ("CIRCLE_PASSWORD_MAX_AGE_DAYS", _count(0, "天，0 为不限")),
    "log_json": ("CIRCLE_LOG_JSON", _read_claim),
    "tiles": ("CIRCLE_TILES", _read_tiles),
    "sms": ("CIRCLE_SMS", _read_program),
    "smtp_host": ("CIRCLE_SMTP_HOST", str),
    "smtp_port": ("CIRCLE_SMTP_PORT", _count(1, "端口")),
    "smtp_security": ("CIRCLE_SMTP_SECURITY", _read_security),
    "smtp_from": ("CIRCLE_SMTP_FROM", str),
    "smtp_user": ("CIRCLE_SMTP_USER", str),
    "smtp_password": ("CIRCLE_SMTP_PASSWORD", str),
}
