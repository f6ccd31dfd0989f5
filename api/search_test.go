package api

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// found lists the titles that a search gives, by kind.
func found(p person, text string) map[gen.SearchGroupKind][]string {
	p.r.t.Helper()
	titles := map[gen.SearchGroupKind][]string{}
	for _, g := range ok[gen.SearchResult](p.get("/api/v1/search?q="+url.QueryEscape(text)), http.StatusOK).Groups {
		titles[g.Kind] = convert(g.Items, func(i gen.SearchItem) string { return i.Title })
	}
	return titles
}

func TestSearchFindsSchoolsUsersAndFilingNumbers(t *testing.T) {
	t.Parallel()
	_, w, city := three(t)
	w.Move(progress(city, "under="+w.School.ID).Items[0].CaseId, domain.StageTraining, func(s *domain.State) { s.FilingNo = "备2601-440106001" })
	teacher, err := w.Store.CreateUser(t.Context(), models.NewUser{
		Login: "LiLei", Name: "李雷", PasswordHash: "x", OrgID: w.School.ID, Roles: []domain.Role{domain.RoleTeacher},
	})
	require.NoError(t, err)
	for text, want := range map[string]map[gen.SearchGroupKind][]string{
		"第一":         {"school": {w.Foreign.Name, w.School.Name, w.Direct.Name}},
		"  天河区 ":     {"school": {w.School.Name}},
		"44010":      {"school": {w.Foreign.Name, w.School.Name, w.Direct.Name}},
		"440106001":  {"school": {w.School.Name}},
		"李雷":         {"user": {"李雷"}},
		"LIL":        {"user": {"李雷"}},
		"备2601":      {"filing": {"备2601-440106001"}},
		"2601-44":    {"filing": {"备2601-440106001"}},
		"%%":         {},
		"__":         {},
		"雷 ' OR 1=1": {},
	} {
		if text == "第一" || text == "44010" {
			require.ElementsMatch(t, want["school"], found(city, text)["school"], text)
			continue
		}
		require.Equal(t, want, found(city, text), text)
	}
	groups := ok[gen.SearchResult](city.get("/api/v1/search?q=lilei"), http.StatusOK).Groups
	require.Equal(t, []gen.SearchItem{{Kind: "user", Id: teacher.ID, Title: "李雷", Subtitle: w.School.Name + " · lilei"}}, groups[0].Items)
	school := ok[gen.SearchResult](city.get("/api/v1/search?q="+url.QueryEscape("天河区第一小学")), http.StatusOK).Groups[0].Items[0]
	require.NotEmpty(t, school.CaseId)
	require.Contains(t, school.Subtitle, "校本研修")

	for _, short := range []string{"", "%20%20%20", "%E5%BC%A0", "a%20"} {
		require.Equal(t, "q", city.get("/api/v1/search?q="+short).refused(422, apperr.Invalid).Field, short)
	}
}

func TestSearchStaysWithinReach(t *testing.T) {
	t.Parallel()
	r, w, _ := three(t)
	district := r.as(w.User(w.District, domain.RoleDistrict).ID)
	require.Equal(t, map[gen.SearchGroupKind][]string{"school": {w.School.Name}}, found(district, "第一"))
	stranger := w.User(w.Foreign, domain.RoleTeacher)
	require.Empty(t, found(district, stranger.Name))
	inspector := r.as(w.User(w.City, domain.RoleInspector).ID)
	require.Empty(t, found(inspector, stranger.Name), "an inspector may not list users")
	var roster models.RosterRow
	require.NoError(t, w.Store.DB(t.Context()).Take(&roster).Error)
	require.Equal(t, map[gen.SearchGroupKind][]string{"school": {w.School.Name}}, found(r.as(roster.UserID), "小学"), "a teacher's own school")
}

func TestSearchSaysWhenThereIsMore(t *testing.T) {
	t.Parallel()
	r, w, city := three(t)
	for range searchShown + 1 {
		w.User(w.School, domain.RoleTeacher)
	}
	g := ok[gen.SearchResult](city.get("/api/v1/search?q="+url.QueryEscape("用户")), http.StatusOK).Groups[0]
	require.Len(t, g.Items, searchShown)
	require.True(t, g.More)
	admin := r.as(w.User(w.School, domain.RoleSchoolAdmin).ID)
	require.NotEmpty(t, found(admin, "用户")["user"], "a school finds its own people")
}

func TestContactsSayWhomToCall(t *testing.T) {
	t.Parallel()
	k, script := newWalk(t)
	for _, a := range []domain.Actor{k.w.Head, k.w.Reviewer} {
		u, err := k.w.Store.User(t.Context(), a.UserID)
		require.NoError(t, err)
		require.NoError(t, k.w.Store.UpdateUser(t.Context(), a.UserID, u.Name, models.Personal{Phone: "13800000000"}))
	}
	script.ToFiling()
	contacts := func(a domain.Actor) []gen.Contact {
		return ok[gen.ContactList](k.as(a.UserID).get(casePath(k.id, "/contacts")), http.StatusOK).Items
	}
	list := contacts(k.w.Bureau)
	require.Equal(t, []domain.Role{domain.RoleDistrict, domain.RolePrincipal, domain.RoleSchoolAdmin},
		convert(list, func(c gen.Contact) domain.Role { return c.Role }))
	require.Equal(t, []any{true, "审核两案", "138****0000"}, []any{list[0].Waiting, list[0].TaskName, list[0].Phone})
	require.False(t, list[1].Waiting)
	require.NotEmpty(t, list[1].Org.Name)
	require.Equal(t, "138****0000", contacts(k.w.Admin)[0].Phone, "the school's own administrator")

	var roster models.RosterRow
	require.NoError(t, k.w.DB.Take(&roster, "case_id = ?", k.id).Error)
	for _, c := range contacts(domain.Actor{UserID: roster.UserID}) {
		require.Empty(t, c.Phone, "teachers get no number")
		require.NotEmpty(t, c.Name)
	}
	other := k.w.Another(t, "2")
	k.as(other.Admin.UserID).get(casePath(k.id, "/contacts")).refused(404, apperr.NotFound)

	script.ToScoring()
	for _, c := range contacts(k.w.Admin) {
		require.NotContains(t, c.Name, "expert")
	}
	var experts int
	for _, c := range contacts(k.w.Bureau) {
		if c.Role == domain.RoleExpert && c.Name != "" {
			experts++
		}
	}
	require.Equal(t, 3, experts)
	for _, c := range contacts(k.w.Experts[0]) {
		require.Empty(t, c.Phone)
		require.True(t, c.Role != domain.RoleExpert || c.Waiting)
	}
	mine := filter(contacts(k.w.Experts[0]), func(c gen.Contact) bool { return c.Role == domain.RoleExpert })
	require.Len(t, mine, 1, "an expert sees no other one")
}
