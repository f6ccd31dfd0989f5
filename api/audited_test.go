package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// Every operation of the contract that may write is audited or says why it is not, and
// nothing else is named.
func TestEveryWriteIsAudited(t *testing.T) {
	t.Parallel()
	spec, err := loadContract()
	require.NoError(t, err)
	writes := map[string]bool{}
	for route, op := range spec.routes {
		writes[op.id()] = !strings.HasPrefix(route, http.MethodGet+" ")
	}
	for id, write := range writes {
		_, in := audited[id]
		_, out := unaudited[id]
		if write {
			require.NotEqual(t, in, out, "%s writes: it must be in exactly one of audited and unaudited", id)
			continue
		}
		require.False(t, in || out, "%s reads only", id)
		if strings.HasPrefix(id, "export") || strings.HasPrefix(id, "download") {
			require.Contains(t, taken, id)
		}
	}
	for id := range audited {
		require.Contains(t, writes, id)
	}
	for id := range unaudited {
		require.Contains(t, writes, id)
	}
	for id := range taken {
		require.Contains(t, writes, id)
	}
}

// operationAt is the operation of a request, "" when there is none.
func operationAt(t *testing.T, method, path string) string {
	t.Helper()
	spec, err := loadContract()
	require.NoError(t, err)
	path, _, _ = strings.Cut(path, "?")
	parts := strings.Split(path, "/")
	for route, op := range spec.routes {
		m, pattern, _ := strings.Cut(route, " ")
		if m == method && fits(strings.Split(pattern, "/"), parts) {
			return op.id()
		}
	}
	return ""
}

func fits(pattern, parts []string) bool {
	if len(pattern) != len(parts) {
		return false
	}
	for i, p := range pattern {
		if p != parts[i] && !strings.HasPrefix(p, ":") {
			return false
		}
	}
	return true
}

// entries counts what the audit log says of an operation.
func (r *rig) entries(operation string) int64 {
	r.t.Helper()
	var n int64
	require.NoError(r.t, r.store.DB(context.Background()).Model(&models.AuditEntry{}).Where("request = ? AND result = ?", operation, models.AuditOK).Count(&n).Error)
	return n
}

// expectEntry is called before a request that must leave an entry if it succeeds; what it
// returns checks that it did.
func (p person) expectEntry(method, path string) func(reply) {
	op := operationAt(p.r.t, method, path)
	if _, must := audited[op]; !must {
		return func(reply) {}
	}
	before := p.r.entries(op)
	return func(r reply) {
		p.r.t.Helper()
		if r.Code < http.StatusBadRequest && r.Code != http.StatusAccepted {
			require.Greater(p.r.t, p.r.entries(op), before, "%s succeeded and left no entry", op)
		}
	}
}

func (r *rig) log() []models.AuditEntry {
	r.t.Helper()
	var rows []models.AuditEntry
	require.NoError(r.t, r.store.DB(context.Background()).Order("id").Find(&rows).Error)
	return rows
}

// An entry says who, in which role, from where, what and to whom, and what the rows became.
func TestEntryOfAGrant(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	admin, teacher := w.User(w.City, domain.RoleSecurity).ID, w.User(w.School, domain.RoleTeacher).ID
	by := r.as(admin)
	before := len(r.log())
	require.Equal(t, http.StatusNoContent, by.put("/api/v1/users/"+teacher+"/grants/"+string(domain.RoleGroupLeader)+"/"+w.School.ID, nil).Code)
	rows := r.log()[before:]
	e := rows[len(rows)-1]
	require.Equal(t, "user.grant", e.Action)
	require.Equal(t, models.AuditOK, e.Result)
	require.Equal(t, admin, e.ActorID)
	require.Equal(t, domain.RoleSecurity, e.ActorRole)
	require.NotEmpty(t, e.Session)
	require.NotEmpty(t, e.IP)
	require.Equal(t, "addGrant", e.Request)
	require.Equal(t, teacher, e.SubjectID)
	require.Equal(t, w.School.Path, e.Path)
	require.Contains(t, e.Stated, `"grants"`)
	require.JSONEq(t, `{"role":"group_leader","org":"`+w.School.ID+`"}`, e.Detail)
}

// Refusals are entered, and one who is refused again and again fills nothing.
func TestRefusalsAreEnteredAndBounded(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	teacher := r.as(w.User(w.School, domain.RoleTeacher).ID)
	for range 50 {
		teacher.post("/api/v1/orgs", gen.NewOrg{ParentId: w.School.ID, Level: models.LevelSchool, Code: "x", Name: "x"}).
			refused(http.StatusForbidden, apperr.Forbidden)
	}
	require.Equal(t, []int{1}, r.refused("org.create"))
	w.Clock.Advance(2 * time.Minute)
	teacher.post("/api/v1/orgs", gen.NewOrg{ParentId: w.School.ID, Level: models.LevelSchool, Code: "x", Name: "x"}).
		refused(http.StatusForbidden, apperr.Forbidden)
	require.Equal(t, []int{1, 50}, r.refused("org.create"), "the ones in between are counted")
}

// What was counted when a process ends is entered.
func TestRefusalsAreEnteredAtTheEnd(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	teacher := w.User(w.School, domain.RoleTeacher).ID
	for range 50 {
		r.as(teacher).post("/api/v1/orgs", gen.NewOrg{ParentId: w.School.ID, Level: models.LevelSchool, Code: "x", Name: "x"}).
			refused(http.StatusForbidden, apperr.Forbidden)
	}
	require.NoError(t, Settle(t.Context(), r.h))
	require.Equal(t, []int{1, 49}, r.refused("org.create"))
	rows := r.log()
	require.Equal(t, teacher, rows[len(rows)-1].ActorID)
	require.Equal(t, "createOrg", rows[len(rows)-1].Request)
	require.NoError(t, Settle(t.Context(), r.h))
	require.Equal(t, []int{1, 49}, r.refused("org.create"), "they are entered once")
}

// Whoever is not signed in fills the log neither from all addresses of one network nor from
// many networks; those who are signed in are entered as ever.
func TestRefusalsOfTheUnknownAreBounded(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	elsewhere := func(address string) {
		r.from(address, http.MethodPost, "/api/v1/sessions", "{}", "Sec-Fetch-Site", "cross-site").refused(http.StatusForbidden, apperr.Forbidden)
	}
	for i := range 50 {
		elsewhere(fmt.Sprintf("[2001:db8::%x]", i))
	}
	require.Equal(t, []int{1}, r.refused("login"), "one network")
	for i := range 100 {
		elsewhere(fmt.Sprintf("[2001:db8:0:%x::1]", i+1))
	}
	require.Len(t, r.refused("login"), 30)
	require.Equal(t, []int{1}, r.refused("access"))
	teacher := r.as(w.User(w.School, domain.RoleTeacher).ID)
	teacher.post("/api/v1/orgs", gen.NewOrg{ParentId: w.School.ID, Level: models.LevelSchool, Code: "x", Name: "x"}).
		refused(http.StatusForbidden, apperr.Forbidden)
	require.Equal(t, []int{1}, r.refused("org.create"))
	w.Clock.Advance(2 * time.Minute)
	for i := range 31 {
		elsewhere(fmt.Sprintf("[2001:db8:1:%x::1]", i))
	}
	require.Equal(t, []int{1, 71}, r.refused("access"), "the ones in between are counted")
}

func (r *rig) refused(action string) []int {
	r.t.Helper()
	var times []int
	for _, e := range r.log() {
		if e.Action == action && e.Result == models.AuditRefused {
			times = append(times, e.Times)
		}
	}
	return times
}

// That the present password is right is no second change.
func TestAChangeOfPasswordIsOneEntry(t *testing.T) {
	t.Parallel()
	r, _, p, who := signedIn(t)
	before := len(r.log())
	require.Equal(t, http.StatusOK, p.post("/api/v1/me/password", gen.PasswordChange{Current: secondPassword, Password: "Herbst#2027-neu"}).Code)
	var made []string
	for _, e := range r.log()[before:] {
		made = append(made, e.Action+" "+e.SubjectID)
	}
	require.Equal(t, []string{"password.change " + who.ID}, made)
}
