package sandbox

import (
	"context"

	"mailtool/mailbox"
)

// specialFolders are those that each account has beside INBOX, so that mail programs find a
// place for what they send, draft and throw away (RFC 6154 §2). Who deletes one has deleted it.
var specialFolders = []mailbox.SpecialUse{
	{Name: "Sent", Use: `\Sent`},
	{Name: "Drafts", Use: `\Drafts`},
	{Name: "Trash", Use: `\Trash`},
	{Name: "Junk", Use: `\Junk`},
	{Name: "Archive", Use: `\Archive`},
}

// special gives them to the accounts of a mailbox that was made before accounts had them.
func (b *Sandbox) special(ctx context.Context) error {
	users, err := b.mailbox.Users(ctx)
	if err != nil {
		return err
	}
	for _, u := range users {
		if err := b.mailbox.Furnish(ctx, u.ID, specialFolders...); err != nil {
			return err
		}
	}
	return b.mailbox.SetSettings(ctx, settings{foldersSetting: On})
}
