package modelstest

import (
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// Who has read a version counts once, with the last that they read; lists and figures agree.
func testAcknowledgements(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	people := []*models.User{
		w.User(w.City, domain.RoleCityOffice), w.User(w.District, domain.RoleDistrict), w.User(w.School, domain.RoleTeacher),
		w.User(w.School, domain.RoleTeacher), w.User(w.Foreign, domain.RoleTeacher), w.User(w.School, domain.RoleTeacher),
	}
	gone := people[5]
	for i, u := range people {
		if i != 2 {
			require.NoError(t, w.Store.Acknowledge(ctx, u.ID, "one"))
			w.Clock.Advance(time.Minute)
		}
	}
	require.NoError(t, w.Store.Acknowledge(ctx, people[3].ID, "two"))
	require.NoError(t, w.Store.SetDisabled(ctx, gone.ID, true))

	everywhere := models.Scope{Paths: []string{w.City.Path}}
	list := func(f models.AcknowledgementFilter, sort string) []string {
		t.Helper()
		f.Version = "one"
		ids := []string{}
		for p := (models.Page{Limit: 1, Sort: sort}); ; {
			rows, next, err := w.Store.Acknowledgements(ctx, everywhere, f, p)
			require.NoError(t, err)
			for _, v := range rows {
				require.NotEqual(t, gone.ID, v.ID, "not in use")
				ids = append(ids, v.ID)
			}
			if next == "" {
				return ids
			}
			p.Cursor = next
		}
	}
	yes, no := true, false
	read, unread := []string{people[0].ID, people[1].ID, people[4].ID}, []string{people[2].ID, people[3].ID}
	require.ElementsMatch(t, append(append([]string{}, read...), unread...), list(models.AcknowledgementFilter{}, ""))
	require.ElementsMatch(t, read, list(models.AcknowledgementFilter{Read: &yes}, "name"))
	require.ElementsMatch(t, unread, list(models.AcknowledgementFilter{Read: &no}, "-login"))
	require.Equal(t, read, list(models.AcknowledgementFilter{}, "acknowledged"))
	require.Equal(t, []string{read[2], read[1], read[0]}, list(models.AcknowledgementFilter{}, "-acknowledged"))
	teachers := models.AcknowledgementFilter{UserFilter: models.UserFilter{Role: string(domain.RoleTeacher), Under: w.District.Path}}
	require.ElementsMatch(t, unread, list(teachers, ""))
	require.Empty(t, list(teachers, "acknowledged"))
	require.Equal(t, []string{people[3].ID}, list(models.AcknowledgementFilter{UserFilter: models.UserFilter{Text: people[3].Login}}, ""))

	counted := func(above *models.Org) map[string][2]int {
		t.Helper()
		rows, err := w.Store.AcknowledgedOrgs(ctx, above, "one")
		require.NoError(t, err)
		require.True(t, rows[0].Own)
		by := map[string][2]int{}
		for _, v := range rows {
			by[v.ID] = [2]int{v.Accounts, v.Read}
		}
		return by
	}
	city := counted(w.City)
	require.Equal(t, [2]int{1, 1}, city[w.City.ID], "the office alone")
	require.Equal(t, [2]int{3, 1}, city[w.District.ID], "with its schools")
	require.Equal(t, [2]int{0, 0}, city[w.Direct.ID])
	require.Equal(t, map[string][2]int{w.School.ID: {2, 0}}, counted(w.School))
	require.Equal(t, [2]int{1, 1}, counted(w.District)[w.District.ID])
}
