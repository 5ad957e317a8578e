package wer

// englishContractions holds contractions that are not a word and a regular
// ending, contractions written without their apostrophe where that is no other
// word, and spoken short forms.
const englishContractions = `
won't: will not
can't: can not
cannot: can not
shan't: shall not
let's: let us
y'all: you all
yall: you all
ma'am: madam
maam: madam
o'clock: oclock
c'mon: come on
d'you: do you
'em: them
'cause: because
'til: until
'bout: about
'tis: it is
'twas: it was
ain't: aint
dont: do not
doesnt: does not
didnt: did not
isnt: is not
arent: are not
wasnt: was not
werent: were not
havent: have not
hasnt: has not
hadnt: had not
wouldnt: would not
couldnt: could not
shouldnt: should not
mustnt: must not
cant: can not
wont: will not
im: i am
ive: i have
youre: you are
youve: you have
youll: you will
theyre: they are
theyve: they have
theyll: they will
weve: we have
itll: it will
thatll: that will
thats: that is
whats: what is
wheres: where is
heres: here is
theres: there is
hes: he is
shes: she is
gonna: going to
wanna: want to
gotta: got to
hafta: have to
gimme: give me
lemme: let me
dunno: do not know
kinda: kind of
sorta: sort of
outta: out of
lotta: lot of
coulda: could have
woulda: would have
shoulda: should have
cuz: because
ok: okay
alright: all right
goin: going
doin: doing
comin: coming
lookin: looking
talkin: talking
nothin: nothing
somethin: something
`

// englishAbbreviations holds abbreviations that are no other word, with or
// without a full stop, and nouns that are written apart when they are verbs. St
// and Dr depend on their place and are not here.
const englishAbbreviations = `
mr: mister
mrs: missus
prof: professor
capt: captain
lt: lieutenant
sgt: sergeant
jr: junior
sr: senior
esq: esquire
asst: assistant
vs: versus
etc: et cetera
blvd: boulevard
ave: avenue
hwy: highway
apt: apartment
dept: department
govt: government
approx: approximately
sq: square
mins: minutes
hrs: hours
login: log in
logins: log ins
logout: log out
signin: sign in
signup: sign up
setup: set up
backup: back up
checkin: check in
checkout: check out
followup: follow up
pickup: pick up
dropoff: drop off
callback: call back
anymore: any more
kms: kilometers
lbs: pounds
`

// englishDottedAbbreviations holds abbreviations that are other words, or parts
// of other words, unless a full stop follows.
const englishDottedAbbreviations = `
gen: general
sen: senator
rep: representative
pres: president
gov: governor
rev: reverend
hon: honorable
col: colonel
maj: major
cmdr: commander
ald: alderman
assoc: associate
rd: road
ln: lane
ext: extension
tel: telephone
inc: incorporated
corp: corporation
ltd: limited
jan: january
feb: february
mar: march
apr: april
jun: june
jul: july
aug: august
sep: september
sept: september
oct: october
nov: november
dec: december
`

// englishMonths holds the abbreviations of months, which count next to a number
// only.
const englishMonths = `
jan: january
feb: february
mar: march
apr: april
jun: june
jul: july
aug: august
sep: september
sept: september
oct: october
nov: november
dec: december
`

const englishMonthNames = `january february march april may june july august
september october november december`

// englishCompounds holds words that are written as two and as one.
const englishCompounds = `
e mail: email
e mails: emails
e commerce: ecommerce
x ray: xray
x rays: xrays
t shirt: tshirt
t shirts: tshirts
wi fi: wifi
per cent: percent
web site: website
web sites: websites
web page: webpage
voice mail: voicemail
voice mails: voicemails
help desk: helpdesk
health care: healthcare
smart phone: smartphone
cell phone: cellphone
zip code: zipcode
post code: postcode
pass word: password
user name: username
work place: workplace
data base: database
air port: airport
semi colon: semicolon
co worker: coworker
co workers: coworkers
an other: another
o clock: oclock
bar code: barcode
key word: keyword
screen shot: screenshot
spread sheet: spreadsheet
time zone: timezone
time zones: timezones
note book: notebook
black berry: blackberry
under score: underscore
grand mother: grandmother
grand father: grandfather
news letter: newsletter
drop down: dropdown
play list: playlist
pay check: paycheck
under way: underway
ph d: phd
p o: po
`

// englishJoiningPrefixes are written with a hyphen or without: non-refundable,
// nonrefundable.
const englishJoiningPrefixes = `anti co de e inter micro mid mini multi non pre re semi sub super un`

// englishOpenPrefixes are joined to the next word even when a space stands
// between them: super-fast is written superfast and super fast.
const englishOpenPrefixes = `anti inter micro mid mini multi non pre re semi super`

// englishHyphenMatters holds words that mean something else without their
// hyphen.
const englishHyphenMatters = `resign recover recreate resent reform represent`

// englishAnnotations holds what transcribers write in brackets about sounds
// that are not words.
const englishAnnotations = `laughter laughs laughing laugh noise music applause
silence inaudible unintelligible crosstalk cough coughs coughing breath breathing
sigh sighs blank_audio pause unk foreign beep static`

// englishHesitations holds filled pauses, with letters that repeat written once.
const englishHesitations = `uh um uhm ehm erm er hm ah`

// englishHadFollows holds words before which 'd is had, not would, and 's is
// has, not is.
const englishHadFollows = `been better had gone got gotten become done taken seen
given grown known shown written forgotten begun chosen broken spoken driven`

// englishPredicates holds words before which 's after a noun is the verb:
// "the order's ready", but "the order's number".
const englishPredicates = `a about already also always an at available back been
being broken busy closed coming correct dead done down empty fine free from full
getting going gone good got great here in just late made missing my near never no
not nothing now off okay on open our out over ready really right running so sold
still supposed that the their there too tomorrow up very waiting working wrong your`

// englishVerbHosts holds words whose 's is always a verb.
const englishVerbHosts = `he she it that this there here what where who how when
why nobody everything something nothing everyone someone everybody somebody`

const englishDeterminers = `the this that these those my your our his her their its
any no some what which every each at a`

// englishTopDomains holds the ends of Internet names, before which a full stop
// is said as dot.
const englishTopDomains = `com org net edu gov io ai co uk de fr eu app dev info
biz ca au tv ch nl cloud`
