package imap

type Range struct{ From, To uint32 }
