package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// An expert of the panel who also holds an office scores as blindly as the others: until
// the result is confirmed the office's view of the panel is closed to that person.
func TestAnExpertWithAnOfficeScoresBlindly(t *testing.T) {
	t.Parallel()
	for _, office := range []domain.Role{domain.RoleBureau, domain.RoleCityOffice, domain.RoleAuditor} {
		t.Run(string(office), func(t *testing.T) {
			t.Parallel()
			r, w := newWorld(t)
			c, _ := w.Case(w.School, 1)
			other, both := w.User(w.City, domain.RoleExpert), w.User(w.City, domain.RoleExpert, office)
			colleague := w.User(w.City, office)
			scored := domain.Score(777)
			panel := map[string]domain.Member{other.ID: {Status: domain.MemberScored, Total: scored}, both.ID: {Status: domain.MemberReady}}
			visit := domain.Wait{Visit: 9, Task: domain.TaskScore, Role: domain.RoleExpert, OrgID: w.District.ID, UserID: other.ID, Since: w.Clock.Now()}
			w.Move(c.ID, domain.StageScoring, func(s *domain.State) {
				s.Panel, s.Score, s.Waits = panel, &scored, map[string]domain.Wait{"9": visit}
			})
			code := w.Policy.Rubric.Indicators[0].Code
			for _, row := range []any{
				&models.ScoreRow{CaseID: c.ID, ExpertID: other.ID, Indicator: code, Score: 7, SubmittedAt: w.Clock.Now()},
				&models.TaskRow{CaseID: c.ID, Visit: 10, Task: domain.TaskScore, Role: domain.RoleExpert, UserID: both.ID, Since: w.Clock.Now(), Status: models.TaskOpen},
				&models.Event{CaseID: c.ID, Seq: 90, ActionID: "score", Kind: domain.SubmitScore, ActorID: other.ID, ActorRole: domain.RoleExpert, At: w.Clock.Now(), Body: `{"comment":"佳"}`},
			} {
				require.NoError(t, w.Store.DB(t.Context()).Create(row).Error)
			}
			look := func(id string) (seen glimpse) { return glimpseOf(r.as(id), c.ID, code) }
			searched := func(id string) int {
				return len(ok[gen.EventPage](r.as(id).get("/api/v1/events?actor="+other.ID), 200).Items)
			}
			require.Equal(t, glimpse{sheets: 1, mean: true, score: true, members: 2, person: other.Name, actor: other.Name, logged: other.Name, row: other.Name},
				look(colleague.ID))
			require.Equal(t, 1, searched(colleague.ID))
			anonymous := domain.RoleExpert.Name()
			require.Equal(t, glimpse{members: 1, actor: anonymous, logged: anonymous}, look(both.ID))
			require.Zero(t, searched(both.ID), "a search does not tell either")
			for _, role := range []domain.Role{domain.RoleDistrict, domain.RoleInspector, domain.RoleSysadmin} {
				office := w.User(w.City, role).ID
				require.Zero(t, searched(office), role)
				e := ok[gen.EventPage](r.as(office).get("/api/v1/events?kind=score.submit"), 200).Items[0].Event
				require.Equal(t, []string{anonymous, "", ""}, []string{e.Actor, e.ActorId, e.Comment}, role)
			}

			packed := func(id string) reply { return r.as(id).get(casePath(c.ID, "/audit-package")) }
			require.Equal(t, 200, packed(colleague.ID).Code)
			packed(both.ID).refused(403, apperr.Forbidden)

			w.Move(c.ID, domain.StageCrediting, func(s *domain.State) { s.Waits = nil })
			require.Equal(t, glimpse{sheets: 1, mean: true, score: true, members: 2, actor: other.Name, logged: other.Name}, look(both.ID), "confirmed")
			require.Equal(t, 200, packed(both.ID).Code, "confirmed")
			require.Equal(t, 1, searched(both.ID), "confirmed")
		})
	}
}

// glimpse is what one person sees of another expert.
type glimpse struct {
	sheets, members            int
	mean, score                bool
	person, actor, logged, row string
}

func glimpseOf(p person, caseID, code string) (g glimpse) {
	p.r.t.Helper()
	view := ok[gen.CaseView](p.get(casePath(caseID, "")), 200)
	g.members, g.score = len(view.Panel.Members), view.Score != nil
	for _, w := range view.Waits {
		g.person += w.Person
	}
	g.sheets = len(ok[gen.ScoreSheets](p.get(casePath(caseID, "/scores")), 200).Items)
	for _, i := range ok[gen.Results](p.get(casePath(caseID, "/results")), 200).Indicators {
		g.mean = g.mean || (i.Code == code && i.Mean != nil)
	}
	for _, e := range ok[gen.TimelinePage](p.get(casePath(caseID, "/timeline")), 200).Items {
		if e.Kind == string(domain.SubmitScore) {
			g.actor = e.Actor
		}
	}
	for _, e := range ok[gen.EventPage](p.get("/api/v1/events?case_id="+caseID), 200).Items {
		if e.Event.Kind == string(domain.SubmitScore) {
			g.logged = e.Event.Actor
		}
	}
	g.row = ok[gen.ProgressPage](p.get("/api/v1/progress"), 200).Items[0].WaitingPerson
	return g
}

// Whether another expert has handed in a score shows in no list to those who still score,
// with or without an office.
func TestAListDoesNotTellAnExpertOfTheOthers(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	c, _ := w.Case(w.School, 1)
	other, both, plain := w.User(w.City, domain.RoleExpert), w.User(w.City, domain.RoleExpert, domain.RoleDistrict), w.User(w.City, domain.RoleExpert)
	wait := domain.Wait{Visit: 9, Task: domain.TaskScore, Role: domain.RoleExpert, OrgID: w.District.ID, UserID: other.ID, Since: w.Clock.Now()}
	w.Move(c.ID, domain.StageScoring, func(s *domain.State) {
		s.Panel = map[string]domain.Member{other.ID: {Status: domain.MemberReady}, both.ID: {Status: domain.MemberScored}, plain.ID: {Status: domain.MemberScored}}
		s.Waits = map[string]domain.Wait{"9": wait}
	})
	for i, id := range []string{other.ID, both.ID, plain.ID} {
		require.NoError(t, w.Store.DB(t.Context()).Create(&models.TaskRow{
			CaseID: c.ID, Visit: 10 + i, Task: domain.TaskScore, Role: domain.RoleExpert, UserID: id, Since: w.Clock.Now(), Status: models.TaskDone,
		}).Error)
	}
	row := func(id string) gen.ProgressRow {
		return ok[gen.ProgressPage](r.as(id).get("/api/v1/progress"), 200).Items[0]
	}
	for name, id := range map[string]string{"with an office": both.ID, "without": plain.ID} {
		v := row(id)
		require.Equal(t, domain.StageScoring, v.Stage, name)
		require.Empty(t, v.Blocker, name)
		require.Empty(t, v.Task, name)
		require.Empty(t, v.WaitingOrg, name)
		require.True(t, v.WaitingSince.IsZero(), name)
	}
	require.Equal(t, domain.TaskScore, row(other.ID).Task, "one's own")
	v := row(w.User(w.City, domain.RoleInspector).ID)
	require.Equal(t, []any{domain.TaskScore, "3名专家中2名已提交打分", ""}, []any{v.Task, v.Blocker, v.WaitingPerson})
}

// The office of one school gives no view of the experts of another.
func TestAnOfficeElsewhereDoesNotShowTheSchoolItsExperts(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	c, _ := w.Case(w.School, 1)
	expert := w.User(w.City, domain.RoleExpert)
	w.Move(c.ID, domain.StageScoring, func(s *domain.State) {
		s.Panel = map[string]domain.Member{expert.ID: {Status: domain.MemberReady}}
		s.Waits = map[string]domain.Wait{"9": {Visit: 9, Task: domain.TaskScore, Role: domain.RoleExpert, OrgID: w.District.ID, UserID: expert.ID, Since: w.Clock.Now()}}
	})
	head := w.User(w.School, domain.RolePrincipal)
	require.NoError(t, w.Store.Grant(t.Context(), models.Grant{UserID: head.ID, Role: domain.RoleBureau, OrgID: w.Sibling.ID}))
	require.Empty(t, ok[gen.ProgressPage](r.as(head.ID).get("/api/v1/progress"), 200).Items[0].WaitingPerson)
}

// What the school gives itself is its draft until the dossier is handed in.
func TestTheSelfScoreIsShownToOthersOnlyOnceHandedIn(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	c, teachers := w.Case(w.School, 1)
	w.Move(c.ID, domain.StageDossier)
	code := w.Policy.Rubric.Indicators[0].Code
	require.NoError(t, w.Store.PutSelfScores(t.Context(), c.ID, map[string]domain.Score{code: 5}))
	seen := func(userID string) bool {
		v := ok[gen.Results](r.as(userID).get(casePath(c.ID, "/results")), 200)
		require.Equal(t, code, v.Indicators[0].Code)
		return v.Indicators[0].Self != nil
	}
	teacher, head := teachers[0].ID, w.User(w.School, domain.RolePrincipal).ID
	for _, tc := range []struct {
		stage   domain.Stage
		round   int
		result  domain.Result
		teacher bool
	}{
		{domain.StageDossier, 0, "", false},
		{domain.StageScoring, 0, "", true},
		{domain.StageConfirmation, 0, "", true},
		{domain.StageCrediting, 0, "", true},
		{domain.StageClosed, 0, domain.ResultFailed, true},
		{domain.StageClosed, 0, domain.ResultTerminated, false}, // perhaps before it was handed in
	} {
		w.Move(c.ID, tc.stage, func(s *domain.State) { s.Round, s.Result = tc.round, tc.result })
		require.Equal(t, tc.teacher, seen(teacher), "teacher, %s %s", tc.stage, tc.result)
		require.True(t, seen(head), "principal, %s", tc.stage)
	}
}
