"""The words of the sources: what a place we look at yields, and what it is given to work with.

Knows no school, no mention, no mail. Everything here is plain data or a protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict

USER_AGENT_TOKEN = "SchoolMentionMonitor"  # noqa: S105 -- the product token of RFC 9309, no secret

Checkpoint: TypeAlias = Mapping[str, Any]
"""What a source remembers between polls. JSON-able, and opaque outside the source."""

EntryKind: TypeAlias = Literal["post", "comment", "review", "article", "edit", "foi"]

T = TypeVar("T")
S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing a source returned. ``id`` is the source's own stable id; times are aware UTC."""

    id: str
    url: str = ""
    title: str = ""
    text: str = ""
    author: str = ""
    published: datetime | None = None
    edited: datetime | None = None
    language: str = ""
    kind: EntryKind = "article"
    thread: str = ""
    """The id of the root of the conversation, if the platform tells."""
    reply_to: str = ""
    """The id of the entry this one answers, if the platform tells."""
    own_account: bool = False
    """True where the policy's promise to answer applies: the school's own account or page."""
    by_us: bool = False
    """True where the school's own account wrote it: no mention, but an answer if it replies to one."""
    quotable: bool = True
    """False where the publisher asks not to be quoted or kept (``noindex``, ``!no-unauthenticated``)."""
    backlog: bool = False
    """It stood there already when the source was first looked at, and could only be read now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much of a platform's allowance is used up, as ``sources`` and ``health`` show it."""

    used: int
    limit: int
    of: str
    """What is counted, such as ``searches a day``."""
    renewed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """What a human must see to though the poll went well, such as a token that ends soon."""

    what: str
    """With ``ends`` a thing, ``the token``; else a sentence, ``the token may not read …``. Never text from the world."""
    remedy: str
    ends: datetime | None = None
    """When it will be too late."""

    @property
    def words(self) -> str:
        """One line for people."""
        when = f" ends on {self.ends:%-d %B %Y}" if self.ends else ""
        return f"{self.what}{when}: {self.remedy}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one poll found, and what to remember for the next."""

    entries: tuple[Entry, ...]
    checkpoint: Checkpoint
    unchanged: bool = False
    """The source itself said, or a hash showed, that nothing is new."""
    fresh_for: timedelta | None = None
    """The server's own wish for the time until the next poll (``max-age``, ``ttl``)."""
    gap: bool = False
    """There was more than we could read: something may have been missed."""
    http_status: int | None = None
    robots: str = ""
    """Robots verdict for display: ``allowed``, ``disallowed`` or nothing."""
    skipped: int = 0
    """Entries that could not be read and were left out."""
    notes: tuple[str, ...] = ()
    """Remarks for the operator; never text from the world."""
    budget: Budget | None = None
    """What is left of the platform's allowance, where it has one."""
    gone: tuple[str, ...] = ()
    """Ids of entries that the platform said in this poll have been deleted."""
    concerns: tuple[Concern, ...] = ()
    """What ``health`` tells of this source as long as each poll says it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer, already bounded in time and size. Header names are lower case."""

    status: int
    url: str
    """The address that answered, after redirects."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    moved_to: str = ""
    """Where a chain of only permanent redirects (301, 308) ended; empty otherwise."""


class Fetcher(Protocol):
    """A polite, bounded and guarded HTTP client.

    ``get`` and ``post`` return every answer, whatever its status; they raise ``SourceError`` when
    there is none (unreachable, too large, too slow, refused by our own rules).
    """

    def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        pause: float = 0.0,
        obey_robots: bool = False,
    ) -> Answer:
        """Fetch ``url``; ``timeout`` is the total deadline in seconds (default 20, at most 60).

        ``pause``: so many seconds must pass before the next request to that host, if the usual two are too few.
        """
        ...

    def post(
        self,
        url: str,
        *,
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Post JSON or a form to ``url``. Redirects are not followed."""
        ...

    def robots(self, url: str) -> str:
        """Say ``allowed`` or ``disallowed`` by RFC 9309, from a cache of at most a day."""
        ...


class Parser(Protocol):
    """Runs a pure function on bytes from the world where it can do no harm."""

    def run(self, job: Callable[..., T], body: bytes, /, **options: Any) -> T:
        """Return ``job(body, **options)``.

        ``job`` is a module-level function, ``options`` and its result can be pickled. Raises
        ``Unreadable`` if the job fails, is too slow or uses too much memory.
        """
        ...


class SecretFile(BaseModel):
    """A secret in the configuration: the name of the file that holds it, never the secret."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str


def no_hints(_entry: Entry) -> int:
    """What is told of entries where nobody is watched for."""
    return 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """All a source is given to work with."""

    fetcher: Fetcher
    parser: Parser
    secret: Callable[[SecretFile], str]
    now: Callable[[], datetime]
    hints: Callable[[Entry], int] = no_hints
    """How strongly the words of an entry hint at somebody whom they do not name; 0: there is no need to read on."""


class Source(Protocol):
    """One place to look."""

    def poll(self, checkpoint: Checkpoint | None) -> Batch:
        """Look once. Raises ``SourceError``; ``checkpoint`` is ``None`` at the first poll."""
        ...


class Rechecks(Protocol):
    """A source that can look again at single entries; one that cannot has no such method."""

    def recheck(self, ids: Sequence[str]) -> Mapping[str, Entry | None]:
        """Each entry as it is now; ``None`` for one that is gone; nothing for one that could not be asked.

        At most 25 ids. Raises ``SourceError``.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[S]):
    """One line of the registry: everything the house needs to know of a kind of source."""

    settings: type[S]
    build: Callable[[S, Tools], Source]
    locate: Callable[[S], str]
    """What makes two sources the same place: the address, or query and service."""
    host: Callable[[S], str]
    """``host:port`` that will be asked; politeness counts per host."""
    every: timedelta
    """How often to look, unless the configuration says otherwise."""
    sees: str
    """One line for README and ``sources``: what this kind can see."""
    cannot: str
    """One line: what it can never see."""
    cost: str = "free"
    """One line for the README: what the platform asks for it."""
    credentials: str = "none"
    """One line: what has to be made at the platform first."""
    terms: str = ""
    """One line: what the platform's terms ask of us, and how that is kept."""
    keep: timedelta | None = None
    """How long the platform's terms let us keep its words without asking again; ``None``: as long as we do anyway."""
    purge_gone: bool = False
    """Whether what its author deletes must be deleted here too, as most platforms' terms ask."""
