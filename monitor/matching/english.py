"""Ordinary English words: none of them is a misspelling of a school's name.

"Book" is not a slip of "Nook". Stems only, of at least three letters; endings are taken off before looking.
"""

from __future__ import annotations

from typing import Final

_WORDS: Final = """
ability able about above absence absent absolute absurd academic accent accept access accident account
accuracy accurate ace achieve acid acre across act actions active activist activity actor actress actual add
addict addition address adequate adjust admire admit admitted adopt adorable ads adult advance advice advise
advocate affect afford afraid after again against age agencies agency agenda agent ago agree ahead aid air
aircraft airport album alcohol alder alert alike alive all alleged alley allies allow almost alone along
alpha already alright also alt although always amazed amazing among amongst amount amusing analysis ancient
and angels anger angry animals anime annual another answer anthem anti anxiety any anybody anyhow anymore
anyone anything anytime anyway anywhere apart apology app apparent appeal appear apple applied applies
approach approval approve arch are area argue argument arm around arrive arrow art article artist ash
ashamed aside ask asleep aspect aspen assigned assume assure ate atleast attached attack attempt attend
attitude attorney attract audience aunt author autumn average avoid award aware away awesome awful awhile
awkward babies back bad bags bail balance bald balls balm ban banging bank bankrupt banned banner banning
bar bare bark barley barn barrel barrow base baseball basement bash basic basis bat bath bathe bathroom
battle bay beach beacon beans beard bearing bears beast beats beauty became because beck become bed bedroom
beech beef been beer before beg began begin behalf behave behavior behind being belief believe bell belle
belly belong below belt ben bench beneath benefit bent berry beside best bet beta better between beyond
bigger biggest bike bill billion billy bio biology birch bird birth birthday bishop bit bite bitter bizarre
black blah blame blank blanket blast blessed blew blind block blog blood bloom blossom blowing blown blows
bluebell blunt board boat bodies body bold bolt bond bone bonus book boom boor boost boot border bore born
borrow boss bot both bottle bottom bought bound bourne bout bow bowl box boycott boys bra brae brain bramble
branch brand brave bread break breed briar brick bride bridge brief bright bring broad broke broken brook
broom brother brought brown brush bubble buck bucket buckle bud buddies buddy budget bug build built bump
bunch bunk burden buried burn burnt burrow bury bush business bust busy but button buy bye cabinet cake
called calling calls calm cam came camel camera camp campaign campus can cancel cancer candle candy cane
cannot cant cap capable capacity cape capital caption car carbon card care careful careless carried carry
cart cartoon case cash cast castle casual catch category catholics cats caught cause caution cave cease
cedar cell censor census cent century certain chain chair chalk champ champion chance change channel chaos
chapel chapter charge charity chart chase chat chatting cheap cheat check cheer chemical cherry chess
chester chestnut chief child childish children chill chin chip choice choir choose chose chosen church
circles cities citizen city civil civility claim clan clap clarify clarity class classic clay clean cleanup
clear clerk clever click cliff climate climb cloak clock close closest cloth cloud clover club clue coach
coal coast coat code coffee coin cold collapse collect college color colour colt column comb combat come
comedy comfort comic command comment commit common communal community commute company compare compete
complain complete complex computer concept concern concert concise concrete concur conduct cone confirm
conflict confuse congrats connect consent consider constant contact contain contempt content contest context
continue contract contrary contrast control convert convince convo cook cookie cool coop cop cope copied
coppice copse core cork corn correct cos cost cot cottage couch could count country coup couple courage
course court cousin cove coverage cow cox crack crane crash crawl cream create creation creative creator
credible credit crest crew crib cried crime crisis criteria critical critics crook crop cross crow crowd
crown cruise crush crust cry crystal cube cuddle cue cultural culture curb cure curious curl current curse
curve custody cut cute cutting cycle dad daddy daily dairy daisy dale dam damage damp dance dare dark darn
dash dat data daughter dawn day dead deaf deal dealt dean dear death debate debt decade decency decent
decide decision deck declare decline deemed deep deer default defeat defend defense define deflect degree
delay delete dell demand den dene denial denied denies depth describe deserve design desire desk despise
despite destroy detail develop device dial dialogue did die diet diff dig digging dignity dime dine dinner
dip direct director dirt disabled disagree disaster discover discuss disease disgrace dish dislike disorder
display dispute distance distract ditch ditto dive diverse divide division divisive divorce dock doctor
document does dogs doing dollar domain domestic dominant don donate done doomed door dose dot doubt dove
down download downtown dozen draft drag dragged drain drake drama draw drawn dream dress drew dried drift
drill drink drive driven drop dropped dropping drove drug drum dry dual duck dude due duke dumped during
dusk dust duty dying each eager eagle ear earlier earn earth ease easel easier easiest easily east easy eat
eaten economic economy edge edition educate effect effort egg eight either elbow elder elect election
element eligible elite elm else email embrace emotion empathy employee empty enable end endless ends enemies
enemy energy enforce engage engine enjoy enough ensure enter entire entitled entity entry envy epic episode
equal equality era error escalate escape essay essence esteem ethical ethics ethnic even event ever everyday
everyone evidence evident evolved exact example except exchange excited exciting exclude excuse exercise
exist existent exit expand expect expense expert explain explicit expose exposure express extend extent
external extra extreme eyed eyes fable fabulous face facial fact factor factual fail failure fair faith
faithful fake falcon fall fallen false fame familiar families family famous fan fancy fang fantasy far farm
fashion fast father fault favor favorite favour fear feast feather feature fed fee feedback feel feet fell
fellow felt females fen fence fern ferry fest fever few fibre fiction field fig fight figure file fill film
filter final find fine finger finish fire firm first fish fist fit fitness five fix flag flagged flame flap
flash flask flat fleet flesh flick flies flight flint flip flipping float flock flood floor flour flow flu
fluid flute fly foal foam focus fog foil fold folk follow folly font food foot football forbid force ford
fore foreign forest forever forge forget forgive forgot fork form formal formula fort forth forum forward
foss fought foul found fount four fourth fox frame frankly free freedom frequent fresh fried friend frog
from front frost frozen fruit fuel full fully fun function funniest funny fur further future fuzzy gable
gain gallery game gap garbage garden garth gas gate gather gave gaze gear gem gender gene general generate
generic generous genetic genius genre gentle genuine germ gets getting ghost giant gift gill girl give given
glad glade glass glebe glen global globe glorious glove glow glue goal goat goes going gold golden gone good
goodbye goodness goose gorgeous gorse got gown grab grabbing grade grain grammar grand grandma grange
granted grape grasp grass grateful grave gravel great greatest greedy green grew grey grid grief grill grind
grip groan grocery groom gross ground group grove grow grown growth guard guess guest guidance guide guitar
gulf gull gully gum gut guy habit hack had hair half hall halo halt ham hammer hand handful handle handsome
handy hang happen happier happily happy harbour hard hare harm harmful harp harsh hart harvest has hat hatch
hate haul have haven hawk hawthorn hay hazel head headline heal health heap hear heart heat heath heaven
heavily heavy hedge heel height held hell hello helm help helpful hen hence her herald here heritage hero
heron hers hesitate hey hidden hide high highest hike hill him himself hint hip hire his historic history
hit hitting hive hobbies hobby hockey hog hoist hold hole holiday hollow holly holm holt holy home homeless
homework hone honest honey honor honour hood hook hoop hop hope horn horrible horror horse hose hospital
host hostile hotel hotter hour house how however hug huge hull human humanity hump hundred hung hungry hunt
hurdle hurry hurst hurt husband hut ice icon idea ideal identify identity ignorant ignore ill illness
illusion image imagine immune implied implies imply import impose impress improve inch incident inclined
include income increase indeed indicate industry infant infected info inform initial initiate injured injury
ink inn innocent input insecure insert inside insight insist inspired install instance instant instead
instinct intend intent interact interest internal internet into intro invest invite involve iron ironic
island isle isolated issue item ivy jail jam jar jaw jay jeans jet jewel job jobs join joint joke journal
journey joy judge judgment juice jump junior jury just justice justify juvenile keen keep kept key keyboard
kick kid kids kiln kin kind kindness king kirk kiss kit kitchen kite knee knew knife knights knit knob knock
knoll knot know known label labor lace lack lad ladder ladies lady laid lake lamb lamp land lane language
lap laptop large largest lark laser last late latest latter laugh launch laurel lavender law lawn lawsuit
lawyer lay lazy lea lead leaf leak lean leap learn learnt least leather leave lecture led lee left leg
legacy legally legend legit lemme lemon lend length lens less lesson let letter letting level lever liberty
library license lid lie life lifetime lift light like lil lily limb lime limit limp linden line linen link
lion lip lipstick liquid list listen lit literal little live load loaf loan lobby local location loch lock
lockdown lodge loft log logged logic logical logo long look loom loop loose lord lorry lose loss lost lot
lottery loud lounge love lovers low lowest loyal loyalty luck luckily lump lunch lung lyrics mace machine
mad made magazine magic maid mail main maintain major majority make makeup male mall mallard malt mama
manage mane mango manner manor mans manual many map maple march mare margin mark market marriage married
marries marry marsh mask mass massage mast mat match mate material math matter mature may maybe mayor maze
mead meadow meal mean meant meantime measure meat medal media medical medicine medieval meet melon melt
member memo memory mend mental mention menu mercy mere merge merit mesh mess message met meta metal method
mice mid middle midnight might migrant mild mile military milk mill million min mind mine mini minimal
minimum minor minster mint minus minute mirror misery miss missile mission mist mistake mistaken mix moan
moat mobile mode model moderate modern modified moist mole mom moment money monitor monkeys monopoly monster
month mood moon moor moorland mop moral morality more moreover morning moss most moth motion motor mould
mount mountain mouse mouth move movement movie much mud mug mule multi multiple mum muscle museum music
musical must mutton myrtle mystery myth nail naive name nap narrow nation natives natural nature naughty
navy near nearby neat neck need needle negative neighbor neither nerve nervous nest net nettle network
neutral never new news next nice niece night nine nobody noise noisy nominate non none nonsense nook noon
nor norm normal north nose not notable notch note nothing notice notion novel now nowadays nowhere nuclear
number numerous nurse nurseries nursery nut oak oaken oaks oar oat oath obey object obscure obvious occasion
occupied occur occurred ocean odd off offence offend offense office official often oil okay old oldest ole
once ones ongoing onion online onto ooh open opera operate opinion opponent oppose opposite option orange
orbit orchard order ordinary organ origin original other otter ought ounce our out outcome outdated outfit
outlet outrage outright outside outta oven over overall overcome owe owl own oxen oxygen oyster pace pack
package pad page paid pain painful paint pair pal palace pale palm pan panel panic pant paper parade
paradise parcel pardon parent park parkway parrot parson part partial parties partisan partner party pass
passion passive password past paste pasture pat patch path patience patient patrol pattern pause paw pay pea
peace peaceful peach peacock peak pear pearl pebble pedal peel peer peg pen penalty pencil pending penny
people pepper per percent perch perfect perform perhaps period permit person personal pest pet petal petty
phase pheasant phone photo phrase physical physics piano pic pick pickup picnic picture piece pier pig
pigeon pike pilot pin pinch pine ping pink pint pipe pit pitch pity place plain plan plane planet plank
planned planning plant plaster plastic plate platform play plea plead pleasant please plenty plot plough
pluck plug plum plus pocket poem poet point pole police policies policy polish polite politics poll pond
pony pool poor pop popped popping poppy popular porch pore port portion pose positive possible possibly post
pot potato pouch pound pour poverty powder power powerful practice praise pray pre precious precise prefer
pregnant premise presence present press pressure presume pretend pretty prevent previous price pride priest
primaries primarily primary primed prince princess print prior priority priory prison privacy private prize
pro probably problem proceed process produce product profile profit profound program progress project
promise promote prompt proof property proposal propose protect protest proud prove proven provide province
proxy pub public publish pull pulp pump punch pupil puppy purchase pure purge purple purpose purse pursue
push put putting puzzle quack quake qualify quality quarry quart queen question queue quick quiet quilt quit
quite quiz quote rabbit race rack radical radio raft rag rail rain raise ramp ran ranch random range rank
rap rare rash rate rather rational raven ravine raw ray razor reach react reaction read real realise reality
realize rear reason recall receive recent recipe reckless record red reduce reed reef reel referred reflect
reform refrain refugee refuse regard regime region register regret regular rein reject relate relative relax
relay release relevant reliable relief religion rely remain remark remember remind removal remove rent
repair repeat replace replied replies reply report request require rescue research reserve resident resign
resist resolve resort resource respect respond response rest restore result retire return reveal revenge
revenue reversed review reward rewrite rhetoric ribbon rice rich rid ride ridge rifle right rind ring ripe
rise risk river road roar roast robe robin robot rock rocket rod role roll romance romantic roof rook
rookery room roommate root rope rose rosy rotate rough round route routine row rowan royal rub rubber rude
rug ruin rule run running rural rush rust rye sack sad saddle safe safety sage said sail saint sake salad
salary sale salmon salt salute same sand sandwich sat satisfy sauce save saw say scale scandal scarf scary
scenario scene scent schedule scheme scholar school science scoop scope score scout scratch scream screen
screw script sea seal seam search season seat second secret section sector secular secure security see seed
seek seem seen segment self selfie selfish sell semi send senior sense sensible sent sentence separate
seperate serial series serious serve service session set setting settle seven several severe sew shack shade
shadow shaft shake shall shape share shark sharp shave shaw shed sheep sheer sheet shelf shell shield shift
shine ship shire shirt shock shoe shook shoot shop shopping shore short shot should shout shovel show shown
shut shy side sigh sight sign signal silence silent silk silver similar simple simply since sing single
singular sink sister sit site sitting six size skate ski skill skin skinny skip skirt sky slack slam slate
sleep sleeve slept slice slide slight slim slip slope slow small smart smash smell smile smoke smooth snack
snail snake snap sniff snow soap soar soccer social societal society sock soda sofa soft software soil sold
soldier sole solid solo solution solve some somebody somehow someone sometime somewhat son song soon soot
sore sorry sort soul sound soup sour source south soy spa space spade spare spark speak spear special
species specific specify spectrum speech speed spell spend spent spice spider spill spin spine spinney
spinning spiral spirit spit split spoil spoke spoken spoon sport spot spray spread spring spruce spy squad
square squirrel stable stack stadium staff stag stage stair stamp stance stand standard star stare start
state station status stay stead steady steak steal steam steel steep steeple steer stem step stepping stew
stick stiff stile still sting stir stitch stock stole stolen stomach stone stood stool stoop stop stopped
stopping store stories storm story stove strange strap strategy stray stream street strength stress stretch
strike string strong struck struggle stuck student studies studio study stuff style subject submit subtle
succeed success such sudden suffer sugar suggest suit suitable sum summary summer summit sun sunny super
superb supper supply support suppose suppress sure surf surface surgery survey survival survive suspect
swallow swamp swan swap swarm sweet swell swift swim swimming swing switched sword sycamore symbol symptoms
syrup system tab table taco tactic tag tagged tail take taken tale talent talk tall tame tan tank tap tape
target tarn tart task taste taught tax taxi tea teach teal team tear tech tee teen teenage teeth tell temple
ten tender tennis tent term terrible test text textbook than thank thankful that thatch thaw theft their
them theme then theories theory therapy there these they thick thief thier thin thing think third thirst
thirty this thistle thorn thorough those thou though thought thousand thread three threw throat throne
through throw thrown thrush thumb thunder thus ticket tide tie tied tier ties tiger tight tile till time
timeline tin tiny tip tips tire title toad toast today toe toes together toilet told tomato tomorrow ton
tone tongue tonight too took tool tooth top topic tops torch tore total touch tough tour toward towel tower
town toy trace track tractor trade traffic tragedy trail train trait tram transfer trap travel tray treat
tree trend trial tribe trick tried tries trigger trillion trinity trip triple trivia trivial troop trot
trouble trout truck true truly trunk trust truth try tub tube tug tulip tune tunnel turf turkey turn turnip
turtle tweet twelve twenty twice twig twin two type typical tyre ultimate umpire unable unaware unbiased
uncle unclear under undo undue unfair unhappy uniform union unique unit universe unknown unless unlike
unsure until unto unusual update upland upon upper upset urban urge usage use useful using usual utter
vacation vacuous vague vale valid valley valuable value valve van variety various vase vast vault vehicle
venue verb verified verify verse version versus very vest vet veteran via viable vicar vice victory video
view village vine vineyard violate violence violet virtual virtue visible vision visit voice vote wade wagon
waist wait wake walk wall wallet want war ward warfare warm warn warrant was wash wasp waste wat watch wave
wax way wayside weak weakness weald wealth weapon wear weather web website wed wedding wee weed week weekend
weigh weight welcome welfare well went were west wet whale wharf what whatever wheat wheel when whenever
where whereas wherever whether which while whilst white who whoever whole whom whose why wick wide widow
wife wild will willow win wind wine wing wink winner winning winter wipe wire wisdom wise wish with within
without witness wives wolf woman women won wonder wood woodland wool word wore work workout world worm worn
worried worries worry worse worth would wound wrap wren wrist write written wrong wrote yard yarn yeah year
yeast yell yellow yes yet yew yoga yolk young yours youth zebra zip zone zoo
"""
_STEMS: Final = frozenset(_WORDS.split())
_ENDINGS: Final = ("s", "es", "ed", "d", "ing", "er", "ers", "ly")


def is_ordinary(word: str) -> bool:
    """Return whether ``word`` is an ordinary English word, in whatever form."""
    if word in _STEMS:
        return True
    stems = [word[: -len(ending)] for ending in _ENDINGS if word.endswith(ending)]
    return any(
        stem in _STEMS or stem + "e" in _STEMS or (stem[-1:] == stem[-2:-1] and stem[:-1] in _STEMS)
        for stem in stems
    )
