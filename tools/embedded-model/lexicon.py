"""Word lists of the invented world and of the other prose. Common English words and sounds only: no name of a real
person, place, prize or institution is in here."""

NOUNS = """apple anchor answer apron arch arrow autumn axle bakery balcony barley barn barrel basin basket beach bell bench
birch bird blanket boat book border bottle bowl branch bread brick bridge broom brush bucket building button cabin candle canvas
card carpet cart castle cave ceiling cellar chain chair chalk channel chapel chapter cheese cherry chest child chimney choir circle
cliff clock cloth cloud coal coast coat coin colour column copper copy corner corridor cottage cotton council country courtyard
cradle crane cream crew crowd cup curtain custom dance daughter dawn desk diary dinner door dough dream drum dust eagle earth
echo edge engine evening farm farmer father feather fence ferry field fire fish flag flame flood floor flour flower flute fog forest
forge fountain fox frame friend frost fruit furnace garden gate ghost glass glove goat gold grain grandmother grass gravel guest
guild hall hammer harbour harvest hat hedge herd hill honey horse hospital hour house ice ink inn iron island ivory jacket jar journey
judge jug key king kitchen kite ladder lake lamp land lane lantern law leaf leather lemon lesson letter library light lily linen lion
lock loom machine map marble market mask mason mast meadow meal medicine melody merchant message metal milk mill miller mine mirror
mist money month moon morning mother mountain mouse museum music name needle neighbour nest net night north notebook oak oar
ocean office oil orchard oven owl page paint palace paper parade parcel park path pear pearl pebble pen pepper piano picture pier pillar
pine pipe plain plank plate plough pocket pond pony poplar port potter powder price prince printer prison problem promise queen question
quilt rain raven recipe reed ribbon ridge ring river road robe roof room root rope rose sack sail sailor salt sand school sea seal season
secret seed shadow sheep shelf shell shepherd ship shirt shoe shop shore shoulder silence silk silver sister sky slope smoke snow soap
soldier song soup spark spice spoon spring square stable stair star station statue steam stone storm story stove stranger straw street
string student summer sun supper surface swan sword table tailor tale tea teacher temple tent thread throne thunder ticket tide timber
tower town toy track trade train travel treasure tree tunnel valley village vine violin visitor voice wagon wall war water wave wax weather
weaver wedding well wheat wheel widow wife willow wind window wine winter wolf woman wood wool word work workshop world yard year""".split()

ADJECTIVES = """amber ancient angry bitter blue bold brave bright broad broken brown calm careful cheap clean clear clever cold common
copper crooked cruel curious damp dark deep distant double dry dusty early eastern easy empty faint fair faithful familiar famous fast fierce
final fine first flat foreign fragile free fresh frozen full gentle glad golden good grand grateful great green grey half happy hard heavy
hidden high hollow honest hungry important inner invisible kind large last late lazy light little lonely long lost loud low lucky many
marble merry mild modern narrow native new noble northern old open outer pale patient plain pleasant polite poor proud public pure quick
quiet rare ready red rich rough round royal rusty sad safe scarlet secret separate serious sharp short shy silent silver simple slow small
smooth soft solid sour southern square steady steep still strange strong sudden sweet tall tender thick thin tidy tired tiny true upper
useful usual vast violet warm weak western wet white whole wide wild wise wooden yellow young""".split()

VERBS_PAST = """admired answered asked avoided baked began believed bent bought broke brought built buried called carried carved caught
changed chose cleaned cleared climbed closed collected copied counted covered crossed cut danced decided described discovered doubted drank
drew dried drove ate entered examined expected explained fed felt fetched filled finished followed forgot found gathered gave greeted guarded
heard held helped hid imagined improved invited joined kept kissed knew learned left lifted listened lit loaded lost loved made measured
mended met missed mixed moved named needed noticed offered opened ordered owned packed painted paid passed planned planted played poured
praised prepared pressed printed promised protected pulled pushed raised reached read received remembered repaired repeated replaced returned
rode rolled sang saved saw searched sent served sewed shared shook shouted showed signed sold sought stirred stole stopped studied
taught thanked threw tied told took touched traded translated tried turned understood used visited waited walked wanted warned washed
watched watered wore wove wrapped wrote""".split()

ADVERBS = """almost again already always barely calmly carefully early eagerly easily finally gently gladly hardly kindly lately loudly
never nearly often once only perhaps politely proudly quickly quietly rarely seldom slowly softly sometimes soon still suddenly there
together twice usually well""".split()

PREPOSITIONS = """above across after against along among around at before behind below beneath beside between beyond by down during for from
in inside into near of on onto outside over past through to toward under until up upon with within without""".split()

MATERIALS = "amber ash brass bronze clay copper cotton glass gold iron ivory leather linen marble oak paper pine silk silver steel stone tin wax wool".split()
MONTHS = "January February March April May June July August September October November December".split()
NUMBERS = "one two three four five six seven eight nine".split()

# profession -> (kind of work, fields)
PROFESSIONS = {
    "painter": ("the painting", ["landscapes", "portraits", "still lifes", "frescoes", "miniatures", "harbour scenes"]),
    "novelist": ("the novel", ["rural fiction", "satire", "sea stories", "family sagas", "ghost stories", "historical fiction"]),
    "poet": ("the collection", ["elegies", "sonnets", "ballads", "nature verse", "hymns", "epigrams"]),
    "composer": ("the opera", ["choral music", "chamber music", "dance suites", "song cycles", "organ music", "marches"]),
    "architect": ("the monograph", ["bridges", "theatres", "town halls", "libraries", "lighthouses", "garden design"]),
    "sculptor": ("the statue", ["reliefs", "busts", "fountains", "tombs", "bronze casting", "wood carving"]),
    "playwright": ("the play", ["comedies", "tragedies", "masques", "court drama", "farces", "verse drama"]),
    "historian": ("the chronicle", ["trade routes", "court records", "naval history", "village life", "coinage", "guild law"]),
    "philosopher": ("the essay", ["ethics", "logic", "aesthetics", "natural law", "the theory of memory", "the philosophy of language"]),
    "chemist": ("the handbook", ["dyes", "salts", "acids", "glass making", "metal alloys", "fermentation"]),
    "physicist": ("the treatise", ["optics", "heat", "magnetism", "acoustics", "mechanics", "fluid motion"]),
    "botanist": ("the catalogue", ["mosses", "ferns", "orchids", "alpine plants", "grasses", "seaweeds"]),
    "astronomer": ("the atlas", ["comets", "double stars", "eclipses", "lunar maps", "sunspots", "star catalogues"]),
    "mathematician": ("the textbook", ["geometry", "number theory", "probability", "algebra", "infinite series", "knots"]),
    "geologist": ("the survey", ["volcanoes", "glaciers", "fossils", "ore deposits", "earthquakes", "river valleys"]),
    "surgeon": ("the manual", ["fractures", "eye surgery", "anatomy", "wound care", "field hospitals", "joint disease"]),
    "engineer": ("the report", ["canals", "steam engines", "railways", "water supply", "mine pumps", "harbour works"]),
    "cartographer": ("the map series", ["coastlines", "mountain passes", "river charts", "city plans", "globes", "border surveys"]),
    "linguist": ("the grammar", ["dialects", "verb systems", "place names", "sound change", "loan words", "sign languages"]),
    "economist": ("the study", ["grain prices", "taxation", "banking", "labour markets", "public debt", "trade tariffs"]),
}
OFFICES = ["director", "rector", "keeper", "secretary", "treasurer", "president", "librarian", "inspector"]
FATHER_JOBS = """baker barber blacksmith bookbinder brewer butcher carpenter clerk clockmaker cooper farmer ferryman fisherman gardener glazier
vintner lawyer merchant miller miner notary pastor potter printer ropemaker saddler sailor schoolteacher shepherd shoemaker soldier tailor
tanner weaver""".split()

# Sounds of names. Onsets, nuclei and codas are joined; endings carry the gender of given names.
ONSETS = "b br c d dr f fl g gr h j k l m n p pr r s st t th tr v w z b d f g h k l m n r s t v".split() + [""] * 2
NUCLEI = "a e i o u a e i o u a e i o u ae ea ie oa y".split()
CODAS = "d k l ll lm m n nd nn r rd rk rn rr s ss st t th v x l m n r s".split() + [""] * 10
FEMALE_ENDINGS = "a ia ela ina ora ise ette ynne ea ana ira".split()
MALE_ENDINGS = "o us ar en or ik and ulf om ert ias".split()
SURNAME_ENDINGS = "ash berg by croft dale den ell er eth ford gard hask holm ick ing isk ker land lin low mar mere mond ner nor oth quist rad rick ruth sen shaw son stad strom tal ter thal ton ulm vale vant ver vik wald ward well wen wick wold worth yard zel".split()
CITY_ENDINGS = "ara aven born dorf esk feld gate ham haven holt ia ick ille mark minster mouth nia ona osk port quay stead stra thorpe un ury und ven via wyn".split()
COUNTRY_ENDINGS = [("ia", "ian"), ("land", "lander"), ("mark", "markian"), ("ora", "oran"), ("esh", "eshi"), ("una", "unan"), ("ar", "arish"), ("eth", "ethian"), ("ond", "ondish"), ("is", "isian")]

# Names and places that the sounds above could spell by chance and that exist.
EXISTING = set("""anna maria mara lina tina dina nina rosa martin marten oscar victor hector milano berlin dresden hamburg london paris
madrid lisbon oslo bergen denmark finland iceland ireland england scotland poland holland rheinland austria russia prussia bosnia serbia
croatia albania bulgaria romania estonia latvia armenia georgia syria libya algeria tunisia nigeria zambia gambia namibia kenya ghana
india china persia arabia malta sparta troy verona padua genoa pisa siena parma lucca modena ravenna valencia sevilla granada toledo
salamanca oxford cambridge bedford stafford durham nottingham birmingham berkeley stanford princeton""".split())
