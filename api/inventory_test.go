package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/privacy"
)

// Who oversees can read what is kept about people, narrowed and ordered.
func TestTheInventoryOfPersonalData(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	auditor := r.as(w.User(w.City, domain.RoleAuditor).ID)
	const path = "/api/v1/privacy/inventory"

	all := ok[gen.PersonalDataList](auditor.get(path), 200).Items
	require.Len(t, all, len(privacy.Columns()))
	require.Equal(t, "actions", all[0].Table)
	require.Equal(t, "users", ok[gen.PersonalDataList](auditor.get(path+"?sort=-table"), 200).Items[0].Table)
	byClass := ok[gen.PersonalDataList](auditor.get(path+"?sort=class"), 200).Items
	seen := map[string]bool{}
	for i, d := range byClass {
		require.True(t, !seen[d.Class] || byClass[i-1].Class == d.Class, "%s stands apart", d.Class)
		seen[d.Class] = true
	}

	sensitive := ok[gen.PersonalDataList](auditor.get(path+"?category=sensitive&q=users"), 200).Items
	require.Len(t, sensitive, 3)
	for _, d := range sensitive {
		require.Equal(t, "身份证件号", d.Class)
		require.Equal(t, "删除", d.FateName)
	}
	kept := ok[gen.PersonalDataList](auditor.get(path+"?fate=keep"), 200).Items
	require.NotEmpty(t, kept)
	for _, d := range kept {
		require.NotEmpty(t, d.Why)
	}
	require.Empty(t, ok[gen.PersonalDataList](auditor.get(path+"?q=没有这样的文字"), 200).Items)
	auditor.get(path+"?sort=id").refused(422, apperr.Invalid)
	r.as(w.User(w.School, domain.RoleTeacher).ID).get(path).refused(403, apperr.Forbidden)
}
