package models

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// DossierItem is the state of one of the 15 items (003:410-427): a file version, or a
// snapshot of what the system fills in from the team, the diagnosis or the filed plan.
type DossierItem struct {
	domain.EvidenceItem

	Ready      bool
	UploadedAt time.Time // of the file, or of the diagnosis
	FileID     string
	N          int
	FileName   string
	SHA256     string
	Size       int64  // bytes of the file
	Snapshot   string // JSON

	LinkedFileID string // the file is another slot's
	LinkedN      int
}

// DossierItems lists the items of a case's dossier as they are now.
func (s *Store) DossierItems(ctx context.Context, caseID string) ([]DossierItem, error) {
	return dossierOf(s.DB(ctx), caseID)
}

// DossierPins lists what was handed in for one round.
func (s *Store) DossierPins(ctx context.Context, caseID string, round int) ([]DossierPin, error) {
	var rows []DossierPin
	err := s.DB(ctx).Where("case_id = ? AND round = ?", caseID, round).Order("item").Find(&rows).Error
	return rows, fail(err, "list dossier pins")
}

func dossierOf(tx *gorm.DB, caseID string) ([]DossierItem, error) {
	policy, err := pinnedPolicy(tx, caseID)
	if err != nil {
		return nil, err
	}
	files, err := filled(tx, caseID, SlotDossier, "")
	if err != nil {
		return nil, err
	}
	uploads := map[string]FileView{}
	for _, f := range files {
		uploads[f.File.SlotKey] = f
	}
	items := make([]DossierItem, 0, len(policy.Evidence))
	for _, e := range policy.Evidence {
		item := DossierItem{EvidenceItem: e}
		if err := item.fill(tx, caseID); err != nil {
			return nil, err
		}
		if f, ok := uploads[strconv.Itoa(e.No)]; ok {
			item.Ready, item.UploadedAt = true, f.since()
			item.FileID, item.N, item.FileName, item.SHA256, item.Size = f.File.ID, f.Version.N, f.Version.Name, f.Version.SHA256, f.Version.Size
			item.LinkedFileID, item.LinkedN = f.Version.LinkedFileID, f.Version.LinkedN
		}
		items = append(items, item)
	}
	return items, nil
}

// pinnedPolicy decodes the policy of a case without the store's memory.
func pinnedPolicy(tx *gorm.DB, caseID string) (domain.Policy, error) {
	var p domain.Policy
	var row PolicyRow
	err := tx.Joins("JOIN cases ON cases.policy_digest = policies.digest").Where("cases.id = ?", caseID).Take(&row).Error
	if err != nil {
		return p, found(err, "项目", "load policy of case")
	}
	if err := json.Unmarshal([]byte(row.Body), &p); err != nil {
		return p, apperr.Wrap(err, apperr.Corrupt, "政策数据已损坏，请联系系统管理员。")
	}
	return p, nil
}

// fill takes what the system knows by itself. An uploaded file may add to it.
func (i *DossierItem) fill(tx *gorm.DB, caseID string) error {
	switch i.Source {
	case "":
		return nil
	case "team":
		team, err := teamRows(tx, caseID)
		return i.snapshot(team, len(team) > 0, err)
	case "diagnosis":
		d, err := diagnosisRow(tx, caseID)
		if err != nil {
			return err
		}
		i.UploadedAt = d.UpdatedAt
		fact, err := diagnosisOf(tx, caseID)
		return i.snapshot(d, fact.Complete, err)
	}
	return i.fillPart(tx, caseID)
}

// fillPart takes the item from the part of the filed 两案.
func (i *DossierItem) fillPart(tx *gorm.DB, caseID string) error {
	var rev PlanRevision
	err := tx.Where("case_id = ? AND status = ?", caseID, PlanFiled).Order("version DESC").Limit(1).Find(&rev).Error
	if err != nil || rev.Body == "" {
		return fail(err, "load filed plan")
	}
	var parts []DraftPart
	if err := json.Unmarshal([]byte(rev.Body), &parts); err != nil {
		return fmt.Errorf("decode revision %d of case %s: %w", rev.Version, caseID, err)
	}
	for _, p := range parts {
		if p.Code != i.Source {
			continue
		}
		i.UploadedAt = *rev.FiledAt
		if p.File != nil {
			i.FileID, i.N, i.FileName, i.SHA256 = p.File.ID, p.File.N, p.File.Name, p.File.SHA256
			err := tx.Model(&FileVersion{}).Where("file_id = ? AND n = ?", i.FileID, i.N).Select("size").Scan(&i.Size).Error
			if err != nil {
				return fail(err, "load size of filed part")
			}
		}
		return i.snapshot(p, true, nil)
	}
	return nil
}

func (i *DossierItem) snapshot(v any, ready bool, err error) error {
	if err != nil || !ready {
		return err
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode item %d: %w", i.No, err)
	}
	i.Ready, i.Snapshot = true, string(raw)
	return nil
}
