"""What ``sources add`` has to know of a source: asked on a terminal, otherwise given by flags alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args
from urllib.parse import unquote, urlsplit

import click

YES, NO = frozenset({"true", "yes", "on"}), frozenset({"false", "no", "off"})

_ADDRESS = {"url": "Its address"}
QUESTIONS: Mapping[str, Mapping[str, str]] = {
    "feed": _ADDRESS,
    "page": _ADDRESS,
    "wordpress": _ADDRESS,
    "bluesky": {
        "query": "Words to look for, in quotes if they belong together",
        "handle": "An account of the school's own to log in with, such as school.example (nothing: none)",
        "password": "Its app password",
        "own_handle": "The school's own account, whose answers count (nothing: none)",
    },
    "mastodon": {
        "instance": "The server, such as https://social.example",
        "hashtags": "Hashtags, with commas between them",
        "token": "An access token of the school's own account (nothing: hashtags alone)",
    },
    "youtube": {
        "key": "The API key",
        "channel": "The school's own channel, UC… (nothing: none)",
        "search": "Words to look for in titles and descriptions (nothing: none)",
    },
    "facebook": {"page": "The number of the school's own Page", "token": "The Page's token"},
    "instagram": {"account": "The number of the school's own account", "token": "Its token"},
    "wikipedia": {"titles": "Titles of articles, with commas between them"},
    "whatdotheyknow": {
        "body": "The authority, as in the address of its page (nothing: none)",
        "query": "Words to look for (nothing: none)",
    },
    "gdelt": {"query": "Words to look for, in quotes if they belong together"},
    "petitions": {"query": "Words to look for"},
}
"""What is asked of a kind, in this order; of others, what they cannot do without."""
_SEARCHED = "query"
"""What is mostly the school's name."""
_OPTIONAL = "nothing:"
"""What a question says that need not be answered."""
FILES: Mapping[tuple[str, str], str] = {
    ("facebook", "token"): "meta-token",
    ("instagram", "token"): "meta-token",
    ("facebook", "app_secret"): "meta-app-secret",
    ("instagram", "app_secret"): "meta-app-secret",
}
"""Names of files of secrets, where they are not kind and key: systemd hands those on by name."""

_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,80}")
_PLATFORMS = {
    "bsky.app": "bluesky", "youtube.com": "youtube", "youtu.be": "youtube", "facebook.com": "facebook",
    "fb.com": "facebook", "instagram.com": "instagram", "wikipedia.org": "wikipedia",
    "whatdotheyknow.com": "whatdotheyknow", "petition.parliament.uk": "petitions",
}  # fmt: skip
"""Of which no page is watched: there is a kind for them."""


class Refused(click.ClickException):
    """What will not be added, in a sentence or two."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Asker:
    """Asks on a terminal; elsewhere takes the default, or says which flag is missing."""

    prompts: bool

    def text(self, words: str, default: str = "", *, flag: str = "") -> str:
        """A line of text."""
        if self.prompts:
            return str(click.prompt(words, default=default, show_default=bool(default))).strip()
        if flag:
            raise click.UsageError(f"{words.partition(' (')[0]}: say {flag}")
        return default

    def one_of(self, words: str, choices: Sequence[str]) -> int:
        """The number of a choice; the first one where nobody can be asked."""
        if not self.prompts or len(choices) == 1:
            return 0
        for number, choice in enumerate(choices, 1):
            click.echo(f"  {number}  {choice}")
        return int(click.prompt(words, default=1, type=click.IntRange(1, len(choices)))) - 1

    def hidden(self, words: str) -> str:
        """A secret, which is not shown; nothing where nobody can be asked."""
        return str(
            click.prompt(f"{words} (it is not shown)", default="", show_default=False, hide_input=True)
        ).strip()

    def agreed(self, words: str, *, default: bool = False) -> bool:
        """Yes or no; no where nobody can be asked."""
        return self.prompts and click.confirm(words, default=default)


@dataclass(slots=True)
class Draft:
    """A source as far as it is known."""

    table: dict[str, Any]
    how: str
    """How it was found, for the remark above it."""
    secrets: dict[str, str] = field(default_factory=dict)
    """Secrets that were typed in, by the name of the file that is to hold them."""


def of_platform(address: str) -> dict[str, Any] | None:
    """The source that an address on a platform means, as far as it tells; ``None`` for any other site."""
    parts = urlsplit(address)
    host = (parts.hostname or "").rstrip(".")
    kind = next(
        (each for name, each in _PLATFORMS.items() if host == name or host.endswith(f".{name}")), None
    )
    if kind is None:
        return None
    table: dict[str, Any] = {"kind": kind}
    steps = [unquote(step) for step in parts.path.split("/") if step]
    match (kind, steps):
        case ("wikipedia", ["wiki", title, *_]):
            table |= {"titles": [title.replace("_", " ")], "service": f"https://{host}"}
        case ("whatdotheyknow", ["body", name, *_]):
            table["body"] = name
        case ("youtube", ["channel", name, *_]):
            table["channel"] = name
    return table


def given_values(kind: str, pairs: Sequence[str]) -> dict[str, Any]:
    """What ``--set`` gives, as the kind wants it. Raises ``UsageError``."""
    table: dict[str, Any] = {}
    for pair in pairs:
        key, sign, text = pair.partition("=")
        key = key.strip()
        if not sign or not re.fullmatch(r"[a-z_]+", key) or not text.isprintable():
            raise click.UsageError("--set wants KEY=VALUE, such as --set every=1h")
        value = _value(kind, key, text.strip())
        table[key] = [*table[key], *value] if isinstance(value, list) and key in table else value
    return table


def fill(draft: Draft, asker: Asker, suggestion: str, resolve: Callable[[str], Path]) -> None:
    """Ask for what is not known yet. ``suggestion``: words to look for."""
    from sources.base import SecretFile

    kind = str(draft.table["kind"])
    fields = _fields(kind)
    needed = {name: name for name, one in fields.items() if one.is_required()}
    for key, words in (needed | dict(QUESTIONS.get(kind, {}))).items():
        if key in draft.table or (key == "password" and not draft.table.get("handle")):
            continue
        if _holds(fields[key].annotation, SecretFile):
            _fill_secret(draft, asker, key, words, resolve)
            continue
        default = suggestion if key == _SEARCHED and _OPTIONAL not in words else ""
        flag = f"--set {key}=…" if fields[key].is_required() else ""
        if text := asker.text(words, default if asker.prompts else "", flag=flag):
            draft.table[key] = _value(kind, key, text)


def check_files(table: Mapping[str, Any], kind: str, exists: Callable[[str], bool]) -> None:
    """Refuse a file of a secret that is not there; what was given may be the secret itself, so it is not repeated."""
    for key, value in table.items():
        if isinstance(value, Mapping) and not exists(str(value["file"])):
            name = file_of(kind, key)
            raise Refused(
                f"{key} names the file beside monitor.toml that holds the secret, never the secret itself, and there is no"
                f" such file. Write one: install -m 600 /dev/null {name} && $EDITOR {name}; then --set {key}={name}"
            )


def file_of(kind: str, key: str) -> str:
    """The usual name of the file of a secret."""
    return FILES.get((kind, key), f"{kind}-{key}".replace("_", "-"))


def _fill_secret(draft: Draft, asker: Asker, key: str, words: str, resolve: Callable[[str], Path]) -> None:
    kind = str(draft.table["kind"])
    if not asker.prompts:
        if _fields(kind)[key].is_required():
            raise click.UsageError(f"{words}: write it into a file, and say --set {key}={file_of(kind, key)}")
        return
    name = file_of(kind, key)
    while resolve(name).exists():
        if asker.agreed(f"{words}: use the one in the file {name}?", default=True):
            draft.table[key] = {"file": name}
            return
        name = asker.text("Name of another file for it", f"{name}-2")
        if not _FILE.fullmatch(name):
            raise Refused("the name of a file has letters, digits, dots and hyphens")
    if secret := asker.hidden(words):
        draft.table[key] = {"file": name}
        draft.secrets[name] = secret


def _value(kind: str, key: str, text: str) -> Any:
    """A text as the field wants it; what does not fit stays as it is, and is told with everything else."""
    from sources.base import SecretFile

    found = _fields(kind).get(key)
    annotation = found.annotation if found else str
    if _holds(annotation, SecretFile):
        return {"file": text}
    if _holds(annotation, tuple):
        return [part.strip() for part in text.split(",") if part.strip()]
    if _holds(annotation, bool) and text.lower() in YES | NO:
        return text.lower() in YES
    return int(text) if _holds(annotation, int) and text.isdecimal() else text


def _fields(kind: str) -> Mapping[str, Any]:
    from sources.registry import KINDS

    return KINDS[kind].settings.model_fields if kind in KINDS else {}


def _holds(annotation: Any, wanted: type) -> bool:
    """Whether a field is of that type, or of that type or nothing."""
    own = getattr(annotation, "__origin__", annotation)
    return own is wanted or any(_holds(part, wanted) for part in get_args(annotation) if own is not tuple)
