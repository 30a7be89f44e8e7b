package scan

import "mailtool/trace/rule"

// What RFC 5322 calls obsolete (its section 4) must be understood and must not be
// generated. Where no receiver is known to stumble over such a form the level is
// note, so that MUST is left for what goes wrong in practice.
var (
	ruleNoHeader = rule.Rule{
		ID: "message/5322-3.6-no-header", Level: rule.Must, Section: "RFC 5322 §3.6"}
	ruleFromMissing = rule.Rule{
		ID: "message/5322-3.6-from-missing", Level: rule.Must, Section: "RFC 5322 §3.6"}
	ruleDateMissing = rule.Rule{
		ID: "message/5322-3.6-date-missing", Level: rule.Must, Section: "RFC 5322 §3.6"}
	// ruleFieldTwice has room for the field's name.
	ruleFieldTwice = rule.Rule{
		ID: "message/5322-3.6-field-twice", Level: rule.Must, Section: "RFC 5322 §3.6"}
	ruleNoEmptyLine = rule.Rule{
		ID: "message/5322-2.1-no-empty-line", Level: rule.Must, Section: "RFC 5322 §2.1"}
	ruleNoFieldName = rule.Rule{
		ID: "message/5322-2.2-no-field-name", Level: rule.Must, Section: "RFC 5322 §2.2"}
	ruleFieldNameOctet = rule.Rule{
		ID: "message/5322-2.2-field-name-octet", Level: rule.Must, Section: "RFC 5322 §2.2"}
	ruleSpaceBeforeColon = rule.Rule{
		ID: "message/5322-4.5-space-before-colon", Level: rule.Must, Section: "RFC 5322 §4.5"}
	ruleMboxLine = rule.Rule{
		ID: "message/5322-2.2-mbox-from-line", Level: rule.Must, Section: "RFC 5322 §2.2"}
	ruleFoldFirst = rule.Rule{
		ID: "message/5322-2.2.3-folded-first-line", Level: rule.Must, Section: "RFC 5322 §2.2.3"}
	ruleFoldBlank = rule.Rule{
		ID: "message/5322-3.2.2-blank-folded-line", Level: rule.Note, Section: "RFC 5322 §3.2.2"}
	rule8Bit = rule.Rule{
		ID: "message/5322-2.2-8bit-octet", Level: rule.Must, Section: "RFC 5322 §2.2"}
	ruleNotUTF8 = rule.Rule{
		ID: "message/6532-3.1-not-utf8", Level: rule.Must, Section: "RFC 6532 §3.1"}
	ruleLine998 = rule.Rule{
		ID: "message/5322-2.1.1-line-over-998", Level: rule.Must, Section: "RFC 5322 §2.1.1"}
	ruleDateForm = rule.Rule{
		ID: "message/5322-3.3-date-form", Level: rule.Must, Section: "RFC 5322 §3.3"}
	ruleDateShort = rule.Rule{
		ID: "message/5322-3.3-date-incomplete", Level: rule.Must, Section: "RFC 5322 §3.3"}
	// ruleDateWeekday has room for the day of the week that the date falls on.
	ruleDateWeekday = rule.Rule{
		ID: "message/5322-3.3-date-weekday", Level: rule.Must, Section: "RFC 5322 §3.3"}
	ruleDateObsolete = rule.Rule{
		ID: "message/5322-4.3-date-obsolete", Level: rule.Note, Section: "RFC 5322 §4.3"}
	ruleFromNoAddress = rule.Rule{
		ID: "message/5322-3.6.2-from-without-address", Level: rule.Must,
		Section: "RFC 5322 §3.6.2"}
	ruleBccSent = rule.Rule{
		ID: "message/5322-3.6.3-bcc-transmitted", Level: rule.Note, Section: "RFC 5322 §3.6.3"}
)

// Rules lists the rules by which [HeaderCheck] judges.
func Rules() []rule.Rule {
	return []rule.Rule{
		ruleNoHeader, ruleFromMissing, ruleDateMissing, ruleFieldTwice, ruleNoEmptyLine,
		ruleNoFieldName, ruleFieldNameOctet, ruleSpaceBeforeColon, ruleMboxLine,
		ruleFoldFirst, ruleFoldBlank, rule8Bit, ruleNotUTF8, ruleLine998,
		ruleDateForm, ruleDateShort, ruleDateWeekday, ruleDateObsolete,
		ruleFromNoAddress, ruleBccSent,
	}
}
