"""A fake server of Mastodon: ids by the time that a post says it was written, pages by ``Link``, a search by offset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, ClassVar

from sources.wire import query
from tests.sources.platforms.frame import Can, Platform, Post, Reply, Request, as_json

TOKEN = "token-of-the-school"
OWN_ID = "109"


class MastodonTags(Platform):
    """A server that shows its hashtags to strangers."""

    kind = "mastodon"
    can: ClassVar[frozenset[Can]] = frozenset({"threads", "pages", "loop", "partial", "recheck", "edits"})
    us = "holmnook"

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.token = TOKEN
        self.closed: set[str] = set()
        self.searches = True

    def settings(self) -> dict[str, Any]:
        return {"instance": self.address, "hashtags": ["#preston", "ribbleton"]}

    def entry_id(self, post: Post) -> str:
        return post.more.get("uri") or f"{self.address}/users/{post.author}/statuses/{local(post)}"

    def revoke(self) -> None:
        self.token = "another"

    def break_partly(self) -> None:
        self.closed.add("ribbleton")

    def answer(self, request: Request) -> Reply:
        bearer = request.bearer
        if bearer and bearer != self.token:
            return as_json({"error": "The access token is invalid"}, 401)
        start, _, rest = request.path.removeprefix("/api/").partition("/")
        known = bearer == self.token
        part, _, name = rest.partition("/")
        if part == "timelines":
            return self._tag(name.removeprefix("tag/"), request)
        if part == "statuses":
            return self._status(*name.partition("/")[::2])
        if not known:
            return as_json({"error": "This method requires an authenticated user"}, 422)
        return self._for_members(f"{start}/{rest}", request)

    def _for_members(self, path: str, request: Request) -> Reply:
        if path == "v1/accounts/verify_credentials":
            return as_json({**self._account(self.us), "statuses_count": 7})
        if path == f"v1/accounts/{OWN_ID}/statuses":
            return self._timeline([post for post in self.posts if post.author == self.us], request)
        if path == "v1/notifications":
            return self._timeline([post for post in self.posts if post.to_us], request, notify=True)
        if path == "v2/search":
            return self._search(request)
        return as_json({"error": "Record not found"}, 404)

    def _tag(self, tag: str, request: Request) -> Reply:
        if tag in self.closed:
            return as_json({"error": "Record not found"}, 404)
        return self._timeline([post for post in self.posts if post.public], request)

    def _timeline(self, posts: Sequence[Post], request: Request, *, notify: bool = False) -> Reply:
        """A page above ``min_id`` or below ``max_id``, newest first, and the addresses of its neighbours."""
        name = _notified if notify else local
        there = sorted((post for post in posts if not post.removed), key=lambda post: order(name(post)))
        above, below = request.first("min_id"), request.first("max_id")
        size = min(self.page_size, int(request.first("limit") or 20))
        if self.paging == "loop":
            page = there[-size:]
        elif above:
            page = [post for post in there if order(name(post)) > order(above)][:size]
        else:
            page = [post for post in there if not below or order(name(post)) < order(below)][-size:]
        told = [self._notification(post) if notify else self._view(post) for post in reversed(page)]
        return as_json(told, headers=self._link(request, [name(post) for post in page]))

    def _link(self, request: Request, names: Sequence[str]) -> Mapping[str, str]:
        if not names:
            return {}
        kept = [
            (key, one)
            for key, ones in request.query.items()
            if key not in {"min_id", "max_id"}
            for one in ones
        ]
        base = f"http://elsewhere.test{request.path}"  # as behind a proxy that hides its name
        older, newer = query([*kept, ("max_id", names[0])]), query([*kept, ("min_id", names[-1])])
        return {"Link": f'<{base}?{older}>; rel="next", <{base}?{newer}>; rel="prev"'}

    def _search(self, request: Request) -> Reply:
        asked = request.first("q")
        if asked.startswith("https://") and request.first("resolve"):
            there = [post for post in self.posts if self.entry_id(post) == asked and not post.removed]
        elif self.searches:
            there = [post for post in self.newest_first() if not post.removed]
            there = [post for post in there if post.author == self.us] if asked == "from:me" else there
        else:
            there = []
        offset = 0 if self.paging == "loop" else int(request.first("offset") or 0)
        size = min(self.page_size, int(request.first("limit") or 20))
        found = [self._view(post) for post in there[offset : offset + size]]
        return as_json({"accounts": [], "statuses": found, "hashtags": []})

    def _status(self, name: str, what: str) -> Reply:
        post = next((post for post in self.posts if local(post) == name and not post.removed), None)
        if post is None or not post.public:
            return as_json({"error": "Record not found"}, 404)
        if not what:
            return as_json(self._view(post))
        above: list[Post] = []
        while post.reply_to:
            post = post.reply_to
            above.insert(0, post)
        return as_json({"ancestors": [self._view(one) for one in above], "descendants": []})

    def _notification(self, post: Post) -> dict[str, Any]:
        return {
            "id": _notified(post),
            "type": post.more.get("type", "mention"),
            "created_at": post.arrived.isoformat(),
            "account": self._account(post.author),
            "status": self._view(post),
        }

    def _view(self, post: Post) -> dict[str, Any]:
        uri = self.entry_id(post)
        mention = {"id": OWN_ID, "acct": self.us, "url": f"{self.address}/@{self.us}"}
        return {
            "id": local(post),
            "uri": uri,
            "url": f"{self.address}/@{post.author}/{local(post)}",
            "created_at": post.at.isoformat().replace("+00:00", "Z"),
            "edited_at": post.edited and post.edited.isoformat(),
            "content": f"<p>{escape(post.text)} {LINK}</p>",
            "spoiler_text": post.more.get("spoiler", ""),
            "language": "en",
            "visibility": "public" if post.public else "direct",
            "in_reply_to_id": local(post.reply_to) if post.reply_to else None,
            "in_reply_to_account_id": None,
            "reblog": post.more.get("reblog"),
            "replies_count": 0,
            "card": None,
            "poll": None,
            "media_attachments": [],
            "tags": [{"name": "preston", "url": f"{self.address}/tags/preston"}],
            "mentions": [mention] if post.to_us else [],
            "account": self._account(post.author),
        }

    def _account(self, name: str) -> dict[str, Any]:
        number = OWN_ID if name == self.us else str(1_000 + sum(name.encode()))
        return {"id": number, "acct": name, "url": f"{self.address}/@{name}", "bot": False, "indexable": True}


class MastodonAccount(MastodonTags):
    """The server of the school's own account, which has a token."""

    can: ClassVar[frozenset[Can]] = (MastodonTags.can - {"partial"}) | {"credentials", "own", "private"}

    def settings(self) -> dict[str, Any]:
        return {
            "instance": self.address,
            "hashtags": ["preston"],
            "token": {"file": "mastodon-token"},
            "notifications": True,
            "search": ['"holm nook"'],
        }

    def secrets(self) -> Mapping[str, str]:
        return {"mastodon-token": TOKEN}


LINK = (
    '<a href="https://holmnook.example/news/2026/winter-fair"><span class="invisible">https://</span>'
    '<span class="ellipsis">holmnook.example/news/2026/win</span><span class="invisible">ter-fair</span></a>'
)


def local(post: Post) -> str:
    """The server's own id: by the time that the post says, unless that is still to come."""
    moment = min(post.at, post.arrived)
    return str((int(moment.timestamp() * 1_000) << 16) + post.number)


def _notified(post: Post) -> str:
    return str(99_990 + post.number)


def order(name: str) -> tuple[int, str]:
    return len(name), name


PLATFORMS = (MastodonTags, MastodonAccount)
