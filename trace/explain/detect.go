package explain

import "strings"

// ParseLang reads the name of a language: "zh", "zh_CN.UTF-8", "en-GB". ok is false
// for a language that mailtool does not speak.
func ParseLang(name string) (lang Lang, ok bool) {
	name = strings.ToLower(name)
	switch {
	case strings.HasPrefix(name, "zh"), strings.HasPrefix(name, "chinese"):
		return Chinese, true
	case strings.HasPrefix(name, "en"), name == "c", strings.HasPrefix(name, "c."), name == "posix":
		return English, true
	}
	return English, false
}

// Detect chooses the language: what the user asked for (flag, "" for nothing), else the
// first of MAILTOOL_LANG, LC_ALL, LC_MESSAGES and LANG that is set, else, on Windows,
// the system's own. Whatever is not Chinese is English. env looks up a variable of the
// environment, as os.Getenv does.
func Detect(flag string, env func(string) string) Lang {
	return detect(flag, env, systemLocale)
}

func detect(flag string, env func(string) string, system func() string) Lang {
	name := flag
	for _, v := range []string{"MAILTOOL_LANG", "LC_ALL", "LC_MESSAGES", "LANG"} {
		if name == "" {
			name = env(v)
		}
	}
	if name == "" {
		name = system()
	}
	lang, _ := ParseLang(name)
	return lang
}
