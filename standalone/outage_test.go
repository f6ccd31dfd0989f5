package main

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api"
	"zhengxiao/api/gen"
	"zhengxiao/internal/app"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
	"zhengxiao/standalone/drive"
)

// edition is an App that serves on a fixed folder and port, so that it can be closed and
// opened again under a client.
type edition struct {
	t    *testing.T
	opts Options
	app  *App
	stop func()
}

func (e *edition) open() {
	e.t.Helper()
	a, err := Open(e.t.Context(), e.opts)
	require.NoError(e.t, err)
	ctx, cancel := context.WithCancel(e.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	e.app = a
	e.stop = func() {
		cancel()
		require.NoError(e.t, <-ended)
		a.Close()
	}
	e.opts.Addr = a.listener.Addr().String()
}

// reopen closes the edition and opens it with or without a worker.
func (e *edition) reopen(noWorker bool) {
	e.t.Helper()
	e.stop()
	e.opts.NoWorker = noWorker
	e.open()
}

// Without workers an action is accepted and takes effect when they return; without the
// engine it is refused with 503 and nothing of it is left.
func TestApp_without_workers_and_without_engine(t *testing.T) { //nolint:paralleltest // one object store in a process
	e := &edition{t: t, opts: Options{Data: t.TempDir(), API: api.Config{DecisionWait: 200 * time.Millisecond}}}
	e.open()
	defer func() { e.stop() }()
	c := drive.New(drive.Options{BaseURL: e.app.URL(), Recover: e.back})
	school := oneSchool(t, c, app.Announce(e.app.Accounts, ""))

	e.reopen(true)
	decided := make(chan error, 1)
	go func() { decided <- school.FormTeam(t.Context()) }()
	require.Eventually(t, func() bool { return e.pending() == 1 }, 10*time.Second, 5*time.Millisecond)
	require.Equal(t, domain.StageTeam, e.stage(school), "nobody has decided yet")
	e.reopen(false)
	require.NoError(t, <-decided)
	last := c.Acks()[len(c.Acks())-1]
	require.True(t, last.Later, "the client followed its 202")
	require.Equal(t, domain.StageDiagnosis, e.stage(school))

	_, err := school.Unit.Bureau.Me(t.Context())
	require.NoError(t, err)
	e.app.Engine.Stop()
	bureau := drive.New(drive.Options{BaseURL: e.app.URL()}).Account("bureau-01", drive.DefaultPassword)
	_, err = bureau.Act(t.Context(), school.CaseID, domain.Terminate, gen.ActionRequest{Comment: "学校撤并"})
	require.True(t, drive.Refused(err, apperr.Unavailable), "%v", err)
	require.Zero(t, e.pending(), "nothing half-done")
	require.Equal(t, domain.StageDiagnosis, e.stage(school), "reading goes on")
}

// back returns once the edition answers.
func (e *edition) back(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+e.opts.Addr+"/healthz", nil)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			return res.Body.Close()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func oneSchool(t *testing.T, c *drive.Client, password string) *drive.School {
	t.Helper()
	ctx := t.Context()
	city, err := c.NewCity(ctx, c.Founders(password), 0)
	require.NoError(t, err)
	unit, err := city.NewDistrict(ctx, "01", "天河区")
	require.NoError(t, err)
	school, err := unit.NewSchool(ctx, "011", "天河区第1小学", 3)
	require.NoError(t, err)
	cohort, err := city.NewCohort(ctx, "2701", "2701期", time.Now(), time.Now().AddDate(0, 3, 0), school)
	require.NoError(t, err)
	require.NoError(t, cohort.Open(ctx))
	return school
}

// pending counts the actions that were received and are not decided.
func (e *edition) pending() int64 {
	var n int64
	err := e.app.Store.DB(context.Background()).Model(&models.ActionRow{}).Where("status = ?", models.ActionPending).Count(&n).Error
	if err != nil {
		return -1 // between two lives of the edition
	}
	return n
}

func (e *edition) stage(s *drive.School) domain.Stage {
	e.t.Helper()
	view, err := s.Admin.Case(e.t.Context(), s.CaseID)
	require.NoError(e.t, err)
	return view.Stage
}
