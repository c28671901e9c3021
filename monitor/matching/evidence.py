"""What speaks for and against a bare name being a primary school in England: the built-in lists.

"Holm Nook" alone is a place. It is the school with a school word near it, and something else beside an
estate, a pub or a football club. ``{name}`` stands for the name with or without a possessive s; a word with
``*`` counts twice. A school's file adds its own words and patterns to these.
"""

from __future__ import annotations

from typing import Final

POSITIVE_WORDS: Final = """
*headteacher, *head teacher, *headmaster, *headmistress, *deputy head, *pupil, *teacher, *teaching assistant, *senco,
*school, *school office, *ehcp, *ehc plan, *eyfs, *ks[12], *key stage, *sats, *phonics, *ofsted, *parents evening,
*nativity, *reception class, *reception teacher, *in reception, *y[1-6], *yr ?[1-6], *year [1-6],
*year (?:one|two|three|four|five|six), *inset, *inset day, *pta, *ptfa, *slt, *home educate, *home educating,
*home school, *off rolled, *dinner lady, *dinner ladies, *lunchtime supervisor, *midday supervisor, *infants, *juniors,
*sports day, *forest school, *wraparound, *breakfast club, *after school club, *homework, *classroom, *class teacher,
*school run, *school gate, *school dinner, *school trip, *school uniform, *school place, *safeguarding lead, *book bag,
*pe kit, *nits, *head lice, *bikeability, *spellings, *times tables, *world book day, *harvest festival,
*leavers assembly, *caretaker, *supply teacher, *free school meals, *home time, *lado, *star of the week,
[1-6][abc], head, deputy, staff, class, uniform, jumper, cardigan, reading, reading book, dinner, packed lunch,
playground, assembly, trip, residential, after school, nursery, reception, governor, attendance, exclusion, excluded,
excluding, suspended, suspension, detention, expelled, kid, child, children, boy, girl, little girl, little boy,
little one, son, daughter, grandson, granddaughter, grandchildren, nephew, niece, twins, my lad, my lass, our kid,
my dad, parent, mum, newsletter, disco, bake sale, fun run, summer fair, christmas fair, xmas fair, fete, tombola,
half term, term time, autumn term, spring term, summer term, drop off, pick up, catchment, admission, lesson, learning,
curriculum, safeguarding, bullying, bullied, bully, autistic, autism, adhd, sen, send, dyslexia, dyslexic, epipen,
allergy, inhaler, sensory room, swimming, choir, lollipop lady, lollipop man, crossing patrol, zig zags, lunchbox,
water bottle, sun hat, coat peg, mr, mrs, miss, ms, teaching, taught, open evening, open day, academy, academisation,
league table, lost property, letter home, penalty notice, permission slip, parentpay, class dojo, dojo, tapestry, seesaw
"""

POSITIVE_GRAMMAR: Final = (
    (1, r"\b(?:at|into|from|outside|inside) {name}\b(?! (?:estate|shops?|pub|park))"),
    (
        1,
        (
            r"\b{name} (?:have|has|had|havent|hasnt|need|needs|are|arent|is|isnt|was|were|say|says|said|told|tells?|sent"
            r"|sends?|wont|will|would|wouldnt|might|do|does|dont|doesnt|did|didnt|let|lets|used to|should|shouldnt|could"
            r"|cant|refused?|refuses|refusing|keeps?|closed|closing|wants?|charges?|charging|excludes?|excluded|expelled"
            r"|suspended|banned|ignored?|ignores|ignoring|lost|failed|fails|failing|treats?|treated|forgot|apologised"
            r"|asked|asks|rang|teach(?:es)?|roof|toilets?|boiler|heating|railings|fence|badge|logo)\b"
        ),
    ),
    (
        1,
        (
            r"\b(?:trust|love|loving|hate|thank you|thanks|thankyou|cheers|well done|proud of|congratulations|congrats"
            r"|hats off to|shout ?out to|big up|dear|asked?|told|tell|emailed|rang|phoned|contacted|contact|complained to"
            r"|complaint to|applied to|applied for|apply for|got into|accepted by|joined|joining|chose|choosing|avoid"
            r"|recommend|choose|picked|left|leaving|leave|another|all) (?:to |you )?{name}\b"
            r"(?! (?:estate|shops?|pub|park))"
        ),
    ),
    (
        2,
        (
            r"\b(?:goes|go|going|went|sent|sending|send) (?:to|at) {name}\b(?! (?:estate|shops?|pub|park))"
            r"|\b(?:starts?|started|starting|attend|attends|attended|attending|place|places|works?|worked|working|teaches"
            r"|taught|enrolled|enrol|settled|enjoying|happy|behaviour|bullying|bullied) (?:at|for|in at) {name}\b"
        ),
    ),
    (
        2,
        (
            r"\b(?:speeding|racing|hanging|lurking|loitering|filming|watching|prowling|creeping|sitting|following|approached|approaching"
            r"|stranger|man|men|someone|van|knife|gun|bomb|armed|gas leak|fight) (?:about |kids |again |going )?"
            r"(?:round|around|near|at|outside|by|in|past) {name}\b(?! (?:estate|shops?|pub|park))"
        ),
    ),
    (
        2,
        (
            r"\b(?:shame|not|going|report|reports|article|view|views|opinion|opinions|thoughts|feedback|review|reviews|advice"
            r"|verdict|info|information|judgement|experience|experiences|complaint|complaints|statement|letter|email"
            r"|text|message) (?:on|of|about|from|with|re|regarding) {name}\b(?! (?:estate|shops?|pub|park))"
        ),
    ),
)
"""What is done at, by or to a school rather than a place."""

_SURE_SCHOOL_NOUNS = """
teachers?|pupils?|heads?|headteacher|headmaster|headmistress|deputy|class|classes|classrooms?|dinner lad(?:y|ies)
|newsletters?|nativity|assembly|uniforms?|pta|ptfa|sats|reception|infants?|juniors?|year [1-6]|yr [1-6]|y[1-6]|playground
|ofsted|phonics|homework|governors?|governing body|breakfast club|after school|parents evening|senco|slt|curriculum
|attendance|admissions|sports day|school|leavers
"""
_SCHOOL_NOUNS = """
staff|kids|children|parents?|mums?|dads?|dinners?|kitchen|canteen|jumpers?|websites?|web page|page|facebook|app|gates?
|nursery|yard|office|choir|reading|disco|fairs?|fayre|fete|trips?|xmas|christmas|easter|halloween|harvest|summer fair|sports
|open (?:day|evening)|ta|tas|admission|drop off|pick up|run|bake sale|lollipop|lunch|lunches|panto|catchment|kitchen team
"""
_OTHER_NOUNS = """
(?:housing |council )?estate|road|rd|lane|street|avenue|ave|crescent|gardens|terrace|mews|grove|drive|close|court|square|hill
|farm|cottages?|lodge|villas?|barn|grange|manor|towers?|flats|apartments?|way|roundabout|junction|bridge|canal|lock|docks?
|collision|crash|blaze|burglar(?:y|ies)|stabbing|shooting|fc|afc|rfc|cc|football|rovers|rangers|united|wanderers|athletic
|albion|celtic|harriers|reserves|veterans|ladies|u[0-9]+s?|under [0-9]+s?|cricket|bowling|bowls|rugby|darts|boxing|golf
|angling|tennis|running|cycling|snooker|working mens|conservative|labour|social club|pub|inn|arms|tavern|hotel|brewery|ales?
|cafe|coffee|tea ?room|bakery|chippy|chip shop|takeaway|pizza|kebabs?|tandoori|shops?|stores?|shopping|parade|market|post office
|pharmacy|chemist|surgery|medical|health centre|clinic|dental|dentists?|vets?|veterinary|garage|motors|tyres|co ?op|spar|aldi
|lidl|bookies|salon|barbers?|nails|tattoo|community (?:centre|hall|garden|association|hub|choir)|village (?:hall|green|fete)
|youth (?:club|centre|zone)|(?:[a-z0-9]+ )?(?:scouts?|scout group|cubs|brownies|guides)|(?:[a-z]+ )?church|chapel|mosque|temple
|cemetery|crematorium|woods?|wood|park|playing fields?|reservoir|quarry|moor|fell|beck|brook|nature reserve|allotments?
|tenants|residents?|neighbourhood|neighbours|ward|councillors?|mp|by ?election|area|district|bus|buses|tram|train|station|5k|10k
|play (?:park|area)|skate ?park|library|litter|crafts?|quilters|knitters|designs|photography|kennels|cattery|stables|stud|riding|campsite|glamping|holiday|caravan
|wind ?farm|solar|lads|youths|yobs|gang|thugs?|man|men|woman|women|pensioner|grandmother|grandad|couple|butcher|businessman
|care home|nursing home|residential home|day nursery|food ?bank|regeneration|development|bypass|flooding|bins?|wi|u3a
|(?:[a-z]+ )?(?:band|orchestra|quartet|gym|fitness)|(?:dance|theatre|football|gymnastics|martial arts|music) (?:academy|studio)
|academy of [a-z]+|(?:martial arts|karate|judo|taekwondo|kickboxing|yoga|pilates|zumba|bingo|spiritualist)
"""

NOUNS: Final = (
    (4, rf"\b{{name}} (?:{_SURE_SCHOOL_NOUNS.replace(chr(10), '')})\b"),
    (2, rf"\b{{name}} (?:{_SCHOOL_NOUNS.replace(chr(10), '')})\b"),
    (
        -4,
        rf"\b{{name}} (?:{_OTHER_NOUNS.replace(chr(10), '')})\b(?! (?:the|at|early|our|their|my|his|her|its|me|us|them)\b)",
    ),
    (-3, r"\b{name} [0-9]{1,2} [0-9]{1,2}\b"),
)
"""What stands right after the name decides more than what stands near it: "Holm Nook PTA", "Holm Nook Rangers"."""

NEGATIVE_WORDS: Final = """
estate, avenue, bungalow, to let, to rent, for rent, pcm, for sale by owner, house price, cheapest, guide price, cash buyer, auction, flat to rent, two bed, three bed,
[1-5] bed, [1-5] bedroom, bedroom, semi detached, terraced, mortgage, estate agent, rightmove, zoopla, landlord, landlady,
tenant, tenancy, first time buyer, house hunting, fly tipping, fly tipper, mattress, sofa, litter pick, litter picking,
bin collection, wheelie bin, recycling, pothole, street light, streetlight, street party, roadworks, road closed, resurfacing,
speed camera, speed bump, residents association, residents, city council, parish council, town hall, town centre, councillor,
council tax, planning application, planning notice, housing association, ward, by election, broadband, burglary, burgled,
burglar, broke into, car theft, stolen car, arson attack, moped, quad bike, off road bike, cannabis, drug raid,
drugs raid, drug dealer, drug dealing, warrant, seized, police cordon, police helicopter, nightclub, collision, hit and run,
cyclist, motorcyclist, fireworks, bonfire, power cut, water main, gas main, water pressure, bus route, bus stop, bus service,
last bus, first bus, bus to, bus from, number [0-9]+ bus, tram, taxi, diversion, diverted, burst main, gas works, temporary lights, district, hamlet, suburb, census,
parish register, ordnance survey, history walk, off licence, pub, inn, bar staff, bar person, barmaid, quiz night, pub quiz,
karaoke, pint, carvery, beer garden, real ale, lager, cocktail, darts, pool table, happy hour, sunday lunch, sunday roast,
two for one, live music, live band, open mic, tribute act, dj, gig, football club, fc, afc, league game, under [0-9]+s,
u[0-9]+s?, kick off, shoot out, goalkeeper, goalie, striker, hat trick, away win, home win, cup final, cup tie, preseason,
referee, the ref, signed for, lost [0-9]+ [0-9]+, won [0-9]+ [0-9]+, beat [a-z]+ [0-9]+ [0-9]+, elementary, school district,
(?:first|second|third|fourth|fifth|sixth|seventh|eighth|[1-8](?:st|nd|rd|th)) grade(?:r)?, grade school, county sheriff,
sheriff, sophomore, faculty, fictional, drama series, third series, second series, netflix, novelist, (?:[a-z]+ )novel,
paperback, kindle, set in, video game, gameplay, speedrun, speedrunner, speedrunning, final boss, boss fight, that boss, playthrough,
side quest, soundtrack, favourite level, expansion, loot, dlc, xbox, playstation, nintendo, npc, album, e reader, ereader,
ebook, tablet, wifi, nook hd, barnes and noble, reading nook, book nook, cosy nook, breakfast nook, etsy, merch, crochet, shawl, 4ply, dk wool, commissions open,
handmade, wreath, twitch stream, streaming, preorder, audiobook, poem, level [0-9]+, demo, furniture, oak desk, knitting pattern, moorland, moor fire, wildfire, the moor, heather, sunset, sunrise, waxwing, birdwatching, verge, drainage, ev charger, charging point, curlew, grouse, sheep, hike, hiking, hiker, rambler, boggy, viaduct,
trig point, summit, reservoir, weather warning, high ground, snow expected, met office, forecast, cat, 5k, 10k, half marathon, power tools, logs, unexploded, steering committee, carriage, lost dog, lost cat,
missing dog, missing cat, found dog, found cat, staffie, labrador, spaniel, cockapoo, terrier, lurcher, answers to, which bin, husky, tabby, kitten, collar, microchipped, plumber, electrician,
window cleaner, man and van, handyman, builder, roofer, gardener, joiner, mechanic, dog groomer, dog walker, decorator,
recommend a cleaner, chippy, chippies, takeaway, kebab, barber, hairdresser, nail salon, tattooist, evri, hermes driver, yodel,
allotment, airbnb, holiday cottage, self catering, hot tub, log burner, cottage break, sleeps [0-9]+, campsite, wedding venue, wedding fayre, cash machine,
petrol station, collect from, no timewasters, free to collector, must go, house clearance, car boot sale, cash on collection,
van hire, skip hire, infobox, coordinates, population figure, wikipedia, disambiguation, geocache, strava, morning ride,
evening ride, bike ride, parkrun, [0-9]+ ?km, [0-9]+ miles, flood alert, flood warning, new homes, homes plan, developers,
lyrics, new single, on all platforms, spotify, bandcamp, oil on canvas, watercolour, limited print, boarded up, last orders,
legal drink, pub crawl, crown court, magistrates, gym, hen party, stag do, food bank, jumble sale, care home, care assistant, cqc, day nursery, pensioner, lottery grant, neighbour from hell
"""
"""Near the name these make another sense likelier. Each counts minus two, once."""

NEGATIVE_HINTS: Final = """
stolen, nicked, overnight, selling, arrested, jailed, mayor, campaigner, library, dog, bin, robbed, break in, old photo, photo of,
match, horse, louts, antisocial behaviour, anti social behaviour, asb, disorder, machete, dumped, tip, pest control, flat,
meal, steak, drinks, beer, rent, bike, horn, wifi, internet, signal, delivery, neighbour, street, shop, supermarket
"""
"""These count minus one: only a hint."""

NEGATIVE_GRAMMAR: Final = (
    (-2, r"\b(?:on|round|around|across|off|covers?|covering) {name}\b"),
    (-1, r"\b(?:in|near|past|through|towards|behind|over) {name}\b"),
    (-3, r"\b(?:drone|helicopter|smoke|flying|storm|rainbow|sky|sunset|sunrise|shadows) over {name}\b"),
    (
        -2,
        (
            r"\b(?:lives?|living|lived|grew up|raised|born|bred|residents?|houses?|flats?|bungalow|property|garages?"
            r"|streets?|shops?|pubs?|area|youths|gangs?|neighbours|moved|moving|move|rent|renting|part|people|families)"
            r" (?:up )?(?:in|on|at|of|round|around|near|from|to|called) {name}\b|\bhomes? (?:in|on|at) {name}\b"
        ),
    ),
    (
        -3,
        (
            r"\b(?:man|woman|teenager|pensioner|motorist|driver|dealer|thug|thief|burglar|couple|family|resident)"
            r" (?:from|of) {name}\b|\b[1-9][0-9] ?, (?:of|from) {name}\b"
        ),
    ),
    (-2, r"\b[a-z]+ ?, {name} and [a-z]+\b"),
    (-2, r"\b(?:road|way|walk|train|hike|drive|motorway) to {name}\b"),
    (-2, r"\bany (?:good |decent |nice )?[a-z]+ (?:near|round|around|in|on|by) {name}\b"),
    (
        -3,
        r"\b(?:land|plot|site|fields?|houses|flats|shops|brook|river|layby|junction) (?:at|off|by|in|near) {name}\b",
    ),
    (
        -2,
        r"\b(?:collect|collection|pickup|delivery) (?:only )?(?:in |from )?{name}\b|\b(?:main road|bottom|top) (?:by|of) {name}\b",
    ),
)
"""What is said of a place."""

_FUNCTION_WORDS = """
is|was|were|had|has|have|till|until|on|for|at|tonight|tonite|tomorrow|today|yesterday|this|last|and|in|again|with|after|before
|from|bar|beer|every|or|does|do|did|doing|serves?|serving|tho|though|says|said|still|open|opens|opening|shut|shuts|closed
|closing|near|by|to|but|so|when|where|who|which|that|they|he|she|we|i|you|not|never|always|just|now|then|if|because|cos|here
|there|too|also|as|of|used|needs?|wants?|lol|please|pls|anyone|any|got|gets|looks?|reopens?|reopening|went|go|all|best|later
"""

THE_NAME: Final = (
    -2,
    rf"\bthe {{name}}\b(?=$| ?[.,;:!?|]| (?:{_FUNCTION_WORDS.replace(chr(10), '')})\b)",
)
""""The Holm Nook" is a pub, unless a noun follows or the school itself has the article."""
