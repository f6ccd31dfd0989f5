package models

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/calendar"
	"zhengxiao/internal/domain"
)

// Digest is what an office was told of one week. Monday is the day after the week, of
// calendar.DayNumber; Body is the JSON of a DigestBody, as it was then.
type Digest struct {
	ID        string `gorm:"primaryKey"`
	OrgID     string
	Monday    int
	Body      string
	CreatedAt time.Time
}

// DigestBody are the figures of a digest, each of which the 督办台账 lists.
type DigestBody struct {
	OrgName    string               `json:"org_name"`
	First      int                  `json:"first"` // the days of the week it tells of, of calendar.DayNumber
	Last       int                  `json:"last"`
	Open       int                  `json:"open"`
	Overdue    int                  `json:"overdue"`
	Behind     int                  `json:"behind"`
	Orphaned   int                  `json:"orphaned"`
	NotStarted int                  `json:"not_started"`
	Due        int                  `json:"due"`       // in the week from Last on, until DueUntil
	DueUntil   int                  `json:"due_until"` // the Sunday after
	Entered    map[domain.Stage]int `json:"entered"`   // cases that entered a stage in the week
	Confirmed  int                  `json:"confirmed"`
	Longest    []DigestCase         `json:"longest"`
}

// DigestCase is one of the cases that have waited longest.
type DigestCase struct {
	CaseID      string       `json:"case_id"`
	School      string       `json:"school"`
	District    string       `json:"district"`
	Stage       domain.Stage `json:"stage"`
	Task        domain.Task  `json:"task"`
	WaitingOrg  string       `json:"waiting_org"`
	WorkingDays int          `json:"working_days"`
	Overdue     bool         `json:"overdue"`
}

const (
	digestLongest = 5
	week          = 7
)

// digestRoles are those whom the weekly digest is for.
var digestRoles = []domain.Role{domain.RoleDistrict, domain.RoleBureau, domain.RoleCityOffice}

// DigestOffices lists the offices that somebody works at and that have open cases.
func (s *Store) DigestOffices(ctx context.Context) ([]string, error) {
	var offices []Org
	err := s.DB(ctx).Model(&Org{}).Distinct("orgs.id", "orgs.path").
		Joins("JOIN grants ON grants.org_id = orgs.id AND grants.role IN ?", digestRoles).
		Where("orgs.level IN ?", []Level{LevelProvince, LevelCity, LevelDistrict}).Order("orgs.path").Find(&offices).Error
	if err != nil {
		return nil, fail(err, "list offices")
	}
	var ids []string
	for _, o := range offices {
		var open []string
		err := s.DB(ctx).Model(&Case{}).Where("path >= ? AND path < ? AND stage <> ?", o.Path, pathEnd(o.Path), domain.StageClosed).
			Limit(1).Pluck("id", &open).Error
		if err != nil {
			return nil, fail(err, "look for open cases")
		}
		if len(open) > 0 {
			ids = append(ids, o.ID)
		}
	}
	return ids, nil
}

// SendDigest tells everybody at an office about the week before monday, each once however
// often it is called, and returns how many were told now. The first call fixes the figures.
func (s *Store) SendDigest(ctx context.Context, orgID string, monday int) (int, error) {
	d, err := s.makeDigest(ctx, orgID, monday)
	if err != nil {
		return 0, err
	}
	body, err := d.Decode()
	if err != nil {
		return 0, err
	}
	users, err := s.digestReaders(ctx, orgID)
	if err != nil {
		return 0, err
	}
	told := 0
	title, text := body.wording()
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		told = 0
		for _, u := range users {
			source := fmt.Sprintf("digest/%d/%s", monday, orgID)
			var known int64
			if err := tx.Model(&Notice{}).Where("user_id = ? AND source = ?", u, source).Count(&known).Error; err != nil {
				return fail(err, "look for notice")
			}
			if known > 0 {
				continue
			}
			n := Notice{
				ID: newID(), UserID: u, Source: source, Kind: "digest", Title: title, Body: text, Link: "/digests/" + d.ID, CreatedAt: s.Now(),
			}
			if err := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&n).Error; err != nil {
				return fail(err, "deliver digest")
			}
			if err := s.mailOut(tx, []Notice{n}, ""); err != nil {
				return err
			}
			told++
			if err := tell(tx, FeedRow{Topic: FeedNotice, UserID: u}); err != nil {
				return err
			}
		}
		return nil
	})
	return told, err
}

// digestReaders are the enabled accounts of an office that want the digest.
func (s *Store) digestReaders(ctx context.Context, orgID string) ([]string, error) {
	var ids []string
	err := s.DB(ctx).Model(&User{}).Distinct("users.id").
		Joins("JOIN grants ON grants.user_id = users.id").
		Joins("LEFT JOIN user_settings ON user_settings.user_id = users.id").
		Where("grants.org_id = ? AND grants.role IN ? AND users.disabled = ? AND COALESCE(user_settings.no_digest, ?) = ?",
			orgID, digestRoles, false, false, false).
		Order("users.id").Pluck("users.id", &ids).Error
	return ids, fail(err, "list readers of digest")
}

func (s *Store) makeDigest(ctx context.Context, orgID string, monday int) (*Digest, error) {
	var d Digest
	err := s.DB(ctx).Where("org_id = ? AND monday = ?", orgID, monday).Limit(1).Find(&d).Error
	if err != nil || d.ID != "" {
		return &d, fail(err, "look for digest")
	}
	body, err := s.digest(ctx, orgID, monday)
	if err != nil {
		return nil, err
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode digest: %w", err)
	}
	d = Digest{ID: newID(), OrgID: orgID, Monday: monday, Body: string(raw), CreatedAt: s.Now()}
	if err := s.DB(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&d).Error; err != nil {
		return nil, fail(err, "keep digest")
	}
	// Another worker may have been first.
	d = Digest{}
	err = s.DB(ctx).Where("org_id = ? AND monday = ?", orgID, monday).Take(&d).Error
	return &d, fail(err, "read digest")
}

// DigestByID is a digest of an office within a scope.
func (s *Store) DigestByID(ctx context.Context, scope Scope, id string) (*Digest, error) {
	var d Digest
	if err := s.DB(ctx).Where("id = ?", id).Take(&d).Error; err != nil {
		return nil, found(err, "周报", "load digest")
	}
	if _, err := s.OrgInScope(ctx, scope, d.OrgID); err != nil {
		return nil, found(gorm.ErrRecordNotFound, "周报", "load digest")
	}
	return &d, nil
}

// digest counts for one office what it is told.
func (s *Store) digest(ctx context.Context, orgID string, monday int) (*DigestBody, error) {
	org, err := s.Org(ctx, orgID)
	if err != nil {
		return nil, err
	}
	b := &DigestBody{OrgName: org.Name, First: monday - week, Last: monday - 1, DueUntil: monday + week - 1, Entered: map[domain.Stage]int{}}
	scope, open, now := Scope{Paths: []string{org.Path}}, false, s.Now()
	from, until := calendar.DayStart(monday), calendar.DayStart(monday+week)
	for _, c := range []struct {
		into *int
		f    ProgressFilter
	}{
		{&b.Open, ProgressFilter{Closed: &open}},
		{&b.Orphaned, ProgressFilter{Orphaned: true}},
		{&b.Behind, ProgressFilter{Behind: &now}},
		{&b.Due, ProgressFilter{DueAfter: &from, DueBefore: &until}},
	} {
		n, err := s.CountProgress(ctx, scope, c.f)
		if err != nil {
			return nil, err
		}
		*c.into = n.Cases
		if c.into == &b.Open {
			b.Overdue = n.Overdue
		}
	}
	if b.NotStarted, err = s.CountNotStarted(ctx, scope, ProgressFilter{}); err != nil {
		return nil, err
	}
	if err := s.digestMoves(ctx, scope, b); err != nil {
		return nil, err
	}
	return b, s.digestLongest(ctx, scope, b)
}

// digestMoves counts what changed in the week.
func (s *Store) digestMoves(ctx context.Context, scope Scope, b *DigestBody) error {
	entered, err := s.EnteredByWeek(ctx, scope, ProgressFilter{}, b.First)
	if err != nil {
		return err
	}
	left, err := s.LeftByWeek(ctx, scope, ProgressFilter{}, domain.StageConfirmation, b.First)
	for _, m := range entered {
		if m.Monday == b.First {
			b.Entered[m.Stage] = m.Cases
		}
	}
	for _, m := range left {
		if m.Monday == b.First {
			b.Confirmed = m.Cases
		}
	}
	return err
}

// digestLongest leaves out cases whose calendar does not tell how long they have waited.
func (s *Store) digestLongest(ctx context.Context, scope Scope, b *DigestBody) error {
	open := false
	rows, _, err := s.Progress(ctx, scope, ProgressFilter{Closed: &open}, Page{Limit: digestLongest, Sort: "-waited"})
	if err != nil {
		return err
	}
	b.Longest = []DigestCase{}
	for i := range rows {
		r := &rows[i]
		if r.WaitingSince == nil {
			continue
		}
		days, err := s.WorkingDays(ctx, r.CohortID)
		if err != nil {
			return err
		}
		n, err := days.Between(*r.WaitingSince, s.Now())
		if apperr.Is(err, calendar.CodeYearMissing) {
			continue
		}
		if err != nil {
			return err
		}
		b.Longest = append(b.Longest, DigestCase{
			CaseID: r.ID, School: r.SchoolName, District: r.DistrictName, Stage: r.Stage, Task: r.WaitingTask,
			WaitingOrg: r.WaitingOrg, WorkingDays: n, Overdue: r.Overdue,
		})
	}
	return nil
}

// wording is what the notice says.
func (b *DigestBody) wording() (title, text string) {
	const aheadOfUTC = 8 * time.Hour
	day := func(n int) string { return calendar.DayStart(n).Add(aheadOfUTC).Format(time.DateOnly) }
	title = fmt.Sprintf("督办周报（%s 至 %s）：在办 %d 所，逾期 %d 所", day(b.First), day(b.Last), b.Open, b.Overdue)
	moved := 0
	for _, n := range b.Entered {
		moved += n
	}
	text = fmt.Sprintf("%s：上周有 %d 所次进入新环节，其中办结 %d 所，确认考核结果 %d 所；本周到期 %d 所，未启动 %d 所，无人可办 %d 所，落后于计划 %d 所。",
		b.OrgName, moved, b.Entered[domain.StageClosed], b.Confirmed, b.Due, b.NotStarted, b.Orphaned, b.Behind)
	for i, c := range b.Longest {
		if i == 0 {
			text += "等待最久："
		} else {
			text += "、"
		}
		text += fmt.Sprintf("%s（%s，%d 个工作日）", c.School, c.Task.Name(), c.WorkingDays)
	}
	if len(b.Longest) > 0 {
		text += "。"
	}
	return truncate(title, 255), truncate(text, 2000)
}

// Decode reads the figures.
func (d *Digest) Decode() (DigestBody, error) {
	var b DigestBody
	if err := json.Unmarshal([]byte(d.Body), &b); err != nil {
		return b, fmt.Errorf("decode digest %s: %w", d.ID, err)
	}
	return b, nil
}
