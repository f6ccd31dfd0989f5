package models

import (
	"strings"
	"time"

	"gorm.io/gorm"
)

// month is a table whose rows go by age: an item is what one month of it has.
type month struct {
	class  string
	row    any
	table  string
	at     string // when the time begins
	key    string // rows are erased by some keys at a time
	user   string // whose the rows are, for legal holds
	inCase string // likewise
	only   string // further condition
	parts  []part // what hangs on a row; such rows go one by one
	blank  map[string]any
}

// part is a table whose rows hang on those of a month.
type part struct {
	row     any
	of, key string
}

var months = []month{
	{class: "message", row: &Notice{}, table: "notices", at: "created_at", key: "id", user: "user_id", inCase: "case_id"},
	{class: "message", row: &CopyRow{}, table: "copies", at: "sent_at", key: "id", user: "user_id", inCase: "case_id"},
	{class: "message", row: &Urge{}, table: "urges", at: "at", key: "case_id", user: "by_user", inCase: "case_id"},
	{
		class: "message", row: &Bulletin{}, table: "bulletins", at: "sent_at", key: "id", user: "author_id",
		parts: []part{{&BulletinRecipient{}, "bulletin_id", "user_id"}},
	},
	{
		class: "message", row: &OutboxRow{}, table: "outbox", at: "done_at", key: "id", inCase: "case_id", only: "payload <> ''",
		blank: map[string]any{"payload": "", "last_error": ""},
	},
	{class: "access", row: &PersonalRead{}, table: "personal_reads", at: "at", key: "id", user: "subject_id", inCase: "case_id"},
	{class: "access", row: &DataRequest{}, table: "data_requests", at: "answered_at", key: "id", user: "user_id", only: "status <> 'open'"},
	{class: "diagnostic", row: &Alarm{}, table: "alarms", at: "cleared_at", key: "id", inCase: "case_id"},
	{
		class: "diagnostic", row: &ReconcileRun{}, table: "reconcile_runs", at: "finished_at", key: "id",
		parts: []part{{&ReconcileFinding{}, "run_id", "n"}},
	},
	{
		class: "import", row: &ImportJob{}, table: "imports", at: "finished_at", key: "id", user: "started_by",
		parts: []part{{&ImportError{}, "import_id", "row_no"}, {&ImportPart{}, "import_id", "n"}, {&ImportPasswords{}, "import_id", "id"}},
	},
}

// within are the rows of a span that nobody holds.
func (m month) within(tx *gorm.DB, h inForce, from, to time.Time) *gorm.DB {
	q := h.spare(tx.Model(m.row).Where(m.at+" >= ? AND "+m.at+" < ?", from, to), m.user, m.inCase)
	if m.only != "" {
		q = q.Where(m.only)
	}
	return q
}

// due lists the months that have anything, all at once.
func (m month) due(_ *Store, tx *gorm.DB, l *listing, _ string) ([]ErasureItem, string, error) {
	var items []ErasureItem
	from := time.Unix(0, 0).UTC()
	for {
		var first []time.Time
		if err := m.within(tx, l.holds, from, l.before).Order(m.at).Limit(1).Pluck(m.at, &first).Error; err != nil {
			return nil, "", fail(err, "look for months of "+m.table)
		}
		if len(first) == 0 {
			return items, "", nil
		}
		y, mon, _ := first[0].In(china).Date()
		start := time.Date(y, mon, 1, 0, 0, 0, 0, china)
		end := start.AddDate(0, 1, 0).UTC()
		if l.before.Before(end) {
			end = l.before
		}
		var n int64
		if err := m.within(tx, l.holds, start.UTC(), end).Count(&n).Error; err != nil {
			return nil, "", fail(err, "count a month of "+m.table)
		}
		items = append(items, ErasureItem{
			Kind: m.table, Ref: start.Format("2006-01"), Path: l.run.Path, Amount: int(n), Since: end, State: ItemDue,
		})
		from = end
	}
}

// erase removes some rows of a month, and reports whether any may be left.
func (m month) erase(tx *gorm.DB, l *listing, i *ErasureItem) (bool, error) {
	start, err := time.ParseInLocation("2006-01", i.Ref, china)
	if err != nil {
		return false, fail(err, "read month of erasure")
	}
	end := i.Since
	if l.before.Before(end) { // the rule has become longer
		end = l.before
	}
	batch := maxLimit
	if len(m.parts) > 0 {
		batch = 1
	}
	var keys []string
	rows := func() *gorm.DB { return m.within(tx, l.holds, start.UTC(), end) }
	if err := rows().Distinct(m.key).Order(m.key).Limit(batch).Pluck(m.key, &keys).Error; err != nil || len(keys) == 0 {
		return false, fail(err, "look for rows to erase")
	}
	for _, p := range m.parts {
		more, err := p.erase(tx, keys[0])
		if err != nil || more {
			return true, err
		}
	}
	q := rows().Where(m.key+" IN ?", keys)
	if m.blank != nil {
		q = q.UpdateColumns(m.blank)
	} else {
		q = q.Delete(m.row)
	}
	i.Done += int(q.RowsAffected)
	return len(keys) == batch, fail(q.Error, "erase rows of "+m.table)
}

// erase removes some of what hangs on a row, and reports whether any may be left.
func (p part) erase(tx *gorm.DB, of string) (bool, error) {
	var keys []string
	if err := tx.Model(p.row).Where(p.of+" = ?", of).Order(p.key).Limit(maxLimit).Pluck(p.key, &keys).Error; err != nil || len(keys) == 0 {
		return false, fail(err, "look for what hangs on a row")
	}
	err := tx.Where(p.of+" = ? AND "+p.key+" IN ?", of, keys).Delete(p.row).Error
	return len(keys) == maxLimit, fail(err, "erase what hangs on a row")
}

// ErasureKindName is what users read for a kind of item.
func ErasureKindName(kind string) string {
	return map[string]string{
		itemAccount: "账号", itemDrafts: "草稿", itemStudy: "研修记录", itemFiles: "材料文件", "notices": "通知", "copies": "抄送", "urges": "催办",
		"bulletins": "下发通知", "outbox": "已完成的后续处理", "personal_reads": "个人信息查看记录", "data_requests": "个人信息申请",
		"alarms": "告警", "reconcile_runs": "对账", "imports": "导入任务",
	}[strings.TrimSpace(kind)]
}
