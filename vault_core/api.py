"""What a plugin may import, besides `errors` and `hookspecs`: shapes and contracts, no behaviour.

A plugin never meets an open vault. A storage backend sees ciphertext under opaque keys; an
issuer's document type sees rows of its own input and gives back records and renderings.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

Language = Literal["fr", "en"]
Buffer = bytes | bytearray | memoryview
Random = Callable[[int], bytes]
"""`random(n)` gives n bytes of a cryptographic generator; `os.urandom` outside tests."""
Clock = Callable[[], float]
"""Seconds since the epoch, as `time.time` gives them."""


class Reason(str):
    """Why a value, a row or a file is refused: a sentence in English that knows its French.

    It is the English text wherever a text is wanted: commands, logs and programs need nothing
    else. Pages ask for their reader's language. A plugin that raises plain texts is shown as is.
    """

    __slots__ = ("fr",)
    fr: str

    def __new__(cls, fr: str, en: str) -> Reason:
        """Both sentences; the French one gets its own apostrophes and spaces."""
        made = super().__new__(cls, en)
        for mark in (":", ";", "?", "»"):
            fr = fr.replace(f" {mark}", f"\u00a0{mark}")
        made.fr = fr.replace("« ", "«\u00a0").replace("'", "\u2019")
        return made

    def __reduce__(self) -> tuple[type[Reason], tuple[str, str]]:
        return Reason, (self.fr, str(self))  # across processes, too


def said(reason: str, language: Language) -> str:
    """A reason in `language`; what is no `Reason` as it stands."""
    return reason.fr if language == "fr" and isinstance(reason, Reason) else str(reason)


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """What a store knows of one blob: its key, its size in bytes, when it was written (epoch s)."""

    key: str
    size: int
    modified: float


class BlobStore(Protocol):
    """Immutable byte strings under opaque keys.

    A key is 32 lower-case hexadecimal digits; anything else raises ValueError, so that a key
    can never be a path. Every other failure is a `StoreError` (status 503), which promises that
    the operation had no visible effect or can safely be repeated. A cancelled operation leaves
    nothing visible. Conformance: `vault_core.testing.blobstore.BlobStoreContract`.
    """

    async def put(self, key: str, chunks: AsyncIterator[Buffer]) -> int:
        """Store the chunks in order and return how many bytes they were.

        A chunk may be a view that is overwritten once the next one is asked for. When it returns,
        the blob survives a power cut. Until then no reader sees it, whole or in part. Raises
        BlobExists if the key is taken (the stored blob stays as it is) and StoreFull if there is
        no room. An exception raised by `chunks` ends the put and passes through.
        """
        ...

    async def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """Bytes `offset` to `offset + length` (to the end if None), shortened at the blob's end.

        Raises BlobNotFound.
        """
        ...

    def stream(self, key: str, offset: int, length: int, step: int) -> AsyncIterator[Buffer]:
        """The same bytes in pieces of exactly `step` bytes, the last one shorter.

        A piece may be a view that is overwritten by the next one. Raises BlobNotFound, and
        StoreError if the blob ends before `offset + length`.
        """
        ...

    async def delete(self, key: str) -> None:
        """Remove the blob; a missing one is no error."""
        ...

    async def head(self, key: str) -> BlobInfo:
        """Raises BlobNotFound."""
        ...

    def list(self) -> AsyncIterator[BlobInfo]:
        """Every blob, in no particular order, without unfinished ones."""
        ...

    async def sweep(self, before: float) -> int:
        """Remove what unfinished puts left behind, if older than `before` (epoch s); count it."""
        ...

    async def close(self) -> None:
        """Release what the store holds; it is not used afterwards."""
        ...


@runtime_checkable
class BlobStoreFactory(Protocol):
    """Makes a store from the settings of its section `[storage.<name>]`."""

    def __call__(self, options: Mapping[str, Any], data_dir: str) -> BlobStore:
        """Raises SettingsError, naming the key, if an option is missing or wrong."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or label in every language of the product."""

    fr: str
    en: str

    def __getitem__(self, language: Language) -> str:
        return self.fr if language == "fr" else self.en


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a record is about, as the issuer's file says it.

    `ine` is the national student number (11 characters) or "" where the input has none;
    `birth_country` is an ISO 3166 code of two letters, or "" where it is not said.
    """

    ine: str
    family_name: str
    given_names: tuple[str, ...]
    birth_date: dt.date
    birth_place: str = ""
    gender: Literal["M", "F", "X", ""] = ""
    usual_name: str = ""
    birth_country: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a document type's input.

    `names` are the headers it is found under; they are compared without accents, case, spaces
    and punctuation. `sample` is shown in the documentation.
    """

    id: str
    names: tuple[str, ...]
    title: Text
    required: bool = True
    sample: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """The typed facts an issuer asserts about a person.

    `key` identifies the fact for this issuer (the same exam, session and person give the same
    key), so that delivering it twice delivers it once. `facts` are JSON values, flat, named in
    the field's terms. `awarded_on` is None where the issuer's file does not say the day, which is
    never guessed; `valid_until` is None for what does not expire.
    """

    type_id: str
    key: str
    subject: Subject
    facts: Mapping[str, Any]
    awarded_on: dt.date | None
    valid_until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a certificate, for people: what it is, and its value in each language.

    `id` names it in `Record.facts`; `private` facts are left out of a link unless asked for.
    `gauge` is a level and the highest one, for pages that draw it; (0, 0) is none.
    """

    id: str
    title: Text
    value: Text
    private: bool = False
    gauge: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Presentation:
    """How a record reads: what every rendering (page, credential, verification) is made from.

    `statement` goes on after the person's name: "Il est certifié que NAME …", without a capital,
    with its full stop. `distinction` is what stands out, such as honours; being private, it is
    left out of a link together with the private facts, so `title`, `subtitle`, `statement`,
    `description` and `file_name` must not tell it.
    """

    title: Text
    subtitle: Text
    statement: Text
    facts: tuple[Fact, ...]
    file_name: str
    distinction: Text = field(default_factory=lambda: Text("", ""))
    description: Text = field(default_factory=lambda: Text("", ""))
    criteria: Text = field(default_factory=lambda: Text("", ""))
    framework: Text = field(default_factory=lambda: Text("", ""))
    twoddoc: Mapping[str, str] | None = None
    """Fields of the French 2D-Doc type B0 (B6, BG, BJ, …), for diplomas only.

    Free texts are given as they are: the writer transliterates and cuts them, and adds names and
    birth date from the subject.
    """


@dataclass(frozen=True, slots=True)
class Issuer:
    """An authority in whose name documents are sealed and delivered."""

    id: str
    name: Text
    folder: str
    """Name of its folder under `/Attestations/`."""
    country: str = "FR"
    url: str = ""


class DocumentType(Protocol):
    """One kind of document an issuer delivers: how its input reads and how it is presented.

    Everything here is a pure function of its arguments: no clock, no file, no network.
    Conformance: `vault_core.testing.plugin.DocumentTypeContract`.
    """

    @property
    def id(self) -> str:
        """What `parchemin deliver TYPE` takes: lower-case letters, digits and '-'."""
        ...

    @property
    def issuer(self) -> str:
        """Id of the issuer in whose name it is delivered."""
        ...

    @property
    def title(self) -> Text:
        """The document's name for people."""
        ...

    @property
    def columns(self) -> Sequence[Column]:
        """The input's columns."""
        ...

    def parse(self, row: Mapping[str, str]) -> Record:
        """A record from one input row (column id to text, trimmed, missing ones "").

        Raises InvalidRecord with every reason found, each a sentence naming column and value.
        """
        ...

    def present(self, record: Record) -> Presentation:
        """The record's presentation; total for every record that `parse` gave."""
        ...

    def sample(self, count: int, seed: int) -> Iterator[Mapping[str, str]]:
        """Realistic invented rows, the same for the same seed, all accepted by `parse`."""
        ...

    def template(self) -> str:
        """Typst source of the page's body, or "" for the common one.

        See docs/plugin-hooks.md for the variables it is given.
        """
        ...
