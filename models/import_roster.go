package models

import (
	"errors"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// cases are those of the import's cohort by school, locked against a change of stage
// while rows are written.
func (b *batch) cases(schools []string) (map[string]*Case, error) {
	var rows []Case
	q := b.tx.Where("cohort_id = ? AND school_id IN ?", b.j.CohortID, sorted(schools)).Order("id")
	if b.write {
		q = forShare(q)
	}
	if err := q.Find(&rows).Error; err != nil {
		return nil, err
	}
	by := make(map[string]*Case, len(rows))
	for i := range rows {
		by[rows[i].SchoolID] = &rows[i]
	}
	return by, nil
}

type seat struct{ caseID, userID string }

// listed are the rows of people on the rosters of cases. The database finds them by
// person, who is on few: asked for both, it would try every pair.
func (b *batch) listed(cases map[string]*Case, users []string) (map[seat]RosterRow, error) {
	ids := make(map[string]bool, len(cases))
	for _, c := range cases {
		ids[c.ID] = true
	}
	var rows []RosterRow
	if err := b.tx.Where("user_id IN ?", users).Find(&rows).Error; err != nil {
		return nil, err
	}
	by := make(map[seat]RosterRow, len(rows))
	for _, r := range rows {
		if ids[r.CaseID] {
			by[seat{r.CaseID, r.UserID}] = r
		}
	}
	return by, nil
}

// listTeachers works out which roster rows are new or change; a frozen roster takes none.
func (b *batch) listTeachers(list []*person) error {
	var schools, users []string
	for _, p := range list {
		schools = append(schools, p.org.ID)
		if p.user != nil {
			users = append(users, p.user.ID)
		}
	}
	cases, err := b.cases(schools)
	if err != nil {
		return err
	}
	rows, err := b.listed(cases, users)
	if err != nil {
		return err
	}
	told := map[string]bool{}
	for _, p := range list {
		c := cases[p.org.ID]
		if c == nil {
			p.r.Badf("%s在所选批次中没有项目，不能录入名册；请先将该校加入批次并开启", p.org.Name)
		}
		if !p.r.OK() {
			continue
		}
		p.listed = due(p, c, rows)
		if p.listed == nil {
			continue
		}
		if why := b.closedTo(c); why != "" {
			p.r.Badf("%s", why)
			continue
		}
		if b.write && !told[c.ID] {
			told[c.ID] = true
			if err := tellCase(b.tx, FeedRecords, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// due is the roster row as it shall be, nil when it is so already.
func due(p *person, c *Case, rows map[seat]RosterRow) *RosterRow {
	row := RosterRow{CaseID: c.ID, Name: p.r.Name, FullTime: true, Status: domain.RosterActive}
	was, there := RosterRow{}, false
	if p.user != nil {
		was, there = rows[seat{c.ID, p.user.ID}]
	}
	if there {
		row = was
		row.Name = p.r.Name
	}
	if p.r.Subject != "" {
		row.Subject = p.r.Subject
	}
	if p.r.FullTime != nil {
		row.FullTime = *p.r.FullTime
	}
	if there && row == was {
		return nil
	}
	return &row
}

// closedTo says why a case's roster takes no changes, "" when it does.
func (b *batch) closedTo(c *Case) string {
	switch {
	case c.Stage == domain.StageClosed:
		return "该校的项目已办结，名册不能再改"
	case c.RosterFrozenAt != nil:
		return "该校的名册已在备案时冻结；请学校在名册页提出变更申请，由审核单位同意"
	}
	return ""
}

// messageOf is an error's message for the user, without its full stop: reasons are
// joined.
func messageOf(err error) string {
	if e, ok := errors.AsType[*apperr.Error](err); ok {
		return e.Message
	}
	return apperr.MessageOf(err)
}
