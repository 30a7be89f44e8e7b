package sasl

import (
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/xdg-go/scram"
)

// TLSExporter returns the Binding of a connection: 32 octets that both its ends compute from
// the keys of TLS, and that nobody else can have (RFC 9266 §2). Who stands between them has
// two connections with two different values, so what a client bound to the one is worth
// nothing on the other. It is nil without TLS, and where TLS is too old to have such a value:
// 1.2 without the extension of RFC 7627.
func TLSExporter(state *tls.ConnectionState) Binding {
	if state == nil || !state.HandshakeComplete {
		return nil
	}
	value, err := scram.NewTLSExporterBinding(state)
	if err != nil {
		return nil
	}
	return func() ([]byte, error) { return value.Data, nil }
}

// bind asks a Binding for its value. An empty one would bind to nothing.
func bind(b Binding) (scram.ChannelBinding, error) {
	var none scram.ChannelBinding
	if b == nil {
		return none, fmt.Errorf("%w: no TLS", ErrBinding)
	}
	value, err := b()
	if err == nil && len(value) == 0 {
		err = errors.New("no value")
	}
	if err != nil {
		return none, fmt.Errorf("%w: %w", ErrBinding, err)
	}
	return scram.ChannelBinding{Type: scram.ChannelBindingTLSExporter, Data: value}, nil
}
