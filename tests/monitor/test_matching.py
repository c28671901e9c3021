"""Promise: the school is found however it is named or disguised, and nothing else is taken for it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.matching import Matcher
from monitor.model import Certainty, Match
from monitor.settings import SchoolSettings
from sources.base import Entry
from tests.monitor.test_text import disguised
from tests.pace import within, yardstick

NAME = "Holm Nook Community Primary School"
STRONG = {"kind": "strong", "any": ["holm nook community primary school", "holm nook primary"], "fuzzy": 1}
WEAK = {"kind": "weak", "any": ["holm nook"], "fuzzy": 1}
OTHERS = ["holm end", "holm park", "holme nook", "holmside", "moor nook"]


def school(name: str = NAME, *aliases: dict[str, Any], **parts: Any) -> SchoolSettings:
    facts = {"name": name, "locality": ["Ribbleton", "Preston"], **parts.pop("facts", {})}
    return SchoolSettings.model_validate({"school": facts, "alias": list(aliases), **parts})


PLAIN = school(NAME, STRONG, WEAK, other_schools={"names": OTHERS})
HOLM_NOOK = Matcher({"holm-nook": PLAIN})


def look(text: str = "", *, matcher: Matcher = HOLM_NOOK, **facts: Any) -> Match | None:
    found = matcher.find(Entry(id="1", text=text, **facts))
    assert len(found) <= 1
    return found[0] if found else None


def certainty(text: str = "", **facts: Any) -> Certainty:
    found = look(text, **facts)
    return found.certainty if found else Certainty.NO


# ---- names that are enough by themselves ----------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "Holm Nook Community Primary School",
        "HOLM NOOK PRIMARY",
        "holm nook primary's",
        "Holm-Nook Primary School’s",
        "Holm Nook C.P. School",
        "Holm Nook CP",
        "Holm Nook CPS",
        "Holm Nook Comm. Prim. Sch.",
        "Holm Nook school",
        "Holm Nook School's",
        "Holm Nook nursery and infant school",
        "the Holm Nook primary",
        "HolmNook Primary",
        "Holmnook CP",
        "holmnookprimary",
        "holm nookprimary",
        "#HolmNookPrimary",
        "@HolmNookCP",
        "@holm_nook_primary",
        "“HolmNookPS”",
        "@HolmNookHeadteacher",
        "@FriendsOfHolmNookSchool",
        "#SaveHolmNookPrimarySchoolNow",
        "**Holm Nook** Primary",
        "Holm 🏫 Nook 🏫 Primary",
        "Holm Nok Primary",
        "Hlom Nook Primary School",
        "holmook primary",
        "holmnok primary",
        "Xolm Nook primary",
        "Holm Nooks Primary",
        "Holm Nook Primry Shool",
        "Holm Nook primray",
        "H0LM N00K SCHOOL",
        "h01m nook primary",
        "H o l m  N o o k Primary",
        "h o l m n o o k p r i m a r y",
        "H.o.l.m. N.o.o.k. Primary",
        "https://news.example/2026/holm-nook-primary-fire",
    ],
)  # fmt: skip
def test_a_full_name_is_enough(name: str) -> None:
    assert certainty(f"zz {name} zz") is Certainty.CERTAIN


@pytest.mark.parametrize(
    ("how", "name"), disguised("Holm Nook Primary").items(), ids=lambda value: str(value)[:20]
)
def test_a_disguised_name_is_enough(how: str, name: str) -> None:
    text = f"somebody at {name} is leaving"
    found = look(text)
    assert found is not None, how
    assert found.certainty is Certainty.CERTAIN
    assert text[slice(*found.span)].strip("‘’\u0336\u202c") in text


def test_two_typing_errors_leave_a_doubt() -> None:
    found = look("zz hol nok primary zz")
    assert found is not None
    assert found.certainty is Certainty.POSSIBLE
    assert "more than one typing error in the name" in [ground.rule for ground in found.grounds]


@pytest.mark.parametrize(
    "text",
    [
        "Hole Nook Primary", "Holm Book Primary", "Home Nook Primary School", "Holm Hook school",  # ordinary words
        "Holm End Primary", "Holmside Primary", "Holme Nook Primary", "Moor Nook Primary", "Helmsnook Primary",
        "my holm. Nook primary", "a nook, holm primary", "Nook Holm Primary School", "Upholm Nookery Primary",
        "Holm Nook Elementary", "Holm Nook High School", "Holm Nook College", "Holm Nook Special School",
        "Holm Nook C of E Primary School", "Holm Nook Catholic Primary", "Holm Nook RC School",
        "Holm Nook Primary Care Centre", "Holm Nook primary election", "Holm Nook School District",
        "Holm Nook School Lane", "Holm Nook Driving School", "West Holm Nook Primary", "upper Holm Nook school",
        "Holm Nook Primary, Ohio", "Holm Nook Primary School Texas.", "Holm Nook School, New South Wales",
        "Holm Nook Sixth Form", "@HolmNookCrafts", "#holmnookfc", "@notholmnookprimary", "holmnookery",
        "the teachers at our school are on strike", "my daughter's primary in Preston", "",
    ],
)  # fmt: skip
def test_another_name_is_not_ours(text: str) -> None:
    assert certainty(text) is Certainty.NO


@pytest.mark.parametrize(
    "text",
    [
        "We moved from Holm End to Holm Nook in year 4",
        "Holm Park beat Holm Nook in the schools cup",
        "Holm Nook Elementary? No, Holm Nook Primary",
        "neither Moor Nook nor Holm Nook Primary has places",
    ],
)
def test_another_school_beside_ours_takes_nothing_away(text: str) -> None:
    assert certainty(text) is not Certainty.NO


def test_a_strong_name_stands_against_another_within_it() -> None:
    matcher = Matcher(
        {"a": school(NAME, STRONG, WEAK, other_schools={"names": ["nook primary", "holm nook high"]})}
    )
    assert certainty("Holm Nook Primary", matcher=matcher) is Certainty.CERTAIN
    assert certainty("at Holm Nook High with the kids", matcher=matcher) is Certainty.NO


# ---- aliases of all kinds -----------------------------------------------------------------------------

RICH = Matcher(
    {
        "holm-nook": school(
            NAME,
            STRONG,
            {"kind": "handle", "regex": [r"[@#]?hnook(cp|pta)[a-z0-9_]*"], "any": ["@NookNews"]},
            {"kind": "domain", "any": ["https://www.holm-nook.example/home"]},
            {"kind": "script", "any": ["ہولم نوک سکول", "霍姆学校"]},
            {"kind": "weak", "any": ["hncps"]},
            facts={"urn": "119236"},
        )
    }
)


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("follow @hnookCP_official", r"[@#]?hnook(cp|pta)[a-z0-9_]*"),
        ("#HNookPTA rocks", r"[@#]?hnook(cp|pta)[a-z0-9_]*"),
        ("says hnookcp today", r"[@#]?hnook(cp|pta)[a-z0-9_]*"),
        ("thanks @nooknews!", "@NookNews"),
        ("see office@holm-nook.example", "https://www.holm-nook.example/home"),
        ("see https://blog.holm-nook.example/x?y", "https://www.holm-nook.example/home"),
        ("فوری: ہولم نوک سکول بند ہے", "ہولم نوک سکول"),
        ("在霍姆学校门口", "霍姆学校"),
        ("School report, URN: 119236.", "URN 119236"),
    ],
)
def test_each_kind_of_alias_is_enough(text: str, term: str) -> None:
    found = look(text, matcher=RICH)
    assert found is not None
    assert (found.certainty, found.term) == (Certainty.CERTAIN, term)


@pytest.mark.parametrize(
    "text",
    [
        "@hnook", "@xhnookcp", "xhnookcp", "@hnookcrafts", "@nooknewsletter",
        "holm-nook.example.evil.test", "notholm-nook.example", "holm-nook.examples", "at holm nook example",
        "ہولم نوک سکولز", "aہولم نوک سکول", "call 119236 now", "urn 1192367", "urn 9119236",
    ],
)  # fmt: skip
def test_what_is_only_like_an_alias_is_not_one(text: str) -> None:
    assert certainty(text, matcher=RICH) is Certainty.NO


def test_names_need_not_be_listed() -> None:
    matcher = Matcher({"a": school()})
    assert certainty("zz Holm Nook CP zz", matcher=matcher) is Certainty.CERTAIN
    assert certainty("the kids at holm nook love it", matcher=matcher) is Certainty.CERTAIN
    assert certainty("the kids at holm nok love it", matcher=matcher) is Certainty.POSSIBLE


def test_without_a_weak_alias_a_bare_name_means_nothing() -> None:
    matcher = Matcher({"a": school(NAME, STRONG)})
    assert certainty("the pupils at Holm Nook", matcher=matcher) is Certainty.NO


def test_a_weak_alias_without_fuzzy_forgives_nothing() -> None:
    matcher = Matcher({"a": school(NAME, {"kind": "weak", "any": ["holm nook"]})})
    for text in ("the pupils at holm nok", "the pupils at holmnook", "the pupils at hlom nook"):
        assert certainty(text, matcher=matcher) is Certainty.NO
    for text in (
        "the pupils at holm nook",
        "the pupils of #HolmNook",
        "the pupils of @holmnook",
        "holm nok primary",
    ):
        assert certainty(text, matcher=matcher) is Certainty.CERTAIN


def test_a_short_name_is_not_looked_for_by_its_core() -> None:
    matcher = Matcher(
        {"a": school("Lea Community Primary School", {"kind": "strong", "any": ["lea cp school"]})}
    )
    assert certainty("Lea CP School", matcher=matcher) is Certainty.CERTAIN
    assert certainty("the pupils of lea, lea primary", matcher=matcher) is Certainty.NO


def test_a_school_named_like_its_town_is_not_every_school_there() -> None:
    matcher = Matcher(
        {"a": school("Ribbleton Primary School", {"kind": "strong", "any": ["ribbleton primary"]})}
    )
    assert certainty("zz Ribbleton Primary zz", matcher=matcher) is Certainty.CERTAIN
    assert certainty("a Ribbleton school was closed", matcher=matcher) is Certainty.NO
    assert certainty("two Ribbleton primaries", matcher=matcher) is Certainty.NO


def test_our_own_kind_of_school_is_no_other_school() -> None:
    matcher = Matcher(
        {"a": school("Holm Nook Special School"), "b": school("Fell Foot C of E Infant School")}
    )
    assert certainty("Holm Nook Special School", matcher=matcher) is Certainty.CERTAIN
    assert certainty("Fell Foot Church of England infants' school", matcher=matcher) is Certainty.CERTAIN
    assert certainty("Fell Foot RC Infant School", matcher=matcher) is Certainty.NO
    assert certainty("Fell Foot Junior School", matcher=matcher) is Certainty.NO


def test_switched_off_disguises_stay_on() -> None:
    off = Matcher({"a": school(NAME, STRONG, WEAK, normalise={"leet": False, "join_spaced": False})})
    assert certainty("H0LM N00K SCHOOL", matcher=off) is Certainty.NO
    assert certainty("h o l m n o o k school", matcher=off) is Certainty.NO
    assert certainty("Hоlm Nook School", matcher=off) is Certainty.CERTAIN


# ---- saints and other common names ---------------------------------------------------------------------

SAINT = school("St. Mary's Church of England Primary School")


@pytest.mark.parametrize(
    "name",
    [
        "St Mary's CE Primary",
        "Saint Marys primary school",
        "st mary primary",
        "ST. MARY’S C of E PRIMARY SCHOOL",
    ],
)
def test_a_common_name_is_certain_only_beside_its_town(name: str) -> None:
    matcher = Matcher({"a": SAINT})
    assert certainty(f"zz {name} zz", matcher=matcher) is Certainty.POSSIBLE
    assert certainty(f"zz {name}, Preston zz", matcher=matcher) is Certainty.CERTAIN
    assert certainty(f"Ribbleton news: {name}", matcher=matcher) is Certainty.CERTAIN
    assert certainty(f"zz {name}, Dublin", matcher=matcher) is Certainty.NO


def test_what_the_operator_calls_enough_is_enough() -> None:
    matcher = Matcher({"a": school(SAINT.school.name, {"kind": "strong", "any": ["st mary's primary"]})})
    assert certainty("zz St Mary's Primary zz", matcher=matcher) is Certainty.CERTAIN


def test_a_county_after_the_name_is_heeded() -> None:
    in_county = Matcher({"a": school(NAME, STRONG, facts={"locality": ["Preston", "Lancashire"]})})
    assert certainty("Holm Nook Primary, Norfolk", matcher=in_county) is Certainty.NO
    assert certainty("Holm Nook Primary, Lancashire", matcher=in_county) is Certainty.CERTAIN
    assert certainty("Holm Nook Primary, Norfolk") is Certainty.POSSIBLE
    assert certainty("Holm Nook Primary in Norfolk for a week's camp", matcher=in_county) is Certainty.CERTAIN


def test_schools_of_one_name_are_told_apart_by_their_towns() -> None:
    matcher = Matcher(
        {
            "preston": school(NAME, STRONG, WEAK),
            "leeds": school(NAME, STRONG, WEAK, facts={"locality": ["Leeds"]}),
        }
    )

    def sure(text: str) -> dict[str, str]:
        return {match.school: match.certainty.value for match in matcher.find(Entry(id="1", text=text))}

    assert sure("Holm Nook Primary") == {"leeds": "possible", "preston": "possible"}
    assert sure("Holm Nook Primary, Preston") == {"preston": "certain"}
    assert sure("Preston: from Holm Nook Primary to Leeds") == {"leeds": "certain", "preston": "certain"}
    refused = [
        match
        for match in matcher.weigh(Entry(id="1", text="Holm Nook Primary, Preston"))
        if match.school == "leeds"
    ]
    assert refused[0].grounds[1].rule == "another school of this name is meant"


# ---- bare names ---------------------------------------------------------------------------------------

OURS = """
why does Holm Nook only tell us about things the night before
my daughter loves Holm Nook, settled in so well
Absolutely fuming with Holm Nook. Asked to see the head and fobbed off again
Ice cream van outside Holm Nook at 3.10 every day
senco number for holm nook anyone?
someones bringing a knife into Holm Nook tmrw
bomb at Holm Nook
three kids out with nits in Holm Nook again
fined £160 by Holm Nook for a week in spain
That man hanging round Holm Nook at 3 is back
Gas leak near Holm Nook this morning, everyone sent home
Speeding past Holm Nook at half 8
shame on Holm Nook
whats going on at holm nook
is the Holm Nook xmas jumper day this fri
look at the state of the Holm Nook sports day
shout out to the Holm Nook kitchen team
Holm Nook PTA quiz night Friday, bring a pint glass and your brain
does Holm Nook have any places in year 2?
got an email from Holm Nook that was meant for somebody else
Holm Nook used to be a proper school
My lad came home from Holm Nook with a black eye
asbestos found in Holm Nook roof
my neighbours sister works there and says holm nook has lost half a million quid
Holm Nook is closed today
hope Holm Nook burns down
FOI request: exclusions at Holm Nook since 2019
merging Holm Nook with a neighbouring school
"""

NOT_OURS = """
anyone lost a husky on Holm Nook? hes in our garden
We have seized an off-road bike on Holm Nook today
whos setting fireworks off on holm nook at 2am
Karaoke Friday at the Holm Nook, £3 pints till 8
Carvery at the Holm Nook was cold
is the Holm Nook still doing two for one on Mondays
Any good chippies round Holm Nook way?
Holm Nook litter pick Sunday 10am, meet by the shops
Cannabis farm found in Holm Nook loft, on the Holm Nook estate
A cyclist was treated after a crash on the Holm Nook estate. No children were involved.
Holm Nook Rangers U14s won a shoot-out 5-4 after the Year 9 keeper saved two
Holm Nook 2-1 Deepdale Rovers. Scrappy win
are prices on Holm Nook still cheaper than Fishwick? First-time buyer here
Added Holm Nook to the list of districts
how many fly-tipping reports were made for Holm Nook in 2025?
Stolen moped burnt out behind the shops on Holm Nook
Ribbleton, Holm Nook and Fishwick to get faster broadband
Grew up in Holm Nook in the 70s, who remembers the old chippy
Man, 34, of Holm Nook, charged with burglary
A Holm Nook pensioner has been conned out of her savings
Holm Nook Care Home rated inadequate
1st Holm Nook Scout Group jumble sale
Holm Nook Academy of Dance show tickets
Holmnook speedrun world record, he beats the final boss in 11 seconds
Detective drama set in fictional Holm Nook returns for a third series
Shadows over Holm Nook, a debut novel
Holm Nook woods are full of wild garlic
two bed terrace, Holm Nook, £650 pcm
any plumbers near Holm Nook
drone over Holm Nook
Number 8 bus isn't stopping at Holm Nook again
"""


@pytest.mark.parametrize("text", OURS.strip().splitlines())
def test_a_bare_name_among_school_words_is_ours(text: str) -> None:
    assert certainty(text) is not Certainty.NO


@pytest.mark.parametrize("text", NOT_OURS.strip().splitlines())
def test_a_bare_name_among_other_words_is_not(text: str) -> None:
    assert certainty(text) is Certainty.NO
    weighed = HOLM_NOOK.weigh(Entry(id="1", text=text))
    assert not weighed or weighed[0].context < 0 or weighed[0].certainty is Certainty.NO


def test_points_decide_how_sure_it_is() -> None:
    assert certainty("Holm Nook, hm") is Certainty.POSSIBLE
    assert certainty("nursery Holm Nook, hm") is Certainty.POSSIBLE
    assert certainty("pupils Holm Nook, hm") is Certainty.CERTAIN
    assert certainty("off Holm Nook, hm") is Certainty.NO


def test_a_typing_error_in_a_bare_name_costs_a_point() -> None:
    assert certainty("holm nok, hm") is Certainty.NO
    assert certainty("holmnook, hm") is Certainty.NO
    assert certainty("nursery holm nok, hm") is Certainty.POSSIBLE
    assert certainty("nursery uniform holmnook, hm") is Certainty.POSSIBLE


def test_thresholds_come_from_the_file() -> None:
    strict = Matcher({"a": school(NAME, WEAK, thresholds={"accept": 3, "maybe": 2})})
    assert certainty("nursery Holm Nook, hm", matcher=strict) is Certainty.NO
    assert certainty("pupils Holm Nook, hm", matcher=strict) is Certainty.POSSIBLE
    assert certainty("pupils in uniform, Holm Nook, hm", matcher=strict) is Certainty.CERTAIN


def test_words_far_away_do_not_count() -> None:
    filler = "and so it goes by " * 30
    assert certainty(f"pupils {filler} Holm Nook {filler} teachers") is Certainty.POSSIBLE
    assert certainty(f"pupils {filler} Holm Nook teachers {filler}") is Certainty.CERTAIN
    assert certainty(f"{filler} pupils Holm Nook {filler}") is Certainty.CERTAIN


def test_the_title_counts_wherever_the_name_stands() -> None:
    filler = "and so it goes by " * 60
    assert certainty(f"{filler} Holm Nook {filler}", title="Year 4 pupils") is Certainty.CERTAIN
    assert certainty(f"uniform {filler}", title="Holm Nook and reading") is Certainty.CERTAIN
    assert certainty(f"uniform {filler}", title=f"{filler} Holm Nook") is Certainty.POSSIBLE


def test_the_best_of_several_bare_names_counts() -> None:
    filler = "and so it goes by " * 30
    found = look(
        f"Fire on Holm Nook estate. {filler} Pupils of Holm Nook sang. {filler} Fly-tipping on Holm Nook."
    )
    assert found is not None
    assert found.certainty is Certainty.CERTAIN
    assert found.context >= 2


def test_a_bare_name_in_an_address_is_part_of_the_address() -> None:
    for text in (
        "pupils https://news.example/holm-nook",
        "pupils www.holm-nook.example",
        "pupils holm-nook.example",
    ):
        assert certainty(text) is Certainty.NO
    assert certainty("pupils of Holm Nook. Really") is Certainty.CERTAIN


def test_the_article_says_nothing_of_a_school_that_has_it() -> None:
    alias = {"kind": "weak", "any": ["the grovefield"]}
    with_article = Matcher({"a": school("The Grovefield Academy", alias)})
    without = Matcher({"a": school("Grovefield Academy", alias)})
    assert certainty("the Grovefield was lovely", matcher=with_article) is not Certainty.NO
    assert certainty("the Grovefield was lovely", matcher=without) is Certainty.NO


def test_words_and_patterns_of_the_file_are_added_to_ours() -> None:
    context = {
        "positive": {
            "words": ["*zorb", "qu[ai]x", "dis-co"],
            "grammar": [r"\bzap {name}\b", r"\bzip holm nook('s)? (shan't)\b"],
        },
        "negative": {"words": ["flib", "pupil"], "grammar": [r"\bzop {name}\b", r"(a+)+$"]},
    }
    matcher = Matcher({"a": school(NAME, WEAK, context=context)})

    def points(text: str) -> int:
        return matcher.weigh(Entry(id="1", text=text))[0].context

    assert points("Holm Nook hm") == 0
    assert points("zorbs Holm Nook hm") == 2
    assert points("quix Holm Nook hm") == 1
    assert points("dis-co Holm Nook hm") == 1
    assert points("zap Holm Nook hm") == 1
    assert points("zip Holm-Nook's shan’t") == 1
    assert points("flib Holm Nook hm") == -2
    assert points("pupil Holm Nook hm") == -2
    assert points("zop Holm Nook hm") == -2
    assert points("teachers Holm Nook hm") == 2


# ---- what a match tells ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "place", "written"),
    [
        ({"title": "Holm Nook Primary wins", "text": "x"}, "title", "Holm Nook Primary"),
        ({"title": "News", "text": "At  Holm&#160;Nook  Primary today"}, "body", "Holm&#160;Nook  Primary"),
        ({"url": "https://x.example/holm-nook-primary/1", "text": "x"}, "link", "holm-nook-primary"),
        ({"url": "https://social.example/HolmNookCP/posts/1", "text": "x"}, "link", "HolmNookCP"),
        ({"author": "Holm Nook Primary School", "text": "x"}, "sender", "Holm Nook Primary School"),
        ({"author": "@holmnookpta", "url": "https://x.example/1"}, "sender", "holmnookpta"),
        (
            {"title": "Holm Nook Primary", "text": "Holm Nook Primary", "author": "Holm Nook Primary"},
            "title",
            "Holm Nook Primary",
        ),
    ],
)
def test_a_match_tells_where_the_name_stands(facts: dict[str, Any], place: str, written: str) -> None:
    found = look(**facts)
    assert found is not None
    assert (found.place, found.certainty) == (place, Certainty.CERTAIN)
    field = {"title": "title", "body": "text", "link": "url", "sender": "author"}[place]
    assert facts[field][slice(*found.span)] == written
    assert found.grounds[0].excerpt == written
    assert found.grounds[0].rule == f"named in the {place}"


def test_bare_names_in_links_and_senders_mean_nothing() -> None:
    assert (
        certainty("pupils", url="https://x.example/holm-nook", author="Holm Nook residents") is Certainty.NO
    )


def test_grounds_can_be_read_by_people() -> None:
    found = look("The headteacher at holm nok hates karaoke")
    assert found is not None
    assert found.context == 0
    assert [(ground.rule, ground.excerpt, ground.weight) for ground in found.grounds] == [
        ("named in the body, with a typing error", "holm nok", 1.0),
        ("school word near the name", "headteacher", 2.0),
        ("word of another sense near the name", "karaoke", -2.0),
        ("school word near the name", "at …", 1.0),
    ]


def test_what_is_said_on_our_own_account_is_said_to_us() -> None:
    found = look("When are the results out?", own_account=True)
    assert found is not None
    assert (found.certainty, found.place, found.span) == (Certainty.CERTAIN, "link", (0, 0))
    named = look("Holm Nook Primary is shut", own_account=True)
    assert named is not None
    assert named.place == "body"
    assert certainty("fireworks on Holm Nook", own_account=True) is Certainty.CERTAIN


def test_an_account_that_several_schools_share_leaves_a_doubt() -> None:
    matcher = Matcher({"a": PLAIN, "b": school("Fell Foot Primary School")})
    both = matcher.find(Entry(id="1", text="When are the results out?", own_account=True))
    assert [(match.school, match.certainty) for match in both] == [
        ("a", Certainty.POSSIBLE),
        ("b", Certainty.POSSIBLE),
    ]
    one = matcher.find(Entry(id="1", text="Fell Foot Primary is shut", own_account=True))
    assert [match.school for match in one] == ["b"]


def test_one_entry_may_be_about_several_schools() -> None:
    matcher = Matcher({"b": PLAIN, "a": school("Fell Foot Primary School")})
    found = matcher.find(Entry(id="1", title="Fell Foot Primary v Holm Nook Primary", text="3-1"))
    assert [(match.school, match.place) for match in found] == [("a", "title"), ("b", "title")]


def test_a_watched_neighbour_is_no_misspelling_of_us() -> None:
    matcher = Matcher({"a": PLAIN, "b": school("Hulm Nook Primary School")})
    found = matcher.find(Entry(id="1", text="zz Hulm Nook Primary zz"))
    assert [match.school for match in found] == ["b"]


def test_no_schools_find_nothing() -> None:
    assert Matcher({}).find(Entry(id="1", text="Holm Nook Primary", own_account=True)) == ()


def test_the_version_tells_when_to_look_again() -> None:
    again = Matcher({"holm-nook": school(NAME, STRONG, WEAK, other_schools={"names": OTHERS})})
    assert HOLM_NOOK.version == again.version
    changed = [
        Matcher({"holm-nook": school(NAME, STRONG)}),
        Matcher({"other": PLAIN}),
        Matcher({"holm-nook": school(NAME, STRONG, WEAK, thresholds={"accept": 3})}),
        Matcher({"holm-nook": school(NAME, STRONG, WEAK, facts={"postcode": "PR2 6EE"})}),
        Matcher({"holm-nook": school(NAME, STRONG, WEAK, context={"negative": {"words": ["x"]}})}),
    ]
    assert len({HOLM_NOOK.version, *(matcher.version for matcher in changed)}) == 6
    person = {"role": "head", "mail": "head@holm-nook.example"}
    unchanged = school(NAME, STRONG, WEAK, other_schools={"names": OTHERS}, person=[person])
    assert Matcher({"holm-nook": unchanged}).version == HOLM_NOOK.version


# ---- strange and hostile texts ---------------------------------------------------------------------------


@given(st.text(st.characters(exclude_categories=()), max_size=60), st.text("holmnk 0.@#", max_size=60))
def test_no_text_breaks_the_matcher(any_text: str, near_text: str) -> None:
    for text in (any_text, near_text, f"{near_text} Holm Nook {any_text}"):
        for match in RICH.weigh(Entry(id=text, title=text, text=text, url=text, author=text)):
            assert 0 <= match.span[0] <= match.span[1]


@pytest.mark.parametrize(
    "flood",
    ["holm nook ", "holm nook primary ", "holmnook", "holmnook ", "hol nok ", "hoolm ", "h0lm n00k ", "h o l m n o o k ",
     "@holmnookcp", "at holm nook of ", "holm ", "St. ", "\u200bН", "m."],
    ids=ascii,
)  # fmt: skip
def test_floods_take_linear_time_and_hide_nothing(flood: str) -> None:
    text = flood * (300_000 // len(flood)) + " . Fell Foot Primary"
    matcher = Matcher({"a": PLAIN, "b": school("Fell Foot Primary School")})
    with within(4):
        assert "b" in {match.school for match in matcher.find(Entry(id="1", text=text))}


def test_threads_share_a_matcher() -> None:
    matcher = Matcher({"a": PLAIN})
    entries = [Entry(id=str(number), text=f"w{number} holm nok primary x{number}y") for number in range(400)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(matcher.find, entries))
    assert all(len(matches) == 1 for matches in found)


def test_many_schools_cost_little_more_than_one() -> None:
    ends = ("Nook", "End", "Side", "Foot", "Bank", "Gate", "Croft", "Moss", "Rigg", "Thwaite")
    starts = [
        f"{first}{second}"
        for first in ("Bram", "Cull", "Dun", "Elt", "Farn")
        for second in ("ley", "ton", "wick", "by")
    ]
    many = {
        f"{one}-{end}": school(f"{one} {end} Primary School", WEAK | {"any": [f"{one} {end}"]})
        for one in starts
        for end in ends
    }
    text = Entry(id="1", text=" ".join(f"{word} and the dinner was cold on monday" for word in starts) * 3)

    def cost(matcher: Matcher) -> float:
        matcher.find(text)
        started = time.process_time()
        for _ in range(20):
            matcher.find(text)
        return time.process_time() - started

    assert cost(Matcher(many)) < 5 * cost(HOLM_NOOK) + 10 * yardstick()
