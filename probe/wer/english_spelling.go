package wer

import "strings"

// americanSpelling returns the American form of a word in British or other
// Commonwealth spelling, and any other word as it is.
func americanSpelling(word string) string {
	if len(word) < 4 || !isASCII(word) {
		return word
	}
	if american, known := lineFor(spellingPairs, word); known {
		return american
	}
	for _, rule := range [...]func(string) (string, bool){spellIze, spellOr, spellEr, spellSingleL, spellE} {
		if american, changed := rule(word); changed {
			return american
		}
	}
	return word
}

// izeStems are what stands before -ise or -ize. Words in -ise that keep their s
// everywhere (advise, exercise, promise) are not among them.
const izeStems = `
accessor actual advert agon alphabet american amort anaesthet anesthet anonym
antagon apolog author autom bapt bastard bowdler brutal canon capital caramel
categor central character civil collectiv colon color commercial
commod commun computer conceptual concret container context critic crystall custom
decentral decriminal dehuman demobil democrat demon demoral deodor desensit
destabil digit disorgan dramat econom emphas emulsion energ epitom equal etern
eulog evangel external famil fantas fatal federal feminin fertil final formal
fossil fraternal galvan general ghetto glamor global glor hamon harmon homogen
hospital human hypnot hypothes ideal idol immobil immortal immun improvis
individual industrial initial institutional internal international ion ital
item jeopard labor legal legitim liberal lion local magnet marginal material
maxim mechan memor mesmer metabol min minim mobil modern modular monet monopol
moral motor national natural neutral nomad normal notar novel optim organ
ostrac oxid parallel pasteur patron penal personal pessim philosoph plagiar polar
polariz popular pressur priorit privat professional pulver public radical random
rational real recogn regular reorgan revolution rhapsod romantic sanit satir
scandal scrutin secular sensational sensit sensual serial sermon signal social
special stabil standard steril stigmat strateg styl subsid summar symbol
sympath symptom synchron synthes system tantal tempor terror theor token total
tranquil trauma traumat trivial tyrann unioni union urban util utopian vandal
vapor verbal victim visual vital vocal vulcan vulgar western woman virtual
parametr container serial depersonal deserial initial reinitial
incentiv monet product operational contextual conceptual
demonet depolar catalog finaliz apostroph
`

// spellIze writes -ise, -isation and their forms with z.
func spellIze(word string) (string, bool) {
	for _, ending := range [...]string{"e", "es", "ed", "er", "ers", "ing", "ings", "ation", "ations", "ational", "able", "ability"} {
		stem, found := strings.CutSuffix(word, "is"+ending)
		if !found {
			continue
		}
		for _, prefix := range [...]string{"", "un", "re", "de", "dis", "over", "under"} {
			if bare, cut := strings.CutPrefix(stem, prefix); cut && listed(izeStems, bare) {
				return stem + "iz" + ending, true
			}
		}
	}
	return word, false
}

// orStems are words in -our that Americans write with -or.
const orStems = `
arbour ardour armour behaviour candour clamour clangour colour demeanour
dishonour discolour dolour enamour endeavour favour fervour flavour glamour
harbour honour humour labour misbehaviour neighbour odour parlour rancour rigour
rumour saviour savour splendour succour tumour valour vapour vigour
disfavour belabour multicolour watercolour
`

// spellOr writes -our and its forms with o alone.
func spellOr(word string) (string, bool) {
	at := strings.LastIndex(word, "our")
	if at < 2 {
		return word, false
	}
	base, ending := word[:at+3], word[at+3:]
	bare := strings.TrimPrefix(base, "un")
	if !listed(orStems, base) && !listed(orStems, bare) {
		return word, false
	}
	if !listed("s ed ing ings able ably ful fully less er ers ite ites al ally hood hoods ly y ist ists edly fulness", ending) && ending != "" {
		return word, false
	}
	return word[:at] + "or" + ending, true
}

// erStems are words in -re that Americans write with -er.
const erStems = `
calibre centimetre centre epicentre fibre goitre kilometre litre lustre
manoeuvre meagre metre millilitre millimetre mitre nanometre reconnoitre sabre
saltpetre sceptre sepulchre sombre spectre theatre micrometre amphitheatre
decilitre centilitre hectolitre
`

// spellEr writes -re and its forms as -er.
func spellEr(word string) (string, bool) {
	for _, form := range [...]struct{ british, american string }{{"re", "er"}, {"res", "ers"}, {"red", "ered"}, {"ring", "ering"}} {
		base, found := strings.CutSuffix(word, form.british)
		if found && listed(erStems, base+"re") {
			return strings.Replace(base, "oeuv", "euv", 1) + form.american, true
		}
	}
	return word, false
}

// doubledL are verbs that double their l in British spelling only.
const doubledL = `
apparel bevel cancel carol channel chisel counsel dial dishevel duel empanel enamel
equal fuel funnel gambol grovel gruel initial jewel kennel label laurel level
libel marshal marvel medal metal model panel parcel pedal pencil pummel quarrel
ravel refuel relabel remodel revel rival rowel shovel shrivel signal snivel
snorkel spiral squirrel stencil swivel symbol tassel tinsel total towel travel
trial trowel tunnel unravel victual weasel yodel
`

// spellSingleL writes travelled, travelling and traveller with one l.
func spellSingleL(word string) (string, bool) {
	for _, ending := range [...]string{"ed", "ing", "er", "ers", "ings", "or", "ors", "ous", "ously", "ist", "ists"} {
		stem, found := strings.CutSuffix(word, "l"+ending)
		if found && listed(doubledL, stem) {
			return stem + ending, true
		}
	}
	return word, false
}

// aeParts are parts of words in which ae or oe is e in America.
const aeParts = `
anaem:anem anaesth:anesth archaeo:archeo caesar:cesar diarrhoea:diarrhea
encyclopaed:encycloped foet:fet gynaec:gynec haem:hem homoeo:homeo leukaem:leukem
mediaev:mediev oesophag:esophag oestr:estr orthopaed:orthoped paed:ped
palaeo:paleo septicaem:septicem toxaem:toxem faec:fec faeces:feces
amoeb:ameb coeliac:celiac oedem:edem manoeuv:maneuv
`

// spellE writes the Greek and Latin ae and oe as e.
func spellE(word string) (string, bool) {
	if !strings.Contains(word, "ae") && !strings.Contains(word, "oe") {
		return word, false
	}
	for pair := range strings.FieldsSeq(aeParts) {
		british, american, _ := strings.Cut(pair, ":")
		if strings.HasPrefix(word, british) || len(british) > 5 && strings.Contains(word, british) {
			return strings.Replace(word, british, american, 1), true
		}
	}
	return word, false
}
