package demo

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"go.temporal.io/sdk/client"

	"zhengxiao/standalone/drive"
)

// Edition is a running standalone edition.
type Edition struct {
	URL      string
	Founders string        // what the first start says about the first accounts
	Engine   client.Client // to tell open cases that the clock has moved
	// Board prints the 督办台账.
	Board func(ctx context.Context, out io.Writer) error
	// Stop ends it and reports what went wrong while it ran.
	Stop func() error
}

// Options say what to show.
type Options struct {
	Schools  int    // defaults to 24
	Teachers int    // of the largest school, at least 8; defaults to 24
	Seed     uint64 // defaults to 1
	Data     string // folder of its own, emptied first; defaults to ./demo-data
	Addr     string
	Exit     bool // leave once everything is shown, instead of serving on
	Stdout   io.Writer
	Clock    func() time.Time // the present; defaults to time.Now
	// Start starts an edition on the folder by the clock.
	Start func(ctx context.Context, data, addr string, now func() time.Time) (*Edition, error)
}

func (o Options) withDefaults() Options {
	if o.Schools == 0 {
		o.Schools = 24
	}
	if o.Teachers == 0 {
		o.Teachers = 24
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Data == "" {
		o.Data = "./demo-data"
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return o
}

// seeded draws the same for the same seed.
func seeded(seed uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // it draws schools, not secrets
}

// step is how far the clock moves at a time.
const step = 10 * 24 * time.Hour

// Run shows the product: it fills a fresh data folder, prints what there is to see and
// serves until ctx is done.
func Run(ctx context.Context, o Options) (err error) {
	o = o.withDefaults()
	p := &play{o: o, rnd: seeded(o.Seed), clock: &clock{real: o.Clock}, started: time.Now()}
	if err := p.prepare(); err != nil {
		return err
	}
	if err := emptyFolder(o.Data); err != nil {
		return err
	}
	p.clock.set(steps * step)
	edition, err := o.Start(ctx, o.Data, o.Addr, p.clock.Now)
	if err != nil {
		return err
	}
	defer func() {
		if stopErr := edition.Stop(); err == nil {
			err = stopErr
		}
	}()
	p.edition = edition
	p.client = drive.New(drive.Options{BaseURL: edition.URL, Imported: p.tell})
	err = p.perform(ctx)
	p.client.Close()
	if err != nil {
		if ctx.Err() != nil {
			return nil // told to stop half way
		}
		return err
	}
	if o.Exit {
		return nil
	}
	fmt.Fprintf(o.Stdout, "\n系统继续运行：%s　按 Ctrl+C 停止。\n", edition.URL)
	<-ctx.Done()
	return nil
}

// perform builds the city, plays it and shows it.
func (p *play) perform(ctx context.Context) error {
	for _, act := range []func(context.Context) error{p.build, p.open, p.play, p.admit, p.settle, p.check, p.notify, p.read, p.report} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	return nil
}
