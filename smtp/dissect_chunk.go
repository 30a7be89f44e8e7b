package smtp

import (
	"mailtool/internal/wire"
	"mailtool/trace"
)

// beginChunk is called with a BDAT, before the reply that it hopes for is drawn from. The
// first chunk begins a message.
func (d *Dissector) beginChunk() {
	if !d.hopes.chunk {
		d.message.begin()
		d.message.headless = true
	}
	d.chunkView = d.hopes
}

// judgeChunk judges a piece of a chunk by the lines that end in it, as those of any message,
// but for dots, which mean nothing here (RFC 3030 §2). What has come of a line that goes on
// is judged as well: its event will be gone when the line ends.
func (d *Dissector) judgeChunk(ev *trace.Event) {
	scan := &d.message.scan.DotScanner
	for at := 0; at < len(ev.Raw); {
		n, u := scan.Scan(ev.Raw[at:])
		if at += n; u&(wire.DotLine|wire.DotEnd) != 0 {
			d.judgeChunkLine(ev, at)
		}
	}
	if !scan.AtStart() {
		d.judgeChunkLine(ev, len(ev.Raw))
	}
}

// judgeChunkLine judges the line that was scanned last, which ends in front of ev.Raw[end].
func (d *Dissector) judgeChunkLine(ev *trace.Event, end int) {
	scan := &d.message.scan.DotScanner
	line := scan.Line()
	if line.Anomalies == 0 && line.Len <= maxTextLine {
		return
	}
	start := end - line.Len
	part := &trace.Event{End: trace.Client}
	if start >= 0 {
		part.Raw = ev.Raw[start:end]
	}
	u := d.about(part, onData)
	u.view, u.line, u.far = &d.chunkView, line, true
	d.judge(u)
	for _, f := range part.Findings {
		if f.Off += int64(start); f.Off < 0 { // a CR, which was lone only when this came
			f.Off, f.Len, f.At, f.Byte = 0, ev.Len, 0, -1
		}
		ev.Findings = append(ev.Findings, f)
	}
}
