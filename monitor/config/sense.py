"""Does the configuration make sense as a whole? Each rule is one small function; none looks outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from email.utils import parseaddr
from urllib.parse import urlsplit

from alerts import playbooks
from monitor.config import mailing, staffing
from monitor.config.base import Check, Config, SchoolConfig, SourceConfig
from monitor.config.shape import Place, meant
from monitor.errors import Problem
from monitor.settings import Governance

SHORTEST_INTERVAL = timedelta(seconds=60)
"""No publisher wants to be asked more often, and no reader of mails can look more often."""
SHORTEST_DELAY = timedelta(seconds=1)
PLACEHOLDER = ".example"
"""The top-level domain that never reaches anybody (RFC 2606): what the example files hold."""
FOLDER = "maildir"
"""The channel that reaches nobody outside."""


def problems(config: Config, checks: Sequence[Check]) -> list[Problem]:
    """Everything that cannot be meant."""
    found = [*mailing.problems(config), *_same_places(config)]
    for school in config.schools.values():
        for rule in (_names, _intervals, staffing.problems):
            found += rule(school)
        found += _looked_at(school, checks)
    return found


def warnings(config: Config) -> Iterator[Problem]:
    """What ``check`` should tell, though it can be meant; everything that blocks ``run`` is among it."""
    yield from blockers(config)
    if config.mail.kind == FOLDER:
        yield from _placeholders(config)
    yield from mailing.warnings(config)
    yield from _unread(config)
    yield from _hurried(config)
    for school in config.schools.values():
        yield from _idle(school)
        yield from _routes(school)
        yield from _overridden(school)
        yield from staffing.cautions(school)
        if not _is_live(school):
            yield from staffing.unheard(school)


def blockers(config: Config) -> Iterator[Problem]:
    """What ``run`` refuses to start with: to watch the public takes a notice, and somebody to hear of it."""
    for school in config.schools.values():
        if _is_live(school):
            yield from _ungoverned(school)
            yield from staffing.unheard(school)
    if config.mail.kind != FOLDER:
        yield from _placeholders(config)


def _names(school: SchoolConfig) -> Iterator[Problem]:
    names = [source.name.casefold() for source in school.sources]
    for number, first in staffing.repeated(names):
        place = Place(school.file, ("source", number, "name"))
        yield place.problem(f"source[{first}] has the same name; logs and commands could not tell them apart")


def _intervals(school: SchoolConfig) -> Iterator[Problem]:
    for number, source in enumerate(school.sources, 1):
        if source.live and source.interval < SHORTEST_INTERVAL:
            place = Place(school.file, ("source", number, "every"))
            least = int(SHORTEST_INTERVAL.total_seconds())
            yield place.problem(
                f'expected at least "{least}s"; only addresses of allow_private may be asked more often'
            )


def _same_places(config: Config) -> Iterator[Problem]:
    """One place is polled once for all schools, so it cannot be polled in two ways."""
    first: dict[tuple[str, str], tuple[SchoolConfig, int, SourceConfig]] = {}
    for school in config.schools.values():
        for number, source in enumerate(school.sources, 1):
            other, at, same = first.setdefault((source.kind, source.locator), (school, number, source))
            if same is source:
                continue
            name = f"source[{at}]" + ("" if other is school else f" of {other.file}")
            place = Place(school.file, ("source", number))
            if source.settings != same.settings:
                yield place.problem(
                    f"the same place as {name}, with other settings; one place is read in one way"
                )
            elif other is school:
                yield place.problem(f"the same place as {name}; leave one of them out")


def _looked_at(school: SchoolConfig, checks: Sequence[Check]) -> Iterator[Problem]:
    for check in checks:
        for path, message in check(school.settings):
            yield Problem(school.file, path, message)


def _ungoverned(school: SchoolConfig) -> Iterator[Problem]:
    governance = school.settings.governance
    missing = [key for key, given in _owed(governance) if not given]
    if missing and not governance.override.strip():
        yield Place(school.file, ("governance",)).problem(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing: the public is told of the watch and its"
            ' risks are weighed before it starts; or record why not: override = "…"'
        )


def _routes(school: SchoolConfig) -> Iterator[Problem]:
    known = sorted(playbooks.routes())
    for name in school.settings.routes:
        if name not in known:
            suggestion = meant(name, known) or f"; known: {', '.join(known)}"
            yield Place(school.file, ("routes", name)).problem(f"no mail names it{suggestion}")


def _overridden(school: SchoolConfig) -> Iterator[Problem]:
    governance = school.settings.governance
    if governance.override.strip() and not all(given for _, given in _owed(governance)):
        place = Place(school.file, ("governance", "override"))
        yield place.problem("the watch runs without notice or DPIA for the recorded reason; settle it soon")


def _owed(governance: Governance) -> tuple[tuple[str, bool], ...]:
    return ("notice_url", bool(governance.notice_url)), ("dpia_date", governance.dpia_date is not None)


def _placeholders(config: Config) -> Iterator[Problem]:
    """Addresses that were never changed from the example files."""
    top = Place(str(config.path))
    for key, value in (*config.mail.channel, ("from", parseaddr(config.mail.settings.sender)[1])):
        if isinstance(value, str) and _is_placeholder(value):
            yield top.under("mail", key).problem(_UNCHANGED)
    if config.monitor.mailbox and _is_placeholder(config.monitor.mailbox.address):
        yield top.under("mailbox", "address").problem(_UNCHANGED)
    for school in config.schools.values():
        place = Place(school.file)
        for keys, mail in staffing.addresses(school.settings):
            if _is_placeholder(mail):
                yield place.under(*keys, "mail").problem(_UNCHANGED)
        if _is_placeholder(urlsplit(school.settings.governance.notice_url).hostname or ""):
            yield place.under("governance", "notice_url").problem(_UNCHANGED)


_UNCHANGED = f"still an address of the example ({PLACEHOLDER}), which reaches nobody"


def _is_placeholder(address: str) -> bool:
    return address.lower().rstrip(".").endswith(PLACEHOLDER)


def _unread(config: Config) -> Iterator[Problem]:
    if config.mail.kind == FOLDER and _live(config):
        yield Place(str(config.path), ("mail", "channel")).problem(
            "mails are only written into a folder on this machine, where nobody reads them at night"
        )


def _hurried(config: Config) -> Iterator[Problem]:
    if config.monitor.fetch.min_delay < SHORTEST_DELAY and _live(config):
        yield Place(str(config.path), ("fetch", "min_delay")).problem(
            'less than "1s" between two requests to a public server is impolite; leave it out for "2s"'
        )


def _live(config: Config) -> bool:
    return any(_is_live(school) for school in config.schools.values())


def _is_live(school: SchoolConfig) -> bool:
    return any(source.live for source in school.sources)


def _idle(school: SchoolConfig) -> Iterator[Problem]:
    """What is missing, or has no effect, without being wrong."""
    place = Place(school.file)
    if not school.sources:
        yield place.under("source").problem("there is none: nothing is watched")
    if not school.settings.alias:
        yield place.under("alias").problem("there is none: nothing is recognised as ours")
