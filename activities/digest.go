package activities

import (
	"context"
	"fmt"

	"zhengxiao/internal/calendar"
	"zhengxiao/models"
)

// DigestPlan says of which week the digest tells, by the Monday after it (of
// calendar.DayNumber), and which offices it is for.
type DigestPlan struct {
	Monday  int      `json:"monday"`
	Offices []string `json:"offices"`
}

// DigestParams names one office and the Monday after the week.
type DigestParams struct {
	OrgID  string `json:"org_id"`
	Monday int    `json:"monday"`
}

// PlanDigest fixes the week and lists the offices with open cases.
func (a *Activities) PlanDigest(ctx context.Context) (DigestPlan, error) {
	offices, err := a.Store.DigestOffices(ctx)
	return DigestPlan{Monday: models.Monday(calendar.DayNumber(a.Store.Now())), Offices: offices}, err
}

// SendDigest tells everybody at an office, each once, and returns how many it told now.
func (a *Activities) SendDigest(ctx context.Context, p DigestParams) (int, error) {
	return a.Store.SendDigest(ctx, p.OrgID, p.Monday)
}

// DigestFailure is an office that could not be told, and why.
type DigestFailure struct {
	DigestParams

	Problem string `json:"problem"`
}

// AlarmDigest tells the operator, once per office and week, that it was not told.
func (a *Activities) AlarmDigest(ctx context.Context, f DigestFailure) error {
	return a.Store.Raise(ctx, models.Alarm{
		ID: fmt.Sprintf("digest-%d-%s", f.Monday, f.OrgID), Kind: models.AlarmOutbox, Detail: "weekly digest to " + f.OrgID + ": " + f.Problem,
	})
}
