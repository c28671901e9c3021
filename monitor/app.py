"""The composition root: a configuration becomes a working whole.

Builds every part once and hands it out; decides nothing.
"""

from __future__ import annotations

import dataclasses
import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import alerts.base
import alerts.flood
import alerts.registry
import sources.base
import sources.registry
from alerts.errors import Misconfigured
from alerts.wake import Waker
from monitor import __version__
from monitor.config import Config, SchoolConfig, SourceConfig
from monitor.config.base import SecretFile
from monitor.errors import ConfigError
from monitor.grading import Judge, judge
from monitor.matching import Hints, Matcher
from monitor.model import Plan, SourceTask
from monitor.oauth import Tokens
from monitor.pipeline import Context, SchoolView, school_view
from monitor.reach import Press
from monitor.school import with_absences
from monitor.store import Recovery, Store
from monitor.store.absences import Absences
from monitor.store.sentlog import SentLog
from sources.cage import Cage
from sources.errors import Denied
from sources.fetch import FetchPolicy, HttpFetcher
from sources.letter import Letter

if TYPE_CHECKING:
    from sources.mailbox import Mailbox

MEDIA = {
    "bluesky": "bluesky",
    "mastodon": "mastodon",
    "youtube": "youtube_comment",
    "facebook": "facebook_comment",
    "instagram": "facebook_comment",  # the same voices below the same kind of pictures; none were taught apart
    "gdelt": "news",
    "petitions": "petition",
    "whatdotheyknow": "foi",
    "wikipedia": "wiki_edit",
}
"""What a kind of source is by itself; a feed may be press, a blog or a forum."""


def utc_now() -> datetime:
    """The wall clock; handed on as ``now``, read nowhere else."""
    return datetime.now(UTC)


def _as_decided(plan: Plan) -> Plan:
    return plan


OpenBox: TypeAlias = Callable[[], "AbstractContextManager[Box]"]


class Box(Protocol):
    """An open mailbox. Raises ``SourceError`` when it cannot be read any further."""

    def letters(self, after: sources.base.Checkpoint | None) -> Iterator[Letter]:
        """Letters that are not done yet, oldest first."""
        ...

    def purge(self, older_than: datetime, done: sources.base.Checkpoint | None) -> int:
        """Delete letters that came before that time and are done; return how many."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything that a job needs. Shared by all threads."""

    config: Config
    store: Store
    sent_log: SentLog
    channel: alerts.base.Channel
    fetcher: sources.base.Fetcher
    parser: sources.base.Parser
    judge: Judge
    now: Callable[[], datetime] = utc_now
    spread: Callable[[], float] = random.random
    waker: Waker = field(default_factory=Waker)
    recovery: Recovery | None = None
    """What was done about a damaged database when it was opened."""
    mailbox: OpenBox | None = None
    """Opens the mailbox of replies; ``None`` where the configuration names none."""
    absences: Absences = field(default_factory=dict)
    """Who said by mail that they are away: it is in ``config`` already."""
    configured: Config | None = None
    """The configuration without ``absences``; ``None`` where it is the same."""
    recast: Callable[[Plan], Plan] = _as_decided
    """What becomes of a decision before it is written; only a self-test changes anything."""
    _sources: dict[int, sources.base.Source] = field(default_factory=dict)
    _matchers: dict[tuple[str, ...], Matcher] = field(default_factory=dict)
    _views: dict[str, SchoolView] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def source(self, task: SourceTask) -> sources.base.Source:
        """The source of a task; kept between polls, because some hold a session."""
        matcher = self.matcher(task.schools)
        with self._lock:
            if task.id not in self._sources:
                tools = source_tools(self.config, self.fetcher, self.parser, self.now)
                hints = Hints({slug: self.config.schools[slug].settings for slug in task.schools}, matcher)
                self._sources[task.id] = build_source(
                    self._configured(task), dataclasses.replace(tools, hints=hints)
                )
            return self._sources[task.id]

    def matcher(self, slugs: tuple[str, ...]) -> Matcher:
        """One matcher over all schools that watch a source; compiled once."""
        with self._lock:
            if slugs not in self._matchers:
                schools = {slug: self.config.schools[slug].settings for slug in slugs}
                self._matchers[slugs] = Matcher(schools)
            return self._matchers[slugs]

    def medium(self, task: SourceTask) -> str:
        """The kind of medium that a source is, as grading knows it; the configuration beats the kind."""
        return self._configured(task).medium or MEDIA.get(task.kind, "")

    def medium_of(self, school: str, name: str) -> str:
        """The kind of medium of a school's source by its name; nothing if there is none of that name."""
        own = self.config.schools[school].sources if school in self.config.schools else ()
        return next((one.medium or MEDIA.get(one.kind, "") for one in own if one.name == name), "")

    def context(self, task: SourceTask, recent: Mapping[str, alerts.flood.Recent]) -> Context:
        """What deciding on a poll of this source needs to know besides the posts; ``recent``: what was told, by school."""
        return Context(
            schools={
                slug: dataclasses.replace(self._view(slug), recent=recent[slug]) for slug in task.schools
            },
            source=task.name,
            kind=task.kind,
            first_poll=task.checkpoint is None,
            first_look=self.config.monitor.fetch.first_look,
            group_wait=self.config.mail.settings.group_wait,
            press=self._press(task),
        )

    def _press(self, task: SourceTask) -> Press:
        """The newspapers among all that the schools of a task watch."""
        watched = [source for slug in task.schools for source in self.config.schools[slug].sources]
        return Press(
            here=task.name,
            hosts={source.name: source.host for source in watched if source.medium == "news"},
            national=frozenset(source.name for source in watched if source.reach == "national"),
        )

    def _view(self, slug: str) -> SchoolView:
        """A school as deciding sees it; worked out once, because its people's names are compiled."""
        with self._lock:
            if slug not in self._views:
                self._views[slug] = school_view(slug, self.config.schools[slug].settings)
            return self._views[slug]

    def with_absences(self, said: Absences) -> App:
        """The same house with everybody away who says so; itself while nothing has changed."""
        if said == self.absences:
            return self
        configured = self.configured or self.config
        schools = {slug: _with_absences(school, said) for slug, school in configured.schools.items()}
        config = dataclasses.replace(configured, schools=MappingProxyType(schools))
        return dataclasses.replace(self, config=config, configured=configured, absences=said, _views={})

    def in_trial(
        self, school: SchoolConfig, place: tuple[int, sources.base.Source], recast: Callable[[Plan], Plan]
    ) -> App:
        """The same house watching one school at one place alone, with decisions that are ``recast``."""
        config = dataclasses.replace(self.config, schools=MappingProxyType({school.slug: school}))
        return dataclasses.replace(
            self,
            config=config,
            recast=recast,
            _sources=dict([place]),
            _matchers={},
            _views={},
            _lock=threading.Lock(),
        )

    def renewed(self, config: Config) -> App:
        """The same database and cage under a changed configuration; another fetcher only if it is to behave otherwise.

        The old one is not closed: a poll that is under way may need it to its end.
        """
        same = _manners(config) == _manners(self.config)
        tokens = Tokens(config)
        return dataclasses.replace(
            self,
            config=config,
            channel=build_channel(config, tokens),
            mailbox=_session(build_mailbox(config, tokens, self.parser)),
            absences={},
            configured=None,
            fetcher=self.fetcher if same else build_fetcher(config),
            _sources={},
            _matchers={},
            _views={},
            _lock=threading.Lock(),
        )

    def _configured(self, task: SourceTask) -> SourceConfig:
        for slug in task.schools:
            for source in self.config.schools[slug].sources:
                if (source.kind, source.locator) == (task.kind, task.locator):
                    return source
        raise LookupError(f"source {task.name!r} is no longer in the configuration")


def kind_of(name: str) -> sources.base.Kind[Any] | None:
    """The kind of source of that name; ``None`` for what is no source, such as an exercise."""
    return sources.registry.KINDS.get(name)


def source_tools(
    config: Config,
    fetcher: sources.base.Fetcher,
    parser: sources.base.Parser,
    now: Callable[[], datetime] = utc_now,
) -> sources.base.Tools:
    """What sources are given to work with; a secret that cannot be read costs its source alone."""
    return sources.base.Tools(fetcher=fetcher, parser=parser, secret=_secret(config), now=now)


def _secret(config: Config) -> Callable[[SecretFile], str]:
    """Reads a secret for whoever raises the errors of sources."""

    def secret(name: SecretFile) -> str:
        try:
            return config.secret(name)
        except ConfigError as error:
            raise Denied(str(error), remedy="correct the file of the secret") from None

    return secret


def build_source(source: SourceConfig, tools: sources.base.Tools) -> sources.base.Source:
    """A source from its configuration."""
    built: sources.base.Source = sources.registry.KINDS[source.kind].build(source.settings, tools)
    return built


def build_channel(config: Config, tokens: Tokens | None = None) -> alerts.base.Channel:
    """The channel that ``[mail]`` names; it shares the ``tokens`` with others."""
    kind = alerts.registry.KINDS[config.mail.kind]

    def secret(name: alerts.base.SecretFile) -> str:
        try:
            return config.secret(name)
        except ConfigError as error:
            raise Misconfigured(str(error)) from None

    logins = (tokens or Tokens(config)).logins()
    tools = alerts.base.Tools(secret=secret, resolve=config.resolve, state=config.state, logins=logins)
    channel: alerts.base.Channel = kind.build(config.mail.channel, tools)
    return channel


def _with_absences(school: SchoolConfig, said: Absences) -> SchoolConfig:
    days = {person: days for (slug, person), days in said.items() if slug == school.slug}
    return dataclasses.replace(school, settings=with_absences(school.settings, days))


def build_mailbox(config: Config, tokens: Tokens, parser: sources.base.Parser) -> Mailbox | None:
    """The mailbox of replies, if ``[mailbox]`` names one."""
    settings = config.monitor.mailbox
    if settings is None:
        return None
    from sources.mailbox import Account, Mailbox  # noqa: PLC0415 -- who reads no replies need not load it

    password, secret = settings.password, _secret(config)
    token = tokens.for_mailbox(settings.auth) if settings.auth != "password" else None
    account = Account(
        host=settings.host,
        user=settings.user,
        port=settings.port,
        security=settings.security,
        password=(lambda: secret(password)) if token is None and password is not None else None,
        token=(lambda: token("")) if token is not None else None,
        ca_file=str(config.resolve(settings.ca_file)) if settings.ca_file else "",
        folder=settings.folder,
    )
    return Mailbox(account, parser)


def _session(mailbox: Mailbox | None) -> OpenBox | None:
    return mailbox.session if mailbox is not None else None


def build_fetcher(config: Config) -> HttpFetcher:
    """The one HTTP client, with one TLS context."""
    policy, name = _manners(config)
    return HttpFetcher(policy, user_agent=name)


def _manners(config: Config) -> tuple[FetchPolicy, str]:
    """How the web is asked, and under what name."""
    settings = config.monitor.fetch
    policy = FetchPolicy(
        allow_private=frozenset(settings.allow_private),
        min_delay=settings.min_delay,
        timeout=settings.timeout,
        max_bytes=settings.max_bytes,
        proxy=settings.proxy,
    )
    return policy, user_agent(config)


def user_agent(config: Config) -> str:
    """Who asks, and where the school explains why (RFC 9110 §10.1.5)."""
    notices = [school.settings.governance.notice_url for school in config.schools.values()]
    about = "; ".join(
        filter(None, [*(f"+{notice}" for notice in notices if notice), config.monitor.fetch.contact])
    )
    return f"{sources.base.USER_AGENT_TOKEN}/{__version__}" + (f" ({about})" if about else "")


@contextmanager
def open_app(config: Config, *, now: Callable[[], datetime] = utc_now, mend: bool = False) -> Iterator[App]:
    """Open the database and build everything over it; close it all at the end.

    Who holds the lock may ``mend``: then the newest good copy takes the place of a damaged database.
    Raises ``StoreError`` if the database cannot be used.
    """
    store, recovery = Store.mended(config.state, now()) if mend else (Store.open(config.state), None)
    tokens = Tokens(config)
    fetcher, parser, channel = build_fetcher(config), Cage(), build_channel(config, tokens)
    try:
        yield App(
            config=config,
            store=store,
            sent_log=SentLog(config.state / "sent.log"),
            channel=channel,
            fetcher=fetcher,
            parser=parser,
            judge=judge(),
            now=now,
            recovery=recovery,
            mailbox=_session(build_mailbox(config, tokens, parser)),
        )
    finally:
        channel.close()
        parser.close()
        fetcher.close()
        store.close()
