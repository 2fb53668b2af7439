"""Where the time of a delivery goes: processor time of each step, in one process.

    python -m tests.bench.steps [DOCUMENTS]

The second half of the file is measured, when blanks were made for what is frequent in it.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.population import environment, prepare
from vault_core.app.institution import Institution
from vault_core.app.opening import open_institution
from vault_core.issuing.certificates import certificate, making
from vault_core.issuing.input.parts import ROWS
from vault_core.issuing.pages import blank, blanks, typesetting
from vault_core.issuing.seals import sealing
from vault_core.settings import load_settings
from vault_core.vault.documents import delivered

STEPS: tuple[tuple[object, str, str], ...] = (
    (making.Maker, "make", "a certificate, all of it"),
    (typesetting.Typesetting, "sheet", ". its page"),
    (blank.Blank, "filled", ". . filled into a blank"),
    (blanks.Blanks, "_first", ". . a blank made"),
    (sealing.Sealing, "sealed", ". its seal"),
    (certificate, "signed_credential", ". its credential"),
    (certificate, "_selective", ". its selective credential"),
    (certificate, "datamatrix", ". DataMatrix"),
    (certificate, "qr", ". QR code"),
    (certificate, "_twoddoc", ". 2D-Doc"),
    (making.Maker, "_row", ". its issuer's row"),
    (making.Maker, "indexes", "what the record is found by"),
    (delivered, "seal", "encrypted to its vault"),
)


def _measured(work: Callable[..., Any], name: str, spent: Counter[str]) -> Callable[..., Any]:
    @functools.wraps(work)
    def timed(*arguments: Any, **named: Any) -> Any:
        start = time.thread_time()
        try:
            return work(*arguments, **named)
        finally:
            spent[name] += time.thread_time() - start  # type: ignore[assignment]

    return timed


async def _work(institution: Institution, parts: int) -> float:
    """Seconds of processor time that some parts take."""
    start = time.process_time()
    for _ in range(parts):
        await institution.worker.one()
    return time.process_time() - start


async def measure(count: int, place: Path) -> None:
    """Print the steps."""
    spent: Counter[str] = Counter()
    for holder, attribute, name in STEPS:
        setattr(holder, attribute, _measured(getattr(holder, attribute), name, spent))
    data, file = place / "data", place / "bac.csv"
    settings = load_settings(data, environment("mlkem768x25519"))
    await prepare(data, count, "mlkem768x25519", file)
    half = count // ROWS // 2
    async with open_institution(data, settings) as institution:
        with file.open("rb") as source:
            await institution.batches.submit("bac", source, file.name, "command")
        await _work(institution, half)
        spent.clear()
        whole = await _work(institution, half)
    print(f"{whole / half / ROWS * 1000:6.2f} ms  each of {half * ROWS:,}")
    for _, _, name in STEPS:
        print(f"{spent[name] / half / ROWS * 1000:6.2f} ms  {name}")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.steps", description=__doc__)
    parser.add_argument("documents", type=int, nargs="?", default=4_096)
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(measure(parser.parse_args().documents, Path(place)))


if __name__ == "__main__":
    main()
