package trace

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// pair is a TCP connection whose client end is tapped.
func pair(t *testing.T) (tap *Tap, peer *net.TCPConn, l *log) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	other, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	l = &log{}
	tap = NewTap(conn, NewRecorder(newLines(), Opening{}, nil, l.take), Client)
	t.Cleanup(func() { conn.Close(); other.Close() })
	return tap, other.(*net.TCPConn), l
}

func expect(t *testing.T, l *log, want string) {
	t.Helper()
	if got := l.text(); got != "- connect \n"+want {
		t.Errorf("recorded\n%s\nwant\n%s", got, "- connect \n"+want)
	}
}

func TestTapRecordsAConversation(t *testing.T) {
	tap, peer, l := pair(t)
	peer.Write([]byte("220 hi\r\n"))
	in := bufio.NewReader(tap)
	in.ReadString('\n')
	io.WriteString(tap, "QUIT\r\n")
	bufio.NewReader(peer).ReadString('\n')
	peer.Write([]byte("221 bye\r\n"))
	peer.Close()
	rest, err := io.ReadAll(in)
	if string(rest) != "221 bye\r\n" || err != nil {
		t.Errorf("%q %v", rest, err)
	}
	if _, err := tap.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("a second read: %v", err)
	}
	tap.Close()
	tap.Close()
	tap.Write([]byte("too late\r\n"))
	expect(t, l, "S reply 220 hi\nC command QUIT\nS reply 221 bye\n- close eof\n")
	if tap.RemoteAddr().String() != peer.LocalAddr().String() ||
		tap.LocalAddr().String() != peer.RemoteAddr().String() {
		t.Error("the addresses are not those of the connection")
	}
}

func TestTapEOFFlushesHalfALine(t *testing.T) {
	tap, peer, l := pair(t)
	peer.Write([]byte("22"))
	peer.Close()
	io.ReadAll(tap)
	expect(t, l, "S undecided 22\n")
}

func TestTapCloseWhy(t *testing.T) {
	for _, row := range []struct {
		name string
		do   func(t *testing.T, tap *Tap, peer *net.TCPConn)
		why  string
	}{
		{"nothing happened", func(t *testing.T, tap *Tap, _ *net.TCPConn) { tap.Close() }, "eof"},
		{"shutdown", func(t *testing.T, tap *Tap, _ *net.TCPConn) { tap.CloseWhy(ClosedShutdown) },
			"shutdown"},
		{"the peer resets", func(t *testing.T, tap *Tap, peer *net.TCPConn) {
			peer.SetLinger(0)
			peer.Close()
			if _, err := tap.Read(make([]byte, 1)); err == nil || err == io.EOF {
				t.Fatalf("no reset: %v", err)
			}
			tap.Close()
		}, "reset"},
		{"nobody speaks", func(t *testing.T, tap *Tap, _ *net.TCPConn) {
			quiet(t, tap)
			io.WriteString(tap, "BYE\n") // our own last words are no sign of life
			tap.Close()
		}, "timeout"},
		{"the peer speaks after a time-out", func(t *testing.T, tap *Tap, peer *net.TCPConn) {
			quiet(t, tap)
			peer.Write([]byte("x\n"))
			tap.SetReadDeadline(time.Time{})
			tap.Read(make([]byte, 9))
			tap.Close()
		}, "eof"},
		{"the peer closes after a time-out", func(t *testing.T, tap *Tap, peer *net.TCPConn) {
			quiet(t, tap)
			peer.Close()
			tap.SetReadDeadline(time.Time{})
			tap.Read(make([]byte, 9))
			tap.Close()
		}, "eof"},
		{"closed while a read goes on after a time-out", func(t *testing.T, tap *Tap, _ *net.TCPConn) {
			quiet(t, tap)
			tap.SetReadDeadline(time.Time{})
			done := make(chan error)
			go func() { _, err := tap.Read(make([]byte, 1)); done <- err }()
			time.Sleep(10 * time.Millisecond)
			tap.Close()
			<-done
		}, "eof"},
		{"closed while a read waits", func(t *testing.T, tap *Tap, _ *net.TCPConn) {
			done := make(chan error)
			go func() { _, err := tap.Read(make([]byte, 1)); done <- err }()
			time.Sleep(10 * time.Millisecond)
			tap.Close()
			if err := <-done; !errors.Is(err, net.ErrClosed) {
				t.Errorf("%v", err)
			}
		}, "eof"},
	} {
		t.Run(row.name, func(t *testing.T) {
			tap, peer, l := pair(t)
			row.do(t, tap, peer)
			if last := l.events[len(l.events)-1]; last.Kind != Closed || last.Text != row.why {
				t.Errorf("%s %q, want %q", last.Kind, last.Text, row.why)
			}
		})
	}
}

// quiet has a read of tap time out.
func quiet(t *testing.T, tap *Tap) {
	t.Helper()
	tap.SetReadDeadline(time.Now().Add(time.Millisecond))
	var timeout net.Error
	if _, err := tap.Read(make([]byte, 1)); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Fatalf("no time-out: %v", err)
	}
}

func TestTapCloseWrite(t *testing.T) {
	tap, peer, l := pair(t)
	io.WriteString(tap, "half")
	if err := tap.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(peer); string(b) != "half" || err != nil {
		t.Errorf("the peer saw %q, %v", b, err)
	}
	peer.Write([]byte("250 got it\r\n"))
	tap.Read(make([]byte, 100))
	expect(t, l, "C undecided half\nS reply 250 got it\n")
	pipe, _ := net.Pipe()
	err := NewTap(pipe, tap.Recorder(), Client).CloseWrite()
	if !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a pipe cannot close one half: %v", err)
	}
}

// An orderConn notes what had been recorded when octets passed it.
type orderConn struct {
	net.Conn
	l       *log
	written string
}

func (c *orderConn) Write(p []byte) (int, error) {
	c.written = c.l.text()
	return c.Conn.Write(p)
}

func TestTapRecordsBeforeItPassesDown(t *testing.T) {
	tap, _, l := pair(t)
	below := &orderConn{Conn: tap.NetConn(), l: l}
	conn := net.Conn(below)
	tap.conn.Store(&conn)
	io.WriteString(tap, "NOOP\r\n")
	if !strings.Contains(below.written, "NOOP") {
		t.Errorf("when it was sent, the record was %q", below.written)
	}
}

// Law 3 with both ends tapped and chattering: what an end had received before it spoke
// stands before its words. Each end answers n with n+1.
func TestTapIsCausal(t *testing.T) {
	tap, peer, l := pair(t)
	var other log
	server := NewTap(peer, NewRecorder(newLines(), Opening{}, nil, other.take), Server)
	const rounds = 500
	var wg sync.WaitGroup
	wg.Go(func() {
		in := bufio.NewReader(server)
		for range rounds {
			line, _ := in.ReadString('\n')
			io.WriteString(server, "re "+line)
		}
		server.Close()
	})
	in := bufio.NewReader(tap)
	for range rounds {
		io.WriteString(tap, "ping\r\n")
		in.ReadString('\n')
	}
	wg.Wait()
	for _, log := range []*log{l, &other} {
		for i, ev := range log.events[1 : 2*rounds+1] {
			if want := map[int]End{0: Client, 1: Server}[i%2]; ev.End != want {
				t.Fatalf("event %d is of %s", ev.N, ev.End)
			}
		}
	}
}

// Reads and writes at the same time, with a sink and questions between them, neither
// block each other nor race.
func TestTapConcurrently(t *testing.T) {
	tap, peer, l := pair(t)
	go func() { io.Copy(peer, peer); peer.CloseWrite() }()
	var wg sync.WaitGroup
	const n = 1000
	wg.Go(func() {
		for range n {
			io.WriteString(tap, "NOOP\r\n")
			tap.Recorder().Pending(Server)
		}
		tap.CloseWrite()
	})
	b, err := io.ReadAll(tap)
	wg.Wait()
	tap.Close()
	if len(b) != 6*n || err != nil || len(l.events) != 2*n+2 {
		t.Errorf("%d octets, %v, %d events", len(b), err, len(l.events))
	}
}

func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestTapUpgrade(t *testing.T) {
	tap, peer, l := pair(t)
	io.WriteString(tap, "STARTTLS\r\n")
	bufio.NewReader(peer).ReadString('\n')
	server := tls.Server(peer, &tls.Config{Certificates: []tls.Certificate{certificate(t)}})
	go func() { server.Handshake(); server.Write([]byte("250 safe\r\n")) }()
	tap.Look = func(s tls.ConnectionState, err error) *Security {
		return &Security{Version: tls.VersionName(s.Version), Host: fmt.Sprint(err)}
	}
	err := tap.Upgrade("tls", func(c net.Conn) (net.Conn, error) {
		return tls.Client(c, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12,
			CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}}), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	tap.Read(make([]byte, 100))
	io.WriteString(tap, "EHLO a\r\n")
	expect(t, l, "C command STARTTLS\n"+
		"- layer tls TLS 1.2 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\n"+
		"S reply 250 safe\nC command EHLO a\n")
	if last := l.events[len(l.events)-1]; last.Layer != 1 || last.Off != 0 {
		t.Errorf("the first command above TLS: %+v", last)
	}
	for _, ev := range l.events {
		if ev.Kind == LayerChange && (ev.Security == nil || ev.Security.Version != "TLS 1.2" ||
			ev.Security.Host != "<nil>") {
			t.Errorf("what Look said of the layer: %+v", ev.Security)
		}
	}
}

// TestTapUpgradeDropped: an end that goes within the handshake has closed, and not reset.
func TestTapUpgradeDropped(t *testing.T) {
	tap, peer, l := pair(t)
	go func() { peer.Read(make([]byte, 16<<10)); peer.Close() }()
	err := tap.Upgrade("tls", func(c net.Conn) (net.Conn, error) {
		return tls.Client(c, &tls.Config{InsecureSkipVerify: true}), nil
	})
	if err != io.EOF {
		t.Fatal(err)
	}
	tap.Close()
	expect(t, l, "- layer tls EOF\n- close eof\n")
}

// TestTapUpgradeReset: what the network does within the handshake is told from what an end
// does.
func TestTapUpgradeReset(t *testing.T) {
	tap, peer, l := pair(t)
	go func() { peer.Read(make([]byte, 1)); peer.SetLinger(0); peer.Close() }()
	err := tap.Upgrade("tls", func(c net.Conn) (net.Conn, error) {
		return tls.Client(c, &tls.Config{InsecureSkipVerify: true}), nil
	})
	if err == nil {
		t.Fatal("a handshake with nobody")
	}
	tap.Close()
	expect(t, l, "- layer tls "+err.Error()+"\n- close reset\n")
}

func TestTapUpgradeFails(t *testing.T) {
	tap, peer, l := pair(t)
	go func() { peer.Read(make([]byte, 1000)); peer.Write([]byte("500 what?\r\n")) }()
	var told error
	tap.Look = func(_ tls.ConnectionState, err error) *Security {
		told = err
		return nil
	}
	err := tap.Upgrade("tls", func(c net.Conn) (net.Conn, error) {
		return tls.Client(c, &tls.Config{InsecureSkipVerify: true}), nil
	})
	if told == nil || told != err {
		t.Errorf("Look was told of %v, not of %v", told, err)
	}
	if err == nil {
		t.Fatal("a handshake with a line of text")
	}
	tap.Close()
	expect(t, l, "- layer tls "+err.Error()+"\n- close eof\n")
}
