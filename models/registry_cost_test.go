package models_test

import (
	"fmt"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/registry"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// What it costs to state the exchange with a registry, a record each for making it and for
// its answer; on MySQL, too, where a server is named:
//
//	go test ./models -run '^$' -bench StatingTheExchange
func BenchmarkStatingTheExchange(b *testing.B) {
	models.Trusting(b)
	for name, open := range map[string]func(testing.TB) *gorm.DB{"SQLite": testkit.SQLite, "MySQL": testkit.MySQL} {
		if name == "MySQL" && testkit.MySQLDSN() == "" {
			continue
		}
		for _, stated := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s, stated %t", name, stated), func(b *testing.B) {
				db := open(b)
				store := models.New(db, time.Now, testkit.Keyring(b))
				if !stated {
					unwatch(b, db)
				}
				require.NoError(b, db.Create(&models.Registry{OrgID: "office", PollAt: time.Now(), UpdatedAt: time.Now()}).Error)
				for b.Loop() {
					exchange(b, store)
				}
			})
		}
	}
}

// exchange makes a batch of records, which are sent, and hears the answers.
func exchange(b *testing.B, store *models.Store) {
	b.Helper()
	const records = 1000
	id := uuid.NewString()
	rows, journal, answers := make([]models.RegistryRecord, records), make([]models.RegistryEntry, records), make([]registry.Answer, records)
	for i := range rows {
		no := fmt.Sprintf("%s-%d", id, i)
		rows[i] = models.RegistryRecord{
			No: no, CaseID: id, UserID: uuid.NewString(), OrgID: "office", BatchID: id, State: registry.Sent, Hours: 250, CreatedAt: time.Now(),
		}
		journal[i] = models.RegistryEntry{ID: uuid.NewString(), No: no, Kind: registry.EntrySent, BatchID: id, At: time.Now()}
		answers[i] = registry.Answer{No: no, State: registry.Acknowledged, Hours: 250, Receipt: no[:32]}
	}
	began := processor(b)
	require.NoError(b, store.Tx(b.Context(), func(tx *gorm.DB) error {
		if err := tx.CreateInBatches(&rows, 200).Error; err != nil {
			return err
		}
		return tx.CreateInBatches(&journal, 200).Error
	}))
	made := processor(b)
	heard, err := store.HearRegistry(b.Context(), "office", answers, "")
	require.NoError(b, err)
	require.Equal(b, records, heard.Acknowledged)
	b.ReportMetric(float64((made-began).Microseconds())/records, "µs-CPU/made")
	b.ReportMetric(float64((processor(b)-made).Microseconds())/records, "µs-CPU/heard")
}

// processor is how much of the processor the process has used: what others do beside it
// does not count.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// What it costs to state a province's records and their journals when an installation is
// upgraded, to seal and to verify that, and how much memory verifying takes:
//
//	go test ./models -run '^$' -bench VerifyTheExchange -benchtime 1x -timeout 60m
func BenchmarkVerifyTheExchange(b *testing.B) {
	models.Trusting(b)
	for _, records := range []int{11_000, 110_000, 1_100_000} {
		b.Run(fmt.Sprintf("%d records, 3 lines each", records), func(b *testing.B) {
			db := testkit.SQLite(b)
			store := models.New(db, time.Now, testkit.Keyring(b))
			by, keys := signer(b)
			fillExchange(b, db, records)
			for b.Loop() {
				began := processor(b)
				require.NoError(b, store.BeginAudit(b.Context(), by))
				stated := processor(b)
				_, err := store.SealAudit(b.Context(), by, 0)
				require.NoError(b, err)
				sealed := processor(b)
				most := peak(func() {
					r, err := store.Verify(b.Context(), keys, nil)
					require.NoError(b, err)
					require.Empty(b, r.Findings)
					require.EqualValues(b, 4*records, r.Rows)
				})
				b.ReportMetric((stated - began).Seconds(), "s-CPU-stated")
				b.ReportMetric((sealed - stated).Seconds(), "s-CPU-sealed")
				b.ReportMetric((processor(b) - sealed).Seconds(), "s-CPU-verified")
				b.ReportMetric(float64(most)/1e6, "MB")
			}
		})
	}
}

// fillExchange writes records with three lines each, by nobody who would say so.
func fillExchange(b *testing.B, db *gorm.DB, records int) {
	b.Helper()
	const from = " FROM (WITH RECURSIVE x(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM x WHERE n + 1 < ?) SELECT n FROM x) x"
	const padded = "100000000000 + n"
	require.NoError(b, db.Exec("PRAGMA synchronous = OFF").Error)
	exec := func(sql string) { require.NoError(b, db.Exec(sql+from, records).Error) }
	exec("INSERT INTO registry_records (no, case_id, user_id, year, rev, hours, reverses, org_id, batch_id, path, state, holds, sends, receipt, reason, created_at)" +
		" SELECT CONCAT('44-2026-1-', " + padded + "), CONCAT('01890000-0000-7000-8000-', 100000 + n / 37), CONCAT('01890000-0000-7000-9000-', " + padded + ")," +
		" 2026, 1, 250, '', 'office', 'batch', '/44/4401/', 'acknowledged', TRUE, 1, CONCAT('R', n), '', '2026-11-23 00:00:00'")
	for i := range 3 {
		exec(fmt.Sprintf("INSERT INTO registry_journal (id, no, kind, batch_id, hours, receipt, reason, outcome, by_user, at)"+
			" SELECT CONCAT('01890000-0000-7000-%d000-', "+padded+"), CONCAT('44-2026-1-', "+padded+"), 'sent', 'batch', 0, '', '', '', '', '2026-11-23 00:00:00'", i))
	}
}

// peak is how much more memory fn had in use at a time, what was to be collected included.
func peak(fn func()) (most uint64) {
	before := alive()
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		var m runtime.MemStats
		for {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapInuse)
			}
		}
	})
	fn()
	close(done)
	watching.Wait()
	return max(most, before) - before
}
