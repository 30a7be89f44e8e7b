package scan

import "testing"

// TestExtendedBoundary: any parameter may be written as RFC 2231 has it, the boundary too.
func TestExtendedBoundary(t *testing.T) {
	for _, param := range []string{
		`boundary*="us-ascii''a%2Fb"`, `boundary*0="a/"; boundary*1=b`, `boundary*1*=%62; boundary*0*=''a%2F`,
	} {
		m := "Content-Type: multipart/signed; micalg*=us-ascii''md5; " + param + "\n\n--a/b\n\n1\n--a/b\n\n2\n--a/b--\n"
		if root := Parse([]byte(m), Limits{}).Root; len(root.Children) != 2 || root.Type.Param("micalg") != "md5" {
			t.Errorf("%s: boundary %q, %d parts", param, root.Boundary, len(root.Children))
		}
	}
}

func TestParamTolerance(t *testing.T) {
	for value, want := range map[string]string{
		"x/y; p=a b": "a b", "x/y; p=a (b)": "a", "x/y; p=a q=b": "a", "x/y; p=a;q=b": "a",
		"x/y; p=100%; p*=''b": "100%", "x/y; p*=100%": "100%", "x/y; p*0=; p*1=b": "b", "x/y; p*1=b": "",
	} {
		if c, _ := ParseContentType(value); c.Param("p") != want {
			t.Errorf("%s: %q, want %q", value, c.Param("p"), want)
		}
	}
}
