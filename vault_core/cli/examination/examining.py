"""What `parchemin doctor` looks at, and in what order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from vault_core.api import Reason
from vault_core.cli.examination import expiry, machine, rounds, services
from vault_core.cli.examination.findings import NO_ANSWER, Finding
from vault_core.errors import ParcheminError
from vault_core.settings import FILE_NAME, load_settings


def examine(data: Path, env: Mapping[str, str]) -> Iterator[Finding]:
    """Look at everything; a fault in one place does not hide the others."""
    for first in machine.FIRST:
        yield first()
    if not data.is_dir():  # what follows would make it
        told = Reason(
            f"il n'y a pas de dossier {data} : parchemin init --data {data}",
            f"there is no folder {data}: parchemin init --data {data}",
        )
        yield Finding("data", "bad", told)
        return
    try:
        settings = load_settings(data, env)
    except ParcheminError as error:
        yield Finding("settings", "bad", str(error) or NO_ANSWER)
        return
    fine = Reason(
        f"{data / FILE_NAME} ne contient que des valeurs permises",
        f"{data / FILE_NAME} holds allowed values only",
    )
    yield Finding("settings", "good", fine)
    for look in (look for module in (machine, services, rounds, expiry) for look in module.LOOKS):
        try:
            yield look(data, settings)
        except (ParcheminError, OSError) as error:  # a time-out is an OSError
            yield Finding(
                look.__name__.strip("_").replace("_", " "), "bad", str(error) or NO_ANSWER
            )
