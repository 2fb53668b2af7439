"""A SoftHSM token, as a real PKCS#11 library gives it."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.requirements import missing, need

LIBRARY = Path("/usr/lib/softhsm/libsofthsm2.so")
TOKEN, PIN = "parchemin", "1234"


@dataclass(frozen=True, slots=True)
class Token:
    """Where a token lies; the library finds it by an environment variable."""

    library: str
    label: str
    pin: str

    @property
    def settings(self) -> dict[str, str]:
        """As [hsm] names it."""
        return {"library": self.library, "token": self.label, "pin": self.pin}


def make_token() -> Token:
    """A token in a folder of its own; one a process, for the library reads its place once."""
    if not LIBRARY.exists():
        missing("libsofthsm2.so is not installed: apt-get install softhsm2")
    place = os.environ.get("SOFTHSM2_CONF")
    if place is None:
        folder = Path(tempfile.mkdtemp(prefix="parchemin-softhsm-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        (folder / "tokens").mkdir()
        (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\n")
        os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
        command = [need("softhsm2-util", "softhsm2"), "--init-token", "--free"]
        command += ["--label", TOKEN, "--pin", PIN, "--so-pin", "12345678"]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
    return Token(str(LIBRARY), TOKEN, PIN)
