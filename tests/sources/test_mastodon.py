"""Promise: a server of Mastodon is read by its own rules: nothing private, nobody twice, no answer without its question."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from sources import mastodon
from sources.base import Entry
from sources.cage import Cage, InProcess
from sources.errors import Denied, Missing, Throttled, Unreadable
from sources.mastodon import KIND, MastodonSettings, MastodonSource
from sources.mastodon import posts as mastodon_posts
from sources.mastodon.poll import MAX_REMEMBERED, PROBED_EVERY
from sources.mastodon.streams import OVERLAP
from sources.mastodon.threads import MAX_ASKED
from tests.fakes import NOW, FixedClock, tools
from tests.sources.http_server import Web
from tests.sources.platforms.frame import Reply, Request, Watch, as_json, instead
from tests.sources.platforms.mastodon import MastodonAccount, MastodonTags, local

TOKEN: dict[str, Any] = {"token": {"file": "t"}}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def tags(web: Web, clock: FixedClock) -> MastodonTags:
    return MastodonTags(web, clock)


@pytest.fixture
def account(web: Web, clock: FixedClock) -> MastodonAccount:
    return MastodonAccount(web, clock)


def asked(platform: MastodonTags, part: str) -> list[Request]:
    return [request for request in platform.requests if part in request.path]


def rewritten(platform: MastodonTags, change: Callable[[dict[str, Any]], object]) -> None:
    """Change every post that the platform tells."""
    view = platform._view

    def changed(post: Any) -> dict[str, Any]:
        told = view(post)
        change(told)
        return told

    platform._view = changed  # type: ignore[method-assign]  # the whole point


# --- what is read ----------------------------------------------------------------------------------


def test_a_post_that_three_streams_show_is_one_and_owed_an_answer(account: MastodonAccount) -> None:
    name = account.add("Holm Nook, when is the fair?", to_us=True)
    batch = Watch(account).poll()

    assert [entry.id for entry in batch.entries] == [name]
    assert batch.entries[0].own_account
    assert batch.skipped == 0


def test_the_same_post_has_the_same_id_on_every_server(web: Web, other_web: Web, clock: FixedClock) -> None:
    uri = "https://elsewhere.example/users/parent/statuses/7"
    found = []
    for server in (web, other_web):
        platform = MastodonTags(server, clock)
        platform.add("Holm Nook", author="parent@elsewhere.example", uri=uri)
        found.append(Watch(platform).poll().entries[0])

    assert found[0].id == found[1].id == uri
    assert found[0].author == found[1].author == "parent@elsewhere.example"


def test_boosts_are_no_posts_of_their_own(tags: MastodonTags) -> None:
    tags.add("Holm Nook", reblog={"id": "1"})
    batch = Watch(tags).poll()

    assert batch.entries == ()
    assert batch.skipped == 0


@pytest.mark.parametrize(
    ("visibility", "count", "skipped"),
    [("public", 1, 0), ("unlisted", 1, 0), ("private", 0, 0), ("direct", 0, 0), ("limited", 0, 0),
     ("friends", 0, 2), (None, 0, 2), (True, 0, 2)],
)  # fmt: skip
def test_only_what_says_that_it_is_public_is_read(
    tags: MastodonTags, visibility: object, count: int, skipped: int
) -> None:
    tags.add("Holm Nook")
    rewritten(tags, lambda told: told.update(visibility=visibility))
    batch = Watch(tags).poll()

    assert (len(batch.entries), batch.skipped) == (count, skipped)  # both hashtags show it
    assert bool(batch.notes) is bool(skipped)


def entry_of(platform: MastodonTags, **told: Any) -> Entry:
    platform.add("Holm Nook")
    rewritten(platform, lambda view: view.update(told))
    return Watch(platform).poll().entries[0]


def test_a_link_ends_in_dots_where_it_is_cut_and_begins_as_one_sees_it(tags: MastodonTags) -> None:
    content = (
        '<p>see <a href="https://a.example/b/c"><span class="invisible">https://</span>'
        '<span class="ellipsis">a.example/<b>b</b></span><span class="invisible">/c</span></a></p><p>bye</p>'
    )

    assert entry_of(tags, content=content).text == "see a.example/b…\nbye"


def test_what_is_attached_and_the_warning_can_be_found(tags: MastodonTags) -> None:
    entry = entry_of(
        tags,
        spoiler_text="School food",
        media_attachments=[{"description": "a grey pie"}, None, {"description": None}],
        poll={"options": [{"title": "pie"}, {"title": "peas"}]},
        card={"url": "https://a.example/", "title": "Kitchen", "description": "Closed"},
        edited_at="2026-11-23T09:59:00Z",
    )

    assert entry.title == "School food"
    assert entry.text.splitlines()[1:] == [
        "a grey pie",
        "pie",
        "peas",
        "https://a.example/",
        "Kitchen",
        "Closed",
    ]
    assert entry.edited is not None


def test_a_post_of_nobody_from_nowhere_is_a_post(tags: MastodonTags) -> None:
    entry = entry_of(
        tags, account=None, url="javascript:alert(1)", created_at="tomorrow", language=7, card=[]
    )

    assert entry.author == ""
    assert entry.url == entry.id
    assert entry.published is None


class _Picky(InProcess):
    """A parser that some content is too much for."""

    def run(self, job: Any, body: bytes, /, **options: Any) -> Any:
        if b"bomb" in body:
            raise Unreadable("too much")
        return super().run(job, body, **options)


def test_content_that_breaks_the_parser_hides_no_other() -> None:
    status = {"id": "1", "uri": "https://a.example/1", "visibility": "public"}
    found = [
        post
        for number, content in enumerate(["good", "bomb", "fine"])
        if (post := mastodon_posts.public({**status, "id": str(number), "content": content}))
    ]

    assert mastodon_posts.read(found, _Picky()) == ["good", None, "fine"]
    assert mastodon_posts.read([], _Picky()) == []


# --- order and overlap -----------------------------------------------------------------------------


def test_what_arrives_hours_late_is_found_though_its_id_is_old(tags: MastodonTags, clock: FixedClock) -> None:
    watch = Watch(tags)
    tags.add("Holm Nook old", at=NOW - OVERLAP - timedelta(hours=2))
    watch.poll()
    clock.advance(timedelta(minutes=15))
    tags.add("Holm Nook new")
    watch.poll_all()
    late = tags.add("Holm Nook late", at=clock() - OVERLAP + timedelta(minutes=10))
    watch.poll()

    assert late in watch.found


def test_a_busy_hashtag_is_not_read_again_from_its_start(tags: MastodonTags, clock: FixedClock) -> None:
    watch = Watch(tags)
    for number in range(9):
        tags.add(f"Holm Nook {number}", at=NOW - timedelta(minutes=60 - number))
    watch.poll()
    for _ in range(3):
        tags.forget()
        watch.poll_all()

    assert max(len(asked(tags, "preston")) // 2, 1) <= 4


def test_a_walk_that_was_cut_short_goes_on_and_has_no_gap(tags: MastodonTags, clock: FixedClock) -> None:
    watch = Watch(tags)
    tags.add("Holm Nook first")
    watch.poll()
    clock.advance(timedelta(hours=1))
    ids = {
        tags.add(f"Holm Nook {number}", at=clock() - timedelta(minutes=50 - number)) for number in range(40)
    }
    batch = watch.poll()
    assert not ids <= set(watch.found)
    assert not batch.gap
    watch.poll_all()

    assert ids <= set(watch.found)
    assert not watch.gap


def test_more_than_a_search_may_read_is_told(account: MastodonAccount, clock: FixedClock) -> None:
    account.settings = lambda: {"instance": account.address, "search": ["x"], **TOKEN}  # type: ignore[method-assign]  # only searches
    account.secrets = lambda: {"t": account.token}  # type: ignore[method-assign]  # the same secret
    watch = Watch(account)
    account.add("Holm Nook first")
    watch.poll()
    assert not watch.gap
    clock.advance(timedelta(hours=1))
    for number in range(20):
        account.add(f"Holm Nook {number}")

    assert watch.poll().gap
    assert not watch.poll().gap


def test_a_server_without_link_headers_is_read_too(tags: MastodonTags, clock: FixedClock) -> None:
    tags._link = lambda *_: {}  # type: ignore[method-assign]  # as some relatives of Mastodon do
    tags.page_size = 40
    watch = Watch(tags)
    tags.add("Holm Nook", at=NOW - timedelta(days=1))
    watch.poll()
    ids = {tags.add(f"Holm Nook {number}", at=NOW - timedelta(seconds=99 - number)) for number in range(90)}
    watch.poll()

    assert ids <= set(watch.found)


@pytest.mark.parametrize(
    "link", ['<http://[broken>; rel="prev"', "rubbish", '<https://a.example/>; rel="prev"']
)
def test_a_broken_link_ends_a_walk(tags: MastodonTags, link: str) -> None:
    tags._link = lambda *_: {"Link": link}  # type: ignore[method-assign]  # a broken proxy
    watch = Watch(tags)
    for number in range(3):
        tags.add(f"Holm Nook {number}")
        watch.poll()

    assert len(watch.found) == 3


def test_what_is_remembered_has_a_limit(tags: MastodonTags) -> None:
    watch = Watch(tags)
    watch.checkpoint = {"recent": [f"{number:012d}9" for number in range(MAX_REMEMBERED + 50)], "streams": {}}
    name = tags.add("Holm Nook")
    watch.poll()
    recent = (watch.checkpoint or {})["recent"]

    assert len(recent) == MAX_REMEMBERED
    assert name in watch.found
    assert recent[0].endswith(local(tags.posts[0]))


def test_streams_that_a_slow_server_leaves_no_time_for_come_first_in_the_next_poll(
    tags: MastodonTags, clock: FixedClock
) -> None:
    names = [f"tag{number}" for number in range(10)]
    tags.settings = lambda: {"instance": tags.address, "hashtags": names}  # type: ignore[method-assign]  # many
    answer = tags.answer

    def slow(request: Request) -> Reply:
        clock.advance(timedelta(seconds=15))
        return answer(request)

    tags.answer = slow  # type: ignore[method-assign]  # slower than any real one
    watch = Watch(tags)
    for _ in range(3):
        watch.poll()

    read = [request.path.rpartition("/")[2] for request in tags.requests]
    assert len(read) == 3 * 4
    assert set(read) == set(names)


# --- conversations ---------------------------------------------------------------------------------


def test_a_question_met_before_need_not_be_asked_for(account: MastodonAccount) -> None:
    source = account.source()
    question = account.add("Holm Nook, when?", to_us=True)
    first = source.poll(None)
    answer = account.by_us("At two", reply_to=question)
    second = source.poll(json.loads(json.dumps(first.checkpoint)))

    assert [(entry.id, entry.reply_to, entry.by_us) for entry in second.entries] == [(answer, question, True)]
    assert asked(account, "context") == []


def test_a_question_from_before_is_asked_for(account: MastodonAccount) -> None:
    watch = Watch(account)
    root = account.add("Holm Nook, when?", at=NOW - timedelta(minutes=9))
    question = account.add("Holm Nook, well?", at=NOW - timedelta(minutes=8), reply_to=root)
    watch.poll()
    answer = account.by_us("At two", reply_to=question)
    watch.poll()

    assert watch.found[answer].reply_to == question
    assert watch.found[answer].thread == root
    assert len(asked(account, "context")) == 1


def hidden_question(platform: MastodonTags, number: int) -> str:
    """A question that no list shows, though it is there."""
    name = platform.add(f"Holm Nook? {number}", at=NOW - timedelta(days=3, minutes=number))
    platform.find(name).public = False
    return name


def test_few_conversations_are_asked_for_at_a_time(tags: MastodonTags) -> None:
    watch = Watch(tags)
    tags.page_size = 40
    for number in range(MAX_ASKED + 3):
        question = hidden_question(tags, number)
        for _ in range(2):
            tags.add(f"Holm Nook! {number}", reply_to=question)
    batch = watch.poll()

    assert len(asked(tags, "context")) == MAX_ASKED
    assert {(entry.kind, entry.reply_to, entry.thread) for entry in batch.entries} == {("comment", "", "")}


def unlisted_question(platform: MastodonAccount) -> str:
    """A question that everybody may read and that no list of ours shows."""
    name = platform.add("Holm Nook, when?", at=NOW - timedelta(days=3))
    shown = platform.newest_first
    shown_tag = platform._tag
    platform.newest_first = lambda: [post for post in shown() if post.text != "Holm Nook, when?"]  # type: ignore[method-assign]  # the search
    platform._tag = lambda tag, request: (  # type: ignore[method-assign]  # and the hashtag
        shown_tag(tag, request) if request.first("min_id") else as_json([])
    )
    return name


def test_of_the_conversations_those_that_we_answered_come_first(account: MastodonAccount) -> None:
    account.page_size = 40
    question = unlisted_question(account)
    ours = account.by_us("At two", reply_to=question, at=NOW - timedelta(hours=5))
    for number in range(MAX_ASKED + 3):
        account.add(f"Holm Nook! {number}", reply_to=hidden_question(account, number), to_us=True)
    watch = Watch(account)
    watch.poll()

    assert watch.found[ours].reply_to == question
    assert len(asked(account, "context")) == MAX_ASKED


def test_our_answer_waits_where_nobody_says_what_it_answers(account: MastodonAccount) -> None:
    question = unlisted_question(account)
    ours = account.by_us("At two", reply_to=question)
    number = count_to_context(account)
    watch = Watch(account)
    account.misbehave(instead(Reply(status=500)), at=number)
    watch.poll()
    assert ours not in watch.found
    account.heal()
    watch.poll()

    assert watch.found[ours].reply_to == question


def test_with_a_token_our_own_answers_are_read_whatever_else_is_looked_for(account: MastodonAccount) -> None:
    told = {"instance": account.address, "token": {"file": "mastodon-token"}, "hashtags": ["preston"]}
    account.settings = lambda: told  # type: ignore[method-assign]  # without notifications
    question = unlisted_question(account)
    ours = account.by_us("At two", reply_to=question)
    entry = Watch(account).poll().entries[0]

    assert (entry.id, entry.by_us, entry.reply_to) == (ours, True, question)


def test_an_edit_comes_once(tags: MastodonTags, clock: FixedClock) -> None:
    tags.add("Holm Nook before", at=NOW - timedelta(minutes=5))
    name = tags.add("Holm Nook")
    watch = Watch(tags)
    watch.poll()
    for text in ("Holm Nook, in other words", "Holm Nook, in others again"):
        clock.advance(timedelta(minutes=15))
        tags.edit(name, text)
        assert [entry.id for entry in watch.poll().entries] == [name]
        assert watch.poll().entries == ()
    source: Any = tags.source()
    source.poll(watch.checkpoint)

    assert source.recheck([name])[name].edited == clock()


def test_where_the_conversation_is_closed_the_post_still_comes(account: MastodonAccount) -> None:
    question = account.add("Holm Nook?", at=NOW - timedelta(days=3))
    account.add("Holm Nook!", reply_to=question)
    account.find(question).public = False
    fault = instead(as_json({"error": "Record not found"}, 404))
    number = count_to_context(account)
    account.misbehave(fault, at=number)
    batch = Watch(account).poll()

    assert [entry.reply_to for entry in batch.entries if entry.kind == "comment"] == [""]
    account.misbehave(instead(Reply(status=429, headers={"Retry-After": "60"})), at=number)
    with pytest.raises(Throttled):
        Watch(account).poll()


def count_to_context(platform: MastodonTags) -> int:
    platform.forget()
    Watch(platform).poll()
    return [request.path.endswith("context") for request in platform.requests].index(True) + 1


def test_the_memory_of_posts_met_has_a_limit(monkeypatch: pytest.MonkeyPatch, tags: MastodonTags) -> None:
    monkeypatch.setattr(mastodon.threads, "_MOST_MET", 2)
    source: Any = tags.source()
    for number in range(5):
        tags.add(f"Holm Nook {number}", at=NOW - timedelta(minutes=9 - number))
    source.poll(None)

    assert len(source._conversations._met) == 2


# --- what is closed --------------------------------------------------------------------------------


def test_a_closed_hashtag_is_told_and_the_other_read(tags: MastodonTags) -> None:
    name = tags.add("Holm Nook")
    tags.break_partly()
    batch = Watch(tags).poll()

    assert [entry.id for entry in batch.entries] == [name]
    assert batch.notes == ("the server does not open #ribbleton to us",)


def test_where_everything_is_closed_somebody_must_know(tags: MastodonTags) -> None:
    tags.closed |= {"preston", "ribbleton"}

    with pytest.raises(Missing):
        Watch(tags).poll()


@pytest.mark.parametrize(("status", "error"), [(401, Denied), (403, Denied), (422, Unreadable)])
def test_a_stranger_who_may_not_look_is_told_to_get_a_token(
    tags: MastodonTags, status: int, error: type[Exception]
) -> None:
    tags.misbehave(instead(as_json({"error": "This method requires an authenticated user"}, status)))

    with pytest.raises(error) as caught:
        Watch(tags).poll()
    assert error is not Denied or "token" in getattr(caught.value, "remedy", "")


def test_a_dead_token_is_no_closed_hashtag(account: MastodonAccount) -> None:
    account.add("Holm Nook")
    watch = Watch(account)
    watch.poll()
    account.before(4, account.revoke)  # after the account, the notifications and our own posts

    with pytest.raises(Denied) as caught:
        watch.poll()
    assert "access token" in caught.value.remedy


def test_whose_the_token_is_is_asked_once(account: MastodonAccount) -> None:
    source = account.source()
    source.poll(source.poll(None).checkpoint)

    assert len(asked(account, "verify_credentials")) == 1


@pytest.mark.parametrize("told", [{}, {"id": None}, [], {"id": "../x"}])
def test_a_server_that_does_not_say_whose_the_token_is_is_no_mastodon(
    account: MastodonAccount, told: object
) -> None:
    account.misbehave(instead(as_json(told)), at=1)

    with pytest.raises(Unreadable, match="whose the token is"):
        Watch(account).poll()


def test_a_server_that_searches_no_posts_is_told_and_asked_again_after_a_week(
    account: MastodonAccount, clock: FixedClock
) -> None:
    account.by_us("Welcome to Holm Nook")
    account.searches = False
    watch = Watch(account)
    note = "this server does not search posts; it is asked again after a week"
    assert watch.poll().notes == (note,)
    account.forget()
    assert watch.poll().notes == (note,)
    assert asked(account, "search") == []

    clock.advance(PROBED_EVERY)
    account.searches = True
    hidden = account.add("Holm Nook, without a hashtag")
    assert watch.poll().notes == ()
    assert hidden in watch.found
    assert asked(account, "search") != []


def test_a_search_that_finds_nothing_proves_nothing_without_posts_of_our_own(
    account: MastodonAccount,
) -> None:
    account._account = lambda name: {"id": "109", "acct": name, "statuses_count": 0}  # type: ignore[method-assign]  # a new account
    account.searches = False
    verify = account._for_members
    account._for_members = lambda path, request: (  # type: ignore[method-assign]  # likewise
        as_json({"id": "109", "statuses_count": 0}) if "verify" in path else verify(path, request)
    )

    assert Watch(account).poll().notes == ()


def test_other_notifications_are_no_words_to_us(account: MastodonAccount) -> None:
    account.closed |= {"preston", "ribbleton"}
    account.searches = False
    account.add("Holm Nook", to_us=True, type="favourite")

    assert Watch(account).poll().entries == ()


# --- looking again ---------------------------------------------------------------------------------


REMOTE = "https://elsewhere.example/users/parent/statuses/7"


def test_a_post_from_elsewhere_is_looked_up_by_its_address(account: MastodonAccount) -> None:
    account.add("Holm Nook", uri=REMOTE)
    source: Any = account.source()

    assert source.recheck([REMOTE])[REMOTE].id == REMOTE
    account.remove(REMOTE)
    assert source.recheck([REMOTE]) == {}  # it may be out of reach only


def test_a_post_from_elsewhere_that_was_met_is_known_to_be_gone(account: MastodonAccount) -> None:
    account.add("Holm Nook", uri=REMOTE)
    source: Any = account.source()
    source.poll(None)
    account.remove(REMOTE)

    assert source.recheck([REMOTE]) == {REMOTE: None}


def test_a_stranger_cannot_look_up_what_is_elsewhere(tags: MastodonTags) -> None:
    source: Any = tags.source()

    assert source.recheck([REMOTE]) == {}
    assert tags.requests == []


@pytest.mark.parametrize("body", [b"<html>not here</html>", b"", b"{}", b'{"error": null}', b"[]"])
def test_a_404_of_something_before_the_server_deletes_nothing(tags: MastodonTags, body: bytes) -> None:
    name = tags.add("Holm Nook")
    tags.misbehave(instead(Reply(status=404, body=body)))
    source: Any = tags.source()

    with pytest.raises(Missing):
        source.recheck([name])


def test_what_is_no_longer_public_is_gone(tags: MastodonTags) -> None:
    name = tags.add("Holm Nook")
    rewritten(tags, lambda told: told.update(visibility="private"))
    source: Any = tags.source()

    assert source.recheck([name]) == {name: None}


# --- settings --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({}, "nothing to look at"),
        ({"hashtags": ["two words"]}, "letters, digits"),
        ({"hashtags": ["#"]}, "letters, digits"),
        ({"hashtags": ["a/b"]}, "letters, digits"),
        ({"hashtags": [f"t{number}" for number in range(11)]}, "at most 10"),
        ({"search": ["x"]}, "need a token"),
        ({"notifications": True}, "need a token"),
        ({"search": [""], **TOKEN}, "at least 1"),
        ({"hashtags": ["x"], "instance": "social.example"}, "complete web address"),
        ({"hashtags": ["x"], "instance": "http://social.example", **TOKEN}, "https only"),
        ({"hashtags": ["x"], "token": "secret"}, "token"),
    ],
)
def test_settings_that_make_no_sense_are_refused(told: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        MastodonSettings(**{"instance": "https://social.example", **told})


def test_a_server_is_one_place_by_what_is_looked_for() -> None:
    settings = MastodonSettings(
        instance="https://social.example/",
        hashtags=("#Preston", "école"),
        search=("x y",),
        notifications=True,
        **TOKEN,
    )

    assert KIND.locate(settings) == "https://social.example?#Preston&#école&search=x y&notifications"
    assert KIND.locate(MastodonSettings(instance="https://social.example", hashtags=("a",))).endswith("?#a")
    assert KIND.host(settings) == "social.example:443"


def test_a_hashtag_of_other_letters_is_escaped(tags: MastodonTags) -> None:
    settings = MastodonSettings(instance=tags.address, hashtags=("école",))
    web: Any = {f"{tags.address}/api/v1/timelines/tag/%C3%A9cole": []}
    made = tools(web)
    with pytest.raises(IndexError):  # it was asked for: the address is listed, and has no answer
        MastodonSource(settings, made).poll(None)


def test_content_is_read_in_the_real_cage() -> None:
    status = {"id": "1", "uri": "https://a.example/1", "visibility": "public", "content": "<p>a</p><p>b</p>"}
    post = mastodon_posts.public(status)
    assert post is not None
    cage = Cage(children=1)
    try:
        assert mastodon_posts.read([post], cage) == ["a\nb"]
    finally:
        cage.close()
