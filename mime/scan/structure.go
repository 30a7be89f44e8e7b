package scan

import "mailtool/trace/rule"

// The rules below need the whole message, so they are asked by Lint alone: what crosses a
// wire is judged line by line.

// Of RFC 5322, beyond those of HeaderCheck.
var (
	ruleLine78 = rule.NewShould("message/5322-2.1.1-line-over-78", "RFC 5322 §2.1.1")
	ruleBareCR = rule.NewMust("message/5322-2.3-bare-cr", "RFC 5322 §2.3")
	ruleBareLF = rule.NewMust("message/5322-2.3-bare-lf", "RFC 5322 §2.3")
	// ruleFileLF is for a message in a file of a system whose lines end in LF.
	ruleFileLF = rule.NewNote("message/5322-2.1-lines-end-in-lf", "RFC 5322 §2.1")
	// ruleControl is for header fields, where obsolete forms alone had such octets (RFC 5322 §4.1).
	ruleControl   = rule.NewMust("message/5322-2.2-control-octet", "RFC 5322 §2.2")
	ruleIDMissing = rule.NewShould("message/5322-3.6.4-message-id-missing", "RFC 5322 §3.6.4")
	ruleIDForm    = rule.NewMust("message/5322-3.6.4-message-id-form", "RFC 5322 §3.6.4")
	// ruleReference has room for the field's name.
	ruleReference  = rule.NewNote("message/5322-3.6.4-reference-form", "RFC 5322 §3.6.4")
	ruleNoReader   = rule.NewNote("message/5322-3.6.3-no-recipient", "RFC 5322 §3.6.3")
	ruleNoSubject  = rule.NewNote("message/5322-3.6.5-subject-missing", "RFC 5322 §3.6.5")
	ruleTraceBelow = rule.NewShould("message/5322-3.6-trace-field-below", "RFC 5322 §3.6")
)

// Of MIME: the header fields.
var (
	ruleVersionMissing = rule.NewMust("mime/2045-4-version-missing", "RFC 2045 §4")
	ruleVersionOther   = rule.NewMust("mime/2045-4-version-other", "RFC 2045 §4")
	// ruleMIMETwice has room for the field's name.
	ruleMIMETwice = rule.NewMust("mime/2045-3-field-twice", "RFC 2045 §3")
	ruleTypeForm  = rule.NewMust("mime/2045-5.1-type-form", "RFC 2045 §5.1")
	ruleParamForm = rule.NewMust("mime/2045-5.1-parameter-form", "RFC 2045 §5.1")
	ruleParamQuot = rule.NewMust("mime/2045-5.1-parameter-unquoted", "RFC 2045 §5.1")
	ruleSemicolon = rule.NewNote("mime/2045-5.1-last-semicolon", "RFC 2045 §5.1")
	// ruleParamTwice has room for the parameter's name.
	ruleParamTwice = rule.NewMust("mime/6838-4.3-parameter-twice", "RFC 6838 §4.3")
	// ruleParamGap has room for the name of the piece that is not there.
	ruleParamGap     = rule.NewMust("mime/2231-3-piece-missing", "RFC 2231 §3")
	ruleParamEncoded = rule.NewMust("mime/2231-4-value-form", "RFC 2231 §4")
	// ruleEncodingUnknown has room for the encoding.
	ruleEncodingUnknown = rule.NewMust("mime/2045-6.4-encoding-unknown", "RFC 2045 §6.4")
	// ruleComposite has room for the encoding and the type.
	ruleComposite = rule.NewMust("mime/2045-6.4-encoding-of-composite", "RFC 2045 §6.4")
	// ruleOuter has room for the outer encoding, the inner one and the number of the part.
	ruleOuter     = rule.NewMust("mime/2045-6.4-encoding-of-outer", "RFC 2045 §6.4")
	ruleContentID = rule.NewMust("mime/2045-7-content-id-form", "RFC 2045 §7")
)

// Of MIME: the bodies.
var (
	rule7Bit          = rule.NewMust("mime/2045-2.7-8bit-octet", "RFC 2045 §2.7")
	ruleNUL           = rule.NewMust("mime/2045-2.7-nul", "RFC 2045 §2.7")
	ruleQuotedEscape  = rule.NewMust("mime/2045-6.7-escape-form", "RFC 2045 §6.7")
	ruleQuotedSmall   = rule.NewNote("mime/2045-6.7-small-letters", "RFC 2045 §6.7")
	ruleQuotedLine    = rule.NewMust("mime/2045-6.7-line-over-76", "RFC 2045 §6.7")
	ruleQuotedSpace   = rule.NewMust("mime/2045-6.7-space-at-end", "RFC 2045 §6.7")
	ruleQuotedOctet   = rule.NewMust("mime/2045-6.7-raw-octet", "RFC 2045 §6.7")
	ruleBase64Octet   = rule.NewMust("mime/2045-6.8-foreign-octet", "RFC 2045 §6.8")
	ruleBase64Line    = rule.NewMust("mime/2045-6.8-line-over-76", "RFC 2045 §6.8")
	ruleBase64Cut     = rule.NewMust("mime/2045-6.8-cut-off", "RFC 2045 §6.8")
	ruleBase64Padding = rule.NewMust("mime/2045-6.8-after-padding", "RFC 2045 §6.8")
)

// Of MIME: the tree of parts.
var (
	ruleNoBoundary   = rule.NewMust("mime/2046-5.1.1-boundary-parameter-missing", "RFC 2046 §5.1.1")
	ruleBoundaryForm = rule.NewMust("mime/2046-5.1.1-boundary-form", "RFC 2046 §5.1.1")
	// ruleBoundaryAbsent and ruleNotClosed have room for the boundary.
	ruleBoundaryAbsent = rule.NewMust("mime/2046-5.1.1-boundary-absent", "RFC 2046 §5.1.1")
	ruleNotClosed      = rule.NewMust("mime/2046-5.1.1-not-closed", "RFC 2046 §5.1.1")
	// ruleBoundaryPrefix has room for the shorter boundary and the longer one.
	ruleBoundaryPrefix = rule.NewMust("mime/2046-5.1.1-boundary-prefix", "RFC 2046 §5.1.1")
	// ruleBoundarySame has room for the boundary.
	ruleBoundarySame = rule.NewMust("mime/2046-5.1.1-boundary-of-outer", "RFC 2046 §5.1.1")
	// ruleBoundaryLine has room for the boundary.
	ruleBoundaryLine = rule.NewMust("mime/2046-5.1.1-boundary-in-text", "RFC 2046 §5.1.1")
	ruleNoPart       = rule.NewMust("mime/2046-5.1.1-no-part", "RFC 2046 §5.1.1")
	rulePartBlank    = rule.NewMust("mime/2046-5.1.1-no-empty-line", "RFC 2046 §5.1.1")
	ruleEpilogue     = rule.NewNote("mime/2046-5.1.1-epilogue", "RFC 2046 §5.1.1")
	ruleOrder        = rule.NewShould("mime/2046-5.1.4-plain-after-html", "RFC 2046 §5.1.4")
	// ruleLimit has room for the limits; no standard has them.
	ruleLimit = rule.NewNote("mime/not-looked-into", "")
)

// LintRules lists the rules by which Lint judges beside those of Rules.
func LintRules() []rule.Rule {
	return []rule.Rule{
		ruleLine78, ruleBareCR, ruleBareLF, ruleFileLF, ruleControl, ruleIDMissing, ruleIDForm,
		ruleReference, ruleNoReader, ruleNoSubject, ruleTraceBelow,
		ruleVersionMissing, ruleVersionOther, ruleMIMETwice, ruleTypeForm, ruleParamForm,
		ruleParamQuot, ruleSemicolon, ruleParamTwice, ruleParamGap, ruleParamEncoded,
		ruleEncodingUnknown, ruleComposite, ruleOuter, ruleContentID,
		rule7Bit, ruleNUL, ruleQuotedEscape, ruleQuotedSmall, ruleQuotedLine, ruleQuotedSpace,
		ruleQuotedOctet, ruleBase64Octet, ruleBase64Line, ruleBase64Cut, ruleBase64Padding,
		ruleNoBoundary, ruleBoundaryForm, ruleBoundaryAbsent, ruleNotClosed, ruleBoundaryPrefix,
		ruleBoundarySame, ruleBoundaryLine, ruleNoPart, rulePartBlank, ruleEpilogue, ruleOrder,
		ruleLimit,
	}
}
