package api

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/notary"
	"zhengxiao/models"
)

// The audit administrator finds entries by what they know of them, and nobody below another
// city does.
func TestTheAuditLogIsSearched(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	auditor := r.as(w.User(w.City, domain.RoleAudit).ID)
	teacher := w.User(w.School, domain.RoleTeacher)
	require.NoError(t, r.store.Grant(t.Context(), models.Grant{UserID: teacher.ID, Role: domain.RoleGroupLeader, OrgID: w.School.ID}))
	find := func(query string) []gen.AuditRow {
		return ok[gen.AuditPage](auditor.get("/api/v1/audit?"+query), http.StatusOK).Items
	}
	rows := find("action=user.grant&subject_id=" + teacher.ID)
	require.Len(t, rows, 1)
	require.Equal(t, []string{"授予身份", "user", teacher.Name}, []string{rows[0].ActionName, rows[0].SubjectKind, rows[0].Subject})
	require.False(t, rows[0].Sealed)
	require.Len(t, find("action=user.grant&q=group_leader&under="+w.District.ID), 1)
	require.Empty(t, find("action=user.grant&q=group_leader&under="+w.Sibling.ID))
	require.Empty(t, find("action=user.grant&result=refused&subject_id="+teacher.ID))
	require.NotEmpty(t, find("sort=at&subject_kind=user"))
	require.NoError(t, r.store.CreateSession(t.Context(), models.Session{UserID: teacher.ID, TokenHash: strings.Repeat("ab", 32)}, time.Hour))
	require.Len(t, find("action=login&subject_id="+teacher.ID), 1, "who signs in is somebody of theirs")
	state := ok[gen.AuditState](auditor.get("/api/v1/audit/state"), http.StatusOK)
	require.Contains(t, state.Actions, gen.AuditAction{Code: "user.grant", Name: "授予身份"})
	sheet := auditor.get("/api/v1/audit?action=user.grant&format=xlsx")
	require.Equal(t, http.StatusOK, sheet.Code)
	require.Len(t, find("action=export"), 1, "taking the log out is in the log")

	below := r.as(w.User(w.Sibling, domain.RoleAudit).ID)
	require.Empty(t, ok[gen.AuditPage](below.get("/api/v1/audit?subject_id="+teacher.ID), http.StatusOK).Items)
}

// A page of the log has no entry of megabytes; the entry itself has all of it, for whoever may
// see it in the list.
func TestListsLeaveOutWhatEntriesStateAtLength(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	auditor, admin := r.as(w.User(w.City, domain.RoleAudit).ID), r.as(w.User(w.City, domain.RoleSysadmin).ID)
	teacher := w.User(w.School, domain.RoleTeacher)
	require.NoError(t, r.store.Grant(t.Context(), models.Grant{UserID: teacher.ID, Role: domain.RoleGroupLeader, OrgID: w.School.ID}))
	const path = "/api/v1/audit?action=user.grant&subject_id="
	listed := func() gen.AuditRow {
		items := ok[gen.AuditPage](auditor.get(path+teacher.ID), http.StatusOK).Items
		require.Len(t, items, 1)
		return items[0]
	}
	short := listed()
	require.NotEmpty(t, short.Stated)
	require.Zero(t, short.StatedOmitted)
	for size, omitted := range map[int]int64{8 << 10: 0, 8<<10 + 1: 8<<10 + 1, 3 << 20: 3 << 20} {
		text := `["` + strings.Repeat("x", size-4) + `"]`
		require.NoError(t, r.store.DB(t.Context()).Exec("UPDATE audit_log SET stated = ? WHERE id = ?", text, short.Id).Error)
		row := listed()
		require.Equal(t, omitted, row.StatedOmitted)
		require.Equal(t, omitted == 0, row.Stated == text)
		require.Equal(t, omitted != 0, row.Stated == "")
		whole := ok[gen.AuditRow](auditor.get("/api/v1/audit/"+short.Id), http.StatusOK)
		require.Equal(t, text, whole.Stated)
		require.Zero(t, whole.StatedOmitted)
		whole.Stated, whole.StatedOmitted = row.Stated, row.StatedOmitted
		require.Equal(t, row, whole, "the rest is the same")
	}
	require.Equal(t, http.StatusForbidden, admin.get("/api/v1/audit/"+short.Id).Code)
	below := r.as(w.User(w.Sibling, domain.RoleAudit).ID)
	require.Equal(t, http.StatusNotFound, below.get("/api/v1/audit/"+short.Id).Code)
	require.Equal(t, http.StatusNotFound, auditor.get("/api/v1/audit/"+teacher.ID).Code, "it is no entry")
}

// The state says what is sealed, and a case's package verifies with the public key alone.
func TestAuditStateAndPackage(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	seed, err := notary.Generate()
	require.NoError(t, err)
	by, err := notary.ParseSigner(seed)
	require.NoError(t, err)
	require.NoError(t, r.store.BeginAudit(t.Context(), by))
	c, _ := w.Case(w.School, 2)
	_, err = r.store.SealAudit(t.Context(), by, 0)
	require.NoError(t, err)
	r.deps.LastHead = func(ctx context.Context) (*models.DailyHead, error) {
		h, err := r.store.MakeHead(ctx, "2026-09-07", "", by)
		return &h, err
	}
	r.build()
	auditor := r.as(w.User(w.City, domain.RoleAuditor).ID)
	state := ok[gen.AuditState](auditor.get("/api/v1/audit/state"), http.StatusOK)
	require.Positive(t, state.Sealed)
	require.Equal(t, by.ID(), state.KeyId)
	answer := auditor.get(casePath(c.ID, "/audit-package"))
	require.Equal(t, http.StatusOK, answer.Code, answer.Body.String())
	keys, err := notary.ParseKeys([]string{by.Public()})
	require.NoError(t, err)
	report, err := models.VerifyPackage(bytes.NewReader(answer.Body.Bytes()), int64(answer.Body.Len()), keys)
	require.NoError(t, err)
	require.Empty(t, report.Findings)
	require.EqualValues(t, 1, report.Heads)
}
