package demo

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"zhengxiao/internal/domain"
	"zhengxiao/standalone/drive"
)

// bars shows how many visits to each stage are done, one line a stage. On a terminal the
// lines are drawn over again; elsewhere a stage is one line once it is complete.
type bars struct {
	out     io.Writer
	redraw  bool
	started time.Time

	mu    sync.Mutex
	day   string
	drawn int
	done  map[domain.Stage]int
	all   map[domain.Stage]int
}

func newBars(out io.Writer, started time.Time, roles []role) *bars {
	b := &bars{out: out, redraw: terminal(out), started: started, done: map[domain.Stage]int{}, all: map[domain.Stage]int{}}
	for _, r := range roles {
		for _, leg := range r.Legs {
			b.all[leg.Stage]++
		}
	}
	return b
}

func terminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// note counts a leg.
func (b *bars) note(leg drive.Leg) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done[leg.Stage]++
	if b.redraw {
		b.draw()
		return
	}
	if b.done[leg.Stage] == b.all[leg.Stage] {
		fmt.Fprintln(b.out, b.line(leg.Stage))
	}
}

// date shows the demo's date.
func (b *bars) date(t time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.day = t.In(shanghai).Format(time.DateOnly)
	if b.redraw {
		b.draw()
		return
	}
	fmt.Fprintf(b.out, "—— %s（已用 %.0f 秒）\n", b.day, time.Since(b.started).Seconds())
}

// say prints a line above the bars.
func (b *bars) say(line string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.redraw || b.drawn == 0 {
		fmt.Fprintln(b.out, line)
		return
	}
	fmt.Fprintf(b.out, "\x1b[%dA\x1b[J%s\n", b.drawn, line)
	b.drawn = 0
	b.draw()
}

var shanghai = time.FixedZone("CST", 8*3600)

// draw goes back over what it drew last.
func (b *bars) draw() {
	var text strings.Builder
	if b.drawn > 0 {
		fmt.Fprintf(&text, "\x1b[%dA", b.drawn)
	}
	lines := []string{fmt.Sprintf("演示日期 %s，已用 %.0f 秒", b.day, time.Since(b.started).Seconds())}
	for _, s := range domain.Stages() {
		if b.all[s] > 0 {
			lines = append(lines, b.line(s))
		}
	}
	for _, l := range lines {
		text.WriteString("\x1b[2K" + l + "\n")
	}
	b.drawn = len(lines)
	_, _ = io.WriteString(b.out, text.String()) // a terminal that is gone needs no bars
}

const barWidth = 30

// line is a stage's bar. Stage names are all Chinese: two columns a character.
func (b *bars) line(s domain.Stage) string {
	const columns = 20
	full := barWidth * b.done[s] / b.all[s]
	pad := max(columns-2*len([]rune(s.Name())), 1)
	return fmt.Sprintf("%s%s[%s%s] %d/%d", s.Name(), strings.Repeat(" ", pad),
		strings.Repeat("#", full), strings.Repeat(".", barWidth-full), b.done[s], b.all[s])
}
