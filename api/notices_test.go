package api

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// told delivers the notices that wait and returns whom one kind has reached since.
func (k *walk) told(kind string) []string {
	k.t.Helper()
	ctx := k.t.Context()
	require.NoError(k.t, k.store.DB(ctx).Where("1 = 1").Delete(&models.Notice{}).Error)
	rows, err := k.store.ClaimOutbox(ctx, 1000, time.Minute)
	require.NoError(k.t, err)
	for _, row := range rows {
		if row.Kind == models.OutboxNotice {
			require.NoError(k.t, k.store.DeliverNotice(ctx, row))
		}
		require.NoError(k.t, k.store.FinishOutbox(ctx, row))
	}
	users := []string{}
	require.NoError(k.t, k.store.DB(ctx).Model(&models.Notice{}).Where("kind = ?", kind).Order("user_id").Pluck("user_id", &users).Error)
	return users
}

// Urging a task that somebody has claimed rings for them, not for the whole office.
func TestAnUrgedTaskRingsForWhoHasClaimedIt(t *testing.T) {
	t.Parallel()
	k, script := newWalk(t)
	script.ToFiling()
	colleague := k.w.Colleague(t, domain.RoleDistrict)
	script.Do(domain.Urge, k.w.Admin, domain.Body{})
	require.ElementsMatch(t, []string{k.w.Reviewer.UserID, colleague.UserID}, k.told(models.NoticeUrge))
	script.Do(domain.ClaimTask, colleague, domain.Body{})
	script.Do(domain.Urge, k.w.Head, domain.Body{})
	require.Equal(t, []string{colleague.UserID}, k.told(models.NoticeUrge))
	require.NoError(t, k.store.SetDisabled(t.Context(), colleague.UserID, true))
	script.Do(domain.Urge, k.w.Bureau, domain.Body{})
	require.Equal(t, []string{k.w.Reviewer.UserID}, k.told(models.NoticeUrge), "back with the office when the claimer is gone")
}

// Who stands in for somebody hears what concerns that role, and nothing else.
func TestAStandInHearsOfTheRoleOnly(t *testing.T) {
	t.Parallel()
	k, script := newWalk(t)
	script.ToFiling()
	ctx := t.Context()
	colleague, deputy := k.w.Colleague(t, domain.RoleDistrict), k.w.Colleague(t, domain.RoleInspector)
	stand := func(role domain.Role) {
		_, err := k.store.Delegate(ctx, models.Delegation{
			FromUser: colleague.UserID, ToUser: deputy.UserID, StartsAt: k.store.Now(), EndsAt: k.store.Now().Add(24 * time.Hour), Reason: "外出",
		}, []models.Grant{{Role: role, OrgID: colleague.OrgID}})
		require.NoError(t, err)
	}
	require.NoError(t, k.store.Grant(ctx, models.Grant{UserID: colleague.UserID, Role: domain.RoleBureau, OrgID: colleague.OrgID}))
	stand(domain.RoleBureau)
	script.Do(domain.ClaimTask, k.w.Reviewer, domain.Body{})
	script.Do(domain.Copy, k.w.Admin, domain.Body{Users: []string{colleague.UserID}, Comment: "请您知悉"})
	require.Equal(t, []string{colleague.UserID}, k.told(models.NoticeCopy))
	script.Do(domain.HandOver, k.w.Reviewer, domain.Body{User: colleague.UserID, Comment: "请您办理"})
	require.Equal(t, []string{colleague.UserID}, k.told(models.NoticeHanded))
	stand(domain.RoleDistrict)
	script.Do(domain.Urge, k.w.Admin, domain.Body{})
	require.ElementsMatch(t, []string{colleague.UserID, deputy.UserID}, k.told(models.NoticeUrge))
}

// The page of a case and the board agree on what nobody can see to.
func TestAnExpertsTaskIsOrphanedWhenTheAccountIsOff(t *testing.T) {
	t.Parallel()
	k, script := newWalk(t)
	script.ToFiling()
	script.ToScoring()
	orphaned := func() (page, board bool) {
		for _, v := range k.view(k.w.Bureau).Waits {
			page = page || v.Orphaned
		}
		c, err := k.store.CaseByID(t.Context(), k.id)
		require.NoError(t, err)
		found, err := k.store.Orphans(t.Context(), []models.Case{c})
		require.NoError(t, err)
		return page, found[k.id]
	}
	agree := func(want bool) {
		t.Helper()
		page, board := orphaned()
		require.Equal(t, []bool{want, want}, []bool{page, board})
	}
	agree(false)
	expert := k.w.Experts[0].UserID
	require.NoError(t, k.store.SetDisabled(t.Context(), expert, true))
	agree(true)
	require.NoError(t, k.store.SetDisabled(t.Context(), expert, false))
	agree(false)
	require.NoError(t, k.store.DB(t.Context()).Where("user_id = ? AND role = ?", expert, domain.RoleExpert).Delete(&models.Grant{}).Error)
	agree(true)
	require.NotEmpty(t, ok[gen.CaseView](k.as(k.w.Bureau.UserID).get(casePath(k.id, "")), 200).Waits)
}

// Whoever did the step before hears nothing of the next one, which must be another's.
func TestANoticeOfTheNextStepIsForTheOthers(t *testing.T) {
	t.Parallel()
	k, script := newWalk(t)
	script.ToFiling()
	colleague := k.w.Colleague(t, domain.RoleDistrict)
	k.told(models.NoticeTask)
	require.NoError(t, k.store.DB(t.Context()).Where("1 = 1").Delete(&models.Notice{}).Error)
	payload, err := json.Marshal(models.NoticePayload{
		Visit: 1, Task: domain.TaskFiling, Role: domain.RoleDistrict, OrgID: colleague.OrgID, Barred: []string{k.w.Reviewer.UserID}, Reason: models.NoticeTask,
	})
	require.NoError(t, err)
	require.NoError(t, k.store.DeliverNotice(t.Context(), models.OutboxRow{ID: "next", CaseID: k.id, Kind: models.OutboxNotice, Payload: string(payload)}))
	users := []string{}
	require.NoError(t, k.store.DB(t.Context()).Model(&models.Notice{}).Where("kind = ?", models.NoticeTask).Pluck("user_id", &users).Error)
	require.Equal(t, []string{colleague.UserID}, users)
}
