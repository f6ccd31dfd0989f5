package models_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// Entries with megabytes of text are sealed, sent and purged a few at a time, so that
// neither memory nor a statement has to hold hundreds of them.
func TestLargeEntriesAreTakenAFewAtATime(t *testing.T) {
	t.Parallel()
	takeLarge(t, testkit.SQLite(t))
}

// The same on MySQL, where a server is named.
func TestLargeEntriesAreTakenAFewAtATimeOnMySQL(t *testing.T) {
	t.Parallel()
	if testkit.MySQLDSN() == "" {
		return
	}
	takeLarge(t, testkit.MySQL(t))
}

func takeLarge(t *testing.T, db *gorm.DB) {
	t.Helper()
	const large, of = 4, models.SomeBytes * 2 / 5 // two at a time
	clock := testkit.NewClock()
	store := models.New(db, clock.Now, testkit.Keyring(t))
	by, _ := signer(t)
	stated := 0
	for n := range large {
		var list [][]string
		for size := 0; size < of; size += 100 {
			list = append(list, []string{"users", fmt.Sprintf("%d-%06d", n, stated), "", strings.Repeat("x", 80)})
			stated++
		}
		raw, err := json.Marshal(list)
		require.NoError(t, err)
		require.NoError(t, store.AuditAlone(t.Context(), models.AuditEntry{Action: "user.import", Stated: string(raw)}))
	}
	sealed, err := store.SealAudit(t.Context(), by, 0)
	require.NoError(t, err)
	require.Equal(t, large, sealed)
	var seals []int64
	require.NoError(t, db.Model(&models.AuditSeal{}).Order("to_seq").Pluck("to_seq", &seals).Error)
	require.Equal(t, []int64{2, 4}, seals)

	for _, more := range []bool{true, false} {
		sh, err := store.ClaimShipment(t.Context(), "worker", 100, time.Minute)
		require.NoError(t, err)
		require.Len(t, sh.Entries, 2)
		require.Equal(t, more, sh.More)
		require.NoError(t, store.Shipped(t.Context(), "worker", sh.Entries[1].AuditEntry))
	}

	for range 2 { // what a purge has entered is purged in its turn
		h, err := store.MakeHead(t.Context(), "2026-09-07", "", by)
		require.NoError(t, err)
		require.NoError(t, store.HeadEntered(t.Context(), h, "object"))
		_, err = store.SealAudit(t.Context(), by, 0)
		require.NoError(t, err)
		clock.Advance(time.Minute)
		_, err = store.PurgeAudit(t.Context(), by, clock.Now(), math.MaxInt64, func() {})
		require.NoError(t, err)
		_, err = store.SealAudit(t.Context(), by, 0)
		require.NoError(t, err)
		var entries []models.AuditEntry
		require.NoError(t, db.Where("action = ?", models.ActionPurged).Find(&entries).Error)
		carried := 0
		for _, e := range entries {
			require.Less(t, len(e.Stated), models.SomeBytes*3/2)
			var list []json.RawMessage
			if e.Stated != "" {
				require.NoError(t, json.Unmarshal([]byte(e.Stated), &list))
			}
			carried += len(list)
		}
		require.Equal(t, stated, carried, "nothing that was stated is lost")
	}
}
