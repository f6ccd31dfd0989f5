package models

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/registry"
)

// Heard counts what became of answers.
type Heard struct {
	Acknowledged int
	Refused      int
	Disputed     int
	Known        int // said before
	Pending      int // nothing decided
	Stray        int // of no record that was sent
}

func (h *Heard) add(o Heard) {
	h.Acknowledged += o.Acknowledged
	h.Refused += o.Refused
	h.Disputed += o.Disputed
	h.Known += o.Known
	h.Pending += o.Pending
	h.Stray += o.Stray
}

// HearRegistry takes a registry's answers, however often and in whatever order they come. by is who
// handed them in, "" for the registry itself.
func (s *Store) HearRegistry(ctx context.Context, orgID string, answers []registry.Answer, by string) (Heard, error) {
	var heard Heard
	for some := range slices.Chunk(answers, batchSize) {
		var h Heard
		err := s.Tx(ctx, func(tx *gorm.DB) error {
			h = Heard{}
			return s.hear(tx, orgID, some, by, &h)
		})
		if err != nil {
			return heard, fail(err, "take answers")
		}
		heard.add(h)
	}
	return heard, nil
}

func (s *Store) hear(tx *gorm.DB, orgID string, answers []registry.Answer, by string, h *Heard) error {
	nos := make([]string, len(answers))
	for i, a := range answers {
		nos[i] = a.No
	}
	var rows []RegistryRecord
	if err := forUpdate(tx).Where("no IN ? AND org_id = ?", nos, orgID).Order("no").Find(&rows).Error; err != nil {
		return fail(err, "load answered records")
	}
	records := map[string]*RegistryRecord{}
	for i := range rows {
		records[rows[i].No] = &rows[i]
	}
	said, err := saidBefore(tx, nos)
	if err != nil {
		return err
	}
	var batches []string
	for _, a := range answers {
		e, decided := a.Entry()
		if !decided {
			h.Pending++
			continue
		}
		r := records[a.No]
		if r == nil {
			h.Stray++
			if err := s.stray(tx, orgID, a.No, e, "没有这个记录号，或不是经本登记设置报送的"); err != nil {
				return err
			}
			continue
		}
		if said[a.No+e.Digest()] {
			h.Known++
			continue
		}
		said[a.No+e.Digest()] = true
		if err := s.enter(tx, r, e, by, h); err != nil {
			return err
		}
		batches = append(batches, r.BatchID)
	}
	return s.conclude(tx, batches)
}

// saidBefore are the answers that are in the journals already.
func saidBefore(tx *gorm.DB, nos []string) (map[string]bool, error) {
	var rows []RegistryEntry
	err := tx.Select("no", "digest").Where("no IN ? AND digest IS NOT NULL", nos).Find(&rows).Error
	said := map[string]bool{}
	for _, e := range rows {
		said[e.No+*e.Digest] = true
	}
	return said, fail(err, "look for earlier answers")
}

// enter adds an answer to its record's journal.
func (s *Store) enter(tx *gorm.DB, r *RegistryRecord, e registry.Entry, by string, h *Heard) error {
	before := r.State
	after, err := r.Held().After(r.Held().Record, e)
	if apperr.Is(err, registry.CodeNotSent) {
		h.Stray++
		return s.stray(tx, r.OrgID, r.No, e, apperr.MessageOf(err))
	}
	if err != nil {
		return err
	}
	if err := s.note(tx, r, e, after, by); err != nil {
		return err
	}
	switch {
	case after.State == registry.Disputed:
		h.Disputed++
	case before == after.State:
		h.Known++
	case after.State == registry.Acknowledged:
		h.Acknowledged++
	case after.State == registry.Refused:
		h.Refused++
	}
	return nil
}

// note writes the journal and what it comes to. A reversal that is booked frees the year it
// took back.
func (s *Store) note(tx *gorm.DB, r *RegistryRecord, e registry.Entry, after registry.Standing, by string) error {
	entry := RegistryEntry{
		ID: newID(), No: r.No, Kind: e.Kind, BatchID: r.BatchID, Hours: e.Hours, Receipt: e.Receipt, Reason: e.Reason,
		Outcome: e.Outcome, ByUser: by, At: s.Now(),
	}
	if d := e.Digest(); d != "" {
		entry.Digest = &d
	}
	if err := tx.Create(&entry).Error; err != nil {
		return fail(err, "write journal")
	}
	was := r.Holds
	r.State, r.Receipt, r.Reason = after.State, after.Receipt, truncate(after.Reason, 500)
	r.ConcludedAt = nil
	if after.State.Concluded() {
		r.ConcludedAt = new(s.Now())
	}
	r.Holds = after.State == registry.Disputed || after.State == registry.Acknowledged && r.Reverses == ""
	if err := tx.Save(r).Error; err != nil {
		return fail(err, "note answer")
	}
	if r.Reverses == "" || was == r.Holds && after.State != registry.Acknowledged {
		return nil
	}
	booked := after.State != registry.Acknowledged
	err := tx.Model(&RegistryRecord{}).Where("no = ? AND state = ?", r.Reverses, registry.Acknowledged).Update("holds", booked).Error
	return fail(err, "note reversal")
}

// stray keeps an answer that fits nothing, once.
func (s *Store) stray(tx *gorm.DB, orgID, no string, e registry.Entry, problem string) error {
	reg, err := registryByID(tx, orgID)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s", orgID, no, e.Digest()))
	row := RegistryStray{
		ID: hex.EncodeToString(sum[:]), OrgID: orgID, Path: reg.Path, No: no, Kind: e.Kind, Hours: e.Hours, Receipt: e.Receipt, Reason: e.Reason,
		Problem: problem, At: s.Now(),
	}
	return fail(tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row).Error, "keep stray answer")
}

// RegistryPoll is a registry whose receipts are to be fetched.
type RegistryPoll struct {
	Endpoint RegistryEndpoint
	After    string
}

// Receipts are fetched every few minutes while answers are missing, and now and then all
// the same: registries change their minds.
const (
	registryPollSoon = 5 * time.Minute
	registryPollRare = 6 * time.Hour
)

// NextRegistryPoll claims a registry whose receipts are due; nil when none is.
func (s *Store) NextRegistryPoll(ctx context.Context) (*RegistryPoll, error) {
	var due []string
	err := s.DB(ctx).Model(&Registry{}).Where("mode = ? AND poll_at <= ?", RegistryPush, s.Now()).Order("poll_at").Limit(1).Pluck("org_id", &due).Error
	if err != nil || len(due) == 0 {
		return nil, fail(err, "look for receipts to fetch")
	}
	var poll *RegistryPoll
	err = s.Tx(ctx, func(tx *gorm.DB) error {
		poll = nil
		var reg Registry
		err := tx.Clauses(skipLocked).Where("org_id = ? AND mode = ? AND poll_at <= ?", due[0], RegistryPush, s.Now()).Limit(1).Find(&reg).Error
		if err != nil || reg.OrgID == "" {
			return err
		}
		at, err := s.endpoint(&reg)
		if err != nil {
			return err
		}
		poll = &RegistryPoll{Endpoint: at, After: reg.AfterReceipt}
		return tx.Model(&reg).Update("poll_at", s.Now().Add(registryLease)).Error
	})
	if err != nil && ctx.Err() == nil { // or no other registry would ever be asked
		err = errors.Join(err, s.DB(ctx).Model(&Registry{}).Where("org_id = ?", due[0]).Updates(map[string]any{
			"poll_at": s.Now().Add(registryPollSoon), "trouble": "读取回执前出错：" + truncate(apperr.MessageOf(err), 400),
		}).Error)
	}
	return poll, fail(err, "look for receipts to fetch")
}

// RegistryPolled notes how far receipts were fetched, what went wrong, and when to go on.
func (s *Store) RegistryPolled(ctx context.Context, p *RegistryPoll, next, trouble string, after time.Duration) error {
	var open int64
	err := s.DB(ctx).Model(&RegistryBatch{}).Where("org_id = ? AND state IN ?", p.Endpoint.OrgID, []BatchState{BatchSent, BatchSending}).
		Limit(1).Count(&open).Error
	if err != nil {
		return fail(err, "look for records without answers")
	}
	wait := registryPollRare
	if open > 0 || trouble != "" {
		wait = max(registryPollSoon, after)
	}
	err = s.DB(ctx).Model(&Registry{}).Where("org_id = ? AND after_receipt = ?", p.Endpoint.OrgID, p.After).Updates(map[string]any{
		"after_receipt": cmp.Or(next, p.After), "trouble": truncate(trouble, 500), "poll_at": s.Now().Add(wait),
	}).Error
	return fail(err, "note how far receipts are")
}
