package models_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// Rows that are gone are named, however many the entry spoke of, and whether the log or an
// event did; and rows that were written often are followed through all of it.
func TestRowsThatAreGoneAreNamed(t *testing.T) {
	t.Parallel()
	nameGone(t, newAudited(t, testkit.SQLite(t)))
}

// The same on MySQL, where a server is named.
func TestRowsThatAreGoneAreNamedOnMySQL(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	nameGone(t, newAudited(t, testkit.MySQL(t)))
}

func nameGone(t *testing.T, a *audited) {
	t.Helper()
	store, at := a.w.Store, a.w.Now()
	rows := make([]models.RegistryEntry, 300)
	for i := range rows {
		rows[i] = models.RegistryEntry{ID: uuid.NewString(), No: fmt.Sprint(i), Kind: "sent", At: at}
	}
	require.NoError(t, store.DB(t.Context()).CreateInBatches(&rows, 300).Error)
	r := &models.Registry{OrgID: uuid.NewString(), PollAt: at, UpdatedAt: at}
	require.NoError(t, store.DB(t.Context()).Create(r).Error)
	for range 50 {
		for _, mode := range []models.RegistryMode{models.RegistryPush, models.RegistryFile} {
			require.NoError(t, store.DB(t.Context()).Model(r).Update("mode", mode).Error)
		}
	}
	a.seal(t)
	all := stored(a.heads)
	report, err := store.Verify(t.Context(), a.keys, all)
	require.NoError(t, err)
	require.Empty(t, report.Findings)

	exec(t, a.db, "DELETE FROM registry_journal WHERE id IN ('"+rows[7].ID+"', '"+rows[299].ID+"')", "DELETE FROM registries WHERE org_id = '"+r.OrgID+"'")
	var task models.TaskRow
	require.NoError(t, a.db.Where("status = ?", models.TaskDone).Order("case_id, visit").Take(&task).Error)
	require.NoError(t, a.db.Table("tasks").Where("case_id = ? AND visit = ?", task.CaseID, task.Visit).Delete(nil).Error)
	report, err = store.Verify(t.Context(), a.keys, all)
	require.NoError(t, err)
	require.Len(t, report.Findings, 4)
	for _, f := range report.Findings {
		require.Equal(t, models.TamperDeleted, f.Kind)
	}
	for _, id := range []string{rows[7].ID, rows[299].ID} {
		located(t, report, "a line of a journal that is gone", "registry_journal", id)
	}
	located(t, report, "a registry that is gone", "registries", r.OrgID)
	located(t, report, "a task that is gone", "tasks", fmt.Sprintf("%s|%d", task.CaseID, task.Visit))
}

// A row that was changed between two writes of ours shows, though the second covers it: it
// did not find what the first had left.
func TestARowChangedBetweenTwoWritesIsFound(t *testing.T) {
	t.Parallel()
	a := newAudited(t, testkit.SQLite(t))
	r := &models.Registry{OrgID: uuid.NewString(), PollAt: a.w.Now(), UpdatedAt: a.w.Now()}
	write := func() {
		a.w.Advance(time.Minute)
		require.NoError(t, a.w.Store.DB(t.Context()).Save(r).Error)
		a.seal(t)
	}
	require.NoError(t, a.w.Store.DB(t.Context()).Create(r).Error)
	r.Mode = models.RegistryPush
	write()
	exec(t, a.db, "UPDATE registries SET path = 'elsewhere' WHERE org_id = '"+r.OrgID+"'")
	r.Mode = models.RegistryFile
	write()
	report, err := a.w.Store.Verify(t.Context(), a.keys, stored(a.heads))
	require.NoError(t, err)
	require.Len(t, report.Findings, 1)
	require.Equal(t, models.TamperEdited, report.Findings[0].Kind)
	located(t, report, "a row changed in between", "registries", r.OrgID)
}
