package models

import (
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm/clause"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/roster"
)

// groupRow is one row of groups with what it is about.
type groupRow struct {
	r       *roster.Row
	c       *Case
	was     *StudyGroup // nil: to be created
	next    StudyGroup
	joining []string // user ids, the leader too when new
}

// groups adds or changes 教研组: members are added, never taken out.
func (b *batch) groups() error {
	list, err := b.groupRows()
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(g *groupRow) bool { return !g.r.OK() })
	for _, g := range list {
		switch {
		case g.was == nil:
			b.counts.Created++
		case *g.was != g.next || len(g.joining) > 0:
			b.counts.Changed++
		default:
			b.counts.Same++
		}
	}
	if !b.writing() {
		return nil
	}
	for _, g := range list {
		if err := b.writeGroup(g); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) groupRows() ([]*groupRow, error) {
	schools := map[*roster.Row]*Org{}
	var ids []string
	for _, r := range b.rows {
		if o := b.school(r); o != nil {
			schools[r], ids = o, append(ids, o.ID)
		}
	}
	cases, err := b.cases(ids)
	if err != nil {
		return nil, err
	}
	people, rows, err := b.named(cases)
	if err != nil {
		return nil, err
	}
	known, err := b.studyGroups(cases)
	if err != nil {
		return nil, err
	}
	var list []*groupRow
	for _, r := range b.rows {
		o := schools[r]
		if o == nil {
			continue
		}
		g := &groupRow{r: r, c: cases[o.ID]}
		list = append(list, g)
		if err := b.rights.May(domain.RoleGroupLeader, o); err != nil {
			r.Badf("%s", messageOf(err))
		}
		if g.c == nil {
			r.Badf("%s在所选批次中没有项目，不能建教研组", o.Name)
			continue
		}
		if err := b.open(g.c); err != nil {
			r.Badf("%s", messageOf(err))
			continue
		}
		b.plan(g, known[g.c.ID+" "+r.Name], people, rows)
	}
	return list, nil
}

// open refuses cases in which groups are settled.
func (b *batch) open(c *Case) error {
	state, err := c.Decode()
	if err != nil {
		return err
	}
	return b.s.permitted(state, untilTrained)
}

// named are the accounts that rows name, by login, and their places on the rosters.
func (b *batch) named(cases map[string]*Case) (map[string]string, map[seat]RosterRow, error) {
	var logins []string
	for _, r := range b.rows {
		logins = append(append(logins, r.Login), r.Members...)
	}
	people, rows := map[string]string{}, map[seat]RosterRow{}
	for some := range slices.Chunk(sorted(logins), batchSize) {
		var users []User
		if err := b.tx.Select("id", "login").Where("login IN ?", some).Find(&users).Error; err != nil {
			return nil, nil, err
		}
		ids := make([]string, len(users))
		for i, u := range users {
			people[u.Login], ids[i] = u.ID, u.ID
		}
		found, err := b.listed(cases, ids)
		if err != nil {
			return nil, nil, err
		}
		maps.Copy(rows, found)
	}
	return people, rows, nil
}

// studyGroups are those that rows name, by case and name.
func (b *batch) studyGroups(cases map[string]*Case) (map[string]*StudyGroup, error) {
	var ids, names []string
	for _, c := range cases {
		ids = append(ids, c.ID)
	}
	for _, r := range b.rows {
		names = append(names, r.Name)
	}
	var rows []StudyGroup
	if err := b.tx.Where("case_id IN ? AND name IN ?", ids, names).Find(&rows).Error; err != nil {
		return nil, err
	}
	by := make(map[string]*StudyGroup, len(rows))
	for i := range rows {
		by[rows[i].CaseID+" "+rows[i].Name] = &rows[i]
	}
	return by, nil
}

// plan works out what a row changes and refuses people who are not on the roster or are
// in another group.
func (b *batch) plan(g *groupRow, was *StudyGroup, people map[string]string, rows map[seat]RosterRow) {
	g.was = was
	g.next = StudyGroup{ID: newID(), CaseID: g.c.ID, Name: g.r.Name, CreatedBy: b.j.AppliedBy, CreatedAt: b.s.Now()}
	if was != nil {
		g.next = *was
	}
	if g.r.GroupKind != "" {
		g.next.Kind = g.r.GroupKind
	}
	g.next.LeaderID = people[g.r.Login]
	for _, login := range append([]string{g.r.Login}, g.r.Members...) {
		row := rows[seat{g.c.ID, people[login]}]
		switch {
		case people[login] == "" || row.UserID == "":
			g.r.Badf("%s不在该校项目的名册中", login)
		case row.Status != domain.RosterActive:
			g.r.Badf("%s不在岗", login)
		case row.GroupID != "" && row.GroupID != g.next.ID:
			g.r.Badf("%s已在另一个教研组，请先从原组移出", login)
		case row.GroupID == "":
			g.joining = append(g.joining, row.UserID)
		}
	}
}

func (b *batch) writeGroup(g *groupRow) error {
	if g.was == nil || *g.was != g.next {
		if err := upsert(b.tx).Create(&g.next).Error; err != nil {
			return fmt.Errorf("save group: %w", err)
		}
	}
	if len(g.joining) > 0 {
		err := b.tx.Model(&RosterRow{}).Where("case_id = ? AND user_id IN ?", g.c.ID, g.joining).Update("group_id", g.next.ID).Error
		if err != nil {
			return fmt.Errorf("join group: %w", err)
		}
	}
	lead := Grant{UserID: g.next.LeaderID, Role: domain.RoleGroupLeader, OrgID: g.c.SchoolID, CreatedAt: b.s.Now()}
	if err := b.tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&lead).Error; err != nil {
		return fmt.Errorf("grant leader's role: %w", err)
	}
	if g.was != nil && g.was.LeaderID != g.next.LeaderID {
		if err := demote(b.tx, g.c, g.was.LeaderID); err != nil {
			return err
		}
	}
	if g.was != nil && *g.was == g.next && len(g.joining) == 0 {
		return nil
	}
	return tellCase(b.tx, FeedRecords, g.c)
}
