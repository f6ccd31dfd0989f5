package models

import (
	"cmp"
	"slices"

	"gorm.io/gorm/clause"

	"zhengxiao/internal/auth"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/roster"
)

// person is one row of accounts or teachers with what it is about.
type person struct {
	r       *roster.Row
	org     *Org
	user    *User // as it is, nil: to be created
	next    User  // as it shall be
	grants  []domain.Role
	changed bool // of the account
	listed  *RosterRow
}

// people adds or changes accounts with their roles, and for teachers of a cohort their
// rows on the roster.
func (b *batch) people() error {
	list, err := b.persons()
	if err != nil {
		return err
	}
	if err := b.grantsDue(list); err != nil {
		return err
	}
	if b.j.Kind == roster.Teachers && b.j.CohortID != "" {
		if err := b.listTeachers(list); err != nil {
			return err
		}
	}
	list = slices.DeleteFunc(list, func(p *person) bool { return !p.r.OK() })
	for _, p := range list {
		switch {
		case p.user == nil:
			b.counts.Created++
		case p.changed || len(p.grants) > 0 || p.listed != nil:
			b.counts.Changed++
		default:
			b.counts.Same++
		}
	}
	if !b.writing() {
		return nil
	}
	return b.writePeople(list)
}

// persons pairs rows with accounts: by login, or by ID number.
func (b *batch) persons() ([]*person, error) {
	byLogin, byIndex, err := b.accounts()
	if err != nil {
		return nil, err
	}
	list := make([]*person, 0, len(b.rows))
	for _, r := range b.rows {
		p := &person{r: r}
		if b.j.Kind == roster.Teachers {
			p.org = b.school(r)
		} else {
			p.org = b.org(r)
		}
		if p.org == nil {
			continue
		}
		indexes := b.s.idIndexes(r.IDNumber)
		var known *User
		for _, index := range indexes {
			known = cmp.Or(known, byIndex[index])
		}
		named := byLogin[r.Login]
		p.user = cmp.Or(named, known)
		if err := b.match(p, named, known, indexes); err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// match says what a row means for the account that its login names, or its ID number.
func (b *batch) match(p *person, named, known *User, indexes []string) error {
	if no, err := b.unasked(p, named, known); no || err != nil {
		return err
	}
	r := p.r
	switch {
	case named != nil && known != nil && named.ID != known.ID && named.OrgID == p.org.ID && b.reaches(known):
		return b.tell(r, known, "账号%s与该身份证号属于两个人，请核对", r.Login)
	case named != nil && known != nil && named.ID != known.ID && named.OrgID == p.org.ID:
		return b.tell(r, known, "账号%s的身份证号不能是这一个，请核对号码", r.Login)
	case named == nil && known != nil && r.Login != "" && b.reaches(known):
		return b.tell(r, known, "该身份证号已有另一个账号，请填写原来的账号或留空")
	case r.Login == "" && (known == nil || !b.reaches(known)):
		return b.tell(r, known, "账号未填，您的管理范围内也没有这个身份证号的账号：新建时须填写账号；"+perhapsElsewhere)
	case p.user == nil:
		b.newPerson(p)
		return nil
	}
	return b.samePerson(p, indexes)
}

// accounts are those that the rows name, by login and by blind index of the ID number.
func (b *batch) accounts() (byLogin, byIndex map[string]*User, err error) {
	var logins, indexes, homes []string
	for _, r := range b.rows {
		if r.Login != "" {
			logins = append(logins, r.Login)
		}
		indexes = append(indexes, b.s.idIndexes(r.IDNumber)...)
	}
	byLogin, byIndex = map[string]*User{}, map[string]*User{}
	for column, values := range map[string][]string{"login": logins, "id_number_index": indexes} {
		var users []User
		if err := b.tx.Where(column+" IN ?", values).Find(&users).Error; err != nil {
			return nil, nil, err
		}
		for i := range users {
			u := &users[i]
			if column == "login" {
				byLogin[u.Login] = u
			} else {
				byIndex[*u.IDNumberIndex] = u
			}
			homes = append(homes, u.OrgID)
		}
	}
	return byLogin, byIndex, b.loadHomes(homes)
}

// loadHomes looks up where the accounts are.
func (b *batch) loadHomes(ids []string) error {
	b.homes = map[string]string{}
	for some := range slices.Chunk(sorted(ids), batchSize) {
		var orgs []Org
		if err := b.tx.Select("id", "path").Where("id IN ?", some).Find(&orgs).Error; err != nil {
			return err
		}
		for _, o := range orgs {
			b.homes[o.ID] = o.Path
		}
	}
	return nil
}

func (b *batch) newPerson(p *person) {
	u, err := b.s.newUser(NewUser{
		Login: p.r.Login, Name: p.r.Name, MustChange: true, OrgID: p.org.ID, IDNumber: p.r.IDNumber, Phone: p.r.Phone,
	})
	if err != nil {
		p.r.Badf("%s", messageOf(err))
	}
	p.next = u
}

// samePerson says what changes of an account. Empty cells change nothing, and an ID
// number that is known is never replaced: it is what tells people apart.
func (b *batch) samePerson(p *person, indexes []string) error {
	u := *p.user
	if u.OrgID != p.org.ID {
		return b.elsewhere(p)
	}
	if p.r.Name != u.Name {
		u.Name, p.changed = p.r.Name, true
	}
	if len(indexes) > 0 && u.IDNumberIndex != nil && !slices.Contains(indexes, *u.IDNumberIndex) {
		return b.tell(p.r, p.user, "账号%s的身份证号不是这一个，请核对；确需更正请联系系统管理员", u.Login)
	}
	if len(indexes) > 0 && u.IDNumberIndex == nil {
		b.s.sealID(&u, p.r.IDNumber)
		p.changed = true
	}
	if phone := p.r.Phone; phone != "" && !slices.Contains(b.s.phoneIndexes(phone), u.PhoneIndex) {
		b.s.sealPhone(&u, phone)
		p.changed = true
	}
	u.UpdatedAt = b.s.Now()
	p.next = u
	return nil
}

// elsewhere refuses a row about an account of another organisation. What an account out of
// reach is called is not told: it may have been found by the ID number alone.
func (b *batch) elsewhere(p *person) error {
	switch named := p.r.Login == p.user.Login; {
	case b.reaches(p.user) && named:
		p.r.Badf("账号%s属于另一个单位；调动请用“人员调动”办理", p.user.Login)
	case b.reaches(p.user):
		return b.tell(p.r, p.user, "账号%s属于另一个单位；调动请用“人员调动”办理", p.user.Login)
	case named:
		p.r.Badf("账号%s已有另一个单位的人使用；若是同一人调入，请联系双方共同的上级管理部门用“人员调动”办理，否则请另取账号", p.r.Login)
	default:
		return b.tell(p.r, p.user, "这个身份证号不能用来新建账号，请核对号码；"+perhapsElsewhere)
	}
	return nil
}

// reaches reports whether whoever imports reaches an account's organisation.
func (b *batch) reaches(u *User) bool {
	path, ok := b.homes[u.OrgID]
	return b.rights.Reach.All || ok && b.rights.Reach.Covers(path)
}

// grantsDue says which roles are new, and refuses those that whoever imports may not
// give, and changes of accounts with roles that he does not manage.
func (b *batch) grantsDue(list []*person) error {
	held, places, err := b.held(list)
	if err != nil {
		return err
	}
	for _, p := range list {
		if !p.r.OK() {
			continue
		}
		want := p.r.Roles
		if b.j.Kind == roster.Teachers {
			want = []domain.Role{domain.RoleTeacher}
		}
		for _, role := range want {
			if err := b.rights.May(role, p.org); err != nil {
				p.r.Badf("%s", messageOf(err))
				continue
			}
			has := func(g Grant) bool { return g.Role == role && g.OrgID == p.org.ID }
			switch {
			case p.user != nil && slices.ContainsFunc(held[p.user.ID], has):
			case p.user != nil && p.user.ID == b.rights.Self:
				p.r.Badf("不能给自己授予“%s”身份，请由其他管理员办理", role.Name())
			default:
				p.grants = append(p.grants, role)
			}
		}
		b.onlyOneOfTriad(p, held)
		if !p.changed {
			continue
		}
		for _, g := range held[p.user.ID] {
			if o := places[g.OrgID]; o == nil || b.rights.May(g.Role, o) != nil {
				p.r.Badf("账号%s还担任“%s”，您不能修改其资料，请联系上级管理员", p.user.Login, g.Role.Name())
			}
		}
	}
	return nil
}

// onlyOneOfTriad refuses a row that would give one account two of 三员, also one of which
// somebody else gives it at the same time.
func (b *batch) onlyOneOfTriad(p *person, held map[string][]Grant) {
	roles := slices.Clone(p.grants)
	for _, role := range roles {
		if p.user == nil {
			break
		}
		if err := apartFrom(b.tx, p.user.ID, role); err != nil {
			p.r.Badf("%s", messageOf(err))
			return
		}
	}
	if p.user != nil && len(roles) > 0 {
		for _, g := range held[p.user.ID] {
			roles = append(roles, g.Role)
		}
	}
	if err := onlyOneOfTriad(roles); err != nil {
		p.r.Badf("%s", messageOf(err))
	}
}

// held are the roles of the accounts by account, and the organisations they are held at
// by id.
func (b *batch) held(list []*person) (map[string][]Grant, map[string]*Org, error) {
	var users []string
	for _, p := range list {
		if p.user != nil {
			users = append(users, p.user.ID)
		}
	}
	var grants []Grant
	if err := b.tx.Where("user_id IN ?", users).Find(&grants).Error; err != nil {
		return nil, nil, err
	}
	by, ids := map[string][]Grant{}, []string{}
	for _, g := range grants {
		by[g.UserID] = append(by[g.UserID], g)
		ids = append(ids, g.OrgID)
	}
	places := map[string]*Org{}
	for some := range slices.Chunk(sorted(ids), batchSize) {
		var orgs []Org
		if err := b.tx.Where("id IN ?", some).Find(&orgs).Error; err != nil {
			return nil, nil, err
		}
		for i := range orgs {
			places[orgs[i].ID] = &orgs[i]
		}
	}
	return by, places, nil
}

// writePeople stores what has been worked out.
func (b *batch) writePeople(list []*person) error {
	var users []User
	var grants []Grant
	var rows []RosterRow
	for _, p := range list {
		switch {
		case p.user == nil:
			password := auth.OneTimePassword(p.next.Login)
			p.next.PasswordHash = auth.HashOneTime(password)
			users = append(users, p.next)
			b.passwords = append(b.passwords, FirstPassword{Org: p.org.Name, Name: p.next.Name, Login: p.next.Login, Password: password})
		case p.changed:
			err := b.tx.Model(&p.next).Where("id = ?", p.next.ID).
				Select("name", "id_number_enc", "id_number_index", "id_number_mask", "phone_enc", "phone_index", "updated_at").Updates(&p.next).Error
			if err != nil {
				return err
			}
		}
		for _, role := range p.grants {
			grants = append(grants, Grant{UserID: p.next.ID, Role: role, OrgID: p.org.ID, CreatedAt: b.s.Now()})
		}
		if p.listed != nil {
			p.listed.UserID = p.next.ID
			rows = append(rows, *p.listed)
		}
	}
	if err := createAll(b.tx, users); err != nil {
		return err
	}
	if err := createAll(b.tx.Clauses(clause.OnConflict{DoNothing: true}), grants); err != nil {
		return err
	}
	change := clause.OnConflict{DoUpdates: clause.AssignmentColumns([]string{"name", "subject", "full_time"})}
	return createAll(b.tx.Clauses(change), rows)
}
