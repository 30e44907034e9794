"""The keyring as a process takes it up."""

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from config import ConfigurationError
from models.residents import Resident
from models.sealed import Keyring, KeyringMissing, SealBroken, install_keyring


def install(path: Path, sessions: sessionmaker[Session]) -> None:
    """Install the keyring and open one sealed value with it; raises ConfigurationError."""
    try:
        install_keyring(Keyring.load(path))
    except KeyringMissing as error:
        message = f"CIRCLE_KEYRING：{path} 不可用（{error}）；circle db upgrade 会为新数据库生成"
        raise ConfigurationError(message) from error
    with sessions() as session:
        _try_one_value(path, session)


def _try_one_value(path: Path, session: Session) -> None:
    newest = select(Resident.id_sealed).where(Resident.id_sealed.is_not(None))
    try:
        session.scalars(newest.order_by(Resident.id.desc()).limit(1)).first()
    except SealBroken as error:
        message = f"CIRCLE_KEYRING：{path} 打不开数据库里的密封数据（{error}），请换回原来的密钥"
        raise ConfigurationError(message) from error
    except DBAPIError:
        # No schema yet, or no database: the pages will say so, and /readyz too.
        return
