package models

import (
	"context"
	"errors"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/registry"
)

// Codes of batches.
const (
	CodeRegistryNothing apperr.Code = "registry_nothing" // nothing to send
	CodeRegistryMode    apperr.Code = "registry_mode"    // the batch goes another way
)

// registryBatchMost is how many records a batch holds.
const registryBatchMost = 5000

// NewBatch says what to send: the cases within Scope, or only some of them.
type NewBatch struct {
	Scope   Scope
	Office  string // path of the office that sends
	CaseIDs []string
	Year    int // 0: any
	By      string
}

// BatchMade is a batch with what was left out of it.
type BatchMade struct {
	RegistryBatch

	Problems map[registry.Problem]int
	More     bool // there is more than a batch holds
}

// CreateRegistryBatch puts the rows that may be sent into a batch, and reversals that wait.
// What the registry would refuse stays out.
func (s *Store) CreateRegistryBatch(ctx context.Context, n NewBatch) (*BatchMade, error) {
	reg, err := s.RegistryFor(ctx, n.Office)
	if err != nil {
		return nil, err
	}
	cases, err := s.registryCases(ctx, n)
	if err != nil {
		return nil, err
	}
	made := &BatchMade{Problems: map[registry.Problem]int{}}
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		*made = BatchMade{Problems: map[registry.Problem]int{}, RegistryBatch: RegistryBatch{
			ID: newID(), OrgID: reg.OrgID, Path: n.Office, Mode: reg.Mode, State: BatchReady, DueAt: s.Now(), CreatedBy: n.By, CreatedAt: s.Now(),
		}}
		for i := range cases {
			if made.Records >= registryBatchMost {
				made.More = true
				break
			}
			if err := s.fill(tx, reg, &cases[i], n.Year, made); err != nil {
				return err
			}
		}
		if made.Records == 0 {
			return nothingToSend(made.Problems)
		}
		if err := audit(tx, AuditEntry{
			Action: "registry.batch", SubjectKind: "registry_batch", SubjectID: made.ID, Details: map[string]any{"records": made.Records},
		}); err != nil {
			return err
		}
		return tx.Create(&made.RegistryBatch).Error
	})
	return made, fail(err, "create batch")
}

func nothingToSend(problems map[registry.Problem]int) error {
	if len(problems) == 0 {
		return apperr.New(CodeRegistryNothing, "没有待报送的学时：已确认的都已报送。")
	}
	worst := slices.MaxFunc(registry.Problems(), func(a, b registry.Problem) int { return problems[a] - problems[b] })
	return apperr.Newf(CodeRegistryNothing, "没有可以报送的学时：都没有通过预检，例如“%s”%d条。请按各项目“学时登记”中的说明改正后再报送。",
		worst.Fix().Title, problems[worst])
}

// registryCases are the cases that have something to send, by where they are: most have sent
// all they had long ago.
func (s *Store) registryCases(ctx context.Context, n NewBatch) ([]Case, error) {
	q := n.Scope.Cases(s.DB(ctx)).Select("cases.id, cases.path, cases.school_id").
		Where("cases.path >= ? AND cases.path < ?", n.Office, pathEnd(n.Office)).
		Where("EXISTS (?) OR EXISTS (?)", unsent(s.DB(ctx).Table("credits").Select("1").Where("credits.case_id = cases.id")),
			s.DB(ctx).Table("registry_records q").Select("1").Where("q.case_id = cases.id AND q.batch_id = '' AND q.state = ?", registry.Queued))
	if len(n.CaseIDs) > 0 {
		q = q.Where("cases.id IN ?", n.CaseIDs)
	} else {
		q = q.Where("cases.stage IN ?", []domain.Stage{domain.StageCrediting, domain.StageClosed})
	}
	var rows []Case
	err := q.Order("cases.path, cases.id").Limit(registryBatchMost).Find(&rows).Error
	return rows, fail(err, "list cases to register")
}

// fill puts one case's rows into a batch.
func (s *Store) fill(tx *gorm.DB, reg *Registry, c *Case, year int, made *BatchMade) error {
	var locked Case
	if err := forShare(tx).Select("id").Where("id = ?", c.ID).Take(&locked).Error; err != nil { // confirming and ending wait
		return fail(err, "lock case")
	}
	q := candidates(tx, c.ID)
	if year != 0 {
		q = q.Where("credits.year = ?", year)
	}
	room := registryBatchMost - made.Records
	var rows []RegistryCandidate
	if err := q.Order("credits.user_id, credits.year").Limit(room + 1).Find(&rows).Error; err != nil {
		return fail(err, "list rows to register")
	}
	if len(rows) > room {
		rows, made.More = rows[:room], true
	}
	if err := s.judge(tx, reg, c, rows); err != nil {
		return err
	}
	revs, err := lastRevs(tx, c.ID)
	if err != nil {
		return err
	}
	var records []RegistryRecord
	for _, r := range rows {
		for _, p := range r.Problems {
			made.Problems[p]++
		}
		if len(r.Problems) == 0 {
			k := registry.Key{CaseID: c.ID, UserID: r.UserID, Year: r.Year}
			records = append(records, newRecord(registry.NewRecord(k, revs[k]+1, r.Hours, ""), reg.OrgID, c.Path, s.Now()))
		}
	}
	return s.addRecords(tx, c.ID, records, made)
}

func (s *Store) addRecords(tx *gorm.DB, caseID string, records []RegistryRecord, made *BatchMade) error {
	for i := range records {
		records[i].BatchID = made.ID
	}
	if len(records) > 0 {
		err := tx.CreateInBatches(&records, batchSize).Error
		if IsDuplicate(err) { // somebody else sends the same rows just now
			return apperr.Wrap(err, apperr.Conflict, "其他人正在报送同一项目，请刷新后重试。")
		}
		if err != nil {
			return fail(err, "queue records")
		}
	}
	res := tx.Model(&RegistryRecord{}).Where("case_id = ? AND batch_id = '' AND state = ?", caseID, registry.Queued).Update("batch_id", made.ID)
	made.Records += len(records) + int(res.RowsAffected)
	return fail(res.Error, "take waiting reversals")
}

// lastRevs are the highest revisions of a case's records.
func lastRevs(tx *gorm.DB, caseID string) (map[registry.Key]int, error) {
	var rows []RegistryRecord
	err := tx.Model(&RegistryRecord{}).Select("case_id, user_id, year, MAX(rev) AS rev").Where("case_id = ?", caseID).
		Group("case_id, user_id, year").Find(&rows).Error
	last := map[registry.Key]int{}
	for _, r := range rows {
		last[registry.Key{CaseID: r.CaseID, UserID: r.UserID, Year: r.Year}] = r.Rev
	}
	return last, fail(err, "look for earlier records")
}

// ResendRegistryBatch sends again what has no answer, after somebody has looked.
func (s *Store) ResendRegistryBatch(ctx context.Context, scope Scope, id string) (*RegistryBatch, error) {
	var b RegistryBatch
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		if err := s.lockBatch(tx, scope, id, &b); err != nil {
			return err
		}
		switch {
		case b.Mode != RegistryPush:
			return apperr.New(CodeRegistryMode, "这一批是用文件报送的，请重新下载文件提交。")
		case b.State == BatchConcluded:
			return apperr.New(apperr.Conflict, "这一批的记录都已有回执，不需要再报送。")
		}
		b.State, b.AfterNo, b.Attempts, b.Trouble, b.DueAt = BatchReady, "", 0, "", s.Now()
		return tx.Save(&b).Error
	})
	return &b, fail(err, "send batch again")
}

func (s *Store) lockBatch(tx *gorm.DB, scope Scope, id string, b *RegistryBatch) error {
	*b = RegistryBatch{}
	err := scope.within(forUpdate(tx), "registry_batches.path", "").Where("id = ?", id).Take(b).Error
	return found(err, "报送批次", "load batch")
}

// conclude ends the batches among ids of which every record has its answer.
func (s *Store) conclude(tx *gorm.DB, ids []string) error {
	err := tx.Model(&RegistryBatch{}).Where("id IN ? AND state <> ?", ids, BatchConcluded).
		Where("NOT EXISTS (SELECT 1 FROM registry_records r WHERE r.batch_id = registry_batches.id AND r.state NOT IN ?)",
			[]registry.State{registry.Acknowledged, registry.Refused}).
		Updates(map[string]any{"state": BatchConcluded, "concluded_at": s.Now(), "trouble": ""}).Error
	return fail(err, "conclude batches")
}

func newRecord(r registry.Record, orgID, path string, at time.Time) RegistryRecord {
	return RegistryRecord{
		No: r.No, CaseID: r.CaseID, UserID: r.UserID, Year: r.Year, Rev: r.Rev, Hours: r.Hours, Reverses: r.Reverses,
		OrgID: orgID, Path: path, State: registry.Queued, Holds: true, CreatedAt: at,
	}
}

// skipLocked leaves out what another worker is at.
var skipLocked = clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}

var errNotDue = errors.New("not due")
