package demo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/serviceerror"

	"zhengxiao/activities"
	"zhengxiao/internal/domain"
	"zhengxiao/standalone/drive"
	"zhengxiao/workflows"
)

// freshStep is when the second cohort opens: ten days ago, within every deadline.
const freshStep = steps - 1

// window is how long teachers may still study, counted from the present.
const window = 45 * 24 * time.Hour

// open opens the first cohort and drafts the one whose schools have not started.
func (p *play) open(ctx context.Context) error {
	p.bars = newBars(p.o.Stdout, p.started, p.roles)
	p.bars.date(p.clock.Now())
	now := p.o.Clock()
	_, err := p.city.NewCohort(ctx, p.cohortCode(3), "下一批次（未启动）", now, now.Add(window), p.those(role.Unopened)...)
	if err != nil {
		return err
	}
	first := func(r role) bool { return !r.Unopened() && !r.fresh() }
	cohort, err := p.openCohort(ctx, p.cohortCode(1), "第一批次", first)
	if err != nil {
		return err
	}
	return p.enrol(ctx, cohort, first)
}

// cohortCode is made as in practice: year and number, such as 2002.
func (p *play) cohortCode(n int) string {
	return fmt.Sprintf("%02d%02d", p.o.Clock().In(shanghai).Year()%100, n)
}

func (p *play) openCohort(ctx context.Context, code, name string, which func(role) bool) (*drive.Cohort, error) {
	now := p.clock.Now()
	cohort, err := p.city.NewCohort(ctx, code, name, now, p.o.Clock().Add(window), p.those(which)...)
	if err != nil {
		return nil, err
	}
	return cohort, cohort.Open(ctx)
}

func (p *play) those(which func(role) bool) []*drive.School {
	var list []*drive.School
	for i, r := range p.roles {
		if which(r) {
			list = append(list, p.runs[i].School)
		}
	}
	return list
}

// play moves the clock to each step and takes every school as far as it is to be then.
func (p *play) play(ctx context.Context) error {
	for s := 1; s <= steps; s++ {
		p.clock.set(time.Duration(steps-s) * step)
		p.bars.date(p.clock.Now())
		if err := p.nudge(ctx); err != nil {
			return err
		}
		if s == freshStep {
			if err := p.refresh(ctx); err != nil {
				return err
			}
		}
		err := each(ctx, len(p.runs), func(ctx context.Context, i int) error { return p.advance(ctx, i, p.plan[i][s]) })
		if err != nil {
			return err
		}
	}
	return nil
}

// refresh opens the cohort of the schools that begin late. They enter their rosters by
// hand.
func (p *play) refresh(ctx context.Context) error {
	intakes := p.intakes(role.fresh)
	if len(intakes) == 0 {
		return nil
	}
	if err := drive.ImportTeachers(ctx, p.city.Office, "第二批次教师账号.xlsx", "", intakes); err != nil {
		return err
	}
	_, err := p.openCohort(ctx, p.cohortCode(2), "第二批次", role.fresh)
	return err
}

func (p *play) advance(ctx context.Context, i, legs int) error {
	r := p.runs[i]
	r.Observe = p.bars.note
	for len(r.Scenario.Legs)-r.Left() < legs {
		if err := r.Step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// nudge has every open case look at the clock again, as after a change of calendar.
func (p *play) nudge(ctx context.Context) error {
	for _, r := range p.runs {
		if r.School.CaseID == "" {
			continue
		}
		message := workflows.Envelope{
			ID:   domain.SystemActionID(r.School.CaseID, domain.SystemRecompute, 0, uuid.NewString()),
			Kind: domain.SystemRecompute, Actor: domain.System(), At: p.clock.Now(),
		}
		id := activities.CaseWorkflowID(r.School.CohortID, r.School.ID)
		err := p.edition.Engine.SignalWorkflow(ctx, id, "", workflows.SignalAction, message)
		if _, ended := errors.AsType[*serviceerror.NotFound](err); err != nil && !ended {
			return fmt.Errorf("nudge case of %s: %w", r.School.Name, err)
		}
	}
	return nil
}

// patience bounds how long the deadlines that have passed may take to show.
const patience = 30 * time.Second

// settle waits until every deadline that has passed shows on the board.
func (p *play) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("deadlines did not pass within %s", patience))
	defer cancel()
	for {
		rows, err := p.city.Office.Progress(ctx, url.Values{})
		if err != nil {
			return err
		}
		late := 0
		for _, row := range rows {
			if !row.Overdue && !row.DueAt.IsZero() && row.DueAt.Before(p.clock.Now()) {
				late++
			}
		}
		if late == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// check compares every school with what its role promises.
func (p *play) check(ctx context.Context) error {
	return each(ctx, len(p.runs), func(ctx context.Context, i int) error { return p.runs[i].Check(ctx) })
}

// notify sends a notice that some schools have read and answered, and some not.
func (p *play) notify(ctx context.Context) error {
	schools := make([]*drive.School, len(p.runs))
	for i, r := range p.runs {
		schools[i] = r.School
	}
	b, err := p.city.Announce(ctx, "核对研修进度", "请各校核对本校研修进度与教师名册，于期限前回执。", p.clock.Now().Add(7*24*time.Hour), schools)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.o.Stdout, "下发通知 %s：%d 人，已读 %d 人，已回执 %d 人\n", b.Title, b.Recipients, b.Read, b.Confirmed)
	return nil
}

// read has the offices read half of their notices, so that both kinds are to be seen.
func (p *play) read(ctx context.Context) error {
	for _, u := range p.districts {
		for _, who := range []*drive.Session{u.Office, u.Bureau} {
			if err := who.ReadHalf(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}
