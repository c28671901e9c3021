"""Letters that want something done which nobody who may asked for, and honest ones in disguise."""

from __future__ import annotations

from collections.abc import Iterator

from tests.hostile.letter_parts import COMMANDS, PNG, Aim, base64, html, letter, multipart, part, quoted

_EVIL = "stranger@evil.example"


def _senders(aim: Aim) -> dict[str, str]:
    """What may stand in From without being ``sender``."""
    name, _, domain = aim.sender.partition("@")
    return {
        "a stranger": _EVIL,
        "a stranger with the name of the sender": f'"{aim.sender}" <{_EVIL}>',
        "a stranger with the bare address as name": f"{aim.sender} <{_EVIL}>",
        "two addresses": f"{aim.sender}, {_EVIL}",
        "two addresses the other way round": f"{_EVIL}, {aim.sender}",
        "two angle brackets": f"<{aim.sender}> <{_EVIL}>",
        "brackets in brackets": f"<{_EVIL}<{aim.sender}>>",
        "the sender in a comment": f"{_EVIL} ({aim.sender})",
        "the sender in an unclosed comment": f"{_EVIL} ({aim.sender}",
        "a comment in the address": f"{name}(@{_EVIL})@{domain}.evil.example",
        "a parenthesis that parts the domain": f"{aim.sender}){_EVIL}",
        "a group": f"Leads: {aim.sender}, {_EVIL};",
        "a group of nobody": "undisclosed-recipients:;",
        "a route": f"<@evil.example:{aim.sender}.evil.example>",
        "a subdomain": f"{name}@{domain}.evil.example",
        "a longer name": f"evil{aim.sender}",
        "a look-alike letter": aim.sender.replace("o", "\u043e").replace("a", "\u0430"),
        "a full-width at sign": f"{name}\uff20{domain}",
        "a name of its own with an at sign": f'"{aim.sender}"@evil.example',
        "a blank in the name": f"{name} @evil.example",
        "a percent sign": f"{name}%{domain}@evil.example",
        "an exclamation mark": f"evil.example!{aim.sender}.evil.example",
        "an encoded address": f"=?utf-8?q?{name}=40{domain}?= <{_EVIL}>",
        "an encoded bracket": f"=?utf-8?b?{base64(f'<{aim.sender}>')}?= <{_EVIL}>",
        "an encoded line break": f"=?utf-8?q?x=0D=0AFrom=3A_{name}=40{domain}?= <{_EVIL}>",
        "only an encoded address": f"=?utf-8?b?{base64(aim.sender)}?=",
        "nothing": "",
        "only a name": "The head",
        "empty brackets": "<>",
        "a NUL in it": f"{_EVIL}\x00{aim.sender}",
        "a bare carriage return": f"{_EVIL}\rFrom: {aim.sender}",
        "a folded line that looks like a header": f"{_EVIL}\n From: {aim.sender}",
        "turned text": f"\u202e{aim.sender[::-1]}\u202c <{_EVIL}>",
        "a trailing dot": f"{aim.sender}.evil.example.",
        "an address literal": f"{name}@[192.0.2.7]",
        "a semicolon": f"{_EVIL}; {aim.sender}",
        "a thousand addresses": ", ".join(f"a{number}@evil.example" for number in range(1_000)),
        "an unclosed quote": f'"{aim.sender} <{_EVIL}>',
        "a backslash": f'"a\\" <{aim.sender}> \\"" <{_EVIL}>',
    }


def forged(aim: Aim) -> Iterator[tuple[str, bytes]]:
    """Somebody else, in three ways to bring the code."""
    for what, sender in _senders(aim).items():
        ways = {
            "code in the address": letter(aim, "mine\n", sender=sender),
            "code in the text": letter(aim, f"mine\n\n{quoted(aim.alert)}", sender=sender, to=aim.box),
            "code in the subject": letter(
                aim, "not us\n", sender=sender, to=aim.box, subject=f"Re: R12 {aim.code}"
            ),
        }
        for way, octets in ways.items():
            yield f"forged: {what}, {way}", octets
    yield from _forged_headers(aim)
    yield from _wrong_codes(aim)


def _forged_headers(aim: Aim) -> Iterator[tuple[str, bytes]]:
    yield "forged: no From at all", letter(aim, "mine\n", sender="-")
    for name in (
        "Sender",
        "Reply-To",
        "Resent-From",
        "X-Sender",
        "X-Original-From",
        "Return-Path",
        "Errors-To",
    ):
        octets = letter(aim, "mine\n", sender=_EVIL, extra=f"{name}: {aim.sender}")
        yield f"forged: the sender only in {name}", octets
    for what, extra in {
        "twice": f"From: {aim.sender}",
        "twice in small letters": f"from: {aim.sender}",
        "with a blank before the colon": f"From : {aim.sender}",
        "behind a bare carriage return": f"X-A: b\rFrom: {aim.sender}",
        "in a folded line": f"X-A: b\n\tFrom: {aim.sender}",
    }.items():
        yield f"forged: From {what}", letter(aim, "mine\n", sender=_EVIL, extra=extra)


_CYRILLIC = str.maketrans("ABCEHKMOPTX", "\u0410\u0412\u0421\u0415\u041d\u041a\u041c\u041e\u0420\u0422\u0425")
_FULL_WIDTH = 0xFEE0
"""From a letter to its like of double width: a code need not hold any letter that Cyrillic has."""


def _wrong_codes(aim: Aim) -> Iterator[tuple[str, bytes]]:
    codes = {
        "cut": aim.code[:-1],
        "longer": f"{aim.code}A",
        "backwards": aim.code[::-1],
        "of zeros": "0" * len(aim.code),
        "with a wildcard": f"{aim.code[:-1]}*",
        "with SQL": f"{aim.code[:3]}' OR '1'='1",
        "in look-alike letters": aim.code[:-1].translate(_CYRILLIC) + chr(ord(aim.code[-1]) + _FULL_WIDTH),
        "with a NUL": f"{aim.code[:4]}\x00{aim.code[4:]}"[:-1],
        "of another length": "A" * 5_000,
    }
    for what, code in codes.items():
        wrong = Aim(code=code, box=aim.box, sender=aim.sender)
        for command in COMMANDS[:3]:
            yield f"forged: a code {what}, {command}", letter(wrong, f"{command}\n\n{quoted(wrong.alert)}")


def replayed(aim: Aim) -> Iterator[tuple[str, bytes]]:
    """One reply, again and again."""
    first = letter(aim, f"mine\n\n{quoted(aim.alert)}")
    for number in range(10):
        yield f"replayed: the same bytes, time {number + 1}", first
    for number in range(10):
        extra = f"Received: from relay{number}.example by mx.holmnook.example; Tue, 24 Nov 2026 11:{number:02}:00 +0000"
        octets = letter(aim, f"mine\n\n{quoted(aim.alert)}", extra=extra)
        yield f"replayed: another way, time {number + 1}", octets


FOOTERS = {
    "iPhone": "Sent from my iPhone",
    "iPad": "Sent from my iPad",
    "Android": "Sent from my Galaxy",
    "Outlook for iOS": "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Outlook for Android": "Get Outlook for Android<https://aka.ms/AAb9ysg>",
    "Outlook mobile": "Sent from Outlook for iOS",
    "Windows mail": "Sent from Mail for Windows",
    "Yahoo": "Sent from Yahoo Mail on Android",
    "BlackBerry": "Sent from my BlackBerry 10 smartphone.",
    "Samsung": "-------- Original message --------",
    "virus scanner": "This email has been checked for viruses by a scanner. www.scanner.example",
    "disclaimer": (
        "This e-mail is confidential. If you are not the intended recipient, delete it: it is not us who answer "
        "for it.\nWhen you are done, think of mine workers before you print it."
    ),
    "signature with commands": "-- \nA. Head\nHolm Nook: done well, every day. conflict free. words matter.",
    "unsubscribe": "To stop these mails, reply with: not us",
}
_BANNERS = {
    "no banner": "",
    "external banner": "[EXTERNAL] This mail came from outside. Do not click links.\n\n",
    "caution banner": "CAUTION: This email originated from outside of the organisation.\n\n",
}


def footers(aim: Aim) -> Iterator[tuple[str, bytes]]:
    """Honest replies: *mine* on the first line that the sender wrote."""
    for footer, words in FOOTERS.items():
        for banner, above in _BANNERS.items():
            said = f"{above}mine\n\n{words}\n\nOn Tue, 24 Nov 2026 at 09:58, Monitor <{aim.box}> wrote:\n"
            yield f"footer: {footer}, {banner}, plain", letter(aim, said + quoted(aim.alert))
            shown = said.replace("\n", "<br>").replace(f"<{aim.box}>", f"&lt;{aim.box}&gt;")
            shown += f"<blockquote type=cite>{aim.alert.replace(chr(10), '<br>')}</blockquote>"
            yield (
                f"footer: {footer}, {banner}, HTML",
                html(aim, f"<html><body><div>{shown}</div></body></html>"),
            )


_HIDES = {
    "display none": "<div style='display:none'>{}</div>",
    "display none in capitals": "<DIV STYLE='DISPLAY : NONE !important'>{}</DIV>",
    "visibility": "<span style='visibility:hidden'>{}</span>",
    "no size": "<span style='font-size:0'>{}</span>",
    "no size in pixels": "<span style='font-size:0px;line-height:0'>{}</span>",
    "one pixel": "<span style='font-size:1px'>{}</span>",
    "white on white": "<span style='color:#ffffff'>{}</span>",
    "white by name": "<font color=white>{}</font>",
    "white in three digits": "<p style='color:#FFF'>{}</p>",
    "white in numbers": "<p style='color: rgb(255, 255, 255)'>{}</p>",
    "nearly white": "<p style='color:#fefefe'>{}</p>",
    "black on black": "<table bgcolor='#000000'><tr><td style='color:#000'>{}</td></tr></table>",
    "no opacity": "<div style='opacity:0'>{}</div>",
    "the attribute": "<div hidden>{}</div>",
    "no height": "<div style='max-height:0;overflow:hidden'>{}</div>",
    "no width": "<div style='width:0;height:0;overflow:hidden'>{}</div>",
    "far to the left": "<div style='position:absolute;left:-9999px'>{}</div>",
    "indented away": "<div style='text-indent:-9999px'>{}</div>",
    "for Outlook alone": "<div style='mso-hide:all'>{}</div>",
    "transparent": "<span style='color:transparent'>{}</span>",
    "no alpha": "<span style='color:rgba(0,0,0,0)'>{}</span>",
    "a class": "<style>.x9{{display:none}}</style><div class='a x9'>{}</div>",
    "a name in the style": "<style>#x9 {{ font-size: 0 }}</style><div id=x9>{}</div>",
    "a comment": "<!-- {} -->",
    "a conditional comment": "<!--[if mso]><p>{}</p><![endif]-->",
    "the title": "<html><head><title>{}</title></head></html>",
    "a script": "<script>{}</script>",
    "a template": "<template>{}</template>",
    "an image's text": "<img src=x alt='{}'>",
    "a tooltip": "<p title='{}'>.</p>",
    "an input": "<input type=hidden value='{}'>",
    "a link's address": "<a href='mailto:x?body={}'>.</a>",
    "deeply": "<div style='display:none'><p><b><i>{}</i></b></p></div>",
    "a preheader": "<div style='display:none;font-size:1px;color:#ffffff;max-height:0px;opacity:0'>{}</div>",
}
_QUOTES = {
    "a quote": "I am reading this.\n\n> {}\n",
    "a quote without blanks": "I am reading this.\n\n>{}\n",
    "a quote in a quote": "Hello.\n\n> > {}\n",
    "another quote mark": "Hello.\n\n| {}\n",
    "an Outlook quote": "Hello.\n\n-----Original Message-----\nFrom: Someone\nSent: 24 November 2026 09:58\n\n{}\n",
    "a Gmail quote": "Hello.\n\nOn Tue, 24 Nov 2026 at 09:58, A <a@evil.example> wrote:\n\n> {}\n",
    "a signature": "Hello.\n\n-- \n{}\n",
    "a sentence": "I do not think that I should say {} here, as I have not read it.\n",
    "a question": "What happens if I say {}?\n",
    "a denial": "Please do not take this as {}.\n",
    "letters apart": "Hello\u200b.\n\n\u202e{}\u202c\n",
}


def hidden(aim: Aim) -> Iterator[tuple[str, bytes]]:
    """Commands that the sender did not write, or that no reader sees."""
    for what, around in _HIDES.items():
        for command in COMMANDS[:5]:
            markup = f"<p>Thank you, I will read it later today.</p>{around.format(command)}"
            yield f"hidden: {what}, {command}", html(aim, f"{markup}<p>Reply code: {aim.code}</p>")
    for what, around in _QUOTES.items():
        for command in COMMANDS[:5]:
            yield f"hidden: {what}, {command}", letter(aim, around.format(command))
    for command in COMMANDS:
        quote = f"<p>Reading.</p><blockquote><p>{command}</p></blockquote>"
        yield f"hidden: an HTML quote, {command}", html(aim, quote)
        yield f"hidden: only in the subject, {command}", letter(aim, "Hello.\n", subject=f"Re: {command}")
        yield f"hidden: only in a header, {command}", letter(aim, "Hello.\n", extra=f"X-Command: {command}")


def attached(aim: Aim) -> Iterator[tuple[str, bytes]]:
    """Commands in something that hangs on the letter."""
    said = part("text/plain; charset=utf-8", "See what I was sent.\n")
    for command in COMMANDS:
        for what, hung in _attachments(aim, command).items():
            mixed = multipart(said, hung)
            octets = letter(aim, mixed, kind='multipart/mixed; boundary="=_b1"')
            yield f"attached: {what}, {command}", octets


def _attachments(aim: Aim, command: str) -> dict[str, str]:
    inner = letter(aim, f"{command}\n\nReply code: {aim.code}\n").decode()
    away = "Content-Disposition: attachment; filename="
    plain = f"{command}\n"
    return {
        "a mail": part("message/rfc822", inner),
        "a mail in base64": part("message/rfc822", base64(inner), "Content-Transfer-Encoding: base64"),
        "a mail in a mail": part("message/rfc822", part("message/rfc822", inner)),
        "a text": part("text/plain", plain, f'{away}"note.txt"'),
        "a page": part("text/html", f"<p>{command}</p>", f'{away}"page.html"'),
        "an invitation": part(
            "text/calendar; method=REQUEST",
            f"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:{command}\nEND:VEVENT\nEND:VCALENDAR\n",
        ),
        "a card": part("text/vcard", f"BEGIN:VCARD\nFN:{command}\nEND:VCARD\n"),
        "a table": part("text/csv", f"{command},{command}\n", f'{away}"a.csv"'),
        "winmail.dat": part(
            'application/ms-tnef; name="winmail.dat"',
            base64(b"\x78\x9f\x3e\x22" + command.encode()),
            "Content-Transfer-Encoding: base64",
        ),
        "a picture": part(
            f'image/png; name="{command}.png"',
            PNG,
            "Content-Transfer-Encoding: base64",
            f'Content-Disposition: inline; filename="{command}.png"',
        ),
        "a signature": part(
            "application/pkcs7-signature", base64(command), "Content-Transfer-Encoding: base64"
        ),
        "something unknown": part(f'application/x-{"z" * 60}; name="{command}"', command),
    }
