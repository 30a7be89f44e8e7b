package imap

// A GetQuota is GETQUOTA (RFC 9208 §4.1.1).
type GetQuota struct{ Root string }

// Verb implements Command.
func (c *GetQuota) Verb() string { return "GETQUOTA" }

func (c *GetQuota) print(w *writer) {
	w.sp()
	w.astring(c.Root)
}

func parseGetQuota(s *scanner) Command {
	s.sp()
	return &GetQuota{s.astring()}
}

// A GetQuotaRoot is GETQUOTAROOT (RFC 9208 §4.1.2).
type GetQuotaRoot struct{ Mailbox string }

// Verb implements Command.
func (c *GetQuotaRoot) Verb() string { return "GETQUOTAROOT" }

func (c *GetQuotaRoot) print(w *writer) {
	w.sp()
	w.mailbox(c.Mailbox)
}

func parseGetQuotaRoot(s *scanner) Command {
	s.sp()
	return &GetQuotaRoot{s.mailbox()}
}

// A SetQuota is SETQUOTA (RFC 9208 §4.1.3).
type SetQuota struct {
	Root      string
	Resources []QuotaResource // without Usage
}

// Verb implements Command.
func (c *SetQuota) Verb() string { return "SETQUOTA" }

func (c *SetQuota) print(w *writer) {
	w.sp()
	w.astring(c.Root)
	w.sp()
	w.list(len(c.Resources), func(i int) {
		w.raw(c.Resources[i].Name)
		w.sp()
		w.number64(c.Resources[i].Limit)
	})
}

func parseSetQuota(s *scanner) Command {
	c := &SetQuota{}
	s.sp()
	c.Root = s.astring()
	s.sp()
	s.listOrNone(func() {
		r := QuotaResource{Name: s.upper()}
		s.sp()
		r.Limit = s.number64()
		c.Resources = append(c.Resources, r)
	})
	return c
}

// Names of resources (RFC 9208 §5).
const (
	QuotaStorage = "STORAGE" // in units of 1024 octets
	QuotaMessage = "MESSAGE" // in messages
)

// A QuotaResource is something that there is an end of.
type QuotaResource struct {
	Name         string
	Usage, Limit int64
}

// A QuotaData tells how much of what there is of a quota root is used (RFC 9208 §4.2.1).
type QuotaData struct {
	Root      string
	Resources []QuotaResource
}

func (d *QuotaData) print(w *writer) {
	w.raw("QUOTA ")
	w.astring(d.Root)
	w.sp()
	w.list(len(d.Resources), func(i int) {
		r := d.Resources[i]
		w.raw(r.Name)
		w.sp()
		w.number64(r.Usage)
		w.sp()
		w.number64(r.Limit)
	})
}

func parseQuotaData(s *scanner, _ uint32) Data {
	d := &QuotaData{}
	s.sp()
	d.Root = s.astring()
	s.sp()
	s.listOrNone(func() {
		r := QuotaResource{Name: s.upper()}
		s.sp()
		r.Usage = s.number64()
		s.sp()
		r.Limit = s.number64()
		d.Resources = append(d.Resources, r)
	})
	return d
}

// A QuotaRootData tells which quota roots a mailbox falls under (RFC 9208 §4.2.2).
type QuotaRootData struct {
	Mailbox string
	Roots   []string
}

func (d *QuotaRootData) print(w *writer) {
	w.raw("QUOTAROOT ")
	w.mailbox(d.Mailbox)
	for _, root := range d.Roots {
		w.sp()
		w.astring(root)
	}
}

func parseQuotaRootData(s *scanner, _ uint32) Data {
	d := &QuotaRootData{}
	s.sp()
	d.Mailbox = s.mailbox()
	for s.take(' ') {
		d.Roots = append(d.Roots, s.astring())
	}
	return d
}

// The account has one quota root where anything is limited, and all mailboxes fall under it.
const quotaRoot = ""

func (s *session) getQuota(c *GetQuota) *Response {
	d, err := s.quota()
	if err != nil {
		return responseTo(err, CodeServerBug)
	}
	if d == nil || c.Root != quotaRoot {
		return Refuse(CodeNonexistent,
			"There is no such quota root; ask by GETQUOTAROOT")
	}
	s.tell(d)
	return Accept("That is how it stands")
}

// getQuotaRoot is for mailboxes that are to be made, too (RFC 9208 §4.1.2).
func (s *session) getQuotaRoot(c *GetQuotaRoot) *Response {
	d, err := s.quota()
	if err != nil {
		return responseTo(err, CodeServerBug)
	}
	if d == nil {
		s.tell(&QuotaRootData{Mailbox: c.Mailbox})
		return Accept("Nothing is limited")
	}
	s.tell(&QuotaRootData{c.Mailbox, []string{quotaRoot}})
	s.tell(d)
	return Accept("That is how it stands")
}

// quota is what is limited. With nothing limited there is no quota root, and it is nil: by
// RFC 9208 §4.2.1 the list of a root may be empty, by the grammar of its §7 it may not.
func (s *session) quota() (*QuotaData, error) {
	q, err := s.store.Quota(s.ctx)
	if err != nil {
		return nil, err
	}
	const unit = 1024
	d := &QuotaData{Root: quotaRoot}
	if q.OctetsLimit > 0 {
		used := (q.Octets + unit - 1) / unit
		d.Resources = append(d.Resources, QuotaResource{QuotaStorage, used, q.OctetsLimit / unit})
	}
	if q.MessagesLimit > 0 {
		d.Resources = append(d.Resources, QuotaResource{QuotaMessage, q.Messages, q.MessagesLimit})
	}
	if len(d.Resources) == 0 {
		return nil, nil
	}
	return d, nil
}

// setQuota is for who runs the server: no client can (RFC 9208 §3.1.2, QUOTASET).
func (s *session) setQuota(*SetQuota) *Response {
	return Refuse(CodeNoPerm, "Nobody can change the quota through IMAP here")
}

// QuotaRoot asks how much of what there is for a mailbox is used (RFC 9208 §4.1.2).
func (c *Client) QuotaRoot(mailbox string) (roots []string, quotas []*QuotaData, err error) {
	if err := c.needs("QUOTA"); err != nil {
		return nil, nil, err
	}
	_, err = c.Do(&GetQuotaRoot{mailbox}, func(d Data) error {
		switch d := d.(type) {
		case *QuotaRootData:
			roots = append(roots, d.Roots...)
		case *QuotaData:
			quotas = append(quotas, d)
		default:
			return ErrUnasked
		}
		return nil
	})
	return roots, quotas, err
}
