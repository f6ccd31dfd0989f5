package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
	"zhengxiao/workflows"
)

// filing is a case under review with the two who act on it.
type filing struct {
	*rig

	w                *testkit.World
	id               string
	admin, office    person
	approve, sendTop gen.ActionRequest
}

func newFiling(t *testing.T, change ...func(*Config)) *filing {
	t.Helper()
	r, w := newWorld(t, change...)
	c, _ := w.Case(w.School, 2)
	admin, office := r.as(w.User(w.School, domain.RoleSchoolAdmin).ID), r.as(w.User(w.District, domain.RoleDistrict).ID)
	wait := domain.Wait{Visit: 7, Task: domain.TaskFiling, Role: domain.RoleDistrict, OrgID: w.District.ID, Since: w.Clock.Now()}
	w.Move(c.ID, domain.StageFiling, func(s *domain.State) {
		s.Revision, s.Entered, s.Visits, s.Waits = 1, 7, 7, map[string]domain.Wait{"7": wait}
	})
	require.NoError(t, w.Store.DB(t.Context()).Create(&models.PlanRevision{CaseID: c.ID, Version: 1, SHA256: "0", Body: "[]", SubmittedAt: w.Clock.Now(), Status: models.PlanSubmitted}).Error)
	return &filing{
		rig: r, w: w, id: c.ID, admin: admin, office: office,
		approve: gen.ActionRequest{Visit: 7, Revision: 1, Comment: "同意"},
		sendTop: gen.ActionRequest{Visit: 7, Revision: 1, Reasons: []gen.Reason{{Part: "training_plan", Text: "目标不明确"}}},
	}
}

func (f *filing) send(p person, k domain.Kind, key string, body gen.ActionRequest) reply {
	return p.send(http.MethodPost, casePath(f.id, "/actions/"+string(k)), body, "Idempotency-Key", key)
}

func (f *filing) events() int {
	var n int64
	require.NoError(f.t, f.store.DB(f.t.Context()).Model(&models.Event{}).Where("case_id = ?", f.id).Count(&n).Error)
	return int(n)
}

func TestTheSameKeyTwiceIsOneEffectAndOneAnswer(t *testing.T) {
	t.Parallel()
	f := newFiling(t)
	before := f.events()
	first := ok[gen.ActionResult](f.send(f.office, domain.ApprovePlan, "key-00000001", f.approve), 200)
	again := ok[gen.ActionResult](f.send(f.office, domain.ApprovePlan, "key-00000001", f.approve), 200)
	require.Equal(t, first, again)
	require.Equal(t, domain.StageTraining, first.Case.Stage)
	require.Equal(t, before+1, f.events())

	other := f.approve
	other.Comment = "另一份意见"
	f.send(f.office, domain.ApprovePlan, "key-00000001", other).refused(422, apperr.KeyReused)
	f.send(f.office, domain.ApprovePlan, "key-00000002", f.approve).refused(409, apperr.WrongStage)
}

func TestKeyOrderAndWhiteSpaceDoNotMakeAnotherBody(t *testing.T) {
	t.Parallel()
	f := newFiling(t)
	path := casePath(f.id, "/actions/filing.approve")
	ok[gen.ActionResult](f.office.send(http.MethodPost, path, `{"visit":7,"revision":1,"comment":"同意"}`, "Idempotency-Key", "key-00000001"), 200)
	ok[gen.ActionResult](f.office.send(http.MethodPost, path, "{ \"comment\": \"\\u540c意\",\n \"revision\": 1, \"visit\": 7 }", "Idempotency-Key", "key-00000001"), 200)
}

func TestRefusalsOfActions(t *testing.T) {
	t.Parallel()
	f := newFiling(t)
	stale := f.approve
	stale.Visit = 6
	old := f.approve
	old.Revision = 0
	bureau := f.as(f.w.User(f.w.City, domain.RoleBureau).ID)
	sibling := f.as(f.w.User(f.w.Sibling, domain.RoleDistrict).ID)
	for name, tc := range map[string]struct {
		got    reply
		status int
		code   apperr.Code
	}{
		"stale visit":         {f.send(f.office, domain.ApprovePlan, "key-00000001", stale), 409, apperr.Stale},
		"revision not newest": {f.send(f.office, domain.ApprovePlan, "key-00000002", old), 409, domain.CodeRevisionNotNewest},
		"wrong stage":         {f.send(f.admin, domain.SubmitTeam, "key-00000003", gen.ActionRequest{Visit: 7}), 409, apperr.WrongStage},
		"no reasons":          {f.send(f.office, domain.ReturnPlan, "key-00000004", f.approve), 422, apperr.Invalid},
		"wrong role":          {f.send(f.admin, domain.ApprovePlan, "key-00000005", f.approve), 403, apperr.Forbidden},
		"wrong organisation":  {f.send(bureau, domain.Terminate, "key-00000006", gen.ActionRequest{Visit: 7, Comment: "终止"}), 403, apperr.Forbidden},
		"foreign case":        {f.send(sibling, domain.ApprovePlan, "key-00000007", f.approve), 404, apperr.NotFound},
		"system action":       {f.send(f.office, domain.SystemRung, "key-00000008", gen.ActionRequest{Visit: 7}), 404, apperr.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.got.t = t
			tc.got.refused(tc.status, tc.code)
		})
	}
	var stored int64
	require.NoError(t, f.store.DB(t.Context()).Model(&models.ActionRow{}).Where("actor_id = ?", f.office.id).Count(&stored).Error)
	require.Zero(t, stored, "what is refused at once is not stored")
}

func TestAClosedCaseTakesNoAction(t *testing.T) {
	t.Parallel()
	f := newFiling(t)
	f.w.Move(f.id, domain.StageClosed, func(s *domain.State) { s.Waits = nil })
	f.send(f.office, domain.ApprovePlan, "key-00000001", f.approve).refused(409, apperr.CaseClosed)
	f.engine.set(apperr.New(apperr.NotFound, "ended"), false)
	f.send(f.office, domain.ApprovePlan, "key-00000002", f.approve).refused(409, apperr.CaseClosed)
}

func TestAnActionThatTakesLongIsAcceptedAndFollowed(t *testing.T) {
	t.Parallel()
	f := newFiling(t, func(c *Config) { c.DecisionWait = 20 * time.Millisecond })
	f.engine.set(nil, true)
	got := f.send(f.office, domain.ApprovePlan, "key-00000001", f.approve)
	accepted := ok[gen.ActionAccepted](got, 202)
	require.Equal(t, accepted.Href, got.Header().Get("Location"))
	require.Contains(t, accepted.Message, "已受理")
	pending := ok[gen.ActionStatus](f.office.get(accepted.Href), 200)
	require.Equal(t, gen.ActionStatusStatusPending, pending.Status)
	f.admin.get(accepted.Href).refused(404, apperr.NotFound)

	other := f.approve
	other.Comment = "另一份意见"
	f.send(f.office, domain.ApprovePlan, "key-00000001", other).refused(422, apperr.KeyReused)
	require.Equal(t, accepted, ok[gen.ActionAccepted](f.send(f.office, domain.ApprovePlan, "key-00000001", f.approve), 202))

	f.engine.run(t)
	done := ok[gen.ActionStatus](f.office.get(accepted.Href), 200)
	require.Equal(t, gen.ActionStatusStatusAccepted, done.Status)
	result := ok[gen.ActionResult](f.send(f.office, domain.ApprovePlan, "key-00000001", f.approve), 200)
	require.Equal(t, done.Seq, result.Seq)
}

// RFC 7240: a client that prefers so is answered before the decision.
func TestPreferRespondAsync(t *testing.T) {
	t.Parallel()
	for header, async := range map[string]bool{
		"": false, "respond-async": true, "wait=10, Respond-Async": true, "respond-async; foo=1": true, "respond-asynchronously": false,
	} {
		require.Equal(t, async, prefersAsync(header), header)
	}
}

func TestARefusalDecidedLaterIsStoredAndGivenAgain(t *testing.T) {
	t.Parallel()
	f := newFiling(t, func(c *Config) { c.DecisionWait = 20 * time.Millisecond })
	f.engine.set(nil, true)
	ok[gen.ActionAccepted](f.send(f.office, domain.ApprovePlan, "key-00000001", f.approve), 202)
	late := ok[gen.ActionAccepted](f.send(f.office, domain.ReturnPlan, "key-00000002", f.sendTop), 202)
	f.engine.run(t)
	require.Equal(t, gen.ActionStatusStatusRefused, ok[gen.ActionStatus](f.office.get(late.Href), 200).Status)
	f.send(f.office, domain.ReturnPlan, "key-00000002", f.sendTop).refused(409, apperr.WrongStage)
}

func TestWithoutTheEngineNothingIsLeftBehind(t *testing.T) {
	t.Parallel()
	f := newFiling(t)
	before := f.events()
	f.engine.set(apperr.New(apperr.Unavailable, "away"), false)
	f.send(f.office, domain.ApprovePlan, "key-00000001", f.approve).refused(503, apperr.Unavailable)
	_, err := f.store.ActionByID(t.Context(), domain.ActionID(f.office.id, f.id, domain.ApprovePlan, "key-00000001"))
	require.True(t, apperr.Is(err, apperr.NotFound))
	ok[gen.CaseView](f.office.get(casePath(f.id, "")), 200)

	f.engine.set(nil, false)
	ok[gen.ActionResult](f.send(f.office, domain.ApprovePlan, "key-00000001", f.approve), 200)
	require.Equal(t, before+1, f.events())
}

// A signal may arrive although its answer is lost: nobody is told that nothing happened,
// and the same request again finds out what did.
func TestASignalWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	f := newFiling(t)
	before := f.events()
	f.engine.lose(apperr.New(apperr.Unavailable, "deadline exceeded"))
	p := f.send(f.office, domain.ApprovePlan, "key-00000001", f.approve).refused(503, apperr.Unavailable)
	require.Contains(t, p.Detail, "未确认是否生效")
	require.Contains(t, p.Detail, "同一 Idempotency-Key")
	f.engine.lose(nil)
	require.Equal(t, domain.StageTraining, ok[gen.ActionResult](f.send(f.office, domain.ApprovePlan, "key-00000001", f.approve), 200).Case.Stage)
	require.Equal(t, before+1, f.events())
}

// The engine does not know a workflow that has just ended by this very action.
func TestAnActionThatEndsItsCaseIsFoundDone(t *testing.T) {
	t.Parallel()
	f := newFiling(t)
	bureau := f.as(f.w.User(f.w.District, domain.RoleBureau).ID)
	f.engine.lose(apperr.New(apperr.NotFound, "ended"))
	end := gen.ActionRequest{Visit: 7, Comment: "学校撤并"}
	require.Equal(t, domain.StageClosed, ok[gen.ActionResult](f.send(bureau, domain.Terminate, "key-00000001", end), 200).Case.Stage)
}

// The first request's message was in the mailbox although its row was dropped: the second
// one's body was never decided, so it must not get the first one's answer.
func TestAnotherBodyUnderTheSameKeyNeverGetsTheFirstOnesAnswer(t *testing.T) {
	t.Parallel()
	f := newFiling(t)
	f.engine.set(nil, true)
	prefer := []string{"Idempotency-Key", "key-00000001", "Prefer", "respond-async"}
	path := casePath(f.id, "/actions/"+string(domain.ApprovePlan))
	first := ok[gen.ActionAccepted](f.office.send(http.MethodPost, path, f.approve, prefer...), 202)
	require.NoError(t, f.store.DropIntake(t.Context(), first.ActionId))

	other := f.approve
	other.Comment = "另一份意见"
	f.engine.arrives = func() { f.engine.drain(t) }
	f.send(f.office, domain.ApprovePlan, "key-00000001", other).refused(422, apperr.KeyReused)
	ok[gen.ActionResult](f.send(f.office, domain.ApprovePlan, "key-00000001", f.approve), 200)
}

func TestACaseWithoutItsWorkflowRaisesAnAlarm(t *testing.T) {
	t.Parallel()
	f := newFiling(t)
	f.engine.set(apperr.New(apperr.NotFound, "no such workflow"), false)
	f.send(f.office, domain.ApprovePlan, "key-00000001", f.approve).refused(503, apperr.Unavailable)
	operator := f.as(f.w.User(f.w.City, domain.RoleSysadmin).ID)
	alarms := ok[gen.AlarmList](operator.get("/api/v1/alarms"), 200)
	require.Len(t, alarms.Items, 1)
	require.Len(t, alarms.Items[0].Id, 64, "whatever the workflow's id, the alarm's fits its column")
	require.Equal(t, f.id, alarms.Items[0].CaseId)
}

func TestOfTwentyConflictingActionsExactlyOneSucceeds(t *testing.T) {
	t.Parallel()
	for run := range 5 {
		t.Run(fmt.Sprint(run), func(t *testing.T) {
			t.Parallel()
			f := newFiling(t)
			codes := make([]int, 20)
			var all sync.WaitGroup
			for i := range codes {
				all.Go(func() {
					kind, body := domain.ApprovePlan, f.approve
					if i%2 == 1 {
						kind, body = domain.ReturnPlan, f.sendTop
					}
					codes[i] = f.send(f.office, kind, fmt.Sprintf("key-%08d", i), body).Code
				})
			}
			all.Wait()
			won := 0
			for _, code := range codes {
				if code == http.StatusOK {
					won++
					continue
				}
				require.Equal(t, http.StatusConflict, code)
			}
			require.Equal(t, 1, won)
		})
	}
}

// Until it is decided an action is kept as it is to be sent again, and no longer.
func TestAPendingActionKeepsItsMessage(t *testing.T) {
	t.Parallel()
	f := newFiling(t)
	f.engine.set(nil, true)
	path := casePath(f.id, "/actions/"+string(domain.ApprovePlan))
	taken := ok[gen.ActionAccepted](f.office.send(http.MethodPost, path, f.approve, "Idempotency-Key", "key-00000001", "Prefer", "respond-async"), 202)
	row, err := f.store.ActionByID(t.Context(), taken.ActionId)
	require.NoError(t, err)
	var e workflows.Envelope
	require.NoError(t, json.Unmarshal([]byte(*row.Envelope), &e))
	require.Equal(t, []any{row.ID, domain.ApprovePlan, f.office.id, f.approve.Visit, row.BodySHA256},
		[]any{e.ID, e.Kind, e.Actor.UserID, e.Visit, e.BodySHA256})
	f.engine.run(t)
	row, err = f.store.ActionByID(t.Context(), taken.ActionId)
	require.NoError(t, err)
	require.Equal(t, models.ActionAccepted, row.Status)
	require.Nil(t, row.Envelope)
	require.Nil(t, row.ResendAt)
}
