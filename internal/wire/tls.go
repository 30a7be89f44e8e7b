package wire

import (
	"context"
	"crypto/tls"
	"net"
	"time"
)

// TLSLayer is the name of TLS as a layer.
const TLSLayer = "tls"

// StartTLS puts TLS below the connection and returns what was agreed on. side makes our end
// of it: tls.Client or tls.Server. The handshake may take as long as timeout, 0 for ever. It
// is refused, with ErrBuffered, while octets that came in clear are not read: whoever put
// them there had no part in TLS (RFC 3207 §5, RFC 2595 §2.1). After any error the connection
// is of no use.
func (c *Conn) StartTLS(
	ctx context.Context, timeout time.Duration, side func(net.Conn) *tls.Conn,
) (*tls.ConnectionState, error) {
	var state tls.ConnectionState
	err := c.Upgrade(TLSLayer, func(nc net.Conn) (net.Conn, error) {
		if timeout > 0 {
			nc.SetDeadline(time.Now().Add(timeout))
			defer nc.SetDeadline(time.Time{})
		}
		above := side(nc)
		if err := above.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		state = above.ConnectionState()
		return above, nil
	})
	if err != nil {
		return nil, err
	}
	return &state, nil
}
