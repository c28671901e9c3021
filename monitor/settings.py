"""The shape of the configuration: frozen models, and nothing that reads a file.

Unknown keys are refused everywhere. The settings of a kind of source or channel live with that kind;
``monitor.config`` joins both and says what is wrong in plain words.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator, model_validator

from alerts.base import Role, SecretFile
from monitor.staff_posts import IntakeSettings
from monitor.values import (
    STAFF_ROLES,
    AppId,
    ClockTime,
    Duration,
    HostPort,
    MailAddress,
    Model,
    NearWords,
    Periods,
    Regex,
    SecureAddress,
    Sender,
    StaffRole,
    Tenant,
    Thumbprint,
    WebAddress,
    Weekday,
    WholeDays,
    Zone,
    apart,
    forward,
)


class SchoolFacts(Model):
    """``[school]``: who is watched for, and how its clock runs."""

    name: str = Field(min_length=5)
    short: str = ""
    """The short name for subjects; made from ``name`` if empty."""
    urn: str = ""
    locality: tuple[str, ...] = ()
    postcode: str = ""
    timezone: Zone = ZoneInfo("Europe/London")
    holidays: Literal["england-and-wales"] = "england-and-wales"
    day_end: ClockTime = time(17)
    landing: Literal["literal", "roll_forward"] = "literal"
    bank_holidays: Literal["weekend", "ignore"] = "weekend"
    extra_bank_holidays: tuple[date, ...] = ()
    not_bank_holidays: tuple[date, ...] = ()


class Normalise(Model):
    """``[normalise]``: how a copy of the text is made comparable; only two steps can be left out, the others may be told."""

    html_unescape: Literal[True] = True
    unicode: Literal["NFKC"] = "NFKC"
    strip: tuple[Literal["zero-width"], Literal["soft-hyphen"], Literal["variation-selectors"]] = (
        "zero-width",
        "soft-hyphen",
        "variation-selectors",
    )
    confusables: Literal[True] = True
    leet: bool = True
    join_spaced: bool = True
    casefold: Literal[True] = True


class Alias(Model):
    """``[[alias]]``: one way people name the school."""

    kind: Literal["strong", "handle", "domain", "script", "weak"]
    any: tuple[str, ...] = ()
    regex: tuple[Regex, ...] = ()
    fuzzy: int = Field(default=0, ge=0, le=1)

    @model_validator(mode="after")
    def _says_something(self) -> Alias:
        if not any((*self.any, *self.regex)):
            raise ValueError('names nothing; give any = ["…"] or regex = ["…"]')
        return self


class ContextSide(Model):
    """Words and patterns that make a weak name more, or less, likely to be the school."""

    words: tuple[str, ...] = ()
    grammar: tuple[Regex, ...] = ()
    window_words: int = Field(default=25, ge=1, le=200)


class Context(Model):
    """``[context.positive]`` (weight 1, 2 with ``*``) and ``[context.negative]`` (weight -2)."""

    positive: ContextSide | None = None
    """Added to the built-in list for English primary schools (``monitor.matching.evidence``)."""
    negative: ContextSide | None = None


class OtherSchools(Model):
    """``[other_schools]``: names that are never ours unless a strong alias stands there too."""

    names: tuple[str, ...] = ()


class Thresholds(Model):
    """``[thresholds]``: points a weak name needs (decided: certain from 2, possible from 0)."""

    accept: int = 2
    maybe: int = 0
    critical_maybe_alert: bool = True


class Person(Model):
    """``[[person]]``: somebody who hears from us."""

    role: StaffRole | None = None
    roles: tuple[StaffRole, ...] = ()
    name: str = Field(default="", repr=False)
    mail: MailAddress = Field(repr=False)
    also: tuple[MailAddress, ...] = Field(default=(), repr=False)
    """Other addresses from which this person may answer; nothing is sent there."""
    names: tuple[str, ...] = Field(default=(), repr=False)
    """Surname, nicknames and job words, so that nobody is told of a post about themselves."""
    away: Periods = ()
    substitute: str = Field(default="", repr=False)
    """An address of another person, or a role: who hears instead while this one is away."""
    wake: SecretFile | None = None
    """A list of their own, over which this person is woken for what is critical."""

    @model_validator(mode="after")
    def _has_a_role(self) -> Person:
        if not self.all_roles:
            raise ValueError(f"has no role; give role = one of {', '.join(STAFF_ROLES)}")
        return self

    @property
    def all_roles(self) -> tuple[Role, ...]:
        """``role`` and ``roles`` together, each once."""
        return tuple(dict.fromkeys(((self.role,) if self.role else ()) + self.roles))


class Contact(Model):
    """Somebody outside the school who hears when nobody inside can, or does."""

    name: str = Field(min_length=1, repr=False)
    mail: MailAddress = Field(repr=False)
    wake: SecretFile | None = None


class Duty(Model):
    """``[[routing.duty]]``: who is on duty on these days, both included."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")
    person: MailAddress = Field(repr=False)

    @model_validator(mode="after")
    def _runs_forward(self) -> Duty:
        forward((self.first, self.last))
        return self


class Routing(Model):
    """``[routing]``: who hears when the people of the school cannot, or do not answer."""

    outside: Contact | None = None
    """The outside substitute: the local authority's duty officer, or the trust."""
    out_of_hours: Contact | None = None
    """Joins after an hour in which nobody answered a critical story."""
    duty: tuple[Duty, ...] = ()

    @field_validator("duty")
    @classmethod
    def _one_at_a_time(cls, duty: tuple[Duty, ...]) -> tuple[Duty, ...]:
        apart([(turn.first, turn.last) for turn in duty])
        return duty


class Account(Model):
    """``[[account]]`` in the governance register: never a password."""

    platform: str
    purpose: str
    in_charge: tuple[StaffRole, StaffRole]
    approved: date
    review: date


class Governance(Model):
    """``[governance]``: nothing secret about the watch."""

    notice_url: WebAddress = ""
    dpia_date: date | None = None
    policy_owner: str = ""
    policy_review: date | None = None
    account: tuple[Account, ...] = ()
    override: str = ""
    """Why live sources may run without notice or DPIA date; recorded."""


class Calendar(Model):
    """``[calendar]``: term dates for display; collection never pauses."""

    terms: tuple[tuple[date, date], ...] = ()
    inset: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _runs_forward(self) -> Calendar:
        for first, last in self.terms:
            if last < first:
                raise ValueError(f"a term ends on {last} before it begins on {first}")
        return self


class CommonSource(Model):
    """The keys that every ``[[source]]`` has; the rest belongs to its kind."""

    name: str = Field(min_length=1, max_length=80)
    kind: str
    every: Duration | None = None
    preset: str = ""
    medium: Literal["", "news", "blog", "forum", "review", "petition", "foi", "wiki_edit"] = ""
    """What readers would call it; press and requests for information are graded as such."""
    reach: Literal["local", "national"] = "local"
    """Who reads it: what the national press takes up is told, one band higher."""


class SchoolSettings(Model):
    """One school file, without its sources."""

    school: SchoolFacts
    normalise: Normalise = Normalise()
    alias: tuple[Alias, ...] = ()
    context: Context = Context()
    other_schools: OtherSchools = OtherSchools()
    thresholds: Thresholds = Thresholds()
    person: tuple[Person, ...] = ()
    routes: dict[str, str] = Field(default_factory=dict)
    """Telephone numbers and links for playbooks, by route name."""
    routing: Routing = Routing()
    intake: IntakeSettings = IntakeSettings()
    calendar: Calendar = Calendar()
    governance: Governance = Governance()

    def excluding(self, words: Iterable[str]) -> SchoolSettings:
        """The same, with more words near a weak name that speak against it being the school."""
        more = tuple(words)
        if not more:
            return self
        positive, negative = self.context.positive, self.context.negative
        reach = positive.window_words if positive else ContextSide().window_words
        side = negative or ContextSide(window_words=reach)
        side = side.model_copy(update={"words": (*side.words, *more)})
        return self.model_copy(update={"context": Context(positive=positive, negative=side)})


class Exclusion(Model):
    """``[[exclusion]]`` of ``learned/<school>.toml``: what somebody accepted with ``rules``."""

    words: NearWords
    """As in ``[context.negative]``: counts against a weak name; twice with ``*``."""
    accepted: date


class Learned(Model):
    """``learned/<school>.toml`` beside ``monitor.toml``: read together with the school's file."""

    exclusion: tuple[Exclusion, ...] = ()


class MailSettings(Model):
    """The keys of ``[mail]`` that every channel has; the rest belongs to the channel's kind."""

    channel: str = "maildir"
    sender: Sender = Field(default="Mention monitor <monitor@localhost>", alias="from")
    group_wait: Duration = timedelta(minutes=5)


class FetchSettings(Model):
    """``[fetch]``: how politely, and where not."""

    allow_private: tuple[HostPort, ...] = ()
    min_delay: Duration = timedelta(seconds=2)
    first_look: Duration = timedelta(hours=48)
    timeout: Annotated[Duration, Field(ge=timedelta(seconds=1), le=timedelta(seconds=60))] = timedelta(
        seconds=20
    )
    max_bytes: int = Field(default=5_000_000, ge=10_000, le=50_000_000)
    proxy: str = ""
    contact: str = ""
    """Shown in the User-Agent beside the school's notice."""


class MailboxSettings(Model):
    """``[mailbox]`` (IMAP): replies and forwarded posts."""

    host: str = Field(min_length=1)
    port: int = Field(default=993, ge=1, le=65535)
    security: Literal["tls", "starttls"] = "tls"
    user: str = Field(repr=False)
    auth: Literal["password", "microsoft", "google"] = "password"
    password: SecretFile | None = None
    """Needed with ``auth = "password"``; the others log in with a token."""
    address: MailAddress
    """Takes tags: what is sent to ``box+anything@…`` arrives in the box."""
    intake: MailAddress | Literal[""] = ""
    """Where staff pass posts on; ``address`` without a tag if empty."""
    folder: str = "INBOX"
    keep: Duration = timedelta(days=30)
    """How long a letter stays in the mailbox once it has come."""
    ca_file: str = ""

    @model_validator(mode="after")
    def _can_log_in(self) -> MailboxSettings:
        if self.auth == "password" and self.password is None:
            raise ValueError('give password = { file = "…" }, or auth = "microsoft" or "google"')
        if self.keep < timedelta(days=1):
            raise ValueError('keep = "1d" is the shortest: an answer must outlive a day without power')
        return self


class MicrosoftSettings(Model):
    """``[microsoft]``: how the monitor logs in to Microsoft 365, as an app that the school has registered."""

    tenant: Tenant = Field(repr=False)
    client_id: AppId = Field(repr=False)
    secret: SecretFile | None = None
    certificate: SecretFile | None = None
    """A file with the private key and the certificate, both as PEM."""
    thumbprint: Thumbprint = ""
    """Only where the file of ``certificate`` holds the private key alone."""
    secret_expires: date | None = None
    """The day on which the secret or the certificate ends; told in time."""
    authority: SecureAddress = "https://login.microsoftonline.com"
    graph: SecureAddress = "https://graph.microsoft.com"
    ca_file: str = ""

    @model_validator(mode="after")
    def _one_proof(self) -> MicrosoftSettings:
        if (self.secret is None) == (self.certificate is None):
            wrong = "neither secret nor certificate" if self.secret is None else "both secret and certificate"
            raise ValueError(f'has {wrong}; give one of them: secret = {{ file = "…" }}')
        if self.thumbprint and self.secret:
            raise ValueError("has a thumbprint, which belongs to a certificate; leave it out beside a secret")
        return self


class GoogleSettings(Model):
    """``[google]``: how the monitor logs in to Google Workspace, as a service account with delegation."""

    service_account: SecretFile
    """The JSON file that Google made for the key of the service account."""
    subject: MailAddress = Field(repr=False)
    """The mailbox in whose name it acts."""
    secret_expires: date | None = None
    """The day on which the key ends, where the school's rules let keys end; told in time."""
    ca_file: str = ""


class WakeSettings(Model):
    """``[wake]``: how whoever has no list of their own is woken for what is critical."""

    urls: SecretFile
    """One Apprise address a line."""


class SelfTestSettings(Model):
    """``[selftest]``: a post of our own must come out in the mailbox."""

    on: bool | None = None
    """``None``: where there is a ``[mailbox]``."""
    every: WholeDays = timedelta(days=7)
    day: Weekday = "tuesday"
    """Where ``every`` is a number of whole weeks."""
    at: ClockTime = time(6, 10)


class MonitorSettings(Model):
    """``monitor.toml``, without what belongs to a channel's kind."""

    state: str = "/var/lib/mention-monitor"
    schools: tuple[str, ...] = Field(min_length=1)
    threads: int = Field(default=8, ge=1, le=64)
    fetch: FetchSettings = FetchSettings()
    mailbox: MailboxSettings | None = None
    selftest: SelfTestSettings = SelfTestSettings()
    wake: WakeSettings | None = None
    microsoft: MicrosoftSettings | None = None
    google: GoogleSettings | None = None
