"""Says one line over the services of Apprise, in a process of its own that is thrown away afterwards.

Apprise takes 40 MB and waits as long as a service likes; what runs here costs the watch neither memory nor time.
It is started by ``alerts.wake`` as a program and imports nothing of ours. One JSON object comes in: ``urls``, ``line``
(or none: only look whether the services can be used), ``seconds``, ``grave`` and ``proxy``. For each address one JSON
line goes out, as soon as it is known: its number, and ``why`` the line did not go, empty if it did.
"""

from __future__ import annotations

import contextlib
import difflib
import json
import os
import re
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

NOT_INSTALLED = 3
"""Exit status: Apprise is not there."""
REFUSED: Mapping[str, str] = {
    "a public place, where everybody reads it": (
        "aprs bluesky bsky dapnet github irc ircs mastodon mastodons misskey misskeys nostr reddit session sessions"
        " sogs strmlabs toot toots tweet twitter x"
    ),
    "mail, which wakes nobody": (
        "azure brevo deltachat deltachats groundmail mailersend mailgun mailto mailtos o365 postmark resend sendgrid"
        " sendpulse ses smtp2go sparkpost"
    ),
    "this machine or a screen, where nobody looks at night": (
        "blink1 dbus emby embys enigma2 enigma2s gio glib gnome growl jellyfin jellyfins kde kodi kodis macosx qt"
        " rsyslog syslog windows xbmc xbmcs"
    ),
}
"""Why a service of Apprise is none to wake people with."""
_MORE = re.compile(r"[?&][+:-]?(attach|avatar_url|icon_url|image_url|template)=", re.IGNORECASE)
"""Keys by which an address asks for a picture, a file or words of its own beside the line."""
_SCHEME = re.compile(r"\s*([a-z0-9][a-z0-9+.-]{0,19})://", re.IGNORECASE)
_PAUSE = 0.2
"""Seconds between two requests to one service: the 5.5 that plug-ins are born with would use up the time at five numbers."""
_STATUS = re.compile(r"\berror=(\d{3})\b")
"""How the plug-ins tell an HTTP status in their logs; nothing else is taken from these, they may name the address."""


def main(stdin: TextIO, stdout: TextIO) -> int:
    """Answer the one question on ``stdin``; return the exit status."""
    asked = json.load(stdin)
    try:
        import apprise  # noqa: F401, PLC0415 -- an extra: whether it is there is what we want to know
    except ImportError:
        return NOT_INSTALLED
    if asked.get("proxy"):
        os.environ.update(
            http_proxy=asked["proxy"], https_proxy=asked["proxy"], no_proxy="localhost,127.0.0.1"
        )
    lock = threading.Lock()

    def answer(number: int, url: str) -> None:
        why = _answer(url, asked)
        with lock:
            print(json.dumps({"number": number, "why": why}), file=stdout, flush=True)

    threads = [threading.Thread(target=answer, args=one, daemon=True) for one in enumerate(asked["urls"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 0


def _answer(url: str, asked: Mapping[str, Any]) -> str:
    """Why the line did not go to this address, or could not; empty if it did."""
    try:
        service = _service(url, asked["seconds"])
        if isinstance(service, str) or asked["line"] is None:
            return service if isinstance(service, str) else ""
        return _say(service, asked["line"], grave=asked["grave"])
    except Exception as error:  # noqa: BLE001 -- a stranger's plug-in may raise anything; its words may name the address
        return f"the plug-in failed ({type(error).__name__})"


def _service(url: str, seconds: float) -> Any:
    """The service behind an address, or why there is none."""
    found = _SCHEME.match(url)
    if found is None:
        return "expected an address of Apprise such as ntfys://host/topic"
    import apprise  # noqa: PLC0415 -- see ``main``

    scheme = found[1].lower()
    if why := _refused(scheme):
        return why
    service = apprise.Apprise.instantiate(url, asset=_asset(seconds))
    if service is None:
        return _unknown(scheme)
    if more := _MORE.search(url):
        return f"{more[1].lower()}= would put more than the one line there; leave it out"
    return service


def _refused(scheme: str) -> str:
    """Why a service is none to wake people with; empty if it is."""
    whys = (f"{scheme}:// is {why}" for why, schemes in REFUSED.items() if scheme in schemes.split())
    return next(whys, "")


def _asset(seconds: float) -> Any:
    """Nothing beside the line: no picture, no link, no file, no second host, no second try."""
    import apprise  # noqa: PLC0415 -- see ``main``

    return apprise.AppriseAsset(
        app_id="Monitor",
        app_desc="Monitor",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        image_path_mask="",
        async_mode=False,
        http_redirects=False,
        storage_mode="memory",
        service_timeout=seconds,
        pgp_autogen=False,
        pem_autogen=False,
    )


def _unknown(scheme: str) -> str:
    """Why an address cannot be used, with what may have been meant."""
    from apprise.manager_plugins import NotificationManager  # noqa: PLC0415 -- see ``main``

    known = sorted(NotificationManager().schemas())  # type: ignore[no-untyped-call]  # as it is shipped
    if scheme in known:
        return f"{scheme}:// needs more than this, or a library that is not installed; see the documentation of Apprise"
    close = difflib.get_close_matches(scheme, known, 1)
    return f"Apprise knows no service {scheme}://" + (f"; did you mean {close[0]}://?" if close else "")


def _say(service: Any, line: str, *, grave: bool) -> str:
    import apprise  # noqa: PLC0415 -- see ``main``

    service.request_rate_per_sec = min(service.request_rate_per_sec, _PAUSE)
    speaker = apprise.Apprise(asset=service.asset)
    speaker.add(service)
    logs: list[str] = []
    told = speaker.notify(
        body=line,
        notify_type=apprise.NotifyType.FAILURE if grave else apprise.NotifyType.INFO,
        body_format=apprise.NotifyFormat.TEXT,
        log_callback=lambda entry, _: logs.append(str(entry.message)),
    )
    return "" if told else _failure(told.status.name, logs)


def _failure(status: str, logs: Sequence[str]) -> str:
    codes = [found[1] for each in logs if (found := _STATUS.search(each))]
    if codes:
        return f"the service answered {codes[-1]}"
    if status == "TIMEOUT":
        return "no answer in time"
    return "the service cannot be reached, or did not take it"


if __name__ == "__main__":  # pragma: no cover -- the tests start it as a program
    status = main(sys.stdin, sys.stdout)
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    os._exit(status)  # a plug-in's thread that hangs would hold the exit
