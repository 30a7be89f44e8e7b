package imap

import "mailtool/trace/rule"

// mailboxChecks are about what the server tells of the mailbox that is selected.
var mailboxChecks = []check{
	{Rule: rule.NewMust("imap/3501-6.3.1-select-data", "RFC 3501 §6.3.1"), where: onStatus,
		find: whole(func(u *unit) bool {
			return u.asked && (u.to.verb == verbSelect || u.to.verb == verbExamine) &&
				u.response.word == "OK" && !u.doubt && u.box.lacks(u.view.offers)
		})},
	{Rule: rule.NewMust("imap/3501-5.2-exists-shrinks", "RFC 3501 §5.2"), where: onGreeting | onData,
		find: about("EXISTS", func(u *unit) bool {
			return u.box.known && u.response.number < u.box.exists
		})},
	{Rule: rule.NewMust("imap/3501-7.4.1-expunge-now", "RFC 3501 §7.4.1"), where: onGreeting | onData,
		find: about("EXPUNGE", func(u *unit) bool { return !u.mayExpunge })},
	{Rule: rule.NewMust("imap/3501-7.4.1-no-such-message", "RFC 3501 §7.4.1"), where: onGreeting | onData,
		find: about("EXPUNGE", func(u *unit) bool { return !u.box.has(u.response.number) })},
	{Rule: rule.NewMust("imap/3501-7.4.2-no-such-message", "RFC 3501 §7.4.2"), where: onGreeting | onData,
		find: about("FETCH", func(u *unit) bool { return !u.box.has(u.response.number) })},
	{Rule: rule.NewMust("imap/3501-6.4.8-uid-missing", "RFC 3501 §6.4.8"), where: onFetched,
		find: whole(func(u *unit) bool {
			f := &u.fetched
			return u.telling && f.ended && f.asked && f.uid == 0 && !u.lost && !u.doubt
		})},
	{Rule: rule.NewMust("imap/3501-2.3.1.1-uid-order", "RFC 3501 §2.3.1.1"), where: onFetched,
		find: whole(func(u *unit) bool { return u.disagrees && !u.lost && !u.doubt })},
}

// about makes a find of a question about data of that name with the number of a message. It cannot
// be asked where another mailbox may be meant.
func about(word string, broken func(u *unit) bool) func(u *unit) (int, int, bool) {
	return func(u *unit) (int, int, bool) {
		r := &u.response
		if r.kind != untagged || r.word != word || !r.numbered || u.moving || u.lost || u.doubt {
			return 0, 0, false
		}
		number, at := nextWord(u.text, len("* "))
		return at, len(number), broken(u)
	}
}
