package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// PutTeam replaces the 信息化管理团队. Its rules are checked when it is submitted, so that
// a team may be drafted; here people must exist and be of the school.
func (s *Store) PutTeam(ctx context.Context, caseID string, members []TeamMember) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		c, _, err := s.writable(tx, caseID, whileTeam)
		if err != nil {
			return err
		}
		ids := make([]string, len(members))
		for i := range members {
			members[i].CaseID, ids[i] = caseID, members[i].UserID
		}
		var own int64
		if err := tx.Model(&User{}).Where("id IN ? AND org_id = ?", ids, c.SchoolID).Count(&own).Error; err != nil {
			return err
		}
		if int(own) != len(ids) {
			return apperr.Field("members", "团队成员须为本校用户，且每人只能出现一次，请核对。")
		}
		if err := tx.Where("case_id = ?", caseID).Delete(&TeamMember{}).Error; err != nil || len(members) == 0 {
			return err
		}
		return tx.Create(&members).Error
	})
}

// Team lists the members of a case's team.
func (s *Store) Team(ctx context.Context, caseID string) ([]TeamMember, error) {
	return teamRows(s.DB(ctx), caseID)
}

func teamRows(tx *gorm.DB, caseID string) ([]TeamMember, error) {
	var rows []TeamMember
	err := tx.Where("case_id = ?", caseID).Order("user_id").Find(&rows).Error
	return rows, fail(err, "load team")
}

func teamOf(tx *gorm.DB, caseID string) ([]domain.TeamMember, error) {
	rows, err := teamRows(tx, caseID)
	members := make([]domain.TeamMember, len(rows))
	for i, r := range rows {
		members[i] = domain.TeamMember{UserID: r.UserID, Duty: r.Duty, CIO: r.CIO, SchoolLeader: r.SchoolLeader}
	}
	return members, err
}

// PutDiagnosis stores the drafted 诊断报告. Its environment is checked when given.
func (s *Store) PutDiagnosis(ctx context.Context, d Diagnosis) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		c, _, err := s.writable(tx, d.CaseID, whileDiagnosis)
		if err != nil {
			return err
		}
		policy, err := s.policy(tx, c.PolicyDigest)
		if err != nil {
			return err
		}
		if d.Environment != "" {
			if err := domain.CheckEnvironment(policy.Environments, d.Environment); err != nil {
				return err
			}
		}
		d.UpdatedAt = s.Now()
		return upsert(tx).Create(&d).Error
	})
}

// Diagnosis returns the drafted 诊断报告, empty when there is none.
func (s *Store) Diagnosis(ctx context.Context, caseID string) (Diagnosis, error) {
	return diagnosisRow(s.DB(ctx), caseID)
}

func diagnosisRow(tx *gorm.DB, caseID string) (Diagnosis, error) {
	var d Diagnosis
	err := tx.Where("case_id = ?", caseID).Limit(1).Find(&d).Error
	return d, fail(err, "load diagnosis")
}

func diagnosisOf(tx *gorm.DB, caseID string) (domain.DiagnosisFact, error) {
	d, err := diagnosisRow(tx, caseID)
	if err != nil {
		return domain.DiagnosisFact{}, err
	}
	report, err := filled(tx, caseID, SlotDiagnosis, "")
	swot := []string{d.Strengths, d.Weaknesses, d.Opportunities, d.Threats}
	written := !slices.ContainsFunc(swot, func(text string) bool { return strings.TrimSpace(text) == "" })
	return domain.DiagnosisFact{Environment: d.Environment, Complete: written || len(report) > 0}, err
}

// PutPlanDraft stores the text of one part of the 两案.
func (s *Store) PutPlanDraft(ctx context.Context, d PlanDraft) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		c, _, err := s.draftable(tx, d.CaseID, whilePlanning)
		if err != nil {
			return err
		}
		policy, err := s.policy(tx, c.PolicyDigest)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(policy.PlanParts, func(p domain.PlanPart) bool { return p.Code == d.Part }) {
			return apperr.Newf(apperr.Invalid, "两案中没有“%s”这一部分。", d.Part).On("part")
		}
		d.UpdatedAt = s.Now()
		return upsert(tx).Create(&d).Error
	})
}

// Draft is the whole 两案 as drafted. SHA256 is over Body, its canonical JSON.
type Draft struct {
	Parts  []DraftPart
	Body   string
	SHA256 string
}

// DraftPart is the text and the file of one part; either may be missing.
type DraftPart struct {
	Code string     `json:"code"`
	Text string     `json:"text,omitempty"`
	File *DraftFile `json:"file,omitempty"`
}

// DraftFile names the file version a part consists of.
type DraftFile struct {
	ID     string `json:"id"`
	N      int    `json:"n"`
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// Has reports whether a part has text or a file.
func (d Draft) Has(code string) bool {
	return slices.ContainsFunc(d.Parts, func(p DraftPart) bool { return p.Code == code })
}

// PlanDraft returns the 两案 as drafted.
func (s *Store) PlanDraft(ctx context.Context, caseID string) (Draft, error) {
	return planDraftOf(s.DB(ctx), caseID)
}

func planDraftOf(tx *gorm.DB, caseID string) (Draft, error) {
	var texts []PlanDraft
	if err := tx.Where("case_id = ?", caseID).Order("part").Find(&texts).Error; err != nil {
		return Draft{}, fail(err, "load plan draft")
	}
	files, err := filled(tx, caseID, SlotPlanPart, "")
	if err != nil {
		return Draft{}, err
	}
	parts := map[string]DraftPart{}
	for _, t := range texts {
		if strings.TrimSpace(t.Text) != "" {
			parts[t.Part] = DraftPart{Code: t.Part, Text: t.Text}
		}
	}
	for _, f := range files {
		p := parts[f.File.SlotKey]
		p.Code = f.File.SlotKey
		p.File = &DraftFile{ID: f.File.ID, N: f.Version.N, Name: f.Version.Name, SHA256: f.Version.SHA256}
		parts[p.Code] = p
	}
	var d Draft
	for _, code := range sortedKeys(parts) {
		d.Parts = append(d.Parts, parts[code])
	}
	raw, err := json.Marshal(d.Parts)
	if err != nil {
		return d, fmt.Errorf("encode plan draft: %w", err)
	}
	sum := sha256.Sum256(raw)
	d.Body, d.SHA256 = string(raw), hex.EncodeToString(sum[:])
	return d, nil
}

// Revisions lists the submitted 两案 of a case, newest first.
func (s *Store) Revisions(ctx context.Context, caseID string) ([]PlanRevision, error) {
	var rows []PlanRevision
	err := s.DB(ctx).Where("case_id = ?", caseID).Order("version DESC").Find(&rows).Error
	return rows, fail(err, "list revisions")
}

// Revision returns one submitted 两案.
func (s *Store) Revision(ctx context.Context, caseID string, version int) (*PlanRevision, error) {
	var row PlanRevision
	if err := s.DB(ctx).Where("case_id = ? AND version = ?", caseID, version).Take(&row).Error; err != nil {
		return nil, found(err, "两案版本", "load revision")
	}
	return &row, nil
}

// Opinions lists what the reviewers of a case decided, in order.
func (s *Store) Opinions(ctx context.Context, caseID string) ([]FilingOpinion, error) {
	var rows []FilingOpinion
	err := s.DB(ctx).Where("case_id = ?", caseID).Order("seq").Find(&rows).Error
	return rows, fail(err, "list opinions")
}
