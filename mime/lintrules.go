package mime

import "mailtool/trace/rule"

// What can only be judged of what was decoded. The rules of octets, fields and structure are
// those of package scan.
var (
	// ruleAddress has room for the address.
	ruleAddress = rule.NewMust("message/5322-3.4-address-form", "RFC 5322 §3.4")
	ruleSender  = rule.NewMust("message/5322-3.6.2-sender-missing", "RFC 5322 §3.6.2")

	ruleWordForm     = rule.NewMust("mime/2047-2-word-form", "RFC 2047 §2")
	ruleWordLong     = rule.NewMust("mime/2047-2-word-over-75", "RFC 2047 §2")
	ruleWordQuoted   = rule.NewMust("mime/2047-5-word-in-quotes", "RFC 2047 §5")
	ruleWordParam    = rule.NewMust("mime/2047-5-word-in-parameter", "RFC 2047 §5")
	ruleWordApart    = rule.NewMust("mime/2047-5-word-not-apart", "RFC 2047 §5")
	ruleWordSplit    = rule.NewMust("mime/2047-5-character-split", "RFC 2047 §5")
	ruleWordEncoding = rule.NewMust("mime/2047-4-word-text", "RFC 2047 §4")
	ruleWordEscape   = rule.NewMust("mime/2047-4.2-word-escape", "RFC 2047 §4.2")
	// ruleWordCharset and ruleWordOctets have room for the character set.
	ruleWordCharset = rule.NewMust("mime/2047-2-word-charset-unknown", "RFC 2047 §2")
	ruleWordOctets  = rule.NewMust("mime/2047-2-word-not-in-charset", "RFC 2047 §2")

	// ruleParamCharset has room for the character set.
	ruleParamCharset = rule.NewMust("mime/2231-4-charset-unknown", "RFC 2231 §4")
	// ruleCharsetUnknown has room for the character set that is declared, ruleCharsetMissing
	// for the real one, ruleCharsetLies for both.
	ruleCharsetUnknown = rule.NewMust("mime/2046-4.1.2-charset-unknown", "RFC 2046 §4.1.2")
	// ruleCharsetUnread has room for a character set that text, an encoded-word or a parameter
	// is rightly said to be in, and that cannot be read here.
	ruleCharsetUnread  = rule.NewNote("mime/2046-4.1.2-charset-not-read", "RFC 2046 §4.1.2")
	ruleCharsetMissing = rule.NewMust("mime/2045-5.2-charset-missing", "RFC 2045 §5.2")
	ruleCharsetLies    = rule.NewMust("mime/2046-4.1.2-charset-lies", "RFC 2046 §4.1.2")
	// ruleFileName has room for the name.
	ruleFileName = rule.NewNote("mime/2183-2.3-file-name", "RFC 2183 §2.3")
	// ruleCID has room for the name of the part that is not there.
	ruleCID = rule.NewNote("mime/2392-2-part-missing", "RFC 2392 §2")
)

// LintRules lists the rules by which Lint judges beside those of package scan.
func LintRules() []rule.Rule {
	return []rule.Rule{ruleAddress, ruleSender, ruleWordForm, ruleWordLong, ruleWordQuoted,
		ruleWordParam, ruleWordApart, ruleWordSplit, ruleWordEncoding, ruleWordEscape,
		ruleWordCharset, ruleWordOctets, ruleParamCharset, ruleCharsetUnknown, ruleCharsetUnread,
		ruleCharsetMissing, ruleCharsetLies, ruleFileName, ruleCID}
}
