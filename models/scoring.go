package models

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// PutSelfScores drafts the school's own scores of the current round (003:19); they are
// final once the dossier is handed in. Indicators left out keep what they had.
func (s *Store) PutSelfScores(ctx context.Context, caseID string, scores map[string]domain.Score) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		c, state, err := s.writable(tx, caseID, whileDossier)
		if err != nil {
			return err
		}
		if err := s.checkScores(tx, c, scores); err != nil || len(scores) == 0 {
			return err
		}
		rows := make([]SelfScore, 0, len(scores))
		for _, code := range sortedKeys(scores) {
			rows = append(rows, SelfScore{CaseID: caseID, Round: state.Round, Indicator: code, Score: scores[code]})
		}
		return upsert(tx).Create(&rows).Error
	})
}

// checkScores accepts some indicators' scores: each known and within its range.
func (s *Store) checkScores(tx *gorm.DB, c *Case, scores map[string]domain.Score) error {
	policy, err := s.policy(tx, c.PolicyDigest)
	if err != nil {
		return err
	}
	for _, code := range sortedKeys(scores) {
		i := slices.IndexFunc(policy.Rubric.Indicators, func(i domain.Indicator) bool { return i.Code == code })
		if i < 0 {
			return apperr.Newf(domain.CodeScoreUnknown, "量表中没有指标%s，请刷新后重新打分。", code).On("scores")
		}
		if top := policy.Rubric.Indicators[i].Max; scores[code] < 0 || scores[code] > top {
			return apperr.Newf(domain.CodeScoreRange, "得分超出范围：%s(0至%s分)，请修改。", code, top).On("scores")
		}
	}
	return nil
}

// SelfScores returns the school's own scores of a round by indicator.
func (s *Store) SelfScores(ctx context.Context, caseID string, round int) (map[string]domain.Score, error) {
	var rows []SelfScore
	err := s.DB(ctx).Where("case_id = ? AND round = ?", caseID, round).Find(&rows).Error
	scores := make(map[string]domain.Score, len(rows))
	for _, r := range rows {
		scores[r.Indicator] = r.Score
	}
	return scores, fail(err, "load self-score")
}

// DraftScore is what an expert has so far for one indicator; Score is nil while only a
// note exists.
type DraftScore struct {
	Score *domain.Score
	Note  string
}

// PutScoreDrafts keeps an expert's unfinished scores of the current round.
func (s *Store) PutScoreDrafts(ctx context.Context, caseID, expertID string, drafts map[string]DraftScore) error {
	given := map[string]domain.Score{}
	for code, d := range drafts {
		given[code] = 0 // without a score the indicator must still exist
		if d.Score != nil {
			given[code] = *d.Score
		}
	}
	return s.Tx(ctx, func(tx *gorm.DB) error {
		c, state, err := s.draftable(tx, caseID, whileScoring)
		if err != nil {
			return err
		}
		if state.Panel[expertID].Status != domain.MemberReady {
			return apperr.New(apperr.Forbidden, "您不是该项目可以打分的专家，或已经提交打分。")
		}
		if err := s.checkScores(tx, c, given); err != nil || len(drafts) == 0 {
			return err
		}
		rows := make([]ScoreDraft, 0, len(drafts))
		for _, code := range sortedKeys(drafts) {
			rows = append(rows, ScoreDraft{
				CaseID: caseID, Round: state.Round, ExpertID: expertID, Indicator: code,
				Score: drafts[code].Score, Note: drafts[code].Note, UpdatedAt: s.Now(),
			})
		}
		return upsert(tx).Create(&rows).Error
	})
}

// ScoreDrafts returns an expert's unfinished scores of a round by indicator.
func (s *Store) ScoreDrafts(ctx context.Context, caseID string, round int, expertID string) (map[string]DraftScore, error) {
	var rows []ScoreDraft
	err := s.DB(ctx).Where("case_id = ? AND round = ? AND expert_id = ?", caseID, round, expertID).Find(&rows).Error
	drafts := make(map[string]DraftScore, len(rows))
	for _, r := range rows {
		drafts[r.Indicator] = DraftScore{Score: r.Score, Note: r.Note}
	}
	return drafts, fail(err, "load score drafts")
}

// Scores lists the submitted scores of a round by expert and indicator.
func (s *Store) Scores(ctx context.Context, caseID string, round int) ([]ScoreRow, error) {
	var rows []ScoreRow
	err := s.DB(ctx).Where("case_id = ? AND round = ?", caseID, round).Order("expert_id, indicator").Find(&rows).Error
	return rows, fail(err, fmt.Sprintf("list scores of round %d", round))
}
