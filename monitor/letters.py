"""Characters that look like others, or like nothing: what the Unicode database does not tell."""

from __future__ import annotations

from string import ascii_lowercase
from typing import Final

_LETTERS = """
a аɑαᴀΑАƛꭺᎪ|ae æӕᴂᴁÆӔ|b ВΒЬьƄʙᏏᏴƅβв|c сСϲϹᴄꮯᏟƈⅽ|d ԁԀᏧđĐðÐɗᴅᎠꓒƌⅾ|e еЕΕεєЄҽɛᴇᎬǝəә|f ƒꞙϝғғꜰꓝ|g ɡցԌɢᏀꓖɠ
h һҺНΗнʜᎻᏂհħĦꓧ|i іІΙιɩıɪᎥӏƖӀ|j јЈϳʝᴊᎫյ|k кКΚκᴋᏦқҚҟĸꓗƙ|l łŁʟᏞℓⅼլꓡɭƚ|m МΜмᴍᎷꓟɱϺᛖ|n пПηΝИиɴոռŋŊꓠɲй
o оОοΟσօӧөΘѲѳᴏ०੦૦๐໐ø𐐬ØɵჿഠΦ〇|oe œŒɶ|p рРρΡᴘᏢꓑþÞ|q ԛԚգզ|r гГʀᴦЯяᏒɼꓣᴙɾ|s ѕЅꜱᏚʂꓢ|ss ẞß
t тТτΤᴛᎢŧŦꓔ|u υսᴜʋцЦμꓴ|v νѵѴᴠᏙʌꓦ|w ԝԜωᴡᏔѡѠɯաꓪшШщЩ|x хХχΧ᙮ҳҲ×ꓫ⨯|y уУγΥүҮʏƴყꓬ|z ΖᴢᏃʐꓜƶ
"""
"""Cyrillic, Greek, Armenian, Cherokee and Lisu letters, small capitals, digits and signs, chosen by eye."""

_SIGNS = """
' ‘’‚‛′‵`´ʹʻʼʽʾʿˈˊˋ՚׳ꞌ|" “”„‟″‶«»‹›〝〞〟״|- ‐‑‒–—―−⁃⸺⸻﹘־|/ ⁄∕⧸
"""

INVISIBLE: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
"""Letters and marks that show nothing: fillers, variation selectors, the empty Braille cell."""

FLAGS: Final = {0x1F1E6 + at: letter for at, letter in enumerate(ascii_lowercase)}
"""Regional indicators: letters that are drawn as halves of a flag."""

SQUARES: Final = {
    start + at: letter for start in (0x1F150, 0x1F170) for at, letter in enumerate(ascii_lowercase)
}
"""White letters in black circles and squares; the other enclosed letters decompose by themselves."""


def look_alikes() -> dict[int, str]:
    """What letters and signs are taken for, by code point."""
    rows = (entry.partition(" ") for entry in f"{_LETTERS}|{_SIGNS}".replace("\n", "|").split("|"))
    return {ord(char): plain for plain, _, chars in rows for char in chars if not char.isascii()}
