"""Reading settings: what wins, what is refused, and in which words."""

from pathlib import Path

import pytest

from vault_core.errors import SettingsError
from vault_core.settings import FILE_NAME, load_settings
from vault_core.settings.load import override

REFUSED_VARIABLES = {
    "below the bound": ("SERVER__WORKERS", "0", "server.workers = '0'", "greater than or equal"),
    "misspelt key": ("SERVER__LISEN", "x", "no setting server.lisen", "did you mean server.listen"),
    "misspelt table": ("SERVR__LISTEN", "x", "no setting servr", "did you mean server"),
    "no size": ("VAULT__QUOTA", "5 gigs", "vault.quota = '5 gigs'", "a size such as 5 GB"),
    "half a size": ("VAULT__QUOTA", "5 G", "vault.quota = '5 G'", "a size such as 5 GB"),
    "no unit": ("VAULT__QUOTA", "5 iB", "vault.quota = '5 iB'", "a size such as 5 GB"),
    "more than can be counted": (
        "VAULT__QUOTA",
        "9999999 TB",
        "vault.quota = '9999999 TB'",
        "less",
    ),
    "digits without end": ("VAULT__QUOTA", "9" * 400, "vault.quota = '9999", "a size such as 5 GB"),
    "negative size": ("VAULT__QUOTA", "-5", "vault.quota = '-5'", "a size such as 5 GB"),
    "unknown word": ("VAULT__RECIPIENT", "rsa", "vault.recipient = 'rsa'", "'x25519'"),
    "unknown in a list": ("INSTITUTION__LANGUAGES", "fr,de", "'de'", "'fr' or 'en'"),
    "empty list": ("INSTITUTION__LANGUAGES", "", "institution.languages", "at least 1 item"),
    "no port": ("SERVER__LISTEN", "8080", "server.listen = '8080'", "HOST:PORT"),
    "no such port": ("SERVER__LISTEN", "a:99999", "server.listen", "HOST:PORT"),
    "no address": ("SERVER__PUBLIC_URL", "coffre.fr", "server.public_url", "https://"),
    "no network": ("SERVER__TRUSTED_PROXIES", "10.0.0.1/8", "'10.0.0.1/8'", "10.0.0.0/8"),
    "not a table": ("STORAGE__BAKEND", "s3", "storage.bakend", "should be a table"),
}

SIZES = {"2 GiB": 2 * 2**30, "5 GB": 5 * 10**9, "1,5 Go": 15 * 10**8, "512 Mio": 2**29, "7": 7,
         "12 octets": 12}  # fmt: skip

REFUSED_FILES = {
    "no TOML": (b"[server]\nlisten = \n", "line 2"),
    "not UTF-8": (b"[institution]\nname = '\xe9'\n", "UTF-8"),
    "a table that is none": (b"server = 3\n", "server should be a table: [server]"),
    "wrong type": (b"[server]\nlisten = 8\n", "server.listen = 8 is not allowed"),
    "unknown table": (b"[serveur]\n", "no setting serveur; did you mean server?"),
}


@pytest.mark.parametrize("case", REFUSED_VARIABLES)
def test_a_wrong_variable_is_named_with_its_value_and_what_is_allowed(
    case: str, tmp_path: Path
) -> None:
    name, value, told, allowed = REFUSED_VARIABLES[case]
    with pytest.raises(SettingsError) as refusal:
        load_settings(tmp_path, {f"PARCHEMIN_{name}": value})
    assert told in str(refusal.value)
    assert allowed in str(refusal.value)


SECRETS = {
    "a PIN without quotation marks": "[hsm]\npin = 7319640\n",
    "a token that is a number": "[metrics]\ntoken = 7319640\n",
    "a client's secret": "[oidc]\nclient_secret = 7319640\n",
    "a database's address": '[catalog]\nurl = ["postgresql://ada:7319640@db/x"]\n',
    "beside a wrong address": '[ldap]\nurl = "http://x"\nbind_password = "7319640"\n',
    "beside a wrong filter": (
        '[ldap]\nurl = "ldaps://x"\nuser_filter = "(uid=x)"\nbind_password = "7319640"\n'
    ),
}


@pytest.mark.parametrize("case", SECRETS)
def test_a_refusal_repeats_no_secret(case: str, tmp_path: Path) -> None:
    """It goes to the terminal, and to the log when the file changes while the server runs."""
    (tmp_path / FILE_NAME).write_text(SECRETS[case])
    with pytest.raises(SettingsError, match="is not allowed") as refusal:
        load_settings(tmp_path, {})
    assert "7319640" not in str(refusal.value)


def test_a_refusal_repeats_a_long_value_in_part(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"institution\.name = 'xxx") as refusal:
        load_settings(tmp_path, {"PARCHEMIN_INSTITUTION__NAME": "x" * 100_000})
    assert len(str(refusal.value)) < 400


@pytest.mark.parametrize("case", REFUSED_FILES)
def test_a_wrong_file_is_refused_in_one_sentence(case: str, tmp_path: Path) -> None:
    content, told = REFUSED_FILES[case]
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(SettingsError) as refusal:
        load_settings(tmp_path, {})
    assert told in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_every_wrong_setting_is_reported_at_once(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("[server]\nworkers = 99\n[vault]\ntrash_days = -1\n")
    with pytest.raises(SettingsError, match=r"server\.workers = 99 .*; vault\.trash_days = -1 "):
        load_settings(tmp_path, {})


def test_the_environment_wins_over_the_file_and_the_file_over_the_defaults(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(
        '[server]\nworkers = 3\nlisten = "[::]:80"\n[storage]\nbackend = "s3"\n'
        '[storage.s3]\nbucket = "a"\nregion = "r"\n'
    )
    env = {
        "PARCHEMIN_SERVER__WORKERS": "2",
        "PARCHEMIN_PLUGINS__ENABLED": "local, jdc",
        "PARCHEMIN_STORAGE__S3__BUCKET": "b",
        "PARCHEMIN_VAULT__QUOTA": "2 GiB",
        "PARCHEMIN_DATA": "/not/a/setting",
    }
    settings = load_settings(tmp_path, env)
    assert settings.server.workers == 2
    assert settings.server.listen == "[::]:80"
    assert settings.plugins.enabled == ("local", "jdc")
    assert settings.storage.options() == {"bucket": "b", "region": "r"}
    assert settings.vault.quota == 2 * 2**30
    assert settings.server.idle_timeout == 30


def test_settings_cannot_be_changed_in_place(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {})
    with pytest.raises(ValueError, match="frozen"):
        settings.vault.quota = 1  # type: ignore[misc]


def test_an_override_is_checked_like_the_file(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {})
    assert override(settings, "server", {"workers": 2}).server.workers == 2
    assert override(settings, "server", {}) == settings
    with pytest.raises(SettingsError, match=r"server\.listen = 'nowhere' is not allowed"):
        override(settings, "server", {"listen": "nowhere"})


@pytest.mark.parametrize(("written", "size"), SIZES.items())
def test_a_size_is_written_as_people_do(written: str, size: int, tmp_path: Path) -> None:
    assert load_settings(tmp_path, {"PARCHEMIN_VAULT__QUOTA": written}).vault.quota == size
