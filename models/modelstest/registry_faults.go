package modelstest

import (
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/registry"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// One person who cannot be read keeps nobody else's hours back, nor does a registry whose
// settings cannot be.
func testRegistryUnread(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	b := book(t, w, models.RegistryPush)
	b.batch()
	garble := func(table, column, where string) {
		require.NoError(t, w.Store.DB(ctx).Table(table).Where(where).UpdateColumn(column, "garbage").Error)
	}
	garble("users", "id_number_enc", "id = (SELECT user_id FROM (SELECT user_id FROM registry_records ORDER BY no LIMIT 1) first)")
	require.Len(t, b.send(), 1, "the other one goes")
	require.Len(t, b.records(registry.Refused), 1)
	require.Len(t, b.records(registry.Sent), 1)
	open := true
	alarms, _, err := w.Store.Alarms(ctx, models.AlarmFilter{Open: &open, Kind: models.AlarmRegistry}, models.Page{})
	require.NoError(t, err)
	require.Len(t, alarms, 1)
	rows, _, err := w.Store.RegistryCandidates(ctx, b.c, 0, models.Page{})
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Contains(t, rows[0].Problems, registry.ProblemNoID)

	require.NoError(t, w.Store.DB(ctx).Model(&models.Credit{}).Where("user_id = ?", rows[0].UserID).Update("hours", 0).Error)
	require.NoError(t, w.Store.DB(ctx).Model(&models.RegistryBatch{}).Where("1 = 1").Updates(map[string]any{"state": models.BatchReady, "after_no": ""}).Error)
	garble("registries", "secret", "1 = 1")
	for range 8 {
		_, err = w.Store.NextRegistryPage(ctx)
		require.Error(t, err)
		page, err := w.Store.NextRegistryPage(ctx)
		require.NoError(t, err, "it was put off: others have their turn")
		require.Nil(t, page)
		w.Clock.Advance(2 * time.Hour)
	}
	page, err := w.Store.NextRegistryPage(ctx)
	require.NoError(t, err)
	require.Nil(t, page, "it was stopped")
	_, err = w.Store.NextRegistryPoll(ctx)
	require.Error(t, err)
	poll, err := w.Store.NextRegistryPoll(ctx)
	require.NoError(t, err)
	require.Nil(t, poll)
}

// A batch costs what it has to send, however many schools are through with it.
func testRegistryAtScale(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	b := book(t, w, models.RegistryPush)
	n := 0
	count := func(*gorm.DB) { n++ }
	require.NoError(t, w.Store.DB(ctx).Callback().Query().After("gorm:query").Register("test:count", count))
	t.Cleanup(func() { _ = w.Store.DB(ctx).Callback().Query().Remove("test:count") })
	cost := func() int {
		n = 0
		b.batch()
		return n
	}
	alone := cost()
	nos := b.send()
	require.Len(t, nos, 2)
	b.hear(registry.Answer{No: nos[0], State: registry.Refused, Reason: "系统繁忙"}, registry.Answer{No: nos[1], State: registry.Refused, Reason: "系统繁忙"})
	for code, school := range map[string]*models.Org{"done-1": w.Foreign, "done-2": w.Direct} {
		c, users := w.Case(school, 1)
		w.Move(c.ID, domain.StageClosed)
		require.NoError(t, w.Store.DB(ctx).Create(&models.Credit{
			CaseID: c.ID, UserID: users[0].ID, Year: 2026, Hours: 250, State: domain.CreditConfirmed, RecognizedAt: w.Clock.Now(),
		}).Error)
		require.NoError(t, w.Store.DB(ctx).Create(&models.RegistryRecord{
			No: code, CaseID: c.ID, UserID: users[0].ID, Year: 2026, Rev: 1, Hours: 250, OrgID: w.City.ID, Path: c.Path,
			State: registry.Acknowledged, Holds: true, CreatedAt: w.Clock.Now(),
		}).Error)
	}
	require.Equal(t, alone, cost())
}
