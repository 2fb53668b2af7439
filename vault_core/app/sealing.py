"""What seals certificates, from the settings: an HSM, a time-stamping authority, or neither."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509

from vault_core.api import Clock, Random
from vault_core.errors import SettingsError
from vault_core.issuing.seals.hsm import Hsm
from vault_core.issuing.seals.sealing import Sealing
from vault_core.settings import Settings


def sealing_of(data_dir: Path, settings: Settings, clock: Clock, random: Random) -> Sealing:
    """Nothing is opened or asked before the first seal. Raises SettingsError."""
    rules = settings.timestamps
    if not rules.url:
        if rules.long_term:
            raise SettingsError("timestamps.long_term needs timestamps.url: name an authority.")
        roots = _roots(data_dir, rules.roots) if rules.roots else ()
        return Sealing(hsm_of(settings), known=roots)
    from vault_core.issuing.seals.timestamps import Account, Timestamps

    roots = _roots(data_dir, rules.roots)
    account = Account(rules.url, roots, rules.user, rules.password.get_secret_value())
    long_term = clock if rules.long_term else None
    return Sealing(hsm_of(settings), Timestamps(account, random), long_term, roots)


def hsm_of(settings: Settings) -> Hsm | None:
    """The HSM that the settings name, if any. Raises SettingsError."""
    rules = settings.hsm
    if not rules.library:
        return None
    if not rules.token:
        raise SettingsError("hsm.library needs hsm.token: name the token that has the keys.")
    return Hsm(rules.library, rules.token, rules.pin.get_secret_value())


def _roots(data_dir: Path, name: str) -> tuple[x509.Certificate, ...]:
    if not name:
        raise SettingsError("timestamps.url needs timestamps.roots: the authority's certificates.")
    path = data_dir / name
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except OSError as error:
        raise SettingsError(f"timestamps.roots: {path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise SettingsError(f"timestamps.roots: {path} holds no PEM certificate") from None
