"""The frame of a fake platform: posts in memory, spoken about over real HTTP on loopback, with faults on request.

A platform is one file beside this one. It subclasses ``Platform``, answers requests as the real one does
(``answer``), and names itself in ``PLATFORMS``; ``tests/sources/test_platforms.py`` then holds its kind of source to
the one contract of all platforms, through the real fetcher. What a platform must say:

``kind``, ``can``
    its name in the registry, and what it is able to: only then does the contract ask for it (see ``Can``).
``settings()``, ``secrets()``
    the keys of a source that looks here (``self.address`` is the base address), and the secrets by file name.
``entry_id(post)``, ``answer(request)``
    the id that the source must give to a post, and the proper answer to one request.

``answer`` finds the posts in ``self.posts``, oldest first, removed ones included: ``self.page`` makes pages of them
with opaque cursors, and already knows short pages and cursors that go round in a circle. What is platform's own, such
as a body that says that the quota is used up, is an overridden method: ``quota``, ``expire``, ``revoke``,
``break_partly``.

A test adds posts (``add``, ``by_us``, ``add_private``), changes them (``edit``, ``remove``), has some or all requests
answered wrongly (``misbehave(fault, at=n)``, ``heal``) or something happen before the n-th (``before``), and polls
with a ``Watch``, which is restarted for each poll and keeps nothing but the checkpoint, as JSON.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from typing import Any, ClassVar, Literal, TypeAlias
from urllib.parse import parse_qs, urlsplit

from sources.base import Answer, Batch, Checkpoint, Entry, Fetcher, SecretFile, Source, Tools
from sources.cage import InProcess
from sources.registry import KINDS
from tests.fakes import FixedClock
from tests.sources.fetchers import fetcher_for
from tests.sources.http_server import Asked, Page, Visitor, Web, raw, say_nothing
from tests.sources.http_server import answer as page_saying

Can: TypeAlias = Literal[
    "credentials",  # it asks for a secret, which ``revoke`` makes worthless
    "renews",  # ``expire`` ends a token that the source can renew by itself
    "own",  # it tells what is said to the school's account (``to_us``) and what the account says (``by_us``)
    "threads",  # it tells which post another one answers
    "private",  # it shows posts that are not public, which must never become entries
    "pages",  # a full page leads to a next one
    "short",  # a page may be short or empty and yet lead to a next one
    "loop",  # its cursors can go round in a circle
    "quota",  # ``quota`` says in its own words that the allowance is used up
    "recheck",  # its source can look again at single entries
    "edits",  # what was edited comes again by itself, while it is young
    "partial",  # ``break_partly`` breaks one part in a way that is normal, and the rest still works
]

WAIT = timedelta(minutes=2)
"""What every 429 asks for, in whatever dialect."""

SOMEBODY = "parent.example"
AT_ONCE = datetime.max.replace(tzinfo=UTC)
"""When a post came that nobody has seen come: whatever is the earlier of two times is its own."""


@dataclass(slots=True, kw_only=True)
class Post:
    """One post as the platform holds it."""

    number: int
    """Its place in the order of arrival, from 1."""
    text: str
    at: datetime
    """When its author says that it was written."""
    arrived: datetime = AT_ONCE
    """When it came here, by the clock."""
    author: str = SOMEBODY
    reply_to: Post | None = None
    to_us: bool = False
    public: bool = True
    edited: datetime | None = None
    removed: bool = False
    more: dict[str, Any] = field(default_factory=dict)
    """What only one platform knows of."""

    @property
    def root(self) -> Post:
        """The post that the conversation began with."""
        return self.reply_to.root if self.reply_to else self


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was asked."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes = b""

    def first(self, name: str) -> str:
        """A parameter of the query, or nothing."""
        return next(iter(self.query.get(name, ())), "")

    @property
    def bearer(self) -> str:
        """The token of the ``Authorization`` header."""
        return self.headers.get("authorization", "").partition(" ")[2]

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def form(self) -> Mapping[str, str]:
        """The body as a form."""
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def page(self) -> Page:
        """As it goes over the wire."""
        return page_saying(self.status, self.body, self.headers)


def as_json(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A proper answer in JSON."""
    told = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    return Reply(status=status, body=json.dumps(value).encode(), headers=told)


Fault: TypeAlias = Callable[[Reply], Page]
"""Makes something else of the proper answer."""


def instead(reply: Reply) -> Fault:
    """A fault that answers this whatever was asked."""
    return lambda _: reply.page()


def _cut(reply: Reply) -> Page:
    whole = reply.body or b'{"posts": []}'
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(whole)}\r\n\r\n".encode()
    return raw(head + whole[: len(whole) // 2])


def _half(reply: Reply) -> Page:
    return Reply(body=reply.body[: len(reply.body) // 2], headers=reply.headers).page()


WALL = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"

FAULTS: Mapping[str, Fault] = {
    "a server error": instead(Reply(status=500, body=b"Internal Server Error")),
    "a gateway's page": instead(
        Reply(status=502, body=b"<html>Bad gateway</html>", headers={"Content-Type": "text/html"})
    ),
    "a web page for JSON": instead(Reply(body=WALL, headers={"Content-Type": "text/html"})),
    "a forbidding web page": instead(Reply(status=403, body=WALL, headers={"Content-Type": "text/html"})),
    "half the announced bytes": _cut,
    "half the JSON": _half,
    "nothing at all": lambda _: raw(b""),
    "a wish to wait": instead(Reply(status=429, headers={"Retry-After": "120"})),
}
"""What may befall any request of any platform and is over after a while."""


def hang(_: Reply) -> Page:
    """The fault of a server that accepts and says nothing."""
    return say_nothing


def dialects(now: datetime) -> Mapping[str, Reply]:
    """Every way in which platforms ask for two minutes' patience."""
    then = now + WAIT
    told = {
        "seconds": {"Retry-After": "120"},
        "a date": {"Retry-After": format_datetime(then, usegmt=True)},
        "Bluesky's Unix time": {"RateLimit-Limit": "3000", "RateLimit-Reset": str(int(then.timestamp()))},
        "Mastodon's ISO time": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": then.isoformat()},
        "Reddit's seconds": {"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "120"},
        "X's Unix time": {"x-rate-limit-reset": str(int(then.timestamp()))},
    }
    body = b'{"error": "Too many requests"}'
    return {name: Reply(status=429, body=body, headers=headers) for name, headers in told.items()}


def twisted(twist: Callable[[Any], Any]) -> Fault:
    """A fault that changes what the JSON says; an answer that is none stays as it is."""

    def fault(reply: Reply) -> Page:
        try:
            told = json.loads(reply.body)
        except ValueError:
            return reply.page()
        changed = json.dumps(twist(told)).encode()
        return Reply(status=reply.status, body=changed, headers=reply.headers).page()

    return fault


def leaves(value: Any, change: Callable[[Any], Any]) -> Any:
    """``value`` with every string, number, truth and null changed."""
    if isinstance(value, dict):
        return {name: leaves(inner, change) for name, inner in value.items()}
    if isinstance(value, list):
        return [leaves(inner, change) for inner in value]
    return change(value)


def _swapped(value: Any, *, depth: int) -> Any:
    """Lists for objects and objects for lists at one depth."""
    if depth == 0:
        return [value] if isinstance(value, dict) else {"0": value}
    if isinstance(value, dict):
        return {name: _swapped(inner, depth=depth - 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [_swapped(inner, depth=depth - 1) for inner in value]
    return value


JUNK: Sequence[Any] = (None, 7, "x", [], {}, True, [[]], {"id": None})


def littered(value: Any) -> Any:
    """``value`` with junk before and after what stands in its lists."""
    if isinstance(value, dict):
        return {name: littered(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [*JUNK, *(littered(inner) for inner in value), *JUNK]
    return value


def _number(value: Any) -> Any:
    return 7.5e300 if isinstance(value, str) else value


def _told(word: str) -> Callable[[Any], Any]:
    return lambda value: value + word if isinstance(value, str) else value


def _moment(moment: str) -> Callable[[Any], Any]:
    return lambda value: moment if isinstance(value, str) and "T" in value and ":" in value else value


HOSTILE: Mapping[str, Fault] = {
    "null everywhere": twisted(lambda told: leaves(told, lambda _: None)),
    "numbers for strings": twisted(lambda told: leaves(told, _number)),
    "truth everywhere": twisted(lambda told: leaves(told, lambda _: True)),
    "empty strings": twisted(lambda told: leaves(told, lambda _: "")),
    "lists for everything": twisted(lambda told: leaves(told, lambda _: [[], {}])),
    "objects for everything": twisted(lambda told: leaves(told, lambda _: {"a": {"b": []}})),
    **{f"swapped at depth {depth}": twisted(partial(_swapped, depth=depth)) for depth in range(6)},
    "long strings": twisted(lambda told: leaves(told, _told("w" * 20_000))),
    "halves of letters": twisted(lambda told: leaves(told, _told("\ud800\x00\udfff"))),
    "markup": twisted(lambda told: leaves(told, _told("<b><script>&#0;&amp;</p>" * 50))),
    "years that never were": twisted(lambda told: leaves(told, _moment("9999-99-99T99:99:99Z"))),
    "the first year": twisted(lambda told: leaves(told, _moment("0001-01-01T00:00:00+23:59"))),
    "far futures": twisted(lambda told: leaves(told, _moment("9999-12-31T23:59:59-23:59"))),
    "a deep list": instead(Reply(body=b"[" * 200_000)),
    "deep objects": instead(Reply(body=b'{"a":' * 200_000)),
    "a closed deep list": instead(Reply(body=b'{"items":' + b"[" * 90_000 + b"]" * 90_000 + b"}")),
    "many empty lists": instead(Reply(body=b'{"items":[' + b"[]," * 1_000_000 + b"[]]}")),
    "a huge number": instead(Reply(body=b"1" * 10_000)),
    "no number": instead(Reply(body=b'{"items": NaN}')),
    "null": instead(Reply(body=b"null")),
    "a string": instead(Reply(body=b'"hello"')),
    "an empty object": instead(Reply(body=b"{}")),
    "an empty list": instead(Reply(body=b"[]")),
    "an empty body": instead(Reply()),
}  # fmt: skip
"""Answers that are not what was promised. Each must end in a ``SourceError``, or in entries left out."""


class BadCursor(Exception):
    """The cursor is none that was handed out."""


class Killed(BaseException):
    """The program died here."""


class Platform(ABC):
    """One fake platform; a new one for each test."""

    kind: ClassVar[str]
    can: ClassVar[frozenset[Can]] = frozenset()
    us: ClassVar[str] = "holmnook.example"
    """The handle of the school's own account."""
    page_size = 2
    """Posts on a full page, however many are asked for: small, so that chains have links."""
    flood = 40
    """So many new posts are more than one poll may be willing to read."""
    overlap = timedelta(minutes=5)
    """So late may a post be found by the platform's own search, and still must come."""

    between = timedelta(0)
    """So much time passes between two polls, where a platform grants little at a time."""

    def __init__(self, web: Web, clock: FixedClock) -> None:
        self.web = web
        self.clock = clock
        self.posts: list[Post] = []
        self.requests: list[Request] = []
        """Since the last ``forget``."""
        self.timeout = timedelta(seconds=5)
        self.paging: Literal["honest", "short", "loop"] = "honest"
        self._faults: dict[int | None, Fault] = {}
        self._before: dict[int, Callable[[], object]] = {}
        web.elsewhere = self._serve

    # What a platform says of itself.

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """The keys of a source that looks here, as in the configuration."""

    def secrets(self) -> Mapping[str, str]:
        """The secrets by the name of their file."""
        return {}

    @abstractmethod
    def entry_id(self, post: Post) -> str:
        """The id that the source must give to this post."""

    @abstractmethod
    def answer(self, request: Request) -> Reply:
        """The proper answer."""

    def expire(self) -> None:
        """End the tokens that are in use; a source that ``renews`` gets new ones by itself."""
        raise NotImplementedError

    def revoke(self) -> None:
        """Make the credentials worthless."""
        raise NotImplementedError

    def quota(self) -> tuple[Reply, timedelta]:
        """How the platform says that the allowance is used up, and how long to wait then."""
        raise NotImplementedError

    def break_partly(self) -> None:
        """Break one part in a way that is normal here, such as a closed hashtag."""
        raise NotImplementedError

    # What a test does with it.

    @property
    def address(self) -> str:
        """The base address, without a slash at its end."""
        return self.web.url("")

    def add(
        self,
        text: str,
        *,
        at: datetime | None = None,
        author: str = SOMEBODY,
        reply_to: str = "",
        to_us: bool = False,
        **more: Any,
    ) -> str:
        """Publish a post, now unless told otherwise, and return the id of its entry."""
        parent = self.find(reply_to) if reply_to else None
        return self._put(text, at=at or self.clock(), author=author, reply_to=parent, to_us=to_us, more=more)

    def by_us(self, text: str, *, at: datetime | None = None, reply_to: str = "") -> str:
        """Publish a post of the school's own account."""
        return self.add(text, at=at, author=self.us, reply_to=reply_to)

    def add_private(self, text: str) -> str:
        """Publish a post that is not for everybody, though the platform shows it to us."""
        return self._put(text, at=self.clock(), to_us=True, public=False)

    def edit(self, entry_id: str, text: str) -> None:
        """Change the words of a post."""
        post = self.find(entry_id)
        post.text, post.edited = text, self.clock()

    def remove(self, entry_id: str) -> None:
        """Delete a post; nobody sees it any more."""
        self.find(entry_id).removed = True

    def find(self, entry_id: str) -> Post:
        """The post of an entry."""
        return next(post for post in self.posts if self.entry_id(post) == entry_id)

    def misbehave(self, fault: Fault, *, at: int | None = None) -> None:
        """Answer the n-th request from now (from 1), or each one, with a fault."""
        self.forget()
        self._faults[at] = fault

    def before(self, number: int, act: Callable[[], object]) -> None:
        """Do something when the n-th request from now comes in, before it is answered."""
        self.forget()
        self._before[number] = act

    def heal(self) -> None:
        """Answer properly from now on."""
        self._faults.clear()
        self._before.clear()
        self.paging = "honest"
        self.forget()

    def forget(self) -> None:
        """Count requests from here."""
        self.requests.clear()

    def source(self, *, dies_at: int = 0) -> Source:
        """A source that looks here, newly started; it may die when it makes its n-th request."""
        fetcher: Fetcher = fetcher_for(self.web, timeout=self.timeout, max_bytes=5_000_000)
        kind = KINDS[self.kind]
        secrets = self.secrets()

        def secret(of: SecretFile) -> str:
            return secrets[of.file]

        tools = Tools(
            fetcher=_Mortal(fetcher, dies_at),
            parser=InProcess(),
            secret=secret,
            now=self.clock,
        )
        source: Source = kind.build(kind.settings(**self.settings()), tools)
        return source

    # What a platform makes its answers with.

    def page(self, posts: Iterable[Post], cursor: str = "") -> tuple[list[Post], str]:
        """The page after ``cursor``, and the cursor of the next one; nothing after the last.

        ``posts`` are in the platform's order and hold removed ones too, which only mark a place. Raises ``BadCursor``.
        """
        every = list(posts)
        if self.paging == "short" and not cursor:
            return [], "start"
        after = 0
        if cursor not in {"", "start"}:
            marks = [f"after-{post.number}" for post in every]
            if cursor not in marks:
                raise BadCursor
            after = marks.index(cursor) + 1
        if self.paging == "loop":
            after = 0
        there = [post for post in every[after:] if not post.removed]
        size = 1 if self.paging == "short" else self.page_size
        found = there[:size]
        goes_on = self.paging == "loop" or len(there) > size
        return found, f"after-{found[-1].number}" if found and goes_on else ""

    def newest_first(self) -> list[Post]:
        """All posts by the time that they bear."""
        return sorted(self.posts, key=lambda post: (post.at, post.number), reverse=True)

    # How it is wired.

    def _put(self, text: str, **told: Any) -> str:
        post = Post(number=len(self.posts) + 1, text=text, arrived=self.clock(), **told)
        self.posts.append(post)
        return self.entry_id(post)

    def _serve(self, visitor: Visitor) -> None:
        request = _request(visitor.asked)
        self.requests.append(request)
        number = len(self.requests)
        self._before.pop(number, lambda: None)()
        fault = self._faults.get(number) or self._faults.get(None)
        reply = self.answer(request)
        page = fault(reply) if fault else reply.page()
        page(visitor)


class _Mortal:
    """A fetcher whose program dies at its n-th request, if ever; no kind is more patient than the test."""

    def __init__(self, fetcher: Fetcher, dies_at: int) -> None:
        self._fetcher = fetcher
        self._left = dies_at

    def get(self, url: str, *, timeout: float | None = None, **told: Any) -> Answer:
        self._live()
        return self._fetcher.get(url, **told)

    def post(self, url: str, *, timeout: float | None = None, **told: Any) -> Answer:
        self._live()
        return self._fetcher.post(url, **told)

    def robots(self, url: str) -> str:
        self._live()
        return self._fetcher.robots(url)

    def _live(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise Killed


class Watch:
    """A monitor that is restarted for every poll, and keeps the checkpoint and what was found."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.checkpoint: Checkpoint | None = None
        self.found: dict[str, Entry] = {}
        self.gap = False

    def poll(self, *, dies_at: int = 0) -> Batch:
        """Poll once; after a failure nothing is kept. What was found already may come only changed."""
        if self.checkpoint is not None:
            self.platform.clock.advance(self.platform.between)
        batch = self.platform.source(dies_at=dies_at).poll(self.checkpoint)
        ids = [entry.id for entry in batch.entries]
        assert len(ids) == len(set(ids)), "an entry stands twice in one batch"
        again = [entry.id for entry in batch.entries if _same(entry, self.found.get(entry.id))]
        assert not again, "an entry came again, unchanged"
        self.checkpoint = json.loads(json.dumps(batch.checkpoint, allow_nan=False))
        self.found.update((entry.id, entry) for entry in batch.entries)
        self.gap = self.gap or batch.gap
        return batch

    def poll_for(self, ids: Iterable[str], most: int = 10) -> None:
        """Poll until all of these are found, or a gap was told; at least once."""
        wanted = set(ids)
        for _ in range(most):
            self.poll()
            if wanted <= set(self.found) or self.gap:
                return

    def poll_all(self, most: int = 60) -> None:
        """Poll until two polls in a row bring nothing."""
        idle = 0
        for _ in range(most):
            idle = 0 if self.poll().entries else idle + 1
            if idle == 2:  # a platform may need two polls to begin its next round
                return
        raise AssertionError("it never ends")


def _same(entry: Entry, known: Entry | None) -> bool:
    return known is not None and (entry.title, entry.text) == (known.title, known.text)


def _request(asked: Asked) -> Request:
    parts = urlsplit(asked.target)
    return Request(
        method=asked.method,
        path=parts.path,
        query=parse_qs(parts.query, keep_blank_values=True),
        headers=asked.headers,
        body=asked.body,
    )
