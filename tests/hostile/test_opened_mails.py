"""Promise: opening a mail in a real browser asks nobody for anything, whatever strangers wrote into it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.alerts import mail_samples as samples
from tests.hostile import naughty
from tests.hostile.test_naughty_mails import sent
from tests.sources.http_server import Web, answer

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SECONDS = 60

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="needs Chromium: apt-get install chromium"),
]


@pytest.fixture
def web() -> Iterator[Web]:
    """Everything that anybody could want to load."""
    made = Web()
    made.pages["/lure.png"] = answer(200, b"x", {"Content-Type": "image/png"})
    made.start()
    yield made
    made.stop()


def asked_for(page: Path) -> set[str]:
    """Every address that the browser asked for, from its own log of the network, itself aside."""
    log = page.with_suffix(".netlog")
    command = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    command += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    command += ["--no-first-run", "--disable-default-apps", "--disable-extensions", "--no-pings"]
    command += [f"--user-data-dir={page.parent / 'profile'}", f"--log-net-log={log}"]
    command += [
        "--net-log-capture-mode=Everything",
        "--virtual-time-budget=2000",
        "--dump-dom",
        page.as_uri(),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)
    told = json.loads(log.read_text(encoding="utf-8", errors="replace"))
    params = [event.get("params", {}) for event in told["events"]]
    asked = {str(each["url"]) for each in params if "url" in each}
    asked |= {str(each["host"]) for each in params if "host" in each}
    return {
        each for each in asked if re.search(r"evil\.example|127\.0\.0\.1|lure|holmnook|forum\.example", each)
    }


def _pages(folder: Path) -> Path:
    """All mails with all strings, each a page in a frame of one page."""
    folder.mkdir(exist_ok=True)
    frames = []
    names = sorted(samples.GOLDENS)
    for number, words in enumerate((*naughty.ALL, "plain")):
        page = folder / f"{number}.html"
        page.write_text(sent(names[number % len(names)], words)[0].html, encoding="utf-8")
        frames.append(f"<iframe src='{page.as_uri()}'></iframe>")
    whole = folder / "all.html"
    whole.write_text(f"<!DOCTYPE html><meta charset=utf-8>{''.join(frames)}", encoding="utf-8")
    return whole


def test_opening_any_mail_asks_nobody_for_anything(web: Web, tmp_path: Path) -> None:
    assert asked_for(_pages(tmp_path / "mails")) == set()

    lured = tmp_path / "lured" / "lured.html"
    lured.parent.mkdir()
    lured.write_text(f"<p>Such a mail would ask:<img src='{web.url('/lure.png')}'>", encoding="utf-8")
    assert any("lure.png" in each for each in asked_for(lured)), "the browser's log would have told"
    assert "/lure.png" in web.targets()
