package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"mailtool/internal/sentence"
	"mailtool/mailbox"
	"mailtool/sandbox"
	"mailtool/smtp"
)

// userText is what the commands about accounts say.
var userText = sentence.New(textFiles, "text/user")

// newUser is the family of commands about who has an account.
func (p *program) newUser() *cobra.Command {
	c := p.group("user")
	c.AddCommand(p.newUserAdd(), p.newUserList(), p.newUserPasswd(), p.newUserRemove())
	return c
}

// A newcomer is somebody who is to have an account.
type newcomer struct {
	name, password string
	made           bool // the password was made here, and has to be told
	line           int  // of the file
}

// newUserAdd makes one account, or those in a file.
func (p *program) newUserAdd() *cobra.Command {
	var dir, password, file string
	c := p.command("add [USER]", func(c *cobra.Command, args []string) error {
		dir, err := p.directory(dir)
		if err != nil {
			return err
		}
		list := []newcomer{{password: password, made: !c.Flags().Changed("password")}}
		r, err := p.roll(c.Context(), dir)
		if err != nil {
			return err
		}
		if file == "" {
			if isList(args[0]) {
				return fail(exitUsage, "error/user/file", "file", args[0]).
					hint("hint/user/file", "mailtool user add --csv "+quoted(args[0]))
			}
			list[0].name, err = sandbox.UserName(args[0], r.domain)
			if err != nil {
				return p.accountProblem(err, dir, args[0], r.domain)
			}
		} else if list, err = p.class(file, r); err != nil {
			return err
		}
		return p.addUsers(c.Context(), dir, r.domain, list)
	})
	c.Args = func(c *cobra.Command, args []string) error {
		switch {
		case file == "":
			return p.userWord(c, args)
		case c.Flags().Changed("password"):
			return twoFlags("--csv", "--password")
		}
		return p.words()(c, args)
	}
	c.Flags().StringVar(&password, "password", "", "")
	c.Flags().StringVar(&file, "csv", "", "")
	c.Flags().StringVar(&dir, "dir", "", "")
	return c
}

// isList says that a word which stands for a user is a file of them: --csv was forgotten. As
// an account's name "class.csv" would do.
func isList(word string) bool {
	_, err := os.Stat(word)
	return err == nil && strings.EqualFold(filepath.Ext(word), ".csv")
}

// userWord is for commands that take a user, and a password by its flag only: what else they
// are given may be one, and is not said again.
func (p *program) userWord(c *cobra.Command, args []string) error {
	if len(args) > 1 {
		return p.helpHint(fail(exitUsage, "error/user/words"), c)
	}
	return p.words("USER")(c, args)
}

// addUsers makes accounts, and tells the passwords that were made for them: nobody else can.
func (p *program) addUsers(ctx context.Context, dir, domain string, list []newcomer) error {
	k, end, err := p.make(ctx, dir)
	if err != nil {
		return err
	}
	var told []newcomer
	for i := range list {
		u := &list[i]
		if u.made {
			if u.password, err = newPassword(p.Secrets); err != nil {
				break
			}
		}
		if err = k.AddUser(ctx, u.name, u.password); err != nil {
			err = p.accountProblem(err, dir, u.name, domain)
			break
		}
		if u.made {
			told = append(told, *u)
		}
		p.note(p.out, "user/added", "address", address(u.name, domain))
	}
	return errors.Join(err, p.tell(told), end())
}

// tell writes passwords that were made here.
func (p *program) tell(list []newcomer) error {
	if len(list) == 0 {
		return nil
	}
	p.note(p.out, "user/once")
	table := [][]string{p.heads("user/column/", "user", "password")}
	for _, u := range list {
		table = append(table, []string{u.name, u.password})
	}
	return writeTable(p.out, table)
}

// A roll is who has an account.
type roll struct {
	domain string
	names  []string
}

// roll reads who has an account in dir. Where nothing was ever kept nobody has.
func (p *program) roll(ctx context.Context, dir string) (roll, error) {
	store, err := sandbox.ViewMailbox(ctx, dir)
	if errors.Is(err, sandbox.ErrNoMailbox) {
		return roll{domain: sandbox.DefaultDomain}, nil
	}
	if err != nil {
		return roll{}, mailboxProblem(err, dir)
	}
	defer store.Close()
	domain, err := sandbox.Domain(ctx, store)
	if err != nil {
		return roll{}, mailboxProblem(err, dir)
	}
	users, err := store.Users(ctx)
	r := roll{domain: domain}
	for _, u := range users {
		r.names = append(r.names, u.Name)
	}
	return r, mailboxProblem(err, dir)
}

// address is that of an account: only those of other domains have a whole one for a name.
func address(name, domain string) string {
	if strings.Contains(name, "@") {
		return name
	}
	return smtp.Mailbox{Local: name, Domain: domain}.String()
}

// newUserList lists the accounts.
func (p *program) newUserList() *cobra.Command {
	l := &looking{program: p}
	c := p.command("list", func(c *cobra.Command, _ []string) error {
		return l.in(func(dir string) error { return l.users(c.Context(), dir) })
	})
	c.Flags().StringVar(&l.dir, "dir", "", "")
	return c
}

func (l *looking) users(ctx context.Context, dir string) error {
	store, err := sandbox.ViewMailbox(ctx, dir)
	if err != nil {
		return err
	}
	defer store.Close()
	domain, err := sandbox.Domain(ctx, store)
	if err != nil {
		return err
	}
	users, err := store.Users(ctx)
	if err != nil {
		return err
	}
	table := [][]string{l.heads("user/column/", "user", "address", "mails", "since", "mechanisms")}
	for _, u := range users {
		mails, err := mailsOf(ctx, store, u.ID)
		if err != nil {
			return err
		}
		kept, err := store.Verifiers(ctx, u.ID)
		if err != nil {
			return err
		}
		mechanisms := strings.Join(sandbox.MechanismsOf(kept), " ")
		if mechanisms == "" {
			mechanisms = "-"
		}
		table = append(table, []string{u.Name, address(u.Name, domain), strconv.Itoa(mails),
			u.Created.In(l.Now().Location()).Format("2006-01-02 15:04"), mechanisms})
	}
	return writeTable(l.out, table)
}

// mailsOf is how many mails somebody has, in all folders.
func mailsOf(ctx context.Context, store *mailbox.Store, u mailbox.UserID) (n int, err error) {
	folders, err := store.Folders(ctx, u)
	for _, f := range folders {
		n += f.Messages
	}
	return n, err
}

// newUserPasswd gives somebody another password.
func (p *program) newUserPasswd() *cobra.Command {
	var dir string
	var u newcomer
	c := p.command("passwd USER", func(c *cobra.Command, args []string) error {
		u.name, u.made = args[0], !c.Flags().Changed("password")
		dir, err := p.directory(dir)
		if err != nil {
			return err
		}
		if u.made {
			if u.password, err = newPassword(p.Secrets); err != nil {
				return err
			}
		}
		k, end, err := p.keep(c.Context(), dir)
		if err != nil {
			return err
		}
		if err = k.SetPassword(c.Context(), u.name, u.password); err == nil {
			p.note(p.out, "user/changed", "user", u.name)
			if u.made {
				err = p.tell([]newcomer{u})
			}
		}
		return errors.Join(p.accountProblem(err, dir, u.name, ""), end())
	})
	c.Args = p.userWord
	c.Flags().StringVar(&u.password, "password", "", "")
	c.Flags().StringVar(&dir, "dir", "", "")
	return c
}

// newUserRemove removes somebody, and the mail.
func (p *program) newUserRemove() *cobra.Command {
	var dir string
	var yes bool
	c := p.command("remove USER", func(c *cobra.Command, args []string) error {
		dir, err := p.directory(dir)
		if err != nil {
			return err
		}
		return p.removeUser(c.Context(), dir, args[0], yes)
	})
	c.Args = p.words("USER")
	c.Flags().BoolVarP(&yes, "yes", "y", false, "")
	c.Flags().StringVar(&dir, "dir", "", "")
	return c
}

func (p *program) removeUser(ctx context.Context, dir, name string, yes bool) error {
	mails, err := p.countMails(ctx, dir, name)
	if err != nil {
		return p.accountProblem(err, dir, name, "")
	}
	if !yes && !isTerminal(p.in) {
		return fail(exitUsage, "error/user/yes", "user", name).
			hint("hint/user/yes", "mailtool user remove "+name+" --yes")
	}
	if !yes {
		yes, err = p.confirms("user/remove", "user", name, "n", strconv.Itoa(mails))
		if err != nil {
			return err
		}
	}
	if !yes {
		p.note(p.out, "user/kept", "user", name)
		return nil
	}
	k, end, err := p.keep(ctx, dir)
	if err != nil {
		return err
	}
	if err = k.RemoveUser(ctx, name); err == nil {
		p.note(p.out, "user/removed", "user", name, "n", strconv.Itoa(mails))
	}
	return errors.Join(p.accountProblem(err, dir, name, ""), end())
}

// countMails is how many mails somebody has.
func (p *program) countMails(ctx context.Context, dir, name string) (int, error) {
	store, err := sandbox.ViewMailbox(ctx, dir)
	if err != nil {
		return 0, err
	}
	defer store.Close()
	u, err := sandbox.FindUser(ctx, store, name)
	if err != nil {
		return 0, err
	}
	return mailsOf(ctx, store, u.ID)
}

// confirms asks, and says whether the answer is yes. No answer is none; Ctrl-C is an error.
func (p *program) confirms(key string, args ...string) (bool, error) {
	fmt.Fprint(p.err, p.sentence(key, args)+" ")
	answer, err := bufio.NewReader(p.typed()).ReadString('\n')
	if errors.Is(err, context.Canceled) {
		fmt.Fprintln(p.err)
		return false, err
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes", "是":
		return true, nil
	}
	return false, nil
}

// accountProblem tells why an account in dir was not made or changed.
func (p *program) accountProblem(err error, dir, user, domain string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, mailbox.ErrExists):
		return fail(exitLocal, "error/user/exists", "user", user).because(err).
			hint("hint/user/passwd", "mailtool user passwd "+user)
	case errors.Is(err, mailbox.ErrName):
		return fail(exitUsage, "error/user/name", "user", user).because(err).hint("hint/user/name", "")
	case errors.Is(err, sandbox.ErrElsewhere):
		return fail(exitUsage, "error/user/elsewhere", "user", user, "domain", domain).because(err)
	case errors.Is(err, sandbox.ErrPassword):
		return fail(exitUsage, "error/user/password").because(err).hint("hint/user/password", "")
	case errors.Is(err, mailbox.ErrNoUser):
		return fail(exitLocal, "error/mailbox/user", "user", user).because(err).
			hint("hint/mailbox/accounts", "mailtool user list")
	}
	return p.changeProblem(err, dir, user, "")
}
