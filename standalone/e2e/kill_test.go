package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"gorm.io/gorm"

	"zhengxiao/internal/fault"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
	"zhengxiao/standalone/aftermath"
	"zhengxiao/standalone/drive"
)

// death is how one life of the server ends: at the n-th passage of a fault point, or so
// long after the n-th acknowledged action of that life.
type death struct {
	point string
	n     int
	after time.Duration
}

func (d death) String() string {
	if d.point != "" {
		return fmt.Sprintf("kill -9 at fault point %s, passage %d", d.point, d.n)
	}
	return fmt.Sprintf("kill -9 %s after acknowledgement %d of this life", d.after, d.n)
}

// deaths are drawn from a fixed seed. Those inside crediting come last, when the schools
// get there.
func deaths(seed uint64) []death {
	r := rand.New(rand.NewPCG(seed, seed))
	var plan []death
	for i := range 10 {
		switch i % 3 {
		case 0:
			plan = append(plan, death{point: fault.BeforeCommit, n: 1 + r.IntN(4)})
		case 1:
			plan = append(plan, death{point: fault.AfterCommit, n: 1 + r.IntN(4)})
		default:
			plan = append(plan, death{n: 1 + r.IntN(3), after: time.Duration(r.IntN(40)) * time.Millisecond})
		}
	}
	for range 4 {
		plan = append(plan, death{n: 1 + r.IntN(4), after: time.Duration(r.IntN(40)) * time.Millisecond})
	}
	return append(plan, death{point: fault.InCrediting, n: 1}, death{point: fault.InCrediting, n: 1})
}

// Three schools go through a return, a rectification and the straight way while the
// server dies sixteen times. Actions are acknowledged before they are decided, and nobody
// retries one; only links are followed. In the end no acknowledged action is lost, none doubled, SQL and the engine agree, every chain
// is whole and every ledger balances.
func TestKill(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		killAndRestart(t, newStandalone(t))
	})
	if testkit.MySQLDSN() == "" {
		return
	}
	t.Run("MySQL", func(t *testing.T) {
		t.Parallel()
		killAndRestart(t, newProduction(t))
	})
}

func killAndRestart(t *testing.T, e edition) {
	t.Helper()
	const seed = 20261121
	plan := deaths(seed)
	s := newServer(t, e, func(start int) string {
		if start < len(plan) && plan[start].point != "" {
			return fmt.Sprintf("%s:%d", plan[start].point, plan[start].n)
		}
		return ""
	})
	c := drive.New(drive.Options{BaseURL: s.url(), Recover: s.up, Async: true, Patience: 3 * time.Minute})
	schools := found(t, c, s)
	reaper := s.reap(t.Context(), c, plan)
	play, ctx := errgroup.WithContext(t.Context())
	for i, scenario := range []drive.Scenario{drive.ReturnedOnce(), drive.Rectified(), drive.Closed()} {
		play.Go(func() error { return (&drive.Run{School: schools[i], Scenario: scenario}).Finish(ctx) })
	}
	require.NoError(t, play.Wait())
	reaper()
	out, err := e.reconcile(s)
	require.NoError(t, err, out)

	for i, d := range plan {
		t.Logf("death %2d of seed %d: %s", i+1, seed, d)
	}
	require.Greater(t, s.starts, len(plan), "the server outlived its plan")
	verify(t, e.database(t), c.Acks(), schools)
}

// found sets the city up.
func found(t *testing.T, c *drive.Client, s *server) []*drive.School {
	t.Helper()
	ctx := t.Context()
	city, err := c.NewCity(ctx, c.Founders(s.edition.password(s)), 5)
	require.NoError(t, err)
	unit, err := city.NewDistrict(ctx, "01", "天河区")
	require.NoError(t, err)
	schools := make([]*drive.School, 3)
	for i := range schools {
		schools[i], err = unit.NewSchool(ctx, fmt.Sprintf("01%d", i+1), fmt.Sprintf("天河区第%d小学", i+1), 4)
		require.NoError(t, err)
	}
	cohort, err := city.NewCohort(ctx, "2701", "2701期", time.Now(), time.Now().AddDate(0, 3, 0), schools...)
	require.NoError(t, err)
	require.NoError(t, cohort.Open(ctx))
	return schools
}

// reap kills each life that does not end at a fault point. The function it returns ends
// it.
func (s *server) reap(ctx context.Context, c *drive.Client, plan []death) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		life, born := 0, len(c.Acks())
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if now := s.life(); now != life {
				life, born = now, len(c.Acks())
			}
			if life >= len(plan) || plan[life].point != "" || len(c.Acks())-born < plan[life].n {
				continue
			}
			time.AfterFunc(plan[life].after, s.kill)
			for s.life() == life && ctx.Err() == nil {
				<-tick.C
			}
		}
	})
	return func() { cancel(); done.Wait() }
}

// life counts the lives of the server from 0.
func (s *server) life() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.starts - 1
}

// verify checks what a stopped server left.
func verify(t *testing.T, db *gorm.DB, acks []drive.Ack, schools []*drive.School) {
	t.Helper()
	r, err := aftermath.Check(t.Context(), db, models.New(db, time.Now, nil), acks, schools)
	require.NoError(t, err)
	t.Logf("%d acknowledged actions, %d of them before they were decided, %d overtaken by an earlier attempt; every chain whole, every ledger balanced",
		r.Acks, r.Later, r.Overtaken)
}
