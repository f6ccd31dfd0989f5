package api

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/activities"
	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
)

// ways are lives of a case that together take every action there is.
var ways = map[string]func(lifecycle.Script){
	"straight": func(s lifecycle.Script) {
		s.ToFiling()
		s.ReturnOnce()
		s.ToScoring()
		s.Score(500)
		s.Confirm(domain.VerdictRectify)
		s.HandIn()
		s.Score(900)
		s.Confirm(domain.VerdictPass)
		s.Register()
	},
	"detours": func(s lifecycle.Script) {
		reasons := []domain.Reason{{Part: "team", Text: "缺少信息技术骨干"}}
		draft := s.W.Prepare(s.T, s.CaseID)
		s.Do(domain.SubmitTeam, s.W.Head, domain.Body{})
		s.Do(domain.ReturnTeam, s.W.Reviewer, domain.Body{Reasons: reasons})
		s.Do(domain.SubmitTeam, s.W.Admin, domain.Body{})
		s.Do(domain.SubmitDiagnosis, s.W.Head, domain.Body{})
		s.Do(domain.SubmitPlan, s.W.Head, domain.Body{Draft: draft})
		s.Do(domain.WithdrawPlan, s.W.Head, domain.Body{})
		s.Do(domain.SubmitPlan, s.W.Admin, domain.Body{Draft: draft})
		s.Do(domain.ApprovePlan, s.W.Reviewer, domain.Body{Revision: 2})
		s.Do(domain.DeclineRoster, s.W.Reviewer, domain.Body{Request: askForSubject(s), Comment: "请附证明"})
		s.Do(domain.ConsentRoster, s.W.Reviewer, domain.Body{Request: askForSubject(s)})
		s.Do(domain.ChangeRoster, s.W.Reviewer, domain.Body{User: s.W.Teacher(0), RosterStatus: domain.RosterLeave, Comment: "产假"})
		s.Do(domain.ChangeRoster, s.W.Reviewer, domain.Body{User: s.W.Teacher(0), RosterStatus: domain.RosterActive, Comment: "返岗"})
		s.Do(domain.FinishTraining, s.W.Head, domain.Body{})
		until := s.W.Now().AddDate(0, 1, 0)
		s.Do(domain.ReopenTraining, s.W.Reviewer, domain.Body{Comment: "补训", Until: &until})
		e := s.W.Experts
		s.Do(domain.AssignPanel, s.W.Bureau, domain.Body{Experts: []string{e[0].UserID, e[1].UserID, e[2].UserID, e[3].UserID, e[4].UserID}})
		s.Do(domain.DeclinePanel, e[4], domain.Body{Comment: "出差"})
		for i := range 4 {
			s.Do(domain.AcceptPanel, e[i], domain.Body{})
			s.Do(domain.DeclareConflict, e[i], domain.Body{})
		}
		s.Do(domain.Recuse, e[3], domain.Body{Comment: "亲属调入该校"})
		s.W.Study(s.T, s.CaseID, 1)
		s.Do(domain.FinishTraining, s.W.Admin, domain.Body{})
		s.Do(domain.SubmitAssessment, s.W.Admin, domain.Body{})
		s.HandIn()
		s.Do(domain.Terminate, s.W.Bureau, domain.Body{Comment: "学校撤并"})
	},
	"closed by the bureau": func(s lifecycle.Script) {
		s.ToFiling()
		s.ToScoring()
		s.Do(domain.AssignPanel, s.W.Bureau, domain.Body{Experts: []string{s.W.Experts[3].UserID}})
		s.Score(800)
		s.Do(domain.CloseScoring, s.W.Bureau, domain.Body{})
		s.Do(domain.ConfirmResult, s.W.Bureau, domain.Body{Verdict: domain.VerdictFail, Comment: "未达标"})
		s.Do(domain.AcceptResult, s.W.Head, domain.Body{})
	},
	"beside the stages": func(s lifecycle.Script) {
		s.ToFiling()
		reviewer, colleague := s.W.Reviewer, s.W.Colleague(s.T, domain.RoleDistrict)
		reasons := []domain.Reason{{Part: "training_plan", Text: "目标不明确"}}
		later := s.W.Now().AddDate(0, 2, 0)
		s.Do(domain.Copy, s.W.Admin, domain.Body{Users: []string{reviewer.UserID, s.W.Bureau.UserID}, Comment: "请知悉"})
		s.Do(domain.Urge, s.W.Admin, domain.Body{Comment: "请尽快审核"})
		s.Do(domain.ClaimTask, reviewer, domain.Body{})
		s.Do(domain.ReleaseTask, reviewer, domain.Body{})
		s.Do(domain.HandOver, reviewer, domain.Body{User: colleague.UserID, Comment: "熟悉该校"})
		s.Do(domain.Extend, s.W.Bureau, domain.Body{Until: &later, Comment: "集中审核"})
		s.Do(domain.ReturnPlan, colleague, domain.Body{Revision: 1, Reasons: reasons})
		s.Do(domain.TakeBack, colleague, domain.Body{Comment: "退错学校"})
		s.Do(domain.Pause, s.W.Bureau, domain.Body{Comment: "台风停课"})
		s.Do(domain.Resume, reviewer, domain.Body{Comment: "复课"})
		s.Do(domain.ApprovePlan, colleague, domain.Body{Revision: 1})
		s.Do(domain.FinishTraining, s.W.Head, domain.Body{})
		s.Do(domain.ReopenTeacher, reviewer, domain.Body{User: s.W.Teacher(0), Until: &later, Comment: "病假"})
		s.Do(domain.Exempt, s.W.Bureau, domain.Body{Comment: "试点校，已考核"})
	},
	"appealed": func(s lifecycle.Script) {
		s.ToFiling()
		s.ToScoring()
		s.Score(500)
		s.Confirm(domain.VerdictFail)
		s.Do(domain.AppealResult, s.W.Head, domain.Body{Comment: "第7项已补充签章"})
		s.Confirm(domain.VerdictFail)
	},
}

// askForSubject has the school ask that a teacher's subject is corrected.
func askForSubject(s lifecycle.Script) string {
	s.T.Helper()
	rows, _, err := s.W.Store.Roster(s.T.Context(), s.CaseID, models.RosterFilter{}, models.Page{})
	require.NoError(s.T, err)
	t := rows[len(rows)-1]
	entry := models.RosterEntry{UserID: t.UserID, Subject: t.Subject + "（兼）", FullTime: t.FullTime, Status: t.Status}
	r, err := s.W.Store.AskRosterChange(s.T.Context(), s.CaseID, entry, "转教学科", s.W.Admin.UserID)
	require.NoError(s.T, err)
	return r.ID
}

// At every step of every way: each wrong role is refused with 403, another school with
// 404, an action of another stage and a stale version with 409, always with a reason;
// then the right person succeeds, the same key again gives the same answer, and with
// another body 422.
func TestEveryActionAtEveryStep(t *testing.T) {
	t.Parallel()
	seen := map[domain.Kind]bool{}
	for name, way := range ways {
		k, script := newWalk(t)
		foreign := k.w.Another(t, "2")
		script.Send = func(e activities.Envelope) {
			seen[e.Kind] = true
			k.wrongRoles(e)
			k.from(e, foreign.Admin).refused(http.StatusNotFound, apperr.NotFound)
			k.wrongStage(e)
			stale := e
			stale.ID, stale.Visit = key(e, "stale"), e.Visit+1000
			p := k.take(stale).refused(http.StatusConflict, apperr.Stale)
			require.Equal(t, "visit", p.Field)
			k.onceOnly(e)
		}
		way(script)
		require.NoError(t, k.w.Store.VerifyChain(t.Context(), k.id), name)
	}
	for _, kind := range domain.Kinds() {
		require.True(t, seen[kind], "%s is taken on no way", kind)
	}
}

// key is the id under which a variation of a message is sent.
func key(e activities.Envelope, suffix string) string {
	return domain.ActionID(e.ID, "", e.Kind, suffix)
}

func (k *walk) from(e activities.Envelope, a domain.Actor) reply {
	k.t.Helper()
	e.ID, e.Actor = key(e, a.UserID), a
	return k.take(e)
}

func (k *walk) wrongRoles(e activities.Envelope) {
	k.t.Helper()
	everybody := []domain.Actor{k.w.Admin, k.w.Head, k.w.Reviewer, k.w.Bureau}
	for id := range k.w.State(k.t, k.id).Panel {
		everybody = append(everybody, domain.Actor{UserID: id, Role: domain.RoleExpert})
	}
	for _, a := range everybody {
		if !slices.Contains(domain.RolesFor(e.Kind), a.Role) {
			k.from(e, a).refused(http.StatusForbidden, apperr.Forbidden)
		}
	}
}

// wrongStage has the same person try something else that their role may do in other
// stages only.
func (k *walk) wrongStage(e activities.Envelope) {
	k.t.Helper()
	for _, o := range domain.Legal(k.w.State(k.t, k.id), e.Actor, nil) {
		if o.Code != apperr.WrongStage {
			continue
		}
		other := e
		other.ID, other.Kind = key(e, string(o.Kind)), o.Kind
		p := k.take(other).refused(http.StatusConflict, apperr.WrongStage)
		require.Contains(k.t, p.Detail, "只能在")
	}
}

func (k *walk) onceOnly(e activities.Envelope) {
	k.t.Helper()
	first := ok[gen.ActionResult](k.take(e), http.StatusOK)
	again := ok[gen.ActionResult](k.take(e), http.StatusOK)
	require.Equal(k.t, []any{first.ActionId, first.Seq}, []any{again.ActionId, again.Seq})
	var effects int64
	require.NoError(k.t, k.w.DB.Model(&models.Event{}).Where("case_id = ? AND action_id = ?", k.id, first.ActionId).Count(&effects).Error)
	require.EqualValues(k.t, 1, effects)
	other := e
	other.Body.Comment += "另一份内容"
	k.take(other).refused(http.StatusUnprocessableEntity, apperr.KeyReused)
}
