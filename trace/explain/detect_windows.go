package explain

import "syscall"

// langChinese is LANG_CHINESE, which the low ten bits of a LANGID name a language by.
const langChinese = 0x04

// systemLocale is the language in which Windows itself speaks to the user: no variable holds
// it. It need not be that of the dates and numbers, which the user's "locale" there is.
func systemLocale() string {
	proc := syscall.NewLazyDLL("kernel32.dll").NewProc("GetUserDefaultUILanguage")
	if proc.Find() != nil {
		return ""
	}
	id, _, _ := proc.Call()
	if id&0x3ff == langChinese {
		return "zh"
	}
	return "en"
}
