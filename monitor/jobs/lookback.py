"""Look again at posts that were told: still there, edited, or gone?

Less and less often: an hour after a post was first seen, and for the last time after a month; for longer only where
a platform's terms ask for it. Whoever cannot be asked is asked at the next step. The network stands outside
transactions; a source that is asked again is leased, so that no poll asks it at the same moment.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeAlias, cast
from urllib.parse import urlsplit

from monitor import log
from monitor.app import App, kind_of
from monitor.errors import StoreError
from monitor.fates import Lookup
from monitor.jobs import polling, vanishing
from monitor.model import SourceTask
from monitor.store import Tx, afterlife, polls, record
from sources.base import Batch, Entry, Kind, Rechecks
from sources.errors import SourceError

logger = logging.getLogger(__name__)

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
STEPS = (_HOUR, 6 * _HOUR, 24 * _HOUR, 3 * _DAY, 7 * _DAY, 14 * _DAY, 30 * _DAY)
"""How long after a post was first seen it is looked at again."""
AGAIN = 30 * _DAY
"""How often after the last step, where the platform's terms bind us for as long as we keep anything."""
SURE = timedelta(minutes=15)
"""A post that is missing counts as deleted if it is missing so much later too: a server may have a bad minute."""
MARGIN = 5 * _DAY
"""Words that may be kept for some days unless fetched anew are fetched so long before."""
GRACE = _DAY
"""What was stored before anybody looked after it is not removed before there was time to look."""
POSTS_AT_ONCE = 25
"""What one request to a platform may name."""
MOST_LINKS = 5
"""Pages that are opened in one look, each on another host."""
_LONGEST_ETAG = 200
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})

Found: TypeAlias = Mapping[str, Entry | None]


def guarded_look(app: App, now: datetime) -> int:
    """``look`` at the edge of a thread: never raises."""
    try:
        return look(app, now)
    except StoreError as error:
        log.event(logger, logging.ERROR, "look.unsaved", error=error)
    except Exception as error:  # noqa: BLE001 -- the job's edge: a bug here must not stop the watch
        log.event(logger, logging.CRITICAL, "look.broken", error=error)
    return 0


def look(app: App, now: datetime) -> int:
    """Look at what is due, and remove words whose time has come; return at how many posts. Safe to repeat."""
    adopt(app, now)
    with app.store.read() as tx:
        due = afterlife.due(tx, now, POSTS_AT_ONCE)
        tasks = {task.id: task for task in polls.active(tx)} if due else {}
    wanted = [one for one in due if _is_wanted(one)]
    _put_off(app, [one for one in due if not _is_wanted(one)], now)
    looked = 0
    links: list[Lookup] = []
    for source_id, posts in _by_source(wanted).items():
        task = tasks.get(source_id)
        if task is None or task.failures:  # a place that is in trouble, or watched no more, is left alone
            _put_off(app, posts, now)
        elif hasattr(app.source(task), "recheck"):
            looked += _recheck(app, task, posts, now)
        else:
            links += posts
    looked += _visit(app, links, now)
    vanishing.blank_due(app, now)
    return looked


def next_look(post: Lookup, now: datetime, blank_at: datetime | None) -> datetime | None:
    """When a post is to be looked at the next time; ``blank_at``: until when its words may stay as they are."""
    kind = kind_of(post.kind)
    at = next((post.seen_at + step for step in STEPS if post.seen_at + step > now), None)
    if kind is None or not (kind.purge_gone or kind.keep):
        return at
    at = at or now + AGAIN
    if kind.keep and blank_at is not None:
        at = min(at, max(blank_at - MARGIN, now + _DAY))
    return at


def adopt(app: App, now: datetime) -> int:
    """Look after what was stored since the last look; return how many of these there were."""
    with app.store.read() as tx:
        fresh = afterlife.new(tx)
    if not fresh:
        return 0
    times = []
    for one in fresh:
        kind = kind_of(one.kind)
        keep = kind.keep if kind else None
        blank_at = max(one.seen_at + keep, now + GRACE) if keep else None
        overdue = blank_at is not None and blank_at - MARGIN <= now
        first = max(one.seen_at + STEPS[0], now) if not overdue else now
        times.append((one.mention, first if kind else None, blank_at))
    with app.store.write() as tx:
        return afterlife.adopt(tx, times)


def _is_wanted(post: Lookup) -> bool:
    """Whether anybody needs to know: while its story is open, and for longer where the platform's terms bind us."""
    kind = kind_of(post.kind)
    return kind is not None and (post.open or kind.purge_gone or kind.keep is not None)


def _by_source(posts: Iterable[Lookup]) -> dict[int, list[Lookup]]:
    found: dict[int, list[Lookup]] = {}
    for post in posts:
        found.setdefault(post.source_id, []).append(post)
    return found


def _put_off(app: App, posts: Sequence[Lookup], now: datetime) -> None:
    """Nothing was learnt of these: at the next step again."""
    if posts:
        with app.store.write() as tx:
            for post in posts:
                _put_off_one(tx, post, now)


def _put_off_one(tx: Tx, post: Lookup, now: datetime) -> None:
    unsure = now + _HOUR if post.gone_at is not None else None
    afterlife.put_off(tx, post.mention, unsure or next_look(post, now, post.blank_at))


def _recheck(app: App, task: SourceTask, posts: Sequence[Lookup], now: datetime) -> int:
    """Ask a platform for posts again, and write down what became of them."""
    with app.store.write() as tx:
        if not polls.lease(tx, task.id, now, now + polling.LEASE):
            return 0  # it is polled just now: in a minute again
    found: Found = {}
    try:
        again = cast("Rechecks", app.source(task))
        found = again.recheck(list(dict.fromkeys(post.entry_id for post in posts)))
    except SourceError as error:
        log.event(logger, logging.WARNING, "look.failed", source=task.name, error=error)
    finally:
        with app.store.write() as tx:
            polls.let_go(tx, task.id)
    present = tuple(entry for entry in found.values() if entry is not None)
    examined = polling.examine(app, task, Batch(entries=present, checkpoint={}))
    with app.store.write() as tx:
        record.record_edits(tx, polling.plan(app, tx, task, examined, now), task, now)
        for post in posts:
            if post.entry_id not in found:
                _put_off_one(tx, post, now)
            else:
                _settle(app, tx, post, now, is_there=found[post.entry_id] is not None)
    log.event(logger, logging.INFO, "look.done", source=task.name, posts=len(found))
    return len(found)


def _settle(app: App, tx: Tx, post: Lookup, now: datetime, *, is_there: bool, etag: str = "") -> None:
    kind = cast("Kind[Any]", kind_of(post.kind))
    if is_there:
        blank_at = now + kind.keep if kind.keep else None
        at = next_look(post, now, blank_at)
        afterlife.up(tx, post.mention, now, next_at=at, blank_at=blank_at, etag=etag)
    elif not kind.purge_gone:
        afterlife.gone(tx, post.mention, now, next_at=next_look(post, now, post.blank_at))
    elif post.gone_at is None:
        afterlife.gone(tx, post.mention, now, next_at=now + SURE)
    else:
        afterlife.gone(tx, post.mention, now, next_at=None)
        vanishing.doom(app, tx, post.mention, now)


def _visit(app: App, posts: Iterable[Lookup], now: datetime) -> int:
    """Open the links of posts whose source cannot be asked, as a polite reader would."""
    known = {post: _asked(app, post) for post in _few(posts)}
    if known:
        with app.store.write() as tx:
            for post, (is_there, etag) in known.items():
                if is_there is None:
                    _put_off_one(tx, post, now)
                else:
                    _settle(app, tx, post, now, is_there=is_there, etag=etag)
    return len(known)


def _few(posts: Iterable[Lookup]) -> Iterator[Lookup]:
    """A few of them, each on another host; the others' turn comes in a minute."""
    hosts: set[str] = set()
    for post in posts:
        host = urlsplit(post.url).netloc
        if host not in hosts and len(hosts) < MOST_LINKS:
            hosts.add(host)
            yield post


def _asked(app: App, post: Lookup) -> tuple[bool | None, str]:
    """Whether a page is there, and its tag; ``None`` where that cannot be said."""
    if not post.url.startswith(("http://", "https://")):
        return None, ""
    headers = {"If-None-Match": post.etag} if post.etag else {}
    try:
        answer = app.fetcher.get(post.url, headers=headers, obey_robots=True)
    except SourceError as error:
        log.event(logger, logging.DEBUG, "look.failed", error=error)
        return None, ""
    if answer.status == HTTPStatus.NOT_MODIFIED:
        return True, post.etag
    if answer.status == HTTPStatus.OK:
        etag = answer.headers.get("etag", "")
        return True, etag if len(etag) <= _LONGEST_ETAG else ""
    return (False, "") if answer.status in _GONE else (None, "")
