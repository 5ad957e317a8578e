package wer

// englishUnits holds names of units, which count after a number only, and the
// one way in which they are written. Letters that stand for several units (m, g,
// l, s) or for a name (4G) are not here.
const englishUnits = `
km: kilometers
kilometer: kilometers
kilometers: kilometers
meter: meters
cm: centimeters
centimeter: centimeters
mm: millimeters
millimeter: millimeters
mi: miles
mile: miles
ft: feet
foot: feet
inch: inches
yd: yards
yds: yards
yard: yards
kg: kilograms
kgs: kilograms
kilogram: kilograms
gram: grams
mg: milligrams
milligram: milligrams
lb: pounds
pound: pounds
oz: ounces
ounce: ounces
liter: liters
ml: milliliters
milliliter: milliliters
gb: gigabytes
gigabyte: gigabytes
mb: megabytes
megabyte: megabytes
kb: kilobytes
kilobyte: kilobytes
tb: terabytes
terabyte: terabytes
hz: hertz
khz: kilohertz
mhz: megahertz
ghz: gigahertz
kw: kilowatts
kilowatt: kilowatts
kwh: kilowatt hours
watt: watts
volt: volts
db: decibels
decibel: decibels
ms: milliseconds
millisecond: milliseconds
sec: seconds
secs: seconds
second: seconds
min: minutes
minute: minutes
hr: hours
hour: hours
day: days
wk: weeks
week: weeks
month: months
yr: years
yrs: years
year: years
degree: degrees
pt: points
mph: miles per hour
kmh: kilometers per hour
kph: kilometers per hour
rpm: revolutions per minute
dollar: dollars
usd: dollars
bucks: bucks
euro: euros
eur: euros
gbp: pounds
quid: quid
cent: cents
penny: penny
rupee: rupees
inr: rupees
jpy: yen
p: pence
percent: percent
`

// unitAfterNumber returns the words for a unit after a number.
func unitAfterNumber(word string) (words []string, known bool) {
	return translate(englishUnits, word)
}

// isUnit reports whether a word names a unit, in any form.
func isUnit(word string) bool {
	_, known := lineFor(englishUnits, word)
	return known || len(word) > 2 && listed(englishUnits, word)
}

// currencyWord returns what a currency's sign is called.
func currencyWord(sign string) string {
	switch sign {
	case "$":
		return "dollars"
	case "£":
		return "pounds"
	case "€":
		return "euros"
	case "¥":
		return "yen"
	case "₹":
		return "rupees"
	}
	return ""
}

// minorCurrency returns the name of the hundredth of a currency.
func minorCurrency(major string) string {
	switch major {
	case "dollars", "euros":
		return "cents"
	case "pounds":
		return "pence"
	}
	return ""
}
