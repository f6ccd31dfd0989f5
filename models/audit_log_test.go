package models_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/testkit"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
)

// Lists leave out what entries state at length and say how much it is, in bytes; the entry
// itself has it.
func TestLongEntriesOfLists(t *testing.T) {
	t.Parallel()
	listLongEntries(t, testkit.SQLite(t))
}

// The same on MySQL, where a server is named.
func TestLongEntriesOfListsOnMySQL(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	listLongEntries(t, testkit.MySQL(t))
}

func listLongEntries(t *testing.T, db *gorm.DB) {
	t.Helper()
	w := lifecycle.On(t, db)
	list := func() []models.AuditView {
		rows, _, err := w.Store.AuditLog(t.Context(), models.Scope{All: true}, models.AuditFilter{}, models.Page{})
		require.NoError(t, err)
		require.NotEmpty(t, rows)
		return rows
	}
	for _, v := range list() {
		require.Zero(t, v.StatedOmitted)
	}
	id, text := list()[0].ID, strings.Repeat("校", 3000) // less than 8 K characters, more bytes
	require.NoError(t, db.Exec("UPDATE audit_log SET stated = ? WHERE id = ?", text, id).Error)
	v := list()[0]
	require.Empty(t, v.Stated)
	require.EqualValues(t, 9000, v.StatedOmitted)
	whole, err := w.Store.AuditEntryIn(t.Context(), models.Scope{All: true}, id)
	require.NoError(t, err)
	require.Equal(t, text, whole.Stated)
	require.Zero(t, whole.StatedOmitted)
	_, err = w.Store.AuditEntryIn(t.Context(), models.Scope{Paths: []string{"/elsewhere/"}}, id)
	require.Equal(t, apperr.NotFound, apperr.CodeOf(err))
}
