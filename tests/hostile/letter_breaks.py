"""Letters that break what reads them: MIME that is none, charsets that lie, and bombs."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from tests.hostile.letter_parts import PNG, Aim, base64, html, letter, multipart, part, quoted, wire

_ROUNDS = 50
"""Times that each whole letter is damaged by chance, from a fixed start."""


def malformed(aim: Aim) -> Iterator[tuple[str, bytes]]:
    """Broken by design, and by chance."""
    yield from _bare(aim)
    yield from _structures(aim)
    yield from _encodings(aim)
    yield from _damaged(aim)


def _bare(aim: Aim) -> Iterator[tuple[str, bytes]]:
    whole = letter(aim, f"mine\n\n{quoted(aim.alert)}")
    head, _, body = whole.partition(b"\r\n\r\n")
    odd = {
        "nothing": b"",
        "one NUL": b"\x00",
        "only line ends": b"\r\n" * 500,
        "only a carriage return": b"\r",
        "only a colon": b":",
        "only a body": b"\r\n\r\n" + body,
        "only a head": head,
        "a head without an end": head + b"\r\n",
        "no blank line": head + b"\r\n" + body,
        "bare line feeds": whole.replace(b"\r\n", b"\n"),
        "bare carriage returns": whole.replace(b"\r\n", b"\r"),
        "doubled carriage returns": whole.replace(b"\r\n", b"\r\r\n"),
        "line feeds the wrong way round": whole.replace(b"\r\n", b"\n\r"),
        "NULs between all letters": whole.replace(b"", b"\x00"),
        "a NUL at each line end": whole.replace(b"\r\n", b"\x00\r\n"),
        "in UTF-16": whole.decode().encode("utf-16"),
        "with a byte order mark": b"\xef\xbb\xbf" + whole,
        "with an mbox line": b"From head@holmnook.example Tue Nov 24 10:15:00 2026\r\n" + whole,
        "with blanks before it": b"  \r\n \r\n" + whole,
        "a first line that is folded": b" folded\r\n" + whole,
        "all bytes": bytes(range(256)) * 8,
        "high bytes": b"\xff" * 2_000,
        "gzip": b"\x1f\x8b\x08\x00" + bytes(200),
        "a web answer": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>mine</p>",
        "twice": whole * 2,
        "a head in the body": head + b"\r\n\r\n" + whole,
    }
    for what, octets in odd.items():
        yield f"malformed: {what}", octets


def _structures(aim: Aim) -> Iterator[tuple[str, bytes]]:
    said = part("text/plain", "mine\n")
    two = multipart(said, part("text/html", "<p>mine</p>"))
    kinds = {
        "no boundary": "multipart/mixed",
        "an empty boundary": 'multipart/mixed; boundary=""',
        "a boundary of blanks": 'multipart/mixed; boundary="   "',
        "an unquoted boundary": "multipart/mixed; boundary==_b1",
        "an unclosed quote": 'multipart/mixed; boundary="=_b1',
        "two boundaries": 'multipart/mixed; boundary="x"; boundary="=_b1"',
        "a boundary in pieces": "multipart/mixed; boundary*0==_; boundary*1=b1",
        "an encoded boundary": "multipart/mixed; boundary*=us-ascii'en'%3D_b1",
        "another boundary": 'multipart/mixed; boundary="zzz"',
        "a boundary of ten thousand letters": f'multipart/mixed; boundary="{"=" * 10_000}"',
        "a boundary of metacharacters": 'multipart/mixed; boundary="(.*)+$"',
        "a boundary with a line break": 'multipart/mixed; boundary="=_\n b1"',
        "no subtype": "multipart",
        "no type": "/",
        "only a semicolon": ";",
        "nothing": "",
        "a type of garbage": "\x00\x01; \xff=\xfe",
        "capitals": 'MULTIPART/MIXED; BOUNDARY="=_b1"',
        "comments": 'multipart/mixed (really); (a) boundary="=_b1" (b)',
        "an unknown multipart": 'multipart/unheard-of; boundary="=_b1"',
        "a digest": 'multipart/digest; boundary="=_b1"',
        "parallel": 'multipart/parallel; boundary="=_b1"',
        "a report of nothing": 'multipart/report; report-type=delivery-status; boundary="=_b1"',
        "a report of rubbish": 'multipart/report; report-type="\\"; boundary="=_b1"',
        "encrypted": 'multipart/encrypted; protocol="application/pgp-encrypted"; boundary="=_b1"',
        "signed": 'multipart/signed; micalg=sha-256; boundary="=_b1"',
        "an external body": 'message/external-body; access-type=URL; URL="https://evil.example/"',
        "a partial message": 'message/partial; id="x"; number=1; total=2',
        "a message that is a text": "message/rfc822",
        "a thousand parameters": "text/plain; " + "; ".join(f"a{number}=b" for number in range(1_000)),
        "parameters in many pieces": "text/plain; "
        + "; ".join(f"name*{number}=b" for number in range(1_000)),
        "a huge number in a parameter": f"text/plain; name*{'9' * 5_000}=b",
    }
    for what, kind in kinds.items():
        yield f"malformed: a type of {what}", letter(aim, two, kind=kind)
    bodies = {
        "no last boundary": multipart(said, said, end=False),
        "only the last boundary": "--=_b1--\n",
        "a last boundary first": f"--=_b1--\n{two}",
        "boundaries alone": "--=_b1\n" * 3_000,
        "text before and behind": f"mine\n{two}mine\n",
        "a part without headers": "--=_b1\n\nmine\n--=_b1--\n",
        "a part without a blank line": "--=_b1\nmine\n--=_b1--\n",
        "a part that is empty": "--=_b1\n--=_b1\n\n--=_b1--\n",
        "blanks behind the boundary": two.replace("--=_b1", "--=_b1   "),
        "letters behind the boundary": two.replace("--=_b1\n", "--=_b1x\n"),
        "the same boundary inside": multipart(part('multipart/mixed; boundary="=_b1"', two)),
        "a boundary that begins another": multipart(
            part('multipart/mixed; boundary="=_b1x"', multipart(said, boundary="=_b1x"))
        ),
        "ten thousand parts": multipart(*[said] * 10_000),
        "an alternative in vain": multipart(part("text/plain", " \n"), part("text/html", "<p>mine</p>")),
        "garbage": multipart(*[part("text/plain; charset=\x00", "\x00\udcff\udcfe") for _ in range(9)]),
    }
    for what, body in bodies.items():
        yield f"malformed: parts of {what}", letter(aim, body, kind='multipart/mixed; boundary="=_b1"')


def _encodings(aim: Aim) -> Iterator[tuple[str, bytes]]:
    bodies = {
        "base64 with rubbish": ("base64", "bWlu\x00ZQ*o=%%%"),
        "base64 cut": ("base64", "bWluZQo"[:-2]),
        "base64 of one letter": ("base64", "b"),
        "base64 padded first": ("base64", "====bWluZQo="),
        "base64 in two runs": ("base64", "bWluZQo=\nbWluZQo="),
        "base64 that is none": ("base64", "mine, said the head. \u00e9"),
        "quoted-printable with rubbish": ("quoted-printable", "mine=ZZ=\n=\n==\n=E2=82"),
        "quoted-printable that ends": ("quoted-printable", "mine="),
        "quoted-printable of controls": ("quoted-printable", "mi=00ne=0D=0A=1B[2J=08"),
        "uuencode": ("x-uuencode", "begin 644 note.txt\n%;6EN90H \n`\nend\n"),
        "uuencode without an end": ("uuencode", "begin 644 note.txt\nM;6EN90H\n"),
        "uuencode in the text": ("7bit", "mine\n\nbegin 644 a.jpg\n" + "M" + "8" * 60 + "\n`\nend\n"),
        "yEnc": ("8bit", "=ybegin line=128 size=4 name=a.bin\n\u0097\u0093\u0098\u008f\n=yend size=4\n"),
        "an unknown encoding": ("x-rot13", "zvar\n"),
        "an encoding of garbage": ("\x00\xff", "mine\n"),
        "a gzip encoding": ("gzip", "\x1f\x8b"),
        "binary": ("binary", "mine\n" + "".join(map(chr, range(32)))),
        "two encodings": ("base64, quoted-printable", "bWluZQo="),
    }
    for what, (encoding, body) in bodies.items():
        octets = letter(aim, body, extra=f"Content-Transfer-Encoding: {encoding}")
        yield f"malformed: {what}", octets
    yield (
        "malformed: signed and opaque",
        letter(
            aim,
            base64(b"0\x82\x01\x00" + b"mine"),
            kind='application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"',
            extra="Content-Transfer-Encoding: base64",
        ),
    )
    yield (
        "malformed: encrypted with PGP in the text",
        letter(aim, "-----BEGIN PGP MESSAGE-----\n\nbWluZQo=\n-----END PGP MESSAGE-----\n"),
    )


def _whole(aim: Aim) -> dict[str, bytes]:
    """Letters as they should be, of every shape."""
    said, page = (
        part("text/plain; charset=utf-8", "mine\n"),
        part("text/html", "<p>mine</p><blockquote>old</blockquote>"),
    )
    picture = part("image/png", PNG, "Content-Transfer-Encoding: base64")
    both = multipart(said, page, boundary="=_b2")
    status = part(
        "message/delivery-status",
        f"Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822;{aim.sender}\nAction: failed\n",
    )
    inner = part("message/rfc822", letter(aim, "mine\n").decode())
    mixed = 'multipart/mixed; boundary="=_b1"'
    return {
        "a plain letter": letter(aim, f"mine\n\n{quoted(aim.alert)}"),
        "a page": html(aim, f"<div>mine</div><blockquote>{aim.alert}</blockquote>"),
        "an alternative": letter(aim, multipart(said, page), kind='multipart/alternative; boundary="=_b1"'),
        "a letter with a picture": letter(
            aim, multipart(part('multipart/alternative; boundary="=_b2"', both), picture), kind=mixed
        ),
        "a report": letter(
            aim,
            multipart(said, status, inner),
            kind='multipart/report; report-type=delivery-status; boundary="=_b1"',
        ),
        "a letter in a letter": letter(aim, multipart(said, inner), kind=mixed),
    }


def _damaged(aim: Aim) -> Iterator[tuple[str, bytes]]:
    for name, whole in _whole(aim).items():
        for number in range(_ROUNDS):
            dice = random.Random(f"{name} {number}")
            damage = _DAMAGES[number % len(_DAMAGES)]
            yield f"malformed: {name}, damage {number + 1}", damage(whole, dice)


def _cut(octets: bytes, dice: random.Random) -> bytes:
    return octets[: dice.randrange(len(octets))]


def _flip(octets: bytes, dice: random.Random) -> bytes:
    changed = bytearray(octets)
    for _ in range(dice.randrange(1, 40)):
        changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)


def _shuffle(octets: bytes, dice: random.Random) -> bytes:
    lines = octets.split(b"\r\n")
    dice.shuffle(lines)
    return b"\r\n".join(lines)


def _drop(octets: bytes, dice: random.Random) -> bytes:
    return b"\r\n".join(line for line in octets.split(b"\r\n") if dice.random() > 0.2)


def _repeat(octets: bytes, dice: random.Random) -> bytes:
    start = dice.randrange(len(octets))
    return octets[:start] + octets[start : start + 60] * dice.randrange(2, 200) + octets[start:]


_DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (_cut, _flip, _shuffle, _drop, _repeat)

_CHARSETS = (
    "utf-8", "utf8", "UTF-8", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252", "cp1252", "windows-1251",
    "koi8-r", "big5", "gb2312", "gb18030", "shift_jis", "euc-jp", "euc-kr", "iso-2022-jp", "iso-2022-kr", "utf-7",
    "utf-16", "utf-16le", "utf-16be", "utf-32", "hz", "macintosh", "cp437", "iso-8859-8-i", "unknown-8bit", "x-unknown",
    "default", "none", "binary", "ansi", "punycode", "idna", "rot13", "hex", "base64", "zlib", "bz2", "uu", "undefined",
    "unicode_escape", "raw_unicode_escape", "mbcs", "string-escape", "../../etc/passwd", "utf-8\u00e9", "\x00", "",
    "A" * 5_000, "utf 8", "utf-8; charset=koi8-r", "'utf-8'", "=?utf-8?q?utf-8?=",
)  # fmt: skip


def charsets(aim: Aim) -> Iterator[tuple[str, bytes]]:
    """Words in one charset under the name of another."""
    words = "mine \u2013 caf\u00e9, \u201cthank you\u201d\n"
    for charset in _CHARSETS:
        kind = f'text/plain; charset="{charset}"'
        name = charset[:20].encode("unicode_escape").decode()
        yield f"charset: {name} for UTF-8", letter(aim, words, kind=kind)
        yield f"charset: {name} for Windows", letter(aim, words.encode("cp1252"), kind=kind)
        yield f"charset: {name} in the subject", letter(aim, words, subject=f"=?{charset}?q?caf=E9_mine?=")


def bombs(aim: Aim) -> Iterator[tuple[str, bytes]]:
    """Small letters that cost much, and large ones."""
    yield from _long_headers(aim)
    yield from _words(aim)
    yield from _nests(aim)
    big = 1_500_000
    bodies: dict[str, str] = {
        "a text of a megabyte": "mine\n" + "x " * (big // 2),
        "one line of a megabyte": "mine " + "x" * big,
        "a megabyte of quotes": "mine\n" + "> x\n" * (big // 4),
        "a megabyte of quote marks": "mine\n" + ">" * big,
        "a megabyte of blanks": "mine" + " " * big + "x\n",
        "a megabyte of empty lines": "mine\n" + "\n" * big,
        "a megabyte of NULs": "mine\n" + "\x00" * big,
        "a megabyte of joiners": "mine\n" + "\u200d" * (big // 3),
        "a megabyte of marks": "m" + "\u0301" * (big // 2) + "ine\n",
    }
    for what, body in bodies.items():
        yield f"bomb: {what}", letter(aim, body, kind="text/plain; charset=utf-8; format=flowed")
    yield (
        "bomb: two megabytes of base64",
        letter(aim, base64("x" * big), extra="Content-Transfer-Encoding: base64"),
    )
    pages = {
        "unclosed tags": "<b>" * 100_000,
        "attributes": "<p " + "a=b " * 100_000 + ">mine</p>",
        "one attribute": f"<p style='{'color:red;' * 50_000}'>mine</p>",
        "styles": "<style>" + ".a{color:#fff}" * 30_000 + "</style><p class='" + "a " * 30_000 + "'>mine</p>",
        "entities": "&lt;" * 200_000,
        "an unclosed comment": "<!--" + "-" * 500_000,
        "an unclosed tag": "<" * 300_000,
        "unclosed attributes": "<a b='" * 50_000,
        "table cells": "<table><tr><td>" * 20_000 + "mine",
    }
    for what, markup in pages.items():
        yield f"bomb: a page of {what}", html(aim, markup)


def _long_headers(aim: Aim) -> Iterator[tuple[str, bytes]]:
    mega = 1_000_000
    extras = {
        "a header of a megabyte": f"X-Long: {'x' * mega}",
        "a header of a megabyte in folds": "X-Long:" + "\n x" * (mega // 3),
        "a header name of a megabyte": f"{'X' * mega}: x",
        "a subject of a megabyte": f"Subject: {'x' * mega}",
        "ten thousand headers": "\n".join(f"X-{number}: y" for number in range(10_000)),
        "ten thousand Received": "\n".join(
            ["Received: from a by b; Tue, 24 Nov 2026 10:00:00 +0000"] * 10_000
        ),
        "a hundred thousand references": "References:"
        + "".join(f"\n <{n}@x.example>" for n in range(100_000)),
        "a reference of a megabyte": f"References: <{'x' * mega}@x.example>",
        "angle brackets": "References: " + "<" * mega,
        "a hundred thousand recipients": "Cc: " + ",\n ".join(f"a{n}@x.example" for n in range(100_000)),
        "comments in comments": "Cc: " + "(" * mega,
        "quotes in a recipient": 'Cc: "' + '\\"' * (mega // 2),
        "a date of a megabyte": f"Date: {'1' * mega}",
        "an encoding of a megabyte": f"Content-Transfer-Encoding: {'x' * mega}",
        "blanks": "Cc: " + " " * mega + "x",
    }
    for what, extra in extras.items():
        yield f"bomb: {what}", letter(aim, "mine\n", extra=extra)
    kinds = {
        "a type of a megabyte": "text/plain; " + "a=b;" * (mega // 4),
        "a quote in the type": 'text/plain; a="' + "\\" * mega,
        "a boundary of a megabyte": f'multipart/mixed; boundary="{"b" * mega}"',
    }
    for what, kind in kinds.items():
        yield f"bomb: {what}", letter(aim, "mine\n", kind=kind)


def _words(aim: Aim) -> Iterator[tuple[str, bytes]]:
    subjects = {
        "ten thousand encoded words": " ".join(["=?utf-8?q?a?="] * 10_000),
        "an encoded word of a megabyte": f"=?utf-8?q?{'=41' * 300_000}?=",
        "an encoded word in base64 of a megabyte": f"=?utf-8?b?{'QUFB' * 250_000}?=",
        "encoded words in encoded words": "=?utf-8?q?=3D=3Futf-8=3Fq=3Fmine=3F=3D?=",
        "encoded words without an end": "=?utf-8?q?" * 50_000,
        "question marks": "=?" * 200_000,
        "a language": "=?utf-8*en?q?mine?=",
        "an unknown encoding": "=?utf-8?z?mine?=",
        "no charset": "=??q?mine?=",
        "an unknown charset": "=?nowhere?q?mine?=",
        "half a letter in each word": "=?utf-8?b?4oI=?= =?utf-8?b?rA==?=",
        "broken base64": "=?utf-8?b?!!!?= =?utf-8?b?Q?=",
        "line breaks": "=?utf-8?q?mine=0D=0ABcc:_a=40evil.example=0D=0A=0D=0Amine?=",
        "NULs": "=?utf-8?q?mi=00ne?=",
        "controls": "=?utf-8?q?=1B[2J=07mine=08=08?=",
        "turned text": "=?utf-8?q?=E2=80=AEenim?=",
        "half surrogates": "=?utf-8?q?=ED=A0=80mine?=",
        "UTF-16": "=?utf-16?b?/v8AbQBpAG4AZQ==?=",
        "a zlib charset": "=?zlib?b?eJwLyS9KVQQACHsCFA==?=",
    }
    for what, subject in subjects.items():
        yield f"bomb: {what} in the subject", letter(aim, "hello\n", subject=subject)


def _nests(aim: Aim) -> Iterator[tuple[str, bytes]]:
    for deep in (10, 100, 1_000):
        opened = "".join(
            f'Content-Type: multipart/mixed; boundary="b{level}"\n\n--b{level}\n' for level in range(deep)
        )
        closed = "".join(f"\n--b{level}--\n" for level in reversed(range(deep)))
        body = f"{opened}Content-Type: text/plain\n\nmine\n{closed}"
        yield f"bomb: {deep} multiparts in each other", _without_type(aim, body)
        yield (
            f"bomb: {deep} mails in each other",
            _without_type(aim, "Content-Type: message/rfc822\n\n" * deep + "\nmine\n"),
        )
        same = 'Content-Type: multipart/mixed; boundary="b"\n\n--b\n' * deep
        yield f"bomb: {deep} multiparts with one boundary", _without_type(aim, f"{same}\n\nmine\n--b--\n")
        yield f"bomb: {deep} quotes in each other", letter(aim, ">" * deep + " mine\n")
        yield f"bomb: {deep} blocks in each other", html(aim, "<div>" * deep + "mine" + "</div>" * deep)
        yield f"bomb: {deep} quote blocks in each other", html(aim, "<blockquote>" * deep + "mine")
        yield f"bomb: {deep} tables in each other", html(aim, "<table><tr><td>" * deep + "mine")
    doubling = "mine\n"
    for level in range(12):
        doubling = multipart(
            part(f'multipart/mixed; boundary="d{level}"', doubling),
            part(f'multipart/mixed; boundary="d{level}"', doubling),
            boundary=f"d{level + 1}",
        )
    yield (
        "bomb: parts that double twelve times",
        letter(aim, doubling, kind='multipart/mixed; boundary="d12"'),
    )


def _without_type(aim: Aim, rest: str) -> bytes:
    """A letter whose type and body are ``rest``."""
    head = letter(aim, "").partition(b"Content-Type:")[0]
    return head + wire(rest.encode())
