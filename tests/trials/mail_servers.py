"""A real Postfix and a real Dovecot of our own, on loopback, with every certificate a server may have.

Postfix takes mail over TLS from who logs in (Dovecot checks the password), hands it to Dovecot by LMTP, and knows
only the people it is told of. Dovecot keeps the mailboxes, says which are full (its quota-status service), and
shows them over IMAP. Greylisting is postgrey's. Everything lies in one folder; nothing of the machine's own mail
set-up is read or changed. Needs root, as Postfix does.
"""

from __future__ import annotations

import imaplib
import os
import pwd
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import trustme

PASSWORD = "play-Passw0rd"
ROOM = 3_000_000
"""Bytes that a mailbox may hold."""
GREY_SECONDS = 5
PEOPLE = ("head", "dsl", "chair", "office", "it", "alerts")
NEEDED = ("postfix", "dovecot", "doveadm", "postgrey", "openssl")
_KEEPER = "mail"
"""Debian's own system user for mailboxes."""
_UP_WITHIN = 30

_MAIN = """\
compatibility_level = 3.6
queue_directory = {home}/spool
data_directory = {home}/data
maillog_file = {home}/postfix.log
maillog_file_prefixes = /var, /tmp, {home}
syslog_name = trial
multi_instance_name = postfix-trial
myhostname = mail.trial.test
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
recipient_delimiter = +
alias_maps =
disable_dns_lookups = yes
default_transport = error:5.4.4 nothing leaves this machine
relay_transport = error:5.4.4 nothing leaves this machine
virtual_mailbox_domains = texthash:{home}/domains
virtual_mailbox_maps = texthash:{home}/people
virtual_transport = lmtp:unix:private/dovecot
transport_maps = texthash:{home}/transports
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_tls_chain_files = {home}/good.pem
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_client_restrictions = permit_sasl_authenticated, reject
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_restriction_classes = greylisted
greylisted = check_policy_service inet:127.0.0.1:{grey}
smtpd_recipient_restrictions =
  check_recipient_access texthash:{home}/moods
  reject_unlisted_recipient
  check_policy_service inet:127.0.0.1:{quota}
"""
_SERVICES = """\
{submission} inet n - n - - smtpd -o max_use=1
{tls} inet n - n - - smtpd -o max_use=1 -o smtpd_tls_wrappermode=yes
{expired} inet n - n - - smtpd -o smtpd_tls_chain_files={home}/expired.pem
{elsewhere} inet n - n - - smtpd -o smtpd_tls_chain_files={home}/elsewhere.pem
{own} inet n - n - - smtpd -o smtpd_tls_chain_files={home}/own.pem
{bare} inet n - n - - smtpd -o syslog_name=trial/bare -o smtpd_tls_security_level=none -o smtpd_tls_auth_only=no
{inside} inet n - n - - smtpd -o syslog_name=trial/inside -o smtpd_tls_security_level=none -o mynetworks=127.0.0.1 -o smtpd_client_restrictions=permit_mynetworks,reject -o smtpd_relay_restrictions=permit_mynetworks,reject
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
lax unix - - n - - lmtp -o lmtp_header_checks=regexp:{home}/machine
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
"""``max_use=1``: who is refused today is read anew for each connection."""
_DOVECOT = """\
base_dir = {home}/run
instance_name = trial
listen = 127.0.0.1
protocols = imap lmtp
log_path = {home}/dovecot.log
ssl = required
ssl_cert = <{home}/good.pem
ssl_key = <{home}/good.pem
auth_mechanisms = plain login
mail_location = maildir:~/Maildir
first_valid_uid = 1
mail_plugins = quota
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/boxes/%d/%n allow_all_users=yes
}}
plugin {{
  quota = maildir:User quota
  quota_rule = *:bytes={room}
  quota_grace = 0
  quota_status_success = DUNNO
  quota_status_nouser = DUNNO
  quota_status_overquota = "552 5.2.2 Mailbox is full"
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {imap}
    ssl = yes
  }}
}}
service auth {{
  unix_listener {home}/spool/private/auth {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
service lmtp {{
  unix_listener {home}/spool/private/dovecot {{
    mode = 0600
    user = postfix
    group = postfix
  }}
}}
service quota-status {{
  executable = quota-status -p postfix
  client_limit = 1
  inet_listener {{
    port = {quota}
  }}
}}
"""


_SIEVE = """\
submission_host = 127.0.0.1:{inside}
protocol lmtp {{
  mail_plugins = quota sieve
}}
plugin {{
  sieve = file:~/sieve;active=~/.dovecot.sieve
  sieve_extensions = +vacation-seconds
  sieve_vacation_min_period = 0
}}
"""
"""Answers for whoever is away (Pigeonhole); it hands them to ``inside``, which takes mail without a log-in."""


class Missing(Exception):
    """A program that this needs is not installed."""


@dataclass
class Servers:
    """Where everything is."""

    home: Path
    submission: int = 0
    tls: int = 0
    expired: int = 0
    elsewhere: int = 0
    own: int = 0
    bare: int = 0
    quota: int = 0
    grey: int = 0
    imap: int = 0
    inside: int = 0
    moods: dict[str, str] = field(default_factory=dict, init=False)

    @property
    def ca_file(self) -> Path:
        """The authority of the good, the expired and the other host's certificate."""
        return self.home / "ca.pem"

    @property
    def own_certificate(self) -> Path:
        """The certificate that nobody but its server vouches for, without its key."""
        return self.home / "own.crt"

    def answer(self, address: str, mood: str) -> None:
        """From now on Postfix answers so when this recipient is named; empty: as it should."""
        self.moods[address] = mood
        lines = (f"{one} {told}\n" for one, told in self.moods.items() if told)
        fresh = self.home / "moods.new"
        fresh.write_text("".join(lines), encoding="ascii")
        fresh.replace(self.home / "moods")

    def fill(self, address: str, size: int) -> None:
        """Put a letter of so many bytes into a mailbox that nothing was delivered to yet."""
        keeper = pwd.getpwnam(_KEEPER)
        name, _, domain = address.partition("@")
        folder = self.home / "boxes" / domain / name / "Maildir"
        for part in ("cur", "new", "tmp"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        letter = b"Subject: old\r\n\r\n" + b"x" * 70 + b"\r\n"
        (folder / "cur" / f"1.1.trial,S={size}:2,S").write_bytes((letter * (size // len(letter) + 1))[:size])
        for path in (*folder.parents[:2], folder, *folder.rglob("*")):
            os.chown(path, keeper.pw_uid, keeper.pw_gid)

    def hide_machine(self, address: str) -> None:
        """From now on somebody's mails do not say that a machine wrote them, as where nobody asks. Before the first mail."""
        with (self.home / "transports").open("a", encoding="ascii") as transports:
            transports.write(f"{address} lax:unix:private/dovecot\n")

    def answer_for(self, address: str, script: str) -> None:
        """From now on this Sieve script sees what comes for somebody."""
        keeper = pwd.getpwnam(_KEEPER)
        name, _, domain = address.partition("@")
        home = self.home / "boxes" / domain / name
        home.mkdir(parents=True, exist_ok=True)
        (home / ".dovecot.sieve").write_text(script, encoding="ascii")
        for path in (home.parent, home, home / ".dovecot.sieve"):
            os.chown(path, keeper.pw_uid, keeper.pw_gid)

    def empty(self, address: str) -> None:
        """Delete what is old in a mailbox, as its owner would."""
        with self._mailbox(address) as box:
            for number in box.search(None, "SUBJECT", '"old"')[1][0].split():
                box.store(number, "+FLAGS", r"\Deleted")
            box.expunge()

    def mails(self, address: str) -> list[EmailMessage]:
        """What lies in a mailbox, first come first."""
        found: list[EmailMessage] = []
        with self._mailbox(address) as box:
            for number in box.search(None, "NOT", "SUBJECT", '"old"')[1][0].split():
                parts = box.fetch(number, "(RFC822)")[1]
                found += [
                    message_from_bytes(one[1], policy=policy.default)
                    for one in parts
                    if isinstance(one, tuple)
                ]
        return found

    def busy(self) -> bool:
        """Whether Postfix still holds mail that it accepted."""
        parts = ("incoming", "active", "deferred", "maildrop")
        return any(one.is_file() for part in parts for one in (self.home / "spool" / part).rglob("*"))

    def log(self) -> str:
        """What Postfix wrote down."""
        return (self.home / "postfix.log").read_text(encoding="utf-8", errors="replace")

    @contextmanager
    def _mailbox(self, address: str) -> Iterator[imaplib.IMAP4_SSL]:
        context = ssl.create_default_context(cafile=str(self.ca_file))
        with imaplib.IMAP4_SSL("localhost", self.imap, ssl_context=context, timeout=30) as box:
            box.login(address, PASSWORD)
            box.select("INBOX")
            yield box


@contextmanager
def running(
    home: Path, domains: tuple[str, ...], first_port: int, *, sieve: bool = False
) -> Iterator[Servers]:
    """Start everything in ``home`` for people of these domains; stop it in the end. Raises ``Missing``."""
    missing = [name for name in NEEDED if not _program(name)]
    if sieve and not any(Path("/usr/lib/dovecot/modules").glob("*_sieve_plugin.so")):
        missing.append("dovecot-sieve")
    if missing or os.geteuid():
        raise Missing(
            f"not installed: {', '.join(missing)}" if missing else "root is needed, as for any Postfix"
        )
    names = ("submission", "tls", "expired", "elsewhere", "own", "bare", "quota", "grey", "imap", "inside")
    ports = {name: first_port + number for number, name in enumerate(names)}
    servers = Servers(home, **ports)
    _write(servers, ports, domains)
    if sieve:
        with (home / "dovecot.conf").open("a", encoding="ascii") as conf:
            conf.write(_SIEVE.format(**ports))
    grey = subprocess.Popen(
        [_program("postgrey"), f"--inet=127.0.0.1:{servers.grey}", f"--dbdir={home}/grey", f"--delay={GREY_SECONDS}", "--auto-whitelist-clients=0"],
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _do("dovecot", "-c", f"{home}/dovecot.conf")
        _do("postfix", "-c", f"{home}/postfix", "start")
        for port in ports.values():
            _wait_for(port)
        yield servers
    finally:
        _do("postfix", "-c", f"{home}/postfix", "stop", check=False)
        _do("doveadm", "-c", f"{home}/dovecot.conf", "stop", check=False)
        grey.terminate()
        grey.wait()


def _write(servers: Servers, ports: dict[str, int], domains: tuple[str, ...]) -> None:
    home, keeper = servers.home, pwd.getpwnam(_KEEPER)
    for name in ("postfix", "spool/private", "data", "boxes", "run", "grey"):
        (home / name).mkdir(parents=True)
    home.chmod(0o755)
    shutil.chown(home / "data", "postfix")
    shutil.chown(home / "spool/private", "postfix")
    (home / "spool/private").chmod(0o700)
    shutil.chown(home / "boxes", keeper.pw_uid, keeper.pw_gid)
    shutil.chown(home / "grey", "postgrey", "postgrey")
    _write_certificates(home)
    facts = {
        "home": home,
        **ports,
        "password": PASSWORD,
        "room": ROOM,
        "uid": keeper.pw_uid,
        "gid": keeper.pw_gid,
    }
    (home / "postfix/main.cf").write_text(_MAIN.format(**facts), encoding="ascii")
    listening = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
    (home / "postfix/master.cf").write_text(_SERVICES.format(home=home, **listening), encoding="ascii")
    (home / "dovecot.conf").write_text(_DOVECOT.format(**facts), encoding="ascii")
    (home / "domains").write_text("".join(f"{domain} ok\n" for domain in domains), encoding="ascii")
    people = (f"{name}@{domain} ok\n" for domain in domains for name in PEOPLE)
    (home / "people").write_text("".join(people), encoding="ascii")
    (home / "machine").write_text("/^(Auto-Submitted|List-Id):/ IGNORE\n", encoding="ascii")
    (home / "moods").touch()
    (home / "transports").touch()


def _write_certificates(home: Path) -> None:
    authority, now = trustme.CA(), datetime.now(UTC)
    authority.cert_pem.write_to_path(str(home / "ca.pem"))
    past = now - timedelta(days=1)
    for name, certificate in {
        "good": authority.issue_cert("localhost"),
        "expired": authority.issue_cert("localhost", not_before=past - timedelta(days=90), not_after=past),
        "elsewhere": authority.issue_cert("mail.elsewhere.test"),
    }.items():
        certificate.private_key_and_cert_chain_pem.write_to_path(str(home / f"{name}.pem"))
    _do(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", "-subj", "/CN=localhost",
        "-addext", "subjectAltName=DNS:localhost", "-keyout", str(home / "own.key"), "-out", str(home / "own.crt"),
    )  # fmt: skip
    whole = (home / "own.key").read_text("ascii") + (home / "own.crt").read_text("ascii")
    (home / "own.pem").write_text(whole, encoding="ascii")


def _program(name: str) -> str:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") or ""


def _do(name: str, *arguments: str, check: bool = True) -> None:
    quiet = subprocess.DEVNULL
    subprocess.run([_program(name), *arguments], check=check, stdin=quiet, stdout=quiet, stderr=quiet)


def _wait_for(port: int) -> None:
    end = time.monotonic() + _UP_WITHIN
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return
