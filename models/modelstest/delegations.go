package modelstest

import (
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

func delegate(w *testkit.World, from, to *models.User, days int) error {
	now := w.Clock.Now()
	_, err := w.Store.Delegate(w.T.Context(), models.Delegation{
		FromUser: from.ID, ToUser: to.ID, StartsAt: now, EndsAt: now.AddDate(0, 0, days), Reason: "外出",
	}, []models.Grant{{Role: domain.RoleDistrict, OrgID: w.District.ID}})
	return err
}

func testDelegations(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	a, b := w.User(w.District, domain.RoleDistrict), w.User(w.District, domain.RoleDistrict)
	deputy := w.User(w.District, domain.RoleInspector)
	outsider := w.User(w.Sibling, domain.RoleDistrict)
	seat := models.Seat{OrgID: w.District.ID, Role: domain.RoleDistrict}

	require.True(t, apperr.Is(delegate(w, a, outsider, 5), domain.CodeDelegateUnfit))
	expert := w.User(w.School, domain.RoleTeacher)
	require.NoError(t, w.Store.Grant(ctx, models.Grant{UserID: expert.ID, Role: domain.RoleExpert, OrgID: w.District.ID}))
	require.True(t, apperr.Is(delegate(w, a, expert, 5), domain.CodeDelegateUnfit), "an expert of the district is not of its office")
	require.NoError(t, delegate(w, a, deputy, 5))
	require.True(t, apperr.Is(delegate(w, a, b, 5), domain.CodeDelegationOverlap))
	require.True(t, apperr.Is(delegate(w, b, a, 5), domain.CodeDelegationChain), "a has somebody standing in himself")
	require.True(t, apperr.Is(delegate(w, deputy, b, 5), domain.CodeNotDelegable), "what was lent is not lent on")

	grants, err := w.Store.GrantsNow(ctx, deputy.ID)
	require.NoError(t, err)
	require.Len(t, grants, 2)
	require.Equal(t, a.ID, grants[1].For)
	h, err := w.Store.HoldersNow(ctx, seat)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{a.ID, b.ID}, h.Able)
	require.Equal(t, map[string]string{a.ID: deputy.ID}, h.Proxies)

	require.NoError(t, w.Store.SetDisabled(ctx, a.ID, true))
	grants, err = w.Store.GrantsNow(ctx, deputy.ID)
	require.NoError(t, err)
	require.Len(t, grants, 1, "nothing is lent by an account that is off")
	require.NoError(t, w.Store.SetDisabled(ctx, a.ID, false))

	db := w.Store.DB(ctx)
	require.NoError(t, db.Model(&models.User{}).Where("id = ?", deputy.ID).Update("org_id", w.School.ID).Error)
	require.NoError(t, db.Model(&models.Grant{}).Where("user_id = ?", deputy.ID).Update("org_id", w.School.ID).Error)
	grants, err = w.Store.GrantsNow(ctx, deputy.ID)
	require.NoError(t, err)
	require.Len(t, grants, 1, "who has moved elsewhere stands in no longer")
	require.NoError(t, db.Model(&models.Grant{}).Where("user_id = ?", deputy.ID).Update("org_id", w.District.ID).Error)

	w.Clock.Advance(5*24*time.Hour + time.Second)
	grants, err = w.Store.GrantsNow(ctx, deputy.ID)
	require.NoError(t, err)
	require.Len(t, grants, 1, "it ends by itself")
	given, err := w.Store.Delegations(ctx, a.ID, false)
	require.NoError(t, err)
	require.Empty(t, given)
	given, err = w.Store.Delegations(ctx, a.ID, true)
	require.NoError(t, err)
	require.Len(t, given, 1)
	require.NoError(t, delegate(w, a, b, 3), "and may be given anew")
}

func testPeople(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	c, _ := w.Case(w.School, 1)
	office := w.User(w.District, domain.RoleDistrict, domain.RoleBureau)
	w.User(w.Sibling, domain.RoleDistrict)
	w.User(w.City, domain.RoleExpert)
	head := w.User(w.School, domain.RolePrincipal)
	readers, err := w.Store.Readers(ctx, c, "")
	require.NoError(t, err)
	ids := []string{}
	for _, p := range readers {
		ids = append(ids, p.ID)
	}
	require.ElementsMatch(t, []string{office.ID, head.ID}, ids)
	holders, err := w.Store.HoldersOf(ctx, models.Seat{OrgID: w.District.ID, Role: domain.RoleDistrict}, office.Name)
	require.NoError(t, err)
	require.Len(t, holders, 1)
	require.Equal(t, []string{"区工程办"}, holders[0].RoleNames())
}
