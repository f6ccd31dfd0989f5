package models

import (
	"slices"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// Refusals of daily records.
const (
	CodeWindowClosed apperr.Code = "window_closed" // the study window is over (003:304)
	CodeRosterFrozen apperr.Code = "roster_frozen" // the roster was frozen at filing
	CodeNotLeader    apperr.Code = "not_leader"    // only the group's leader may do this (003:147)
	CodeNotMember    apperr.Code = "not_member"    // not on the roster, or in another group
	CodeInUse        apperr.Code = "in_use"        // something else depends on it
)

// permit says when daily records of one sort may be written: in which stages, and
// whether the study window must be open while in training.
type permit struct {
	stages []domain.Stage
	window bool
}

// The permits. Preparing lasts until training ends; whatever earns hours or is reviewed
// for them stops with the study window (003:304).
var (
	whileTeam      = permit{stages: []domain.Stage{domain.StageTeam}}
	whileDiagnosis = permit{stages: []domain.Stage{domain.StageDiagnosis}}
	whilePlanning  = permit{stages: []domain.Stage{domain.StagePlanning}}
	untilTrained   = permit{stages: stagesFrom(domain.StageTeam, domain.StageTraining), window: true}
	whileTraining  = permit{stages: []domain.Stage{domain.StageTraining}, window: true}
	whileAssessing = permit{stages: []domain.Stage{domain.StageTraining, domain.StageAssessment}}
	fromFiling     = permit{stages: stagesFrom(domain.StageFiling, domain.StageDossier)}
	whileDossier   = permit{stages: []domain.Stage{domain.StageDossier}}
	whileScoring   = permit{stages: []domain.Stage{domain.StageScoring}}
	whileOpen      = permit{stages: stagesFrom(domain.StageTeam, domain.StageCrediting)}
)

func stagesFrom(first, last domain.Stage) []domain.Stage {
	all := domain.Stages()
	return all[slices.Index(all, first) : slices.Index(all, last)+1]
}

// writable is draftable, and tells those who have the case open that its records change.
// Every write of daily records that others see begins with it.
func (s *Store) writable(tx *gorm.DB, caseID string, p permit) (*Case, domain.State, error) {
	c, state, err := s.draftable(tx, caseID, p)
	if err != nil {
		return c, state, err
	}
	return c, state, tellCase(tx, FeedRecords, c)
}

// draftable locks the case against a change of stage for the rest of the transaction and
// checks the permit by the store's clock. By itself it is for what only the writer sees:
// an expert's draft must not show the others when it is worked on.
func (s *Store) draftable(tx *gorm.DB, caseID string, p permit) (*Case, domain.State, error) {
	var c Case
	if err := forShare(tx).Where("id = ?", caseID).Take(&c).Error; err != nil {
		return nil, domain.State{}, found(err, "项目", "load case for writing")
	}
	state, err := c.Decode()
	if err != nil {
		return nil, state, err
	}
	return &c, state, s.permitted(state, p)
}

// writableBy is writable for one teacher's own records: someone for whom the study window
// was opened again may still write what stops with it.
func (s *Store) writableBy(tx *gorm.DB, caseID, userID string, p permit) (*Case, error) {
	c, err := s.draftableBy(tx, caseID, userID, p)
	if err != nil {
		return c, err
	}
	return c, tellCase(tx, FeedRecords, c)
}

func (s *Store) draftableBy(tx *gorm.DB, caseID, userID string, p permit) (*Case, error) {
	c, state, err := s.draftable(tx, caseID, p)
	if err != nil && c != nil && s.reopened(tx, c, state, userID, p) {
		return c, nil
	}
	return c, err
}

func (s *Store) reopened(tx *gorm.DB, c *Case, state domain.State, userID string, p permit) bool {
	if !p.window || state.Paused != nil || state.Stage != domain.StageAssessment {
		return false
	}
	var n int64
	err := tx.Model(&RosterRow{}).Where("case_id = ? AND user_id = ? AND window_until > ?", c.ID, userID, s.Now()).Count(&n).Error
	return err == nil && n > 0
}

func (s *Store) permitted(state domain.State, p permit) error {
	if state.Closed() {
		return apperr.New(apperr.CaseClosed, "该项目已办结，不能再修改。")
	}
	if state.Paused != nil {
		return apperr.Newf(domain.CodePaused, "项目已暂停（%s），恢复后才能修改；可请主管单位恢复。", state.Paused.Reason)
	}
	if !slices.Contains(p.stages, state.Stage) {
		return apperr.Newf(apperr.WrongStage, "项目当前处于“%s”，这项内容只能在%s修改。", state.Stage.Name(), stageRange(p.stages))
	}
	over := state.Window != nil && !s.Now().Before(*state.Window)
	if p.window && state.Stage == domain.StageTraining && over {
		return apperr.New(CodeWindowClosed, "校本研修时间已结束，不再开放上传和修改。如确有需要，请学校联系审核单位重开研修窗口。")
	}
	return nil
}

func stageRange(stages []domain.Stage) string {
	first := "“" + stages[0].Name() + "”"
	if len(stages) == 1 {
		return first + "环节"
	}
	return first + "至“" + stages[len(stages)-1].Name() + "”环节"
}
