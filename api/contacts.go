package api

import (
	"context"
	"slices"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/secret"
	"zhengxiao/models"
)

// ListContacts says whom to call about a case: those it waits on first, then the school's
// own people and its reviewers.
func (s *server) ListContacts(ctx context.Context, _ gen.ListContactsRequestObject) (gen.ListContactsResponseObject, error) {
	items, err := s.contacts(ctx)
	return gen.ListContacts200JSONResponse{Items: items}, err
}

// contacts are those of the case that the address names, as the caller may know them.
func (s *server) contacts(ctx context.Context) ([]gen.Contact, error) {
	a := accessOf(ctx)
	b := contactBook{s: s, a: a, phones: a.seesPhones()}
	var err error
	if b.orgs, err = s.store.OrgNames(ctx, append(waitingOrgs(a.state), a.c.SchoolID, a.c.DistrictID)); err != nil {
		return nil, err
	}
	listed := map[models.Seat]bool{}
	for _, w := range a.state.OpenWaits() {
		if w.UserID != "" {
			err = b.person(ctx, w)
		} else if !listed[models.SeatOf(w)] {
			listed[models.SeatOf(w)] = true
			err = b.seat(ctx, models.SeatOf(w), w.Task)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, seat := range []models.Seat{
		{OrgID: a.c.SchoolID, Role: domain.RolePrincipal}, {OrgID: a.c.SchoolID, Role: domain.RoleSchoolAdmin},
		{OrgID: a.c.DistrictID, Role: a.state.Reviewer()},
	} {
		if listed[seat] {
			continue
		}
		if err := b.seat(ctx, seat, ""); err != nil {
			return nil, err
		}
	}
	return b.items, nil
}

// ListOrgContacts says whom to call about a school that has no case yet.
func (s *server) ListOrgContacts(ctx context.Context, _ gen.ListOrgContactsRequestObject) (gen.ListOrgContactsResponseObject, error) {
	a := accessOf(ctx)
	if a.org.Level != models.LevelSchool || a.org.ParentID == nil {
		return nil, apperr.New(apperr.Invalid, "只能查学校的联系人。请选择一所学校。").On("orgId")
	}
	above, err := s.store.Org(ctx, *a.org.ParentID)
	if err != nil {
		return nil, err
	}
	b := contactBook{s: s, a: a, orgs: map[string]string{a.org.ID: a.org.Name, above.ID: above.Name}}
	b.phones = a.holds(phonebooks...) || slices.ContainsFunc(a.admitted, func(g models.Grant) bool {
		return slices.Contains(schoolSide, g.Role) && g.OrgID == a.org.ID
	})
	reviewer := domain.State{Direct: above.Level == models.LevelCity}.Reviewer()
	for _, seat := range []models.Seat{
		{OrgID: a.org.ID, Role: domain.RolePrincipal}, {OrgID: a.org.ID, Role: domain.RoleSchoolAdmin}, {OrgID: above.ID, Role: reviewer},
	} {
		if err := b.seat(ctx, seat, ""); err != nil {
			return nil, err
		}
	}
	return gen.ListOrgContacts200JSONResponse{Items: b.items}, nil
}

// seesPhones: those who manage the school, and the school's own administrators. An expert
// who scores the case calls nobody, whatever other roles come with the person.
func (a *access) seesPhones() bool {
	return !a.sits(a.state) && (a.holds(phonebooks...) || slices.ContainsFunc(a.admitted, func(g models.Grant) bool {
		return slices.Contains(schoolSide, g.Role) && g.OrgID == a.c.SchoolID
	}))
}

// contactBook collects the contacts of one case.
type contactBook struct {
	s      *server
	a      *access
	phones bool
	orgs   map[string]string
	items  []gen.Contact
}

// seat adds everybody who holds a role at an organisation, or the empty seat.
func (b *contactBook) seat(ctx context.Context, seat models.Seat, task domain.Task) error {
	users, err := b.s.store.Holders(ctx, seat.OrgID, seat.Role)
	if err != nil {
		return err
	}
	if len(users) == 0 {
		users = []models.User{{}}
	}
	for i := range users {
		if err := b.add(seat, task, &users[i]); err != nil {
			return err
		}
	}
	return nil
}

// person adds one expert, nameless to those who may not know the panel; an expert sees no
// other one.
func (b *contactBook) person(ctx context.Context, w domain.Wait) error {
	user := &models.User{}
	switch {
	case w.UserID == b.a.user.ID || b.a.seesExperts():
		var err error
		if user, err = b.s.store.User(ctx, w.UserID); err != nil {
			return err
		}
	case b.a.onlyExpert() || b.a.sits(b.a.state):
		return nil
	}
	return b.add(models.SeatOf(w), w.Task, user)
}

func (b *contactBook) add(seat models.Seat, task domain.Task, u *models.User) error {
	c := gen.Contact{
		Role: seat.Role, RoleName: seat.Role.Name(), Org: gen.Ref{Id: seat.OrgID, Name: b.orgs[seat.OrgID]},
		Name: u.Name, Waiting: task != "", TaskName: task.Name(),
	}
	if b.phones && u.ID != "" {
		p, err := b.s.store.Personal(u)
		if err != nil {
			return err
		}
		if p.Phone != "" {
			c.UserId, c.Phone = u.ID, secret.MaskPhone(p.Phone)
		}
	}
	b.items = append(b.items, c)
	return nil
}
