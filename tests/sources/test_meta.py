"""Promise: Meta's token is in no address, its numbers become what to click, its allowance is kept, its end is known in time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from sources.base import Answer, Concern, SecretFile, Tools
from sources.cage import InProcess
from sources.errors import Denied, SourceError, Throttled, Unreadable
from sources.facebook import FacebookSettings
from sources.instagram import InstagramSettings
from sources.meta import MetaSettings, refusals
from sources.meta.client import Graph
from sources.meta.refusals import Dead, Forbidden, Gone, Hiccup
from sources.meta.tokens import Keeper, Token
from sources.meta.usage import Usage
from tests.fakes import NOW, Call, FakeFetcher, FixedClock, answer
from tests.sources.platforms.facebook import FULL, error

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
BASE = "https://graph.facebook.com/v26.0"
FEED = f"{BASE}/1/feed"
APP = {"app_id": "44", "app_secret": {"file": "app"}}
SECRETS = {"token": "EAAInventedTokenInTheFile", "app": "invented-app-secret"}
NEW = "EAAInventedRenewedToken"


def refused(
    code: int, second: int = 0, status: int = 400, headers: Mapping[str, str] | None = None
) -> Answer:
    return answer(error(code, second).body, status, headers=headers)


def graph(web: Mapping[str, Any]) -> tuple[Graph, FakeFetcher]:
    fetcher = FakeFetcher(web)
    made = Graph(
        base=BASE,
        fetcher=fetcher,
        word=lambda: SECRETS["token"],
        forget=lambda: False,
        now=NOW,
        is_slow=lambda: False,
    )
    return made, fetcher


# --- what numbers mean -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "second", "kind", "word"),
    [
        (190, 0, Dead, "make a new token"),
        (190, 458, Dead, "the app was removed"),
        (190, 459, Dead, "log in at facebook.com as that person"),
        (190, 460, Dead, "password of the account that made the token was changed"),
        (190, 463, Dead, "has expired"),
        (190, 464, Dead, "confirm the account"),
        (190, 467, Dead, "session was ended"),
        (102, 0, Dead, "refuses the token"),
        (10, 0, Forbidden, "tick every permission"),
        (200, 0, Forbidden, "lacks a permission"),
        (299, 0, Forbidden, "lacks a permission"),
        (4, 0, Throttled, "allowance"),
        (17, 0, Throttled, "allowance"),
        (32, 0, Throttled, "allowance"),
        (613, 0, Throttled, "allowance"),
        (80001, 0, Throttled, "allowance"),
        (1, 0, Hiccup, "could not answer just now"),
        (2, 0, Hiccup, "its own"),
        (12, 0, Unreadable, 'set version = "…"'),
        (100, 0, Unreadable, "number of the Page"),
        (100, 33, Gone, "not there, or not for this token"),
        (803, 0, Gone, "number of the Page or account is right"),
        (368, 0, Denied, "blocked this for a while"),
    ],
)
def test_each_number_is_an_error_with_words_that_say_what_to_do(
    code: int, second: int, kind: type[SourceError], word: str
) -> None:
    problem = refusals.problem(refused(code, second), Usage(), now=NOW)

    assert type(problem) is kind
    assert problem is not None
    assert word in f"{problem}. {problem.remedy}"
    assert "<b>No" not in f"{problem}. {problem.remedy}"  # Meta's own sentence may quote what was asked


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error": 7}', b'{"error": {"code": "x"}}'])
def test_what_is_no_error_of_metas_is_judged_by_its_status(body: bytes) -> None:
    web = {FEED: answer(body, 400)}
    with pytest.raises(Unreadable):
        graph(web)[0].ask("1/feed", ())
    assert refusals.problem(answer(body, 400), Usage(), now=NOW) is None


def test_json_that_is_no_object_is_no_answer_of_metas() -> None:
    with pytest.raises(Unreadable, match="no answer of Meta's"):
        graph({FEED: answer("[]")})[0].ask("1/feed", ())


def test_an_error_in_an_answer_that_claims_to_be_well_is_one() -> None:
    with pytest.raises(Dead, match="expired"):
        graph({FEED: refused(190, 463, status=200)})[0].ask("1/feed", ())


# --- the allowance ---------------------------------------------------------------------------------


CASES = {
    "X-Business-Use-Case-Usage": json.dumps({"1": [{"type": "pages", **FULL}], "2": [{"call_count": 3}]})
}


@pytest.mark.parametrize(
    ("headers", "used", "pause"),
    [
        ({}, 0, None),
        ({"x-app-usage": '{"call_count": 74, "total_time": 9, "total_cputime": 74.9}'}, 74, None),
        ({"x-app-usage": '{"call_count": 3, "total_time": 75, "total_cputime": 1}'}, 75, HOUR),
        ({"x-app-usage": '{"call_count": 3}', **CASES}, 100, 25 * MINUTE),
        ({"x-app-usage": '{"call_count": 100}'}, 100, HOUR),
        ({"x-business-use-case-usage": '{"1": [{"call_count": 120, "estimated_time_to_regain_access": 99999}]}'}, 120, DAY),
        ({"x-app-usage": "[]", "x-business-use-case-usage": '{"1": 7, "2": [[], {"call_count": -5}]}'}, 0, None),
        ({"x-app-usage": '{"call_count": "9e9"}', "x-business-use-case-usage": "{"}, 0, None),
    ],
)  # fmt: skip
def test_the_highest_percentage_decides_how_soon_is_asked_again(
    headers: Mapping[str, str], used: int, pause: timedelta | None
) -> None:
    usage = Usage().and_then({name.lower(): value for name, value in headers.items()})

    assert (usage.budget.used, usage.budget.limit, usage.fresh_for) == (used, 100, pause)


def test_an_answer_that_tells_nothing_leaves_what_is_known() -> None:
    assert Usage(percent=80).and_then({"content-type": "application/json"}).percent == 80


@pytest.mark.parametrize(
    ("headers", "wait"),
    [({}, HOUR), (CASES, 25 * MINUTE), ({**CASES, "Retry-After": "120"}, 2 * MINUTE)],
)
def test_a_used_up_allowance_is_waited_for_as_long_as_meta_says(
    headers: Mapping[str, str], wait: timedelta
) -> None:
    named = {name.lower(): value for name, value in headers.items()}
    with pytest.raises(Throttled) as caught:
        graph({FEED: refused(32, headers=named)})[0].ask("1/feed", ())
    assert caught.value.retry_after == wait


# --- pages -----------------------------------------------------------------------------------------


def page(*names: str, after: str = "") -> Answer:
    told = {"data": [{"id": name} for name in names], **({"paging": {"next": after}} if after else {})}
    return answer(json.dumps(told))


def test_a_token_in_the_address_of_the_next_page_is_taken_off() -> None:
    link = f"{FEED}?access_token={SECRETS['token']}&fields=id&APPSECRET_proof=x&after=b%3D"
    made, fetcher = graph(
        {f"{FEED}?fields=id": page("a", after=link), f"{FEED}?fields=id&after=b%3D": page("b")}
    )
    pages = made.pages("1/feed", (("fields", "id"),), 5)

    assert [item["id"] for item in pages.items] == ["a", "b"]
    assert pages.whole
    assert not any(SECRETS["token"] in call.url for call in fetcher.calls)
    assert {call.headers["Authorization"] for call in fetcher.calls} == {f"Bearer {SECRETS['token']}"}


@pytest.mark.parametrize(
    "link",
    [
        "https://graph.facebook.com.evil.example/v26.0/1/feed?after=b",
        "https://evil.example/v26.0/1/feed?after=b",
        "http://graph.facebook.com/v26.0/1/feed?after=b",
        "https://graph.facebook.com:8443/v26.0/1/feed?after=b",
        "https://graph.facebook.com@evil.example/?after=b",
        "//evil.example/?after=b",
        "javascript:alert(1)",
        "https://[",
        "https://graph.facebook.com/?" + "a=b&" * 100,
    ],
)
def test_a_next_page_elsewhere_is_not_asked_for(link: str) -> None:
    made, fetcher = graph({FEED: page("a", after=link)})
    with pytest.raises(Unreadable):
        made.pages("1/feed", (), 5)
    assert len(fetcher.calls) == 1


def test_short_and_empty_pages_lead_on_and_a_circle_ends() -> None:
    link = f"{FEED}?after="
    web = {FEED: page(after=link + "1"), f"{link}1": page("a", after=link + "2"), f"{link}2": page("b")}
    assert graph(web)[0].pages("1/feed", (), 5).whole

    round_and_round = {FEED: page("a", after=link + "1"), f"{link}1": page("a", after=link + "1")}
    made, fetcher = graph(round_and_round)
    pages = made.pages("1/feed", (), 50)
    assert (pages.circles, pages.whole, len(fetcher.calls)) == (True, False, 2)


# --- settings --------------------------------------------------------------------------------------


TOKEN: dict[str, Any] = {"token": {"file": "token"}}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"app_id": "44"}, "go together"),
        ({"app_secret": {"file": "x"}}, "go together"),
        ({"graph": "http://graph.facebook.com"}, "over https only"),
        ({"version": "26"}, "pattern"),
        ({"page": "holmnook"}, "expected a number"),
        ({"page": "1/../2"}, "expected a number"),
        ({"token": "EAA"}, "token"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        FacebookSettings.model_validate({**TOKEN, "page": "1", **settings})


# --- the token -------------------------------------------------------------------------------------


class Desk:
    """A keeper of a token, and what Meta knows of it."""

    def __init__(self, settings: MetaSettings, web: Mapping[str, Any]) -> None:
        self.clock = FixedClock()
        self.secrets = dict(SECRETS)
        self.fetcher = FakeFetcher(web)
        tools = Tools(fetcher=self.fetcher, parser=InProcess(), secret=self.secret, now=self.clock)
        self.keeper = Keeper(settings, tools)
        self.told: Mapping[str, Any] = {}
        """As a checkpoint keeps it."""

    def secret(self, of: SecretFile) -> str:
        return self.secrets[of.file]

    def look(self, after: timedelta = timedelta(0)) -> Token:
        self.clock.advance(after)
        token = self.keeper.look_after(self.told, self.keeper.graph())
        self.told = json.loads(json.dumps(token.checkpoint))
        return token

    def forms(self, end: str) -> list[Mapping[str, str]]:
        return [call.form or {} for call in self.fetcher.calls if call.url.endswith(end)]


def about(**told: Any) -> Answer:
    return answer(json.dumps({"data": {"type": "PAGE", "is_valid": True, "expires_at": 0, **told}}))


def facebook(web: Mapping[str, Any], **settings: Any) -> Desk:
    return Desk(FacebookSettings.model_validate({**TOKEN, "page": "1", **settings}), web)


def unix(at: datetime) -> int:
    return int(at.timestamp())


ENDS = NOW.replace(tzinfo=UTC) + 14 * DAY


@pytest.mark.parametrize(
    ("told", "concerns"),
    [
        ({}, []),
        ({"expires_at": unix(ENDS + timedelta(seconds=1))}, []),
        ({"expires_at": unix(ENDS)}, [("the token", ENDS)]),
        ({"data_access_expires_at": unix(ENDS)}, [("the token's access to what people write", ENDS)]),
        ({"expires_at": "soon", "data_access_expires_at": 10**17}, []),
    ],
)
def test_the_end_of_a_token_is_told_a_fortnight_before(
    told: Mapping[str, Any], concerns: list[tuple[str, datetime]]
) -> None:
    token = facebook({f"{BASE}/debug_token": about(**told)}).look()

    remedy = Dead.remedy
    assert list(token.concerns(NOW)) == [
        Concern(what=what, remedy=remedy, ends=ends) for what, ends in concerns
    ]
    assert token.notes() == ()


def test_meta_is_asked_about_the_token_once_a_day_and_in_the_body() -> None:
    desk = facebook({f"{BASE}/debug_token": about(expires_at=unix(ENDS))}, **APP)
    for _ in range(3):
        desk.look(HOUR)
    desk.look(DAY)

    assert desk.forms("/debug_token") == [{"method": "get", "input_token": SECRETS["token"]}] * 2
    assert desk.fetcher.calls[0].headers["Authorization"] == f"Bearer 44|{SECRETS['app']}"
    assert not any(secret in call.url for call in desk.fetcher.calls for secret in SECRETS.values())
    assert not any(secret in json.dumps(desk.told) for secret in SECRETS.values())


def test_a_new_token_in_the_file_is_known_by_its_digest_alone() -> None:
    desk = facebook({f"{BASE}/debug_token": [about(expires_at=unix(ENDS)), about()]})
    assert desk.look().ends == ENDS
    desk.secrets["token"] = "EAAAnother"
    assert desk.look().ends is None


def test_where_meta_tells_nothing_that_is_remarked_and_tried_tomorrow() -> None:
    desk = facebook({f"{BASE}/debug_token": refused(100)})
    assert "does not say how long" in desk.look().notes()[0]
    desk.look(HOUR)
    assert len(desk.fetcher.calls) == 1
    desk.look(DAY)
    assert len(desk.fetcher.calls) == 2


def renewing(ends: datetime, **more: Any) -> Desk:
    new = answer(json.dumps({"access_token": NEW, "expires_in": 5_184_000}))
    web = {f"{BASE}/debug_token": about(expires_at=unix(ends)), f"{BASE}/oauth/access_token": new, **more}
    return facebook(web, **APP)


def test_a_persons_token_is_renewed_in_memory_while_the_end_of_the_one_in_the_file_is_still_told() -> None:
    desk = renewing(NOW + 10 * DAY)
    token = desk.look()

    assert desk.keeper.word() == NEW
    assert [concern.ends for concern in token.concerns(NOW)] == [NOW + 10 * DAY]
    assert NEW not in json.dumps(desk.told)
    [form] = desk.forms("/oauth/access_token")
    assert (form["grant_type"], form["fb_exchange_token"]) == ("fb_exchange_token", SECRETS["token"])
    for _ in range(9):
        desk.look(DAY)
    assert len(desk.forms("/oauth/access_token")) == 1
    assert {form["input_token"] for form in desk.forms("/debug_token")} == {SECRETS["token"]}


@pytest.mark.parametrize("left", [31 * DAY, None], ids=["a month and a day", "never"])
def test_a_token_that_is_good_for_long_is_not_renewed(left: timedelta | None) -> None:
    desk = facebook({f"{BASE}/debug_token": about(expires_at=unix(NOW + left) if left else 0)}, **APP)
    desk.look()
    assert desk.forms("/oauth/access_token") == []
    assert desk.keeper.word() == SECRETS["token"]


def test_a_renewed_token_gives_way_to_a_new_one_in_the_file_and_to_a_refusal() -> None:
    desk = renewing(NOW + 10 * DAY)
    desk.look()
    desk.secrets["token"] = "EAAAnother"
    assert desk.keeper.word() == "EAAAnother"

    by_token = {f"Bearer {NEW}": refused(190, 460), f"Bearer {SECRETS['token']}": answer('{"id": "1"}')}

    def told(call: Call) -> Answer:
        return by_token[call.headers["Authorization"]]

    desk = renewing(NOW + 10 * DAY, **{f"{BASE}/1": told})
    desk.look()
    assert desk.keeper.graph().ask("1", ()) == {"id": "1"}
    assert desk.keeper.word() == SECRETS["token"]


def test_a_token_that_cannot_be_renewed_is_used_on() -> None:
    desk = renewing(NOW + 10 * DAY, **{f"{BASE}/oauth/access_token": refused(190, 463)})
    desk.look()
    assert desk.keeper.word() == SECRETS["token"]


def test_instagrams_own_token_is_renewed_when_it_is_a_day_old_and_told_of_by_its_age() -> None:
    door = "https://graph.instagram.com"
    new = answer(json.dumps({"access_token": NEW, "expires_in": 5_184_000}))
    settings = InstagramSettings.model_validate({**TOKEN, "account": "1", "graph": door})
    desk = Desk(settings, {f"{door}/refresh_access_token": new})
    token = desk.look()
    assert desk.fetcher.calls == []
    assert (token.ends, list(token.concerns(NOW))) == (NOW + 60 * DAY, [])

    token = desk.look(DAY)
    assert desk.keeper.word() == NEW
    assert desk.forms("/refresh_access_token") == [
        {"method": "get", "grant_type": "ig_refresh_token", "access_token": SECRETS["token"]}
    ]
    assert list(token.concerns(NOW + 46 * DAY)) == [
        Concern(what="the token", remedy=Dead.remedy, ends=NOW + 60 * DAY)
    ]
