"""A real mail program at somebody's mailbox: neomutt in a terminal of its own, its keys pressed by us.

It quotes, threads and addresses as it does for people: over IMAP and SMTP with verified TLS, with a signature.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import termios
import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from html import unescape
from pathlib import Path

from tests.trials.mail_servers import PASSWORD, Missing, Servers

_PATIENCE = 60.0
"""Seconds for one letter; a program that asks what nobody answers is stopped then."""
_LETTER, _SEND = b"Security:", b"y"
"""What stands beside a letter that is ready, and the key that sends it."""
_SIZE = struct.pack("HHHH", 40, 100, 0, 0)
"""Lines and columns of the terminal."""
_EDITOR = """\
#!/bin/sh
awk -v words="$WORDS" '!said && /^$/ { print ""; if (words != "") print words "\\n"; said = 1; next } { print }' \\
  "$1" > "$1.new" && mv "$1.new" "$1"
"""
"""Types the words above what is quoted, as most people do."""
_SETTINGS = """\
set folder="imaps://localhost:{imap}/" spoolfile="imaps://localhost:{imap}/INBOX"
set imap_user="{address}" imap_pass="{password}" smtp_pass="{password}"
set smtp_url="smtps://{user}%40{domain}@localhost:{tls}"
set from="{address}" realname="" use_envelope_from=no hostname="{domain}" record="" header_cache=""
set ssl_ca_certificates_file="{ca}" certificate_file="{home}/known" ssl_force_tls=yes
set editor="{home}/editor" autoedit=yes edit_headers=yes include=yes fast_reply=yes reply_to=yes abort_unmodified=no
set signature="{home}/signature" sig_dashes=yes charset=utf-8 send_charset=utf-8 crypt_autosign=no mark_old=no
set quit=yes delete=no wait_key=no sort=date-received mailcap_path="{home}/mailcap" confirmappend=no resume_draft_files=no
"""
_FOOT = "A Person\nHolm Nook Community Primary School\nSent from my phone\n"


@dataclass(frozen=True, kw_only=True)
class Client:
    """One person's mail program."""

    home: Path
    address: str
    servers: Servers

    def set_up(self) -> None:
        """Write its settings."""
        if shutil.which("neomutt") is None:
            raise Missing("not installed: neomutt")
        self.home.mkdir(parents=True)
        user, _, domain = self.address.partition("@")
        facts = {
            "address": self.address,
            "user": user,
            "domain": domain,
            "home": self.home,
            "password": PASSWORD,
        }
        facts |= {"imap": self.servers.imap, "tls": self.servers.tls, "ca": self.servers.ca_file}
        (self.home / "rc").write_text(_SETTINGS.format(**facts), encoding="ascii")
        (self.home / "signature").write_text(_FOOT, encoding="ascii")
        for name in ("known", "mailcap"):
            (self.home / name).touch()
        (self.home / "editor").write_text(_EDITOR, encoding="ascii")
        (self.home / "editor").chmod(0o755)

    def reply(self, subject: str, words: str) -> None:
        """Answer the latest mail with these words in its subject."""
        keys = f"<limit>~s '{subject}'<enter><last-entry><reply><send-message><quit>"
        self._press("-e", f'push "{keys}"', words=words)

    def tap(self, link: str) -> None:
        """Open a ``mailto:`` link and send what it filled in."""
        self._press(link, sends=True)

    def _press(self, *arguments: str, words: str = "", sends: bool = False) -> None:
        """Let it run in a terminal until it has ended by itself; ``sends``: press its key once it shows the letter."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, _SIZE)
        program = subprocess.Popen(
            ["neomutt", "-n", "-F", str(self.home / "rc"), *arguments],
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            env={**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8", "HOME": str(self.home), "WORDS": words},
        )  # fmt: skip
        os.close(theirs)
        shown = _watch(program, ours, _SEND if sends else b"")
        os.close(ours)
        (self.home / "screen").write_bytes(shown)
        if program.wait():
            raise RuntimeError(f"neomutt ended with {program.returncode}: see {self.home}/screen")


def _watch(program: subprocess.Popen[bytes], terminal: int, key: bytes) -> bytes:
    """Read the screen, so that the program is never held up; kill it when our patience ends."""
    shown, end = bytearray(), time.monotonic() + _PATIENCE
    while program.poll() is None or select.select([terminal], [], [], 0)[0]:
        if time.monotonic() > end:
            program.kill()
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                shown += os.read(terminal, 65_536)
            except OSError:  # it has closed its end
                break
        if key and _LETTER in shown:
            os.write(terminal, key)
            key = b""
    return bytes(shown)


def links(mail: EmailMessage) -> Sequence[str]:
    """The ``mailto:`` links of a mail, as a tap would follow them."""
    part = mail.get_body(("html",))
    return [unescape(one) for one in re.findall(r'href="(mailto:[^"]+)"', part.get_content() if part else "")]
