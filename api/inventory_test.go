package api

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/privacy"
	"zhengxiao/models"
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

// The inventory names exactly the roles that the access table lets see what it is about.
func TestTheInventoryNamesWhoSees(t *testing.T) {
	t.Parallel()
	logins := security // of others; see ListUserSessions
	seen := map[string][]domain.Role{
		"session": logins, "trail": rules["listAudit"].roles, "access": join(rules["listReads"].roles, rules["listDataRequests"].roles),
		"diagnostic": join(rules["listAlarms"].roles, rules["listReconcileFindings"].roles, rules["listDeliveries"].roles, rules["listChannels"].roles),
		"document":   rules["takeRegistryFile"].roles, "informed": rules["listAcknowledgements"].roles,
	}
	for _, c := range privacy.Classes() {
		roles, ok := seen[c.Code]
		if !ok {
			continue
		}
		delete(seen, c.Code)
		for _, r := range domain.Roles() {
			require.Equal(t, slices.Contains(roles, r), strings.Contains(c.SeenBy, r.Name()), "%s: %s", c.Title, r.Name())
		}
	}
	require.Empty(t, seen, "classes that do not exist")
}

// From where people work is not their managers' to know.
func TestAddressesOfLoginsAreForSecurityAdministrators(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	u := w.User(w.School, domain.RoleTeacher)
	r.as(u.ID).get("/api/v1/me")
	place := map[string]any{"ip": "192.0.2.9", "agent": "Firefox/140"}
	require.NoError(t, r.store.DB(t.Context()).Model(&models.Session{}).Where("user_id = ?", u.ID).UpdateColumns(place).Error)
	path := "/api/v1/users/" + u.ID + "/sessions"
	for role, told := range map[domain.Role]bool{domain.RoleSchoolAdmin: false, domain.RoleDistrict: false, domain.RoleSecurity: true} {
		org := map[domain.Role]*models.Org{domain.RoleSchoolAdmin: w.School, domain.RoleDistrict: w.District, domain.RoleSecurity: w.City}[role]
		items := ok[gen.SessionList](r.as(w.User(org, role).ID).get(path), 200).Items
		require.NotEmpty(t, items)
		require.Equal(t, told, items[0].Ip != "" || items[0].Agent != "", role)
		require.False(t, items[0].Since.IsZero())
	}
}
