"""The offline verifier: one HTML file with a trust snapshot in it, that needs no network.

Its sources are ES modules beside this file; here they are joined, in the order in which they
need one another, under a policy that lets nothing else run and nothing be fetched.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from vault_core.issuing.checking.answer import KINDS, TWODDOC_ONLY
from vault_core.issuing.faults import Fault
from vault_core.issuing.pdf.file import LARGEST
from vault_core.issuing.symbols.twoddoc_fields import FIELDS
from vault_core.web.messages import CATALOGUES

FOLDER: Final = Path(__file__).parent
STATIC: Final = FOLDER.parent / "static"
MODULES: Final = (
    "bytes", "der", "proofs", "trust", "credential", "selective", "stamp", "cms", "archive", "pdf",
    "twoddoc", "answer", "page",
)  # fmt: skip
SCANNING: Final = ("codes", "camera", "dialog", "decoding")
"""What it shares with the online page."""
_TITLES: Final[Mapping[str, tuple[str, str]]] = {
    "B0": ("Prénoms", "Given names"),
    "B1": ("Prénom", "First name"),
    "B2": ("Nom de naissance", "Birth name"),
    "B3": ("Nom d’usage", "Usual name"),
    "B5": ("Nationalité", "Nationality"),
    "B6": ("Genre", "Gender"),
    "B7": ("Naissance (JJMMAAAA)", "Birth (DDMMYYYY)"),
    "B8": ("Lieu de naissance", "Birth place"),
    "B9": ("Pays de naissance", "Birth country"),
    "BC": ("Clé de contrôle", "Verification code"),
    "BD": ("Niveau CEC", "EQF level"),
    "BG": ("Diplôme", "Diploma"),
    "BH": ("Domaine", "Domain"),
    "BI": ("Mention", "Honours"),
    "BJ": ("Spécialité", "Speciality"),
}


def page(snapshot: bytes, key: str) -> bytes:
    """The file, with a snapshot that `key` (a did:key method) signed."""
    reader = (STATIC / "vendor" / "zxing" / "zxing_reader.js").read_text("utf-8")
    scanning = [_module(STATIC / "scanning" / f"{name}.js") for name in SCANNING]
    script = "\n".join((*scanning, *(_module(FOLDER / f"{name}.js") for name in MODULES)))
    style = (FOLDER / "page.css").read_text("utf-8")
    policy = (
        f"default-src 'none'; script-src {_digest(reader)} {_digest(script)} 'wasm-unsafe-eval'; "
        f"style-src {_digest(style)}; base-uri 'none'; form-action 'none'"
    )
    # "<" stands in no JSON value then, so that none can end the element
    data = json.dumps(_data(snapshot, key), ensure_ascii=False).replace("<", "\\u003c")
    parts = {
        "policy": policy, "style": style, "data": data, "script": script, "reader": reader,
        "wasm": _packed(STATIC / "vendor" / "zxing" / "zxing_reader.wasm"),
    }  # fmt: skip
    text = (FOLDER / "page.html").read_text("utf-8")
    names = "|".join(parts)
    return re.sub(rf"\{{({names})\}}", lambda found: parts[found[1]], text).encode()


def _data(snapshot: bytes, key: str) -> dict[str, object]:
    texts = {
        language: {
            name: text
            for name, text in catalogue.items()
            if name.startswith(("verify.", "offline.", "claim.", "proof.hidden"))
        }
        | {"offline.twoddoc": TWODDOC_ONLY[language]}
        for language, catalogue in CATALOGUES.items()
    }
    return {
        "snapshot": json.loads(snapshot),
        "key": key,
        "messages": texts,
        "faults": {
            fault.name.lower(): {"fr": fault.value.fr, "en": fault.value.en} for fault in Fault
        },
        "kinds": dict(KINDS),
        "largest": LARGEST,
        "longest": {name: field.longest for name, field in FIELDS.items()},
        "fields": {name: {"fr": fr, "en": en} for name, (fr, en) in _TITLES.items()},
    }


@cache
def _packed(path: Path) -> str:
    """The file, with gzip and in base64."""
    return base64.b64encode(gzip.compress(path.read_bytes(), 9, mtime=0)).decode()


def _module(path: Path) -> str:
    """A module's text, without what names the others: in one script they see one another."""
    text = path.read_text("utf-8")
    return re.sub(r"^export ", "", re.sub(r"^import .*\n", "", text, flags=re.M), flags=re.M)


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
