"""Counties and countries: "Holm Nook Primary, Norfolk" is another school than the one in Lancashire."""

from __future__ import annotations

from typing import Final

_COUNTIES: Final = (
    "bedfordshire|berkshire|bristol|buckinghamshire|cambridgeshire|cambs|cheshire|cleveland|cornwall|county durham"
    "|cumbria|derbyshire|devon|dorset|durham|east sussex|essex|gloucestershire|greater london|london"
    "|greater manchester|manchester|hampshire|hants|herefordshire|hertfordshire|herts|humberside|isle of wight"
    "|kent|lancashire|lancs|leicestershire|lincolnshire|lincs|liverpool|merseyside|middlesex|norfolk"
    "|north yorkshire|northamptonshire|northants|northumberland|nottinghamshire|notts|oxfordshire|oxon|rutland"
    "|shropshire|somerset|south yorkshire|staffordshire|staffs|suffolk|surrey|sussex|teesside|tyne and wear"
    "|warwickshire|west midlands|west sussex|west yorkshire|wiltshire|wilts|worcestershire|yorkshire|leeds"
    "|birmingham|sheffield|newcastle|nottingham|leicester"
)
COUNTIES: Final = frozenset(_COUNTIES.split("|"))
"""Counties of England, as people write them, and its largest cities."""

_ABROAD: Final = (
    "wales|scotland|northern ireland|ireland|eire|isle of man|jersey|guernsey|glasgow|edinburgh|aberdeen|dundee|fife"
    "|cardiff|swansea|gwent|gwynedd|powys|dyfed|clwyd|belfast|antrim|dublin|cork|galway"
    "|usa|us|united states|america|canada|australia|new zealand|south africa|india|pakistan|nigeria|jamaica"
    "|alabama|alaska|arizona|arkansas|california|colorado|connecticut|delaware|florida|georgia|hawaii|idaho|illinois"
    "|indiana|iowa|kansas|kentucky|louisiana|maine|maryland|massachusetts|michigan|minnesota|mississippi|missouri"
    "|montana|nebraska|nevada|new hampshire|new jersey|new mexico|new york|north carolina|north dakota|ohio|oklahoma"
    "|oregon|pennsylvania|rhode island|south carolina|south dakota|tennessee|texas|utah|vermont|virginia|washington"
    "|west virginia|wisconsin|wyoming|ontario|quebec|alberta|manitoba|nova scotia|british columbia|queensland"
    "|new south wales|nsw|victoria|tasmania|auckland|otago"
)
ABROAD: Final = frozenset(_ABROAD.split("|"))
"""Where no school in England stands; state names that are common words are told by the comma before them."""
