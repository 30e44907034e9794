from pathlib import Path

import pytest

from config import ConfigurationError, Settings

KEY = "k" * 32


def test_nothing_set_gives_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_environ({})
    assert settings == Settings()
    assert settings.database_url == "sqlite:///instance/circle.sqlite3"
    assert settings.secret_key == ""


def test_every_fault_is_told_at_once_with_how_to_mend_it() -> None:
    environ = {
        "CIRCLE_DATABASE_URL": "mysql://x",
        "CIRCLE_SECRET_KEY": "short",
        "CIRCLE_TIMEZONE": "Asia/Hangzhou",
        "CIRCLE_SEARCH_PATH": "a;drop",
        "CIRCLE_COOKIE_SECURE": "maybe",
        "CIRCLE_IDLE_MINUTES": "0",
    }
    with pytest.raises(ConfigurationError) as refusal:
        Settings.from_environ(environ)
    lines = str(refusal.value).splitlines()
    assert [line.partition("：")[0] for line in lines] == list(environ)
    assert "short" not in str(refusal.value)


def test_a_drop_folder_wants_somebody_who_files_what_lies_there() -> None:
    with pytest.raises(ConfigurationError, match="CIRCLE_DROP_ACCOUNT"):
        Settings.from_environ({"CIRCLE_DROP_FOLDER": "drop"})
    environ = {"CIRCLE_DROP_FOLDER": "drop", "CIRCLE_DROP_ACCOUNT": "clerk"}
    settings = Settings.from_environ(environ)
    assert (settings.drop_folder, settings.drop_account) == (Path("drop"), "clerk")
    assert (settings.drop_keep_days, settings.drop_failed_days) == (0, 30)


def test_the_secret_key_lies_beside_the_keyring(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text(f"{KEY}\n")
    settings = Settings.from_environ({"CIRCLE_KEYRING": str(tmp_path / "keyring.json")})
    assert settings.secret_key == KEY
    assert settings.uploads_path == tmp_path / "uploads"


def test_what_is_set_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("f" * 40)
    environ = {"CIRCLE_KEYRING": str(tmp_path / "keyring.json"), "CIRCLE_SECRET_KEY": KEY}
    assert Settings.from_environ(environ).secret_key == KEY


def test_secrets_stay_out_of_what_is_printed() -> None:
    settings = Settings.from_environ(
        {
            "CIRCLE_SECRET_KEY": KEY,
            "CIRCLE_DATABASE_URL": "postgresql+psycopg://office:hidden@127.0.0.1/circle",
        }
    )
    assert KEY not in repr(settings)
    assert "hidden" not in repr(settings)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_may_be_written_as_others_write_it(scheme: str) -> None:
    settings = Settings.from_environ({"CIRCLE_DATABASE_URL": f"{scheme}://circle@db/circle"})
    assert settings.database_url == "postgresql+psycopg://circle@db/circle"


def test_tiles_come_from_one_named_host() -> None:
    tiles = "https://tiles.example.org:8443/wgs84/{z}/{x}/{y}.png"
    assert Settings.from_environ({"CIRCLE_TILES": tiles}).tiles == tiles


@pytest.mark.parametrize(
    "address",
    [
        "https://tiles.example.org/map.png",
        "javascript:{x}{y}{z}",
        "https://a;script-src *.example.org/{z}/{x}/{y}.png",
        "//tiles.example.org/{z}/{x}/{y}.png",
    ],
)
def test_what_is_no_address_of_tiles_is_refused(address: str) -> None:
    with pytest.raises(ConfigurationError, match="CIRCLE_TILES"):
        Settings.from_environ({"CIRCLE_TILES": address})
