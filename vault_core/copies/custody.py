"""The institution's own secrets in a backup: encrypted to somebody, or not there at all.

Whoever reads a backup is the attacker. Without the institution's key it shows no name of a
person; with it, the register of persons opens. So the key is only ever in a backup as an age
file, together with the settings, which may hold passwords of other services.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from vault_core.api import Random
from vault_core.crypto import age
from vault_core.crypto.keys import Opener, Recipient, parse_identity, parse_recipient
from vault_core.crypto.scrypt import ScryptIdentity, ScryptRecipient
from vault_core.errors import BadRequest, CryptoError, InvalidBackup

FORMAT = "parchemin-institution-files-1"
LEAST = 12
"""Characters of a passphrase."""


def recipients(texts: Sequence[str], passphrase: str | None) -> list[Recipient]:
    """Whom the secrets are encrypted to; nobody if nothing is given. Raises BadRequest."""
    if texts and passphrase is not None:
        raise BadRequest("Give an age recipient or a passphrase, not both.")
    if passphrase is not None:
        if len(passphrase) < LEAST:
            raise BadRequest(f"The passphrase must have at least {LEAST} characters.")
        return [ScryptRecipient(passphrase.encode())]
    try:
        found = [parse_recipient(text.strip()) for text in texts]
    except CryptoError as error:
        raise BadRequest(f"That is no age recipient: {error}") from None
    if len({recipient.kind for recipient in found}) > 1:  # as age itself, since 1.3
        raise BadRequest(
            "Give recipients of one kind, age1pq1… or age1…: beside one that is not safe from"
            " quantum computers another one is of no use."
        )
    return found


def opener(identity: str | None, passphrase: str | None) -> Opener | None:
    """What opens them: the text of an age identity file, or a passphrase. Raises BadRequest."""
    if passphrase is not None:
        return ScryptIdentity(passphrase.encode())
    if identity is None:
        return None
    lines = [line.strip() for line in identity.splitlines()]
    keys = [line for line in lines if line and not line.startswith("#")]
    if len(keys) != 1:
        raise BadRequest("The identity file must hold one line AGE-SECRET-KEY-….")
    try:
        return parse_identity(keys[0])
    except CryptoError as error:
        raise BadRequest(f"That is no age identity: {error}") from None


def wrap(files: Mapping[str, str], to: Sequence[Recipient], random: Random) -> bytes:
    """One age file of the files, by name."""
    text = json.dumps({"format": FORMAT, "files": dict(files)}, ensure_ascii=False)
    return age.encrypt(text.encode(), to, random)


def unwrap(data: bytes, key: Opener) -> dict[str, str]:
    """The files, by name. Raises InvalidBackup if this key does not open them."""
    try:
        found = json.loads(age.decrypt(data, [key]))
        files = found["files"]
        if found["format"] != FORMAT or not all(isinstance(text, str) for text in files.values()):
            raise ValueError
    except CryptoError:
        raise InvalidBackup(
            "The institution's key in this backup does not open with that identity or passphrase."
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InvalidBackup("The institution's files in this backup are not as written.") from None
    return dict(files)
