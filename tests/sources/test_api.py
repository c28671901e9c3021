"""Promise: the answer of a platform is JSON, or an error that tells a wall before the platform from a refusal by it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sources import api
from sources.errors import Denied, SourceError, Throttled, Unreadable
from tests.fakes import NOW, answer

REMEDY = "make a new key, and store it"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (403, "<html>Just a moment</html>", Unreadable),
        (403, "Forbidden", Unreadable),
        (403, "", Denied),
        (403, ' {"error": "no"}', Denied),
        (401, "<html>no</html>", Denied),
        (200, "<html>no</html>", Unreadable),
        (200, "", Unreadable),
        (429, "", Throttled),
    ],
)
def test_a_wall_is_told_from_a_refusal(status: int, body: str, error: type[SourceError]) -> None:
    with pytest.raises(error) as caught:
        api.read(answer(body, status), now=NOW, platform="Example", remedy=REMEDY)

    assert (caught.value.remedy == REMEDY) is (error is Denied)


def test_what_is_said_in_json_is_read() -> None:
    assert api.read(answer('[{"a": 1}]'), now=NOW, platform="Example") == [{"a": 1}]


def test_without_advice_of_its_own_a_refusal_keeps_the_common_one() -> None:
    with pytest.raises(Denied) as caught:
        api.read(answer(status=401, retry_after="60"), now=NOW, platform="Example")

    assert caught.value.remedy == Denied.remedy
    assert caught.value.retry_after == timedelta(minutes=1)
