"""The demo's web: feeds in four formats, a page, and a stand-in for Bluesky, on loopback only.

Serves package data; the marker ``{base}`` in a file becomes the server's own address. Knows nothing of the
monitor: everything goes through the ordinary sources.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGES = {
    "/press.xml": ("press.xml", "application/rss+xml; charset=utf-8"),
    "/council.rdf": ("council.rdf", "application/rdf+xml; charset=utf-8"),
    "/blog.atom": ("blog.atom", "application/atom+xml; charset=utf-8"),
    "/forum.json": ("forum.json", "application/feed+json"),
    "/noticeboard": ("noticeboard.html", "text/html; charset=utf-8"),
}
ROBOTS = b"User-agent: *\nAllow: /\n"
JSON = "application/json"
SESSION = {
    "accessJwt": "demo-access",
    "refreshJwt": "demo-refresh",
    "handle": "demo.example",
    "did": "did:plc:demo",
}


def read(name: str) -> str:
    """The text of one file of the demo's web."""
    return resources.files("monitor.demo").joinpath("pages", name).read_text(encoding="utf-8")


def page(path: str, base: str) -> tuple[bytes, str] | None:
    """Body and media type of a path, or ``None`` if the demo's web has no such page."""
    if path == "/robots.txt":
        return ROBOTS, "text/plain; charset=utf-8"
    if path not in PAGES:
        return None
    name, media_type = PAGES[path]
    return read(name).replace("{base}", base).encode(), media_type


def search_posts(query: str) -> dict[str, Any]:
    """``app.bsky.feed.searchPosts`` over the demo's posts: all that contain the query, newest first."""
    found = [post for post in json.loads(read("bluesky.json")) if query.casefold() in post["text"].casefold()]
    return {"posts": [_post_view(post) for post in sorted(found, key=lambda post: post["at"], reverse=True)]}


def get_posts(uris: Sequence[str]) -> dict[str, Any]:
    """``app.bsky.feed.getPosts`` over the demo's posts: what is asked for and there."""
    views = [_post_view(post) for post in json.loads(read("bluesky.json"))]
    return {"posts": [view for view in views if view["uri"] in uris]}


def _post_view(post: dict[str, str]) -> dict[str, Any]:
    did = f"did:plc:{post['rkey']}"
    return {
        "uri": f"at://{did}/app.bsky.feed.post/{post['rkey']}",
        "cid": post["rkey"],
        "indexedAt": post["at"],
        "author": {"did": did, "handle": post["handle"]},
        "record": {
            "$type": "app.bsky.feed.post",
            "text": post["text"],
            "createdAt": post["at"],
            "langs": ["en"],
        },
    }


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and POST as the demo's web does; logs nothing."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Serve a page, robots.txt, a search or posts by their names."""
        target = urlsplit(self.path)
        asked = parse_qs(target.query)
        if target.path == "/xrpc/app.bsky.feed.searchPosts":
            self._answer(200, json.dumps(search_posts(asked.get("q", [""])[0])).encode(), JSON)
            return
        if target.path == "/xrpc/app.bsky.feed.getPosts":
            self._answer(200, json.dumps(get_posts(asked.get("uris", []))).encode(), JSON)
            return
        found = page(target.path, f"http://{self.headers.get('Host', '')}")
        if found is None:
            self._answer(404, b"nothing here\n", "text/plain")
            return
        self._answer(200, *found)

    def do_POST(self) -> None:
        """Log in to the stand-in for Bluesky."""
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        known = self.path == "/xrpc/com.atproto.server.createSession"
        self._answer(200 if known else 404, json.dumps(SESSION if known else {}).encode(), JSON)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class names it so
        """Say nothing: the demo's own output is what people read."""

    def _answer(self, status: int, body: bytes, media_type: str) -> None:
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        fresh = status == 200 and self.headers.get("If-None-Match") != tag  # noqa: PLR2004 -- OK
        self.send_response(304 if status == 200 and not fresh else status)  # noqa: PLR2004 -- OK
        self.send_header("Content-Type", media_type)
        self.send_header("ETag", tag)
        payload = b"" if status == 200 and not fresh else body  # noqa: PLR2004 -- OK
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)


@contextmanager
def serve() -> Iterator[str]:
    """Run the demo's web on a free port of 127.0.0.1; yield ``127.0.0.1:port``."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
