package smtp

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
)

// SendOptions says how a message is sent.
type SendOptions struct {
	// Pipelining sends MAIL, RCPT and DATA together, if the server offers it
	// (RFC 2920).
	Pipelining bool
	// Announce says the message's size with MAIL, if the envelope knows it and the
	// server offers SIZE (RFC 1870 §6).
	Announce bool
	// Chunk is how many octets go into a chunk: the message is sent with BDAT, which
	// the server has to offer (RFC 3030). 0 sends it with DATA.
	Chunk int
}

// An Outcome says what became of a message.
type Outcome struct {
	Reply    *Reply    // to the message itself; nil if it was not sent
	Accepted []Path    // recipients
	Refused  []Refusal // recipients
}

// A Refusal is a recipient that the server does not take, and what it said.
type Refusal struct {
	To    Path
	Reply *Reply
}

// Send sends a message: MAIL, RCPT for each recipient, DATA. It is nobody's fault but
// theirs if some recipients are refused: the message goes to the others, and Outcome
// tells. The error is nil if the server took the message for at least one; it is a *Reply
// for a refusal, that of the first recipient if all are refused. When ctx ends, the
// connection is closed.
func (c *Client) Send(ctx context.Context, e Envelope, message io.Reader, how SendOptions) (
	*Outcome, error) {
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	out := &Outcome{}
	err := c.send(e, message, how, out)
	if err != nil && ctx.Err() != nil {
		err = c.fail(ctx.Err())
	}
	return out, err
}

func (c *Client) send(e Envelope, message io.Reader, how SendOptions, out *Outcome) error {
	if len(e.To) == 0 {
		return errors.New("smtp: a message without recipients")
	}
	mail, err := c.mailCommand(e, how)
	if err != nil {
		return err
	}
	if how.Chunk > 0 && !c.Extensions.Has("CHUNKING") {
		return &NotOfferedError{"CHUNKING"}
	}
	if c.open { // of a message whose recipients were all refused
		if _, err := c.Rset(); err != nil {
			return err
		}
	}
	if how.Pipelining && c.Extensions.Has("PIPELINING") && c.Break.At == nowhere {
		return c.sendGroup(mail, e, message, how, out)
	}
	return c.sendInSteps(mail, e, message, how, out)
}

// sendInSteps sends each command when the reply to the one before it has come.
func (c *Client) sendInSteps(mail Command, e Envelope, message io.Reader, how SendOptions,
	out *Outcome) error {
	_, err := c.do(mail, AtMail)
	c.open = c.open || err == nil
	if err := c.reach(AtMail, err); err != nil {
		return err
	}
	for i, to := range e.To {
		cmd := Command{Verb: "RCPT", Path: to, Params: e.Notice(i).Params()}
		last := nowhere
		if i == len(e.To)-1 {
			last = AtRcpt
		}
		if err := out.note(to, func() (*Reply, error) { return c.do(cmd, last) }); err != nil {
			return err
		}
	}
	if len(out.Accepted) == 0 {
		return out.Refused[0].Reply
	}
	if err := c.reach(AtRcpt, nil); err != nil {
		return err
	}
	if how.Chunk > 0 {
		out.Reply, err = c.chunks(message, how.Chunk)
	} else {
		out.Reply, err = c.Data(message)
	}
	return err
}

// note asks for the fate of a recipient and enters it. Only what is no refusal, or ends
// the session, is returned.
func (o *Outcome) note(to Path, ask func() (*Reply, error)) error {
	_, err := ask()
	var r *Reply
	switch {
	case err == nil:
		o.Accepted = append(o.Accepted, to)
	case errors.As(err, &r) && r.Code != 421:
		o.Refused = append(o.Refused, Refusal{to, r})
	default:
		return err
	}
	return nil
}

// mailCommand chooses the parameters of MAIL: only what the message needs.
func (c *Client) mailCommand(e Envelope, how SendOptions) (Command, error) {
	cmd := Command{Verb: "MAIL", Path: e.From}
	if how.Announce && e.Size > 0 && c.Extensions.Has("SIZE") {
		cmd.Params = append(cmd.Params, Param{"SIZE", strconv.FormatInt(e.Size, 10)})
	}
	if body := strings.ToUpper(e.Body); body != "" {
		if !c.Extensions.Has("8BITMIME") {
			return cmd, &NotOfferedError{"8BITMIME"}
		}
		cmd.Params = append(cmd.Params, Param{"BODY", body})
	}
	utf := e.UTF8 || !e.From.IsASCII()
	for _, to := range e.To {
		utf = utf || !to.IsASCII()
	}
	if utf {
		if !c.Extensions.Has("SMTPUTF8") {
			return cmd, &NotOfferedError{"SMTPUTF8"}
		}
		cmd.Params = append(cmd.Params, Param{Key: "SMTPUTF8"})
	}
	if e.wantsReports() && !c.Extensions.Has("DSN") {
		return cmd, &NotOfferedError{"DSN"}
	}
	cmd.Params = append(cmd.Params, e.ReportParams()...)
	return cmd, nil
}

// groupSize is how many octets of commands are sent before their replies are read. Were
// it much more, both ends might wait for the other to read (RFC 2920 §3.1).
const groupSize = 4 << 10

// sendGroup sends MAIL, RCPT and DATA in groups, DATA as the last of all, and judges the
// replies one by one (RFC 2920 §3.1). Chunks begin a group of their own, since a message
// whose recipients are all refused need not be sent (RFC 3030 §2).
func (c *Client) sendGroup(mail Command, e Envelope, message io.Reader, how SendOptions,
	out *Outcome) error {
	g := group{c: c, out: out, to: e.To, cmds: []Command{mail}}
	for i, p := range e.To {
		if err := g.add(Command{Verb: "RCPT", Path: p, Params: e.Notice(i).Params()}); err != nil {
			return err
		}
	}
	if how.Chunk == 0 {
		g.cmds = append(g.cmds, Command{Verb: "DATA"})
	}
	if err := g.flush(); err != nil {
		return err
	}
	switch refused := g.verdict(); {
	case how.Chunk == 0:
		return c.finishGroup(refused, message, out)
	case refused != nil:
		return refused
	}
	var err error
	out.Reply, err = c.pipelineChunks(message, how.Chunk)
	return err
}

// A group is the commands that are sent together.
type group struct {
	c        *Client
	out      *Outcome
	to       []Path
	cmds     []Command
	size     int   // octets of the recipients' commands
	answered int   // recipients whose replies were read
	refused  error // MAIL was
}

// add adds a RCPT, once there is room for it.
func (g *group) add(cmd Command) error {
	if g.size += len(cmd.String()) + len(crlf); g.size > groupSize {
		if err := g.flush(); err != nil {
			return err
		}
		if g.refused != nil {
			return g.verdict()
		}
	}
	g.cmds = append(g.cmds, cmd)
	return nil
}

// flush sends the group and reads the replies, but for that to DATA.
func (g *group) flush() error {
	c := g.c
	err := c.write(g.cmds...)
	if err != nil {
		return err
	}
	for _, cmd := range g.cmds {
		switch cmd.Verb {
		case "MAIL":
			g.refused, err = c.grouped(c.expect("MAIL", c.Timeouts.Mail))
			c.open = c.open || g.refused == nil
		case "RCPT":
			err = g.out.note(g.to[g.answered], func() (*Reply, error) {
				return c.expect("RCPT", c.Timeouts.Rcpt)
			})
			g.answered++
		}
		if err != nil {
			return err
		}
	}
	g.cmds, g.size = g.cmds[:0], 0
	return nil
}

// verdict is why the message has nobody to go to, nil if it has.
func (g *group) verdict() error {
	switch {
	case g.refused != nil: // the 503 to RCPT says nothing of a recipient
		g.out.Refused = nil
		return g.refused
	case len(g.out.Accepted) == 0:
		return g.out.Refused[0].Reply
	}
	return nil
}

// grouped tells a refusal, after which the other replies of the group still come, from
// an error that ends the session.
func (c *Client) grouped(r *Reply, err error) (refused, fatal error) {
	if r != nil && r.Code != 421 && c.over == nil {
		return err, nil
	}
	return nil, err
}

// finishGroup reads the reply to DATA and sends the message. A server that says 354
// although it took no recipient gets a lone dot, so that both ends agree on where the
// message ends (RFC 2920 §3.1).
func (c *Client) finishGroup(refused error, message io.Reader, out *Outcome) error {
	err := c.proceed()
	switch {
	case refused == nil && err == nil:
		out.Reply, err = c.message(message)
		return err
	case err == nil:
		_, err = c.message(strings.NewReader(""))
	}
	if c.over != nil || refused == nil {
		return err
	}
	return refused
}
