package mime

import (
	"strings"

	"github.com/inbucket/html2text"
)

// maxPage is how much of a page is made text, in octets: nobody reads on.
const maxPage = 1 << 20

// PageText makes text of a page in HTML, for people without a browser: headings, paragraphs
// and lists in lines, links with their address behind them. Of a page that is longer than
// 1 MiB the beginning is taken. What cannot be understood stays as it is.
func PageText(page string) string {
	if len(page) > maxPage {
		page = strings.ToValidUTF8(page[:maxPage], "")
	}
	text, err := html2text.FromString(page)
	if err != nil {
		return page
	}
	return text + "\n"
}
