// Package stuck makes the 督办台账 for the command line: for each open case where it
// stands, on whom it waits, since when, how late, and what exactly blocks it.
package stuck

import (
	"context"
	"fmt"
	"time"

	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// Query narrows the ledger; empty fields do not. Cohort and District are an id, a code
// or a name, Stage a code or a name.
type Query struct {
	Cohort   string
	District string
	Stage    string
	Overdue  bool // only what is past its due date
}

// Line is one open case.
type Line struct {
	CaseID      string       `json:"case_id"`
	School      string       `json:"school"`
	District    string       `json:"district"`
	Stage       domain.Stage `json:"stage"`
	StageName   string       `json:"stage_name"`
	Task        domain.Task  `json:"task,omitempty"`
	TaskName    string       `json:"task_name,omitempty"`
	Unit        string       `json:"responsible_unit"`
	Role        domain.Role  `json:"responsible_role,omitempty"`
	RoleName    string       `json:"responsible_role_name,omitempty"`
	Persons     []string     `json:"responsible_persons,omitempty"`
	Since       *time.Time   `json:"waiting_since,omitempty"`
	WaitingDays int          `json:"working_days_waiting"`
	Due         *time.Time   `json:"due_at,omitempty"`
	Overdue     bool         `json:"overdue"`
	DaysOver    int          `json:"working_days_over"`
	Returned    bool         `json:"returned"`
	Round       int          `json:"round"`
	Blockers    []Blocker    `json:"blockers,omitempty"`
}

// Blocker is one thing that is missing, how often, and the names of the first few.
type Blocker struct {
	Kind  models.BlockerKind `json:"kind"`
	Name  string             `json:"name"`
	Count int                `json:"count"`
	Names []string           `json:"names"`
}

// Ledger is what the query found.
type Ledger struct {
	At         time.Time `json:"at"`
	Lines      []Line    `json:"lines"`
	Overdue    int       `json:"overdue"`     // among Lines
	NotStarted int       `json:"not_started"` // schools planned into a cohort without a case yet
}

// Collect reads the ledger, the earliest due date first. Errors are *apperr.Error: invalid
// for a stage that does not exist, not_found for a cohort or district.
func Collect(ctx context.Context, s *models.Store, q Query) (*Ledger, error) {
	c := &collector{store: s, people: map[holder][]string{}, days: map[string]counter{}, now: s.Now()}
	filter, err := c.resolve(ctx, q)
	if err != nil {
		return nil, err
	}
	l := &Ledger{At: c.now, Lines: []Line{}}
	err = pages(func(p models.Page) (string, error) {
		rows, next, err := s.Progress(ctx, models.Scope{All: true}, filter, p)
		if err != nil {
			return "", err
		}
		return next, c.add(ctx, l, rows, q)
	})
	if err != nil {
		return nil, err
	}
	if q.Stage != "" || q.Overdue {
		return l, nil // schools without a case stand in no stage
	}
	err = pages(func(p models.Page) (string, error) {
		rows, next, err := s.NotStartedSchools(ctx, models.Scope{All: true}, filter, p)
		l.NotStarted += len(rows)
		return next, err
	})
	return l, err
}

// pages reads a list to its end.
func pages(read func(models.Page) (next string, err error)) error {
	const most = 500
	for cursor := ""; ; {
		next, err := read(models.Page{Limit: most, Cursor: cursor})
		if err != nil || next == "" {
			return err
		}
		cursor = next
	}
}

type holder struct {
	org  string
	role domain.Role
}

// collector remembers what many lines share.
type collector struct {
	store  *models.Store
	now    time.Time
	people map[holder][]string
	days   map[string]counter // by cohort
}

func (c *collector) add(ctx context.Context, l *Ledger, rows []models.ProgressRow, q Query) error {
	for i := range rows {
		if rows[i].Stage == domain.StageClosed {
			continue
		}
		line, err := c.line(ctx, &rows[i])
		if err != nil {
			return fmt.Errorf("describe case %s: %w", rows[i].ID, err)
		}
		if q.Overdue && !line.Overdue {
			continue
		}
		if line.Overdue {
			l.Overdue++
		}
		if err := c.block(ctx, &rows[i].Case, &line); err != nil {
			return fmt.Errorf("find blockers of case %s: %w", rows[i].ID, err)
		}
		l.Lines = append(l.Lines, line)
	}
	return nil
}

func (c *collector) line(ctx context.Context, r *models.ProgressRow) (Line, error) {
	l := Line{
		CaseID: r.ID, School: r.SchoolName, District: r.DistrictName, Stage: r.Stage, StageName: r.Stage.Name(),
		Task: r.WaitingTask, TaskName: r.WaitingTask.Name(), Unit: r.WaitingOrg,
		Role: r.WaitingRole, RoleName: r.WaitingRole.Name(),
		Since: r.WaitingSince, Due: r.DueAt, Overdue: r.Overdue, Returned: r.Returned, Round: r.Round,
	}
	if r.WaitingSince == nil {
		l.Unit, l.RoleName = domain.RoleSystem.Name(), "" // crediting runs, nobody is waited for
		return l, nil
	}
	var err error
	if l.Persons, err = c.persons(ctx, r); err != nil {
		return l, err
	}
	days, err := c.counter(ctx, r.CohortID)
	if err != nil {
		return l, err
	}
	if l.WaitingDays, err = days.Between(*r.WaitingSince, c.now); err != nil || r.DueAt == nil {
		return l, err
	}
	// The timer that marks the case may not have fired yet, or the engine may be down.
	l.Overdue = l.Overdue || c.now.After(*r.DueAt)
	l.DaysOver, err = days.Between(*r.DueAt, c.now)
	return l, err
}

// persons is the one who is waited for, or everybody who holds the role.
func (c *collector) persons(ctx context.Context, r *models.ProgressRow) ([]string, error) {
	if r.WaitingUser != "" {
		return []string{r.WaitingUser}, nil
	}
	key := holder{r.WaitingOrgID, r.WaitingRole}
	if names, ok := c.people[key]; ok {
		return names, nil
	}
	users, err := c.store.Holders(ctx, key.org, key.role)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(users))
	for i, u := range users {
		names[i] = u.Name
	}
	c.people[key] = names
	return names, nil
}

func (c *collector) block(ctx context.Context, row *models.Case, l *Line) error {
	found, err := c.store.Blockers(ctx, row)
	for _, b := range found {
		l.Blockers = append(l.Blockers, Blocker{Kind: b.Kind, Name: blockerNames[b.Kind], Count: b.Count, Names: b.Names})
	}
	return err
}

var blockerNames = map[models.BlockerKind]string{
	models.BlockerHours: "学时不足的教师", models.BlockerPlan: "缺个人提升计划的教师",
	models.BlockerPoints: "应用能力点未选够的教师", models.BlockerSummary: "缺提升总结的教师",
	models.BlockerReview: "初审未通过的教师", models.BlockerGrade: "测评未合格的专任教师",
	models.BlockerDossier: "缺少的验收材料",
}
