package mime

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Bounds on what plausible returns: up to doubtful a text makes no sense, from convincing
// on it does. Texts of real languages reach 3 to 6, misread ones -6 to 2.
const (
	doubtful   = 1.0
	convincing = 2.4
)

// candidates are the sets that mail is written in without saying so. Of two that make the
// same sense the first is taken.
var candidates = []string{"windows-1252", "gb18030", "big5", "euc-kr", "shift_jis", "euc-jp",
	"windows-1251", "koi8-r", "iso-8859-5"}

// detect names the candidate in which octets make most sense, and how much.
func detect(octets []byte) (set string, sense float64) {
	sense = -100
	for _, name := range candidates {
		text, ok := fitting(name, octets)
		if !ok {
			continue
		}
		if s := plausible(name, text); s > sense {
			set, sense = name, s
		}
	}
	if sense < 0 { // no text at all: a set in which nearly every octet is something
		return "windows-1252", sense
	}
	return set, sense
}

// plausible says how much octets that were read in the character set with this name look
// like a text that a person has written: points for each character above ASCII, on average.
// It knows no languages, only how often characters are used at all and where letters stand
// in words.
func plausible(name, text string) float64 {
	// The Chinese and Korean sets have kana too, at the places of EUC-JP's.
	foreignKana := twoOctets[browserName(name)] && !strings.HasSuffix(browserName(name), "jp") &&
		browserName(name) != "shift_jis"
	points, count := 0, 0
	before := ' '
	for i, r := range text {
		if r >= utf8.RuneSelf {
			next, _ := utf8.DecodeRuneInString(text[i+utf8.RuneLen(r):])
			if foreignKana && unicode.In(r, unicode.Hiragana, unicode.Katakana) {
				points--
			} else {
				points += pointsOf(before, r, next)
			}
			count++
		}
		before = r
	}
	if count == 0 {
		return 0
	}
	return float64(points) / float64(count)
}

// pointsOf judges one character between its neighbours.
func pointsOf(before, r, next rune) int {
	switch {
	case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Co, r):
		return -12
	case r < 0x250 || 0x400 <= r && r < 0x460:
		return alphabet(before, r, next)
	case isFrequent()[r]:
		return 6
	case unicode.In(r, unicode.Hiragana, unicode.Katakana):
		if r >= 0xff61 { // half-width: misread Latin and Chinese look like it
			return -4
		}
		return 5
	case unicode.Is(unicode.Hangul, r):
		return 3
	case unicode.Is(unicode.Han, r):
		if r < 0x4e00 || r > 0x9fa5 {
			return -6
		}
		return 0
	case 0x3000 <= r && r <= 0x3011, 0xff01 <= r && r <= 0xff1f, // ideographic punctuation
		0x2010 <= r && r <= 0x2026, r == '€': // dashes, quotes, dots
		return 3
	case unicode.IsLetter(r):
		return 3
	}
	return -4
}

// alphabet judges letters that have an upper case: one that stands after a small letter, as
// in "tÃ", is none that was meant. Those of Latin with marks stand between plain ones,
// Cyrillic ones among themselves.
func alphabet(before, r, next rune) int {
	latin := r < 0x250
	switch {
	case !unicode.IsLetter(r):
		if latin && strings.ContainsRune("«»°§©£·¿¡®½\u00a0", r) {
			return 1
		}
		return -4
	case unicode.IsUpper(r) && unicode.IsLower(before):
		return -8
	case !latin && (r < 0x410 || r > 0x44f) && !strings.ContainsRune("ёЁієїґў", r):
		return 0
	case unicode.IsUpper(r) && unicode.IsLetter(before):
		return 1
	case latin && before >= utf8.RuneSelf && next >= utf8.RuneSelf:
		return -4 // "Ôàé": three in a row are rare
	case latin && !asciiLetter(before) && !asciiLetter(next):
		return 0
	case !latin && asciiLetter(before) || !latin && asciiLetter(next):
		return -6 // no word mixes Latin and Cyrillic
	case strings.ContainsRune("оеаинтсрвлéèàüöäßçñóáíãêôåø", unicode.ToLower(r)):
		return 5
	}
	return 3
}

func asciiLetter(r rune) bool {
	return r < utf8.RuneSelf && unicode.IsLetter(r)
}

// isFrequent is frequent as a set, made when it is needed.
var isFrequent = sync.OnceValue(func() map[rune]bool {
	set := make(map[rune]bool)
	for _, r := range frequent {
		set[r] = true
	}
	return set
})

// frequent are the characters that make up most of a Chinese text, simplified and
// traditional, and the most frequent syllables of Korean.
const frequent = "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之" +
	"年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心" +
	"她本前开但因只从想实日者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问" +
	"很最重并物手应向头文体政美相见被利什二等产或新己制身果加西月话合回特代内信表化老给世位次度门" +
	"任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活更别打女变四总何电数安少" +
	"报才结反受目太量再感建务做接必场件计管期市直资命指统区保至形社便空决治展科司五基书非则听白达" +
	"光放强即难且权思完设式色路记南品住告类求据程北边该交规万取觉术领共确传师今切院让识带导运您请" +
	"谢送邮京网址收附测试" +
	"這個們來為國說時會對於著過發後裡種經麼學現當沒動還進樣開從實無與長機關點業將兩間問並應頭體見產" +
	"給門話內東聲員論處義幾認條係氣題別變總電數報結務場計資統區決書則聽達強難權設記類據邊該規萬覺" +
	"術領確傳師讓識帶導運請謝郵網測試臺灣" +
	"이다는을의가에하고지한로은사를기어리도자서나인시대정그일아들라게해있여부전수만과상없제으보장" +
	"면니스것우원조주구습요안성경오마신야동트거비공메연내당무말문선세때화위녕합감"
