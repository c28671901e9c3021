"""Promise: only words that tell another thing apart are proposed, with what they would truly have gained and lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from alerts.base import Severity
from monitor import learning
from monitor.facts import PastMention
from monitor.learning import Bench, Proposal
from monitor.settings import Alias, Context, ContextSide, Person, SchoolFacts, SchoolSettings

SCHOOL = SchoolSettings(
    school=SchoolFacts(name="Holm Nook Community Primary School", locality=("Ribbleton", "Preston")),
    alias=(
        Alias(kind="strong", any=("holm nook community primary school", "holm nook primary")),
        Alias(kind="weak", any=("holm nook", "hncps")),
    ),
    person=(
        Person.model_validate({"role": "head", "mail": "head@school.test", "names": ["Mrs Quendlebury"]}),
    ),
)
CLUB = (
    "At Holm Nook the kick off is 10.30 for all age groups, my son says the dugout is filthy.",
    "My lad was dropped by Holm Nook because we missed one kick off, and sat in the dugout with the kids.",
    "The kick off at Holm Nook was late, two kids in the dugout had no shirt.",
)
OURS = (
    "Holm Nook Primary is closed on Monday because of snow.",
    "At Holm Nook the teachers are lovely and the kids had a great sports day.",
    "My daughter's class at Holm Nook had no supply teacher again.",
)


def past(
    number: int,
    text: str,
    *,
    not_us: bool = False,
    source: str = "",
    severity: Severity = Severity.MEDIUM,
    url: str = "",
    text_key: str = "",
    story: int | None = None,
    own_account: bool = False,
) -> PastMention:
    """A stored mention; each from a source of its own unless said otherwise."""
    return PastMention(
        id=number,
        story=number if story is None else story,
        source=source or f"source {number}",
        title="",
        text=text,
        url=url,
        own_account=own_account,
        text_key=text_key,
        severity=severity,
        not_us=not_us,
    )


def history(
    theirs: tuple[str, ...] = CLUB, ours: tuple[str, ...] = OURS, severity: Severity = Severity.MEDIUM
) -> Bench:
    """What is not ours from number 1 on, what is from 101 on."""
    mentions = [past(number, text, not_us=True) for number, text in enumerate(theirs, 1)]
    mentions += [past(number, text, severity=severity) for number, text in enumerate(ours, 101)]
    return learning.bench(mentions, SCHOOL)


def nothing(words: str) -> str:
    """No word is grave."""
    return ""


def proposed(on: Bench, unsafe: Callable[[str], str] = nothing) -> dict[str, Proposal]:
    return {one.words: one for one in learning.propose(on, learning.candidates(on), unsafe)}


def test_what_the_other_thing_is_known_by_is_proposed_with_its_gain() -> None:
    found = proposed(history())

    assert found["dugout"].gone == (1, 2, 3)
    assert found["dugout"].stories == (1, 2, 3)
    assert (found["dugout"].lost, found["dugout"].weakened, found["dugout"].alerts) == ((), (), ())
    assert found["dugout"].is_shared


def test_a_word_that_already_counts_against_us_is_proposed_doubled() -> None:
    found = proposed(history())

    assert "kick off" not in found
    assert found["*kick off"].gone == (1, 2, 3)


def test_what_is_only_no_longer_certain_is_told_apart_from_what_is_gone() -> None:
    on = history(("My son was locked into the dugout at Holm Nook.",))

    one = learning.try_out(on, "dugout")

    assert (one.gone, one.doubted) == ((), (1,))


def test_what_would_be_lost_of_ours_is_told_and_weighs_more() -> None:
    on = history(ours=(*OURS, "The dugout of Holm Nook, says my son."))

    one = learning.try_out(on, "dugout")

    assert (one.gone, one.lost) == ((1, 2, 3), (104,))
    assert one.worth == 0
    assert learning.try_out(history(), "dugout").worth == 6
    assert not one.is_refused, "a medium post may be lost, and is told"


@pytest.mark.parametrize(
    ("severity", "refused"), [(Severity.MEDIUM, False), (Severity.HIGH, True), (Severity.CRITICAL, True)]
)
def test_what_would_lose_a_high_or_critical_alert_is_refused(severity: Severity, *, refused: bool) -> None:
    on = history(ours=("My son bled in the dugout of Holm Nook.",), severity=severity)

    one = learning.try_out(on, "dugout")

    assert one.lost == (101,)
    assert one.alerts == ((101,) if refused else ())
    assert one.is_refused is refused


def test_an_alert_that_would_only_be_possible_is_lost_too() -> None:
    text = "My son was locked into the dugout at Holm Nook."
    on = history(ours=(text,), severity=Severity.HIGH)

    one = learning.try_out(on, "dugout")

    assert (one.lost, one.weakened, one.alerts) == ((), (101,), (101,))


def test_nothing_a_full_name_or_the_own_account_says_can_be_lost() -> None:
    on = learning.bench(
        [
            past(1, "Dugout at Holm Nook, says my son.", not_us=True),
            past(101, "Holm Nook Primary has a dugout.", severity=Severity.CRITICAL),
            past(102, "Where is the dugout?", severity=Severity.CRITICAL, own_account=True),
        ],
        SCHOOL,
    )

    assert not learning.try_out(on, "dugout").is_refused


def test_a_post_that_is_not_ours_but_has_the_full_name_is_counted_and_teaches_nothing() -> None:
    on = history(theirs=("Holm Nook Primary in the dugout.", "The dugout of Holm Nook Primary."))

    assert on.named == 2
    assert learning.candidates(on) == ()


def test_posts_that_would_not_match_today_are_counted_and_left_out() -> None:
    on = history(theirs=("Karaoke at the pub in Holm Nook.",))

    assert (on.unmatched, on.not_us, on.ours) == (1, (), 3)


@pytest.mark.parametrize(
    ("changes", "independent"),
    [
        pytest.param({}, 2, id="two sources"),
        pytest.param({"source": "club"}, 1, id="one source"),
        pytest.param({"text_key": "same"}, 1, id="one text"),
        pytest.param({"story": 7}, 1, id="one story"),
        pytest.param(
            {"source": "Bluesky", "url": "https://bsky.app/profile/{}/post/1"}, 2, id="two accounts"
        ),
        pytest.param({"source": "Bluesky", "url": "https://bsky.app/profile/x/post/{}"}, 1, id="one account"),
        pytest.param({"source": "tube", "url": "https://social.example/@a{}/1"}, 2, id="two handles"),
    ],
)
def test_stories_are_independent_if_author_or_source_and_text_differ(
    changes: dict[str, str], independent: int
) -> None:
    theirs = [
        past(
            number,
            CLUB[number],
            not_us=True,
            source=str(changes.get("source", "")),
            url=changes.get("url", "").format(number),
            text_key=changes.get("text_key", ""),
            story=int(changes.get("story", number)),
        )
        for number in (0, 1)
    ]

    one = learning.try_out(learning.bench(theirs, SCHOOL), "dugout")

    assert one.independent == independent
    assert one.is_shared is (independent >= 2)


def test_what_enough_stories_share_keeps_its_number_whether_the_rest_is_shown_or_not() -> None:
    found = list(proposed(history()).values())

    shared = [one.is_shared for one in found]
    assert shared == sorted(shared, reverse=True)
    assert len(set(shared)) == 2


def test_the_most_useful_comes_first_and_the_refused_last() -> None:
    on = history(ours=(*OURS, "My son bled in the dugout at Holm Nook."), severity=Severity.HIGH)

    shared = [one.words for one in proposed(on).values() if one.is_shared]

    assert shared == ["*kick off", "dugout"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        pytest.param("fc", "fewer than 3", id="too short"),
        pytest.param("kick it", "fewer than 3", id="too short in a pair"),
        pytest.param("weekend", "says nothing", id="says nothing"),
        pytest.param("night", "says nothing", id="a particle alone"),
        pytest.param("nook rangers", "own names", id="part of the weak alias"),
        pytest.param("hncps", "own names", id="an alias"),
        pytest.param("community", "own names", id="part of the strong name"),
        pytest.param("ribbleton", "own names", id="the place"),
        pytest.param("jayden", "person's name", id="a given name"),
        pytest.param("jayden scores", "person's name", id="a name in a pair"),
        pytest.param("kowalski", "person's name", id="a surname"),
        pytest.param("daisy", "person's name", id="a name that is a word too"),
        pytest.param("quendlebury", "person's name", id="a name of the school file"),
        pytest.param("teacher", "speaks for the school", id="a school word"),
        pytest.param("year 4", "fewer than 3", id="a class"),
    ],
)
def test_some_words_are_never_learned(words: str, why: str) -> None:
    assert why in learning.why_never(words, history(), nothing)


def test_a_grave_word_is_never_learned_and_never_proposed() -> None:
    def unsafe(words: str) -> str:
        return "it is grave" if words == "dugout" else ""

    assert learning.why_never("dugout", history(), unsafe) == "it is grave"
    assert "dugout" not in proposed(history(), unsafe)
    assert "dugout" in proposed(history())


def test_nobody_who_is_named_in_a_post_is_proposed() -> None:
    theirs = tuple(f"{text} Ask Jayden Kowalski or Mrs Quendlebury, @dugoutdad." for text in CLUB)

    words = " ".join(proposed(history(theirs))).replace("*", "").split()

    assert "dugout" in words
    assert not {"jayden", "kowalski", "quendlebury", "dugoutdad", "account"} & set(words)


def test_a_word_that_is_said_of_us_as_often_is_not_tried() -> None:
    assert "kids" not in learning.candidates(history())
    on = history(ours=tuple(f"{text} The dugout." for text in OURS))
    assert "dugout" not in learning.candidates(on)


def test_of_words_that_do_the_same_the_longer_and_the_singular_are_told() -> None:
    theirs = (
        "My son of Holm Nook heard the quiz league results in the snug.",
        "The kids came second in the quiz league for Holm Nook, in both snugs and the other snug.",
    )

    found = proposed(history(theirs))

    assert "quiz league" in found
    assert not {"quiz", "league", "snugs"} & set(found)
    assert "snug" in found


def test_other_words_of_the_file_stay_as_they_are() -> None:
    own = SCHOOL.model_copy(
        update={
            "context": Context(
                positive=ContextSide(words=("anemone",), window_words=9),
                negative=ContextSide(words=("fjord",)),
            )
        }
    )

    changed = own.excluding(["dugout"])

    assert changed.context.negative
    assert changed.context.negative.words == ("fjord", "dugout")
    assert changed.context.positive == own.context.positive
    bare = own.model_copy(update={"context": Context(positive=own.context.positive)}).excluding(["dugout"])
    assert bare.context.negative
    assert bare.context.negative.window_words == 9, "a wider look would change what is not asked about"
    assert SCHOOL.excluding([]) is SCHOOL


def test_words_are_spelt_as_texts_are_compared() -> None:
    assert learning.spelt(" *Kick-Off ") == "*kick off"
    assert learning.spelt("Quiz  League") == "quiz league"


def test_nothing_stored_proposes_nothing() -> None:
    on = history((), ())

    assert learning.candidates(on) == ()
    assert proposed(on) == {}
