# Two sessions of Ruby's Net::IMAP at one mailbox. It parses every response by the grammar, and
# gives the parts by name. The arguments: port, door, certificate, mechanism, password.
require "net/imap"
require "time"

port, door, ca, how, password = ARGV

def same(want, got)
  raise "want #{want.inspect}, got #{got.inspect}" unless want == got
end

session = lambda do
  imap = Net::IMAP.new("localhost", port: port.to_i, ssl: door == "tls" ? { ca_file: ca } : false)
  imap.starttls(ca_file: ca) if door == "starttls"
  how == "+LOGIN" ? imap.login("bob", password) : imap.authenticate(how, "bob", password)
  imap
end

reader, writer = session.call, session.call
can = reader.capability

# A name with all that must be quoted, and one below it.
name = Net::IMAP.encode_utf7("收\"件\\ & {5} #{door}#{how.delete('+')}")
reader.create(name)
reader.create("#{name}/#{Net::IMAP.encode_utf7('子')}")
reader.subscribe(name)
same 2, reader.list("", "#{name}*").size
same [name], reader.lsub("", name).map(&:name)
same 0, reader.status(name, ["MESSAGES"])["MESSAGES"]

# Two messages, of one thread.
letter = <<~LETTER.gsub("\n", "\r\n").b
  Date: Thu, 1 Jan 2026 08:00:00 +0800
  From: "Q \\"uote" <a@lab.test>
  To: friends: b@lab.test, c@lab.test;, =?GBK?B?1tDOxA==?= <d@lab.test>
  Subject: =?GBK?B?1tDOxA==?=
  Message-ID: <1@lab.test>
  MIME-Version: 1.0
  Content-Type: multipart/mixed; boundary="a b"

  --a b
  Content-Type: text/plain; charset=gbk
  Content-Transfer-Encoding: base64

  xOO6ww==
  --a b
  Content-Type: message/rfc822

  Subject: inner

  你好
  --a b
  Content-Type: image/png; name="\\"x\\".png"
  Content-Disposition: attachment; filename="x.png"
  Content-Language: en, zh
  Content-Transfer-Encoding: base64

  AAEC
  --a b--
LETTER
answer = "Subject: Re: =?UTF-8?B?5Lit5paH?=\r\nDate: Fri, 2 Jan 2026 08:00:00 +0800\r\n" \
         "References: <1@lab.test>\r\n\r\nyes\r\n"
reader.append(name, letter, [:Seen, "Own"], Time.at(0))
reader.append(name, answer)
[reader, writer].each { |imap| imap.select(name) }

first, second = reader.fetch(1..-1, %w[UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE
                                       BODY.PEEK[] BODY.PEEK[2.TEXT]<3.3> BODY.PEEK[3.MIME]])
same letter, first.attr["BODY[]"]
same letter.bytesize, first.attr["RFC822.SIZE"]
same "好".b, first.attr["BODY[2.TEXT]<3>"].b
same true, first.attr["BODY[3.MIME]"].end_with?("base64\r\n\r\n")
same Time.at(0), Time.strptime(first.attr["INTERNALDATE"], "%d-%b-%Y %H:%M:%S %z")
same "<1@lab.test>", first.attr["ENVELOPE"].message_id
same 'Q "uote', first.attr["ENVELOPE"].from[0].name
same [["friends", nil], %w[b lab.test], %w[c lab.test], [nil, nil], %w[d lab.test]],
     (first.attr["ENVELOPE"].to.map { |a| [a.mailbox, a.host] })
parts = first.attr["BODYSTRUCTURE"].parts
same %w[TEXT MESSAGE IMAGE], parts.map(&:media_type)
same "inner", parts[1].envelope.subject
same '"x".png', parts[2].param["NAME"]
same %w[EN ZH], parts[2].language.map(&:upcase)
same "Re: =?UTF-8?B?5Lit5paH?=", second.attr["ENVELOPE"].subject

# Words in several character sets find what was written in one.
%w[UTF-8 GBK GB18030 BIG5].each do |charset|
  same [1, 2], reader.search(["SUBJECT", "中文".encode(charset).b], charset)
end
same [1], reader.search(["BODY", "你好".encode("GBK").b], "GBK")
same [2], reader.uid_search(%w[OR UNSEEN KEYWORD Other])
if can.include?("SORT")
  same [2, 1], reader.sort(%w[REVERSE DATE], ["ALL"], "UTF-8")
  tree = reader.thread("REFERENCES", ["ALL"], "UTF-8")
  same [[1, [2]]], (tree.map { |m| [m.seqno, m.children.map(&:seqno)] })
end

# What the writer does, the reader sees at once.
if can.include?("IDLE")
  seen = Queue.new
  waiting = Thread.new { reader.idle(20) { |response| seen << response } }
  same Net::IMAP::ContinuationRequest, seen.pop.class
  told = lambda do |what|
    response = seen.pop
    response = seen.pop until response.name == what
    response.data
  end
  writer.append(name, answer)
  same 3, told.call("EXISTS")
  writer.store(1, "+FLAGS", [:Flagged, :Deleted])
  flags = told.call("FETCH").attr["FLAGS"] - [:Recent]
  same %w[Deleted Flagged Own Seen], flags.map(&:to_s).sort
  writer.expunge
  same 1, told.call("EXPUNGE")
  reader.idle_done
  waiting.join
end

# Copied, moved, renamed and thrown away.
uids = reader.uid_search("ALL")
code = reader.uid_copy(uids[-1], "Archive").data.code
same "COPYUID", code.name if can.include?("UIDPLUS")
reader.uid_move(uids[-1], "Archive") if can.include?("MOVE")
reader.close
reader.rename(name, "#{name}2")
reader.delete("#{name}2/#{Net::IMAP.encode_utf7('子')}")
reader.delete("#{name}2")
same [], reader.list("", "#{name}*").to_a
reader.unsubscribe(name)
[reader, writer].each(&:logout)
