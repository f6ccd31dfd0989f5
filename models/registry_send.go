package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/registry"
	"zhengxiao/internal/registry/file"
)

// AlarmRegistry is a registry that turns everything down.
const AlarmRegistry = "registry"

// registryLease is how long a worker has for a page or a poll before another may try.
const registryLease = 3 * time.Minute

// RegistryPage is what to hand in next.
type RegistryPage struct {
	Batch    string
	Endpoint RegistryEndpoint
	Lines    []registry.Line
	last     string
}

// NextRegistryPage claims a batch that is due and notes its next records as sent, before
// they are: an answer that gets lost is missed then, and never a record. nil when nothing
// is due.
func (s *Store) NextRegistryPage(ctx context.Context) (*RegistryPage, error) {
	var due []string
	err := s.DB(ctx).Table("registry_batches b").Joins("JOIN registries r ON r.org_id = b.org_id").
		Where("b.mode = ? AND b.state IN ? AND b.due_at <= ?", RegistryPush, []BatchState{BatchReady, BatchSending}, s.Now()).
		Where("(r.next_at IS NULL OR r.next_at <= ?)", s.Now()).
		Order("b.due_at").Limit(1).Pluck("b.id", &due).Error
	if err != nil || len(due) == 0 {
		return nil, fail(err, "look for batches")
	}
	var page *RegistryPage
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		page = nil
		var b RegistryBatch
		err := tx.Clauses(skipLocked).Where("id = ? AND due_at <= ?", due[0], s.Now()).Limit(1).Find(&b).Error
		if err != nil || b.ID == "" || b.State == BatchConcluded {
			return errors.Join(err, errNotDue)
		}
		page, err = s.page(tx, &b)
		return err
	})
	if errors.Is(err, errNotDue) {
		return nil, nil //nolint:nilnil // another worker has it
	}
	if err != nil && ctx.Err() == nil { // or it would be the first again, before all others
		err = errors.Join(err, s.putOff(ctx, due[0], err))
	}
	return page, fail(err, "take next records")
}

// registryTries is how often a batch is put off for a reason of this system's own.
const registryTries = 8

// putOff has a batch that could not be prepared wait, and stops it in the end.
func (s *Store) putOff(ctx context.Context, id string, cause error) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		var b RegistryBatch
		err := tx.Clauses(skipLocked).Where("id = ? AND state IN ?", id, []BatchState{BatchReady, BatchSending}).Limit(1).Find(&b).Error
		if err != nil || b.ID == "" {
			return fail(err, "put batch off")
		}
		return s.delay(tx, &b, "报送前出错："+apperr.MessageOf(cause), b.Attempts+1 >= registryTries, 0)
	})
}

// delay has a batch wait, or stops it and says so.
func (s *Store) delay(tx *gorm.DB, b *RegistryBatch, why string, stop bool, after time.Duration) error {
	b.Attempts++
	b.Trouble, b.DueAt = truncate(why, 500), s.Now().Add(registryRetry(b.Attempts, after))
	if stop {
		b.State = BatchStopped
		id := fmt.Sprintf("registry-%s-%d", b.ID, s.Now().Unix()) // each stop is told, whatever became of the last
		if err := raise(tx, Alarm{ID: id, Kind: AlarmRegistry, Detail: why, CreatedAt: s.Now()}); err != nil {
			return err
		}
	}
	return fail(tx.Save(b).Error, "put batch off")
}

// page takes the next records of a batch; at its end the batch waits for receipts.
func (s *Store) page(tx *gorm.DB, b *RegistryBatch) (*RegistryPage, error) {
	var reg Registry // locked: its rate is of all batches together
	err := tx.Clauses(skipLocked).Where("org_id = ? AND (next_at IS NULL OR next_at <= ?)", b.OrgID, s.Now()).Limit(1).Find(&reg).Error
	if err != nil || reg.OrgID == "" {
		return nil, errors.Join(err, errNotDue)
	}
	at, err := s.endpoint(&reg)
	if err != nil {
		return nil, err
	}
	rows, lines, err := s.lines(tx, &reg, b, reg.page())
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		b.State, b.SentAt = BatchSent, new(s.Now())
		if err := tx.Save(b).Error; err != nil {
			return nil, err
		}
		return &RegistryPage{Batch: b.ID}, s.conclude(tx, []string{b.ID})
	}
	b.State, b.DueAt = BatchSending, s.Now().Add(registryLease)
	if err := tx.Save(b).Error; err != nil {
		return nil, err
	}
	if next := reg.next(len(rows), s.Now()); next != nil {
		if err := tx.Model(&reg).Update("next_at", next).Error; err != nil {
			return nil, err
		}
	}
	return &RegistryPage{Batch: b.ID, Endpoint: at, Lines: lines, last: rows[len(rows)-1].No}, s.noteSent(tx, rows, "")
}

// page is how many records go at a time: never more than in a minute.
func (r Registry) page() int {
	n := max(r.Settings.PageSize, 1)
	if r.Settings.PerMinute > 0 {
		n = min(n, r.Settings.PerMinute)
	}
	return n
}

// next is when the page after one of n records may go, nil for at once.
func (r Registry) next(n int, now time.Time) *time.Time {
	if r.Settings.PerMinute == 0 {
		return nil
	}
	return new(now.Add(time.Duration(n) * time.Minute / time.Duration(r.Settings.PerMinute)))
}

func registryByID(tx *gorm.DB, id string) (*Registry, error) {
	var reg Registry
	err := tx.Where("org_id = ?", id).Take(&reg).Error
	return &reg, found(err, "登记设置", "load registry")
}

// sendable is a record with whom it is about.
type sendable struct {
	RegistryRecord

	Name        string
	IDNumberEnc string
	SchoolName  string
	SchoolCode  string
	CohortCode  string
}

// lines are the next records of a batch without an answer, with the persons in clear.
func (s *Store) lines(tx *gorm.DB, reg *Registry, b *RegistryBatch, limit int) ([]RegistryRecord, []registry.Line, error) {
	var found []sendable
	err := tx.Table("registry_records r").
		Select("r.*, users.name, users.id_number_enc, orgs.name AS school_name, orgs.code AS school_code, cohorts.code AS cohort_code").
		Joins("JOIN users ON users.id = r.user_id").Joins("JOIN cases ON cases.id = r.case_id").
		Joins("JOIN orgs ON orgs.id = cases.school_id").Joins("JOIN cohorts ON cohorts.id = cases.cohort_id").
		Where("r.batch_id = ? AND r.no > ? AND r.state IN ?", b.ID, b.AfterNo, []registry.State{registry.Queued, registry.Sent}).
		Order("r.no").Limit(limit).Find(&found).Error
	if err != nil {
		return nil, nil, fail(err, "load records to send")
	}
	rows, lines := make([]RegistryRecord, 0, len(found)), make([]registry.Line, 0, len(found))
	for i := range found {
		r := &found[i]
		id, err := s.keys.Open(columnIDNumber, r.UserID, r.IDNumberEnc)
		if err != nil {
			if err := s.leaveOut(tx, b, &r.RegistryRecord); err != nil {
				return nil, nil, err
			}
			continue
		}
		rows = append(rows, r.RegistryRecord)
		lines = append(lines, registry.Line{
			No: r.No, Reverses: r.Reverses, Name: r.Name, IDNumber: id, OrgCode: r.SchoolCode, OrgName: r.SchoolName,
			Project: reg.Settings.Project, Category: reg.Settings.Category, Cohort: r.CohortCode, Year: r.Year, Hours: r.Hours,
		})
	}
	if len(rows) == 0 && len(found) > 0 {
		b.AfterNo = found[len(found)-1].No
		return s.lines(tx, reg, b, limit)
	}
	return rows, lines, nil
}

// leaveOut keeps a record out whose person cannot be read, so that the others go. One that
// never left is refused here; one that did waits for the registry's word.
func (s *Store) leaveOut(tx *gorm.DB, b *RegistryBatch, r *RegistryRecord) error {
	detail := fmt.Sprintf("batch %s: ID numbers cannot be read, the first that of user %s", b.ID, r.UserID)
	if err := raise(tx, Alarm{ID: alarmID("unreadable " + b.ID), Kind: AlarmRegistry, Detail: detail, CreatedAt: s.Now()}); err != nil {
		return err
	}
	if r.State != registry.Queued {
		return nil
	}
	why := "没有报送：该教师的身份证号已无法读取，请学校管理员重新填写后再报送。"
	return s.note(tx, r, registry.Entry{Kind: registry.EntryRefused, Reason: why}, registry.Standing{State: registry.Refused, Reason: why}, "")
}

// noteSent writes down that records leave.
func (s *Store) noteSent(tx *gorm.DB, rows []RegistryRecord, by string) error {
	nos, journal := make([]string, len(rows)), make([]RegistryEntry, len(rows))
	for i, r := range rows {
		nos[i] = r.No
		journal[i] = RegistryEntry{ID: newID(), No: r.No, Kind: registry.EntrySent, BatchID: r.BatchID, ByUser: by, At: s.Now()}
	}
	if err := tx.CreateInBatches(&journal, batchSize).Error; err != nil {
		return fail(err, "note records as sent")
	}
	err := tx.Model(&RegistryRecord{}).Where("no IN ? AND state IN ?", nos, []registry.State{registry.Queued, registry.Sent}).
		Updates(map[string]any{"state": registry.Sent, "sends": gorm.Expr("sends + 1"), "sent_at": s.Now()}).Error
	return fail(err, "note records as sent")
}

// RegistryPageSent notes that a page arrived, with what the registry said at once.
func (s *Store) RegistryPageSent(ctx context.Context, p *RegistryPage, answers []registry.Answer) (Heard, error) {
	heard, err := s.HearRegistry(ctx, p.Endpoint.OrgID, answers, "")
	if err != nil {
		return heard, err
	}
	err = s.DB(ctx).Model(&RegistryBatch{}).Where("id = ? AND state = ?", p.Batch, BatchSending).
		Updates(map[string]any{"after_no": p.last, "attempts": 0, "trouble": "", "due_at": s.Now()}).Error
	return heard, fail(err, "note how far batch is")
}

// RegistryPageFailed puts a batch off, or stops it when trying again would not help.
func (s *Store) RegistryPageFailed(ctx context.Context, p *RegistryPage, why string, permanent bool, after time.Duration) error {
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		var b RegistryBatch
		if err := forUpdate(tx).Where("id = ? AND state = ?", p.Batch, BatchSending).Limit(1).Find(&b).Error; err != nil || b.ID == "" {
			return err
		}
		return s.delay(tx, &b, why, permanent, after)
	})
	return fail(err, "put batch off")
}

// RegistryFileOut is a batch as a file of the registry's template.
type RegistryFileOut struct {
	Format  file.Format
	Columns []file.Column
	Lines   []registry.Line
	Batch   string
}

// Write writes it out.
func (f RegistryFileOut) Write(out io.Writer) error {
	return file.Write(out, f.Format, f.Columns, func(put func(registry.Line) error) error {
		for _, l := range f.Lines {
			if err := put(l); err != nil {
				return err
			}
		}
		return nil
	})
}

// RegistryFile hands out what of a batch has no answer yet. Handing it out counts as
// sending: whoever has the file may have handed it in.
func (s *Store) RegistryFile(ctx context.Context, scope Scope, id string, c ClearFile) (*RegistryFileOut, error) {
	var out RegistryFileOut
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		var b RegistryBatch
		if err := s.lockBatch(tx, scope, id, &b); err != nil {
			return err
		}
		if b.Mode != RegistryFile {
			return apperr.New(CodeRegistryMode, "这一批通过接口自动报送，没有文件。")
		}
		reg, err := registryByID(tx, b.OrgID)
		if err != nil {
			return err
		}
		b.AfterNo = ""
		rows, lines, err := s.lines(tx, reg, &b, registryBatchMost*2)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return apperr.New(CodeRegistryNothing, "这一批的记录都已有回执，没有需要提交的内容。")
		}
		out = RegistryFileOut{Format: reg.Settings.Format, Columns: reg.Settings.Columns, Lines: lines, Batch: b.ID}
		if err := s.keepFile(tx, c, FieldIDNumber, b.ID, b.Path, len(rows)); err != nil {
			return err
		}
		if err := s.noteSent(tx, rows, c.ViewerID); err != nil {
			return err
		}
		b.State, b.SHA256 = BatchSent, digestOf(lines)
		if err := audit(tx, AuditEntry{
			Action: "registry.file", SubjectKind: "registry_batch", SubjectID: b.ID, Details: map[string]any{"records": len(rows), "sha256": b.SHA256},
		}); err != nil {
			return err
		}
		if b.SentAt == nil {
			b.SentAt = new(s.Now())
		}
		return tx.Save(&b).Error
	})
	return &out, fail(err, "hand out batch")
}

// digestOf names what was handed out, without telling it.
func digestOf(lines []registry.Line) string {
	h := sha256.New()
	for _, l := range lines {
		_, _ = io.WriteString(h, l.No+"\x00"+l.Name+"\x00"+l.IDNumber+"\x00"+l.Hours.String()+"\n")
	}
	return hex.EncodeToString(h.Sum(nil))
}
