package models

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	"zhengxiao/internal/domain"
)

// EventKey identifies an event.
type EventKey struct {
	CaseID string
	Seq    int
}

// Key identifies the event.
func (e *Event) Key() EventKey { return EventKey{e.CaseID, e.Seq} }

// EventFiles lists the file versions that each event handed in: the report of a
// diagnosis, the documents of a 两案 revision, the items of a dossier.
func (s *Store) EventFiles(ctx context.Context, events []Event) (map[EventKey][]FileView, error) {
	by := map[domain.Kind][]Event{}
	for _, e := range events {
		by[e.Kind] = append(by[e.Kind], e)
	}
	files := map[EventKey][]FileView{}
	for kind, load := range map[domain.Kind]func(*gorm.DB, []Event, map[EventKey][]FileView) error{
		domain.SubmitDiagnosis: diagnosisFiles, domain.SubmitPlan: planFiles, domain.SubmitDossier: dossierFiles,
	} {
		if len(by[kind]) == 0 {
			continue
		}
		if err := load(s.DB(ctx), by[kind], files); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// diagnosisFiles are the newest that had been checked when the diagnosis was submitted.
func diagnosisFiles(tx *gorm.DB, events []Event, into map[EventKey][]FileView) error {
	cases := make([]string, len(events))
	for i, e := range events {
		cases[i] = e.CaseID
	}
	var rows []FileView
	err := tx.Table("files f").Joins("JOIN file_versions v ON v.file_id = f.id").Select(fileViewColumns).
		Where("f.case_id IN ? AND f.slot_kind = ? AND v.state IN ?", cases, SlotDiagnosis, []FileState{FileChecked, FileLocked}).
		Order("f.slot_key, v.n DESC").Scan(&rows).Error
	for _, e := range events {
		for _, v := range rows {
			if v.File.CaseID == e.CaseID && !v.since().After(e.At) {
				into[e.Key()] = []FileView{v}
				break
			}
		}
	}
	return fail(err, "list files of diagnosis")
}

func planFiles(tx *gorm.DB, events []Event, into map[EventKey][]FileView) error {
	version := map[EventKey]int{}
	which := tx.Session(&gorm.Session{NewDB: true})
	for i, e := range events {
		var patch struct {
			Revision int `json:"revision"`
		}
		if err := json.Unmarshal([]byte(e.Patch), &patch); err != nil {
			return fmt.Errorf("decode event %d of case %s: %w", e.Seq, e.CaseID, err)
		}
		version[e.Key()] = patch.Revision
		which = either(which, i, "case_id = ? AND version = ?", e.CaseID, patch.Revision)
	}
	var rows []PlanRevision
	if err := tx.Where(which).Find(&rows).Error; err != nil {
		return fail(err, "list files of plan")
	}
	for _, r := range rows {
		var parts []DraftPart
		if err := json.Unmarshal([]byte(r.Body), &parts); err != nil {
			return fmt.Errorf("decode revision %d of case %s: %w", r.Version, r.CaseID, err)
		}
		for _, e := range events {
			if e.CaseID == r.CaseID && version[e.Key()] == r.Version {
				into[e.Key()] = partFiles(e.CaseID, parts)
			}
		}
	}
	return nil
}

func partFiles(caseID string, parts []DraftPart) []FileView {
	var files []FileView
	for _, p := range parts {
		if p.File != nil {
			files = append(files, FileView{
				File:    File{ID: p.File.ID, CaseID: caseID, SlotKind: SlotPlanPart, SlotKey: p.Code},
				Version: FileVersion{FileID: p.File.ID, N: p.File.N, Name: p.File.Name, SHA256: p.File.SHA256},
			})
		}
	}
	return files
}

func dossierFiles(tx *gorm.DB, events []Event, into map[EventKey][]FileView) error {
	which := tx.Session(&gorm.Session{NewDB: true})
	for i, e := range events {
		which = either(which, i, "p.case_id = ? AND p.round = ?", e.CaseID, e.Round)
	}
	var rows []struct {
		FileView

		CaseID string
		Round  int
	}
	err := tx.Table("dossier_pins p").Joins("JOIN files f ON f.id = p.file_id").
		Joins("JOIN file_versions v ON v.file_id = p.file_id AND v.n = p.n").
		Select("p.case_id, p.round, " + fileViewColumns).Where(which).Order("p.case_id, p.round, p.item").Scan(&rows).Error
	for _, e := range events {
		for _, r := range rows {
			if r.CaseID == e.CaseID && r.Round == e.Round {
				into[e.Key()] = append(into[e.Key()], r.FileView)
			}
		}
	}
	return fail(err, "list files of dossier")
}

// either adds one more alternative, the i-th, to a condition.
func either(q *gorm.DB, i int, sql string, args ...any) *gorm.DB {
	if i == 0 {
		return q.Where(sql, args...)
	}
	return q.Or(sql, args...)
}
