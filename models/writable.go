package models

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

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
	return s.draftableWhere(tx, caseID, "user_id", userID, p)
}

// writableIn is writable for what a group does together: it may while the study window is
// open again for one of its members.
func (s *Store) writableIn(tx *gorm.DB, caseID, groupID string, p permit) (*Case, error) {
	c, err := s.draftableWhere(tx, caseID, "group_id", groupID, p)
	if err != nil {
		return c, err
	}
	return c, tellCase(tx, FeedRecords, c)
}

func (s *Store) draftableWhere(tx *gorm.DB, caseID, column, id string, p permit) (*Case, error) {
	c, state, err := s.draftable(tx, caseID, p)
	if err == nil || c == nil || id == "" || !p.reopens(state) {
		return c, err
	}
	until, errReopened := s.reopened(tx, caseID, column, id)
	if errReopened != nil {
		return c, errReopened
	}
	if until != nil {
		return c, nil
	}
	return c, err
}

// writableFor is writable for records that somebody else makes of some teachers. When the
// study window is open again for these only, until is when the first of them stops.
func (s *Store) writableFor(tx *gorm.DB, caseID string, userIDs []string, p permit) (until *time.Time, err error) {
	c, state, err := s.draftable(tx, caseID, p)
	if err != nil && c != nil && p.reopens(state) {
		until, err = s.reopenedForAll(tx, caseID, userIDs, err)
	}
	if err != nil {
		return nil, err
	}
	return until, tellCase(tx, FeedRecords, c)
}

// reopens reports whether what the permit has closed may be open again for some.
func (p permit) reopens(state domain.State) bool {
	return p.window && state.Paused == nil && state.Stage == domain.StageAssessment
}

// Reopened is until when the study window is open again for a teacher, or for any of the
// case when userID is empty; nil when it is not.
func (s *Store) Reopened(ctx context.Context, caseID string, state domain.State, userID string) (*time.Time, error) {
	switch {
	case !whileTraining.reopens(state):
		return nil, nil //nolint:nilnil // it is not open
	case userID == "":
		return s.reopened(s.DB(ctx), caseID, "case_id", caseID)
	}
	return s.reopened(s.DB(ctx), caseID, "user_id", userID)
}

// reopened is until when the study window is open again for whoever of the roster has id
// in a column, nil when it is for nobody.
func (s *Store) reopened(tx *gorm.DB, caseID, column, id string) (*time.Time, error) {
	var rows []RosterRow
	err := tx.Where("case_id = ? AND window_until > ?", caseID, s.Now()).Where(clause.Eq{Column: clause.Column{Name: column}, Value: id}).
		Order("window_until DESC").Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, fail(err, "look for reopened window")
	}
	return rows[0].WindowUntil, nil
}

// reopenedForAll is until when it is open again for all of some teachers; closed is the
// refusal when it is for none of them.
func (s *Store) reopenedForAll(tx *gorm.DB, caseID string, userIDs []string, closed error) (until *time.Time, err error) {
	var rows []RosterRow
	if err := tx.Where("case_id = ? AND user_id IN ?", caseID, userIDs).Order("window_until DESC, user_id").Find(&rows).Error; err != nil {
		return nil, fail(err, "load reopened windows")
	}
	for i, r := range rows {
		switch open := r.WindowUntil != nil && r.WindowUntil.After(s.Now()); {
		case open:
			until = r.WindowUntil
		case i == 0:
			return nil, closed
		default:
			return nil, apperr.Newf(CodeWindowClosed, "研修时间已结束，没有为%s重开研修，不能登记；请只选择已重开研修的教师。", r.Name).On("members")
		}
	}
	if until == nil {
		return nil, closed
	}
	return until, nil
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
