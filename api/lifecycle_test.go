package api

import (
	"net/http"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/activities"
	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
)

// walk takes the steps of a lifecycle over HTTP as the people they belong to.
type walk struct {
	*rig

	w  *lifecycle.World
	id string
}

func newWalk(t *testing.T) (*walk, lifecycle.Script) {
	t.Helper()
	return walkIn(t, lifecycle.New(t))
}

// eachWalk runs a test on SQLite, and on MySQL wherever a server is named.
func eachWalk(t *testing.T, test func(t *testing.T, k *walk, script lifecycle.Script)) {
	t.Helper()
	for name, open := range map[string]func(testing.TB) *gorm.DB{"SQLite": testkit.SQLite, "MySQL": testkit.MySQL} {
		if name == "MySQL" && testkit.MySQLDSN() == "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, script := walkIn(t, lifecycle.On(t, open(t)))
			test(t, k, script)
		})
	}
}

func walkIn(t *testing.T, w *lifecycle.World) (*walk, lifecycle.Script) {
	t.Helper()
	c, _ := w.Open(t)
	k := &walk{rig: newRig(t, w.Store), w: w, id: c.ID}
	return k, lifecycle.Script{T: t, W: w, CaseID: c.ID, Send: func(e activities.Envelope) {
		t.Helper()
		ok[gen.ActionResult](k.take(e), http.StatusOK)
	}}
}

func (k *walk) take(e activities.Envelope) reply {
	k.t.Helper()
	b := e.Body
	body := gen.ActionRequest{
		Visit: e.Visit, To: b.To, Comment: b.Comment, Revision: b.Revision, Draft: b.Draft, Until: b.Until, Experts: b.Experts,
		Conflict: b.Conflict, Request: b.Request, RosterStatus: b.RosterStatus, Scores: b.Scores, Notes: b.Notes, Verdict: b.Verdict,
		Year: b.Year, Receipt: b.Receipt, User: b.User, Users: b.Users,
		Reasons: reasonsOf(b.Reasons),
	}
	return k.as(e.Actor.UserID).send(http.MethodPost, casePath(k.id, "/actions/"+string(e.Kind)), body, "Idempotency-Key", "key-"+e.ID[:32])
}

func (k *walk) view(a domain.Actor) gen.CaseView {
	k.t.Helper()
	return ok[gen.CaseView](k.as(a.UserID).get(casePath(k.id, "")), http.StatusOK)
}

func TestACaseRunsFromTeamToRegisteredCredit(t *testing.T) {
	t.Parallel()
	eachWalk(t, func(t *testing.T, k *walk, script lifecycle.Script) {
		t.Helper()
		script.ToFiling()
		script.ReturnOnce()
		opinions := ok[gen.FilingOpinionList](k.as(k.w.Admin.UserID).get(casePath(k.id, "/filing-opinions")), 200)
		require.Len(t, opinions.Items, 1)
		script.ToScoring()
		script.Score(900)
		script.Confirm(domain.VerdictPass)
		require.Equal(t, domain.StageCrediting, k.view(k.w.Bureau).Stage)
		script.Register()

		v := k.view(k.w.Admin)
		require.Equal(t, domain.StageClosed, v.Stage)
		require.Equal(t, domain.ResultPassed, v.Result)
		for _, o := range v.Actions {
			require.False(t, o.Allowed)
			require.Equal(t, string(apperr.CaseClosed), o.Code)
		}
		credits := ok[gen.CreditPage](k.as(k.w.Bureau.UserID).get(casePath(k.id, "/credits?limit=500")), 200)
		require.Len(t, credits.Items, 2*(lifecycle.Teachers-1), "two years for everybody but the one who is 不合格")
		var hours domain.Hours
		for _, sum := range credits.Sums {
			require.Equal(t, domain.CreditRegistered, sum.State)
			hours += sum.Hours
		}
		require.Equal(t, domain.Hours(250*(lifecycle.Teachers-1)), hours)
		mine := ok[gen.MyCredits](k.as(credits.Items[0].UserId).get("/api/v1/me/credits"), 200)
		require.Len(t, mine.Items, 2)

		timeline := ok[gen.TimelinePage](k.as(k.w.Admin.UserID).get(casePath(k.id, "/timeline?limit=500")), 200)
		require.Len(t, timeline.Items, v.Seq)
		for i, e := range timeline.Items {
			require.Equal(t, i+1, e.Seq)
			require.NotEmpty(t, e.Name)
			require.Len(t, e.Hash, 12)
			if i > 0 {
				require.Equal(t, timeline.Items[i-1].Hash, e.PrevHash, "linked to the one before")
				require.NotEmpty(t, e.StageBeforeName)
			}
		}
	})
}

// A step shows the file versions that were handed in with it, to those who may read them.
func TestTheTimelineCarriesWhatWasHandedIn(t *testing.T) {
	t.Parallel()
	eachWalk(t, func(t *testing.T, k *walk, script lifecycle.Script) {
		t.Helper()
		attach := func(slot models.Slot, name string) {
			v, err := k.w.Store.GrantFile(t.Context(), models.FileGrant{
				CaseID: k.id, Slot: slot, OwnerID: k.w.Admin.UserID, Name: name, Type: "application/pdf", Size: 1, SHA256: "00", ObjectKey: testkit.ID(),
			})
			require.NoError(t, err)
			require.NoError(t, k.w.Store.FileUploaded(t.Context(), v.FileID, v.N, "v"))
			require.NoError(t, k.w.Store.FileChecked(t.Context(), v.FileID, v.N))
		}
		k.w.Prepare(t, k.id)
		script.Do(domain.SubmitTeam, k.w.Head, domain.Body{})
		attach(models.Slot{Kind: models.SlotDiagnosis}, "旧诊断.pdf")
		attach(models.Slot{Kind: models.SlotDiagnosis}, "诊断.pdf")
		script.Do(domain.SubmitDiagnosis, k.w.Admin, domain.Body{})
		for range 2 {
			attach(models.Slot{Kind: models.SlotPlanPart, Key: "training_plan"}, "研修方案.pdf")
			draft, err := k.w.Store.PlanDraft(t.Context(), k.id)
			require.NoError(t, err)
			script.Do(domain.SubmitPlan, k.w.Admin, domain.Body{Draft: draft.SHA256})
			script.Do(domain.WithdrawPlan, k.w.Admin, domain.Body{})
		}
		draft, err := k.w.Store.PlanDraft(t.Context(), k.id)
		require.NoError(t, err)
		script.Do(domain.SubmitPlan, k.w.Admin, domain.Body{Draft: draft.SHA256})
		script.ToScoring()
		script.Score(500)
		script.Confirm(domain.VerdictRectify)
		script.HandIn()
		handedIn := func(a domain.Actor) map[domain.Kind][][]string {
			names := map[domain.Kind][][]string{}
			for _, e := range ok[gen.TimelinePage](k.as(a.UserID).get(casePath(k.id, "/timeline?limit=500")), 200).Items {
				var files []string
				for _, f := range e.Files {
					require.NotEmpty(t, f.FileId)
					files = append(files, f.Name+" "+strconv.Itoa(f.N))
				}
				if files != nil {
					names[domain.Kind(e.Kind)] = append(names[domain.Kind(e.Kind)], files)
				}
			}
			return names
		}
		files := handedIn(k.w.Admin)
		require.Equal(t, [][]string{{"诊断.pdf 2"}}, files[domain.SubmitDiagnosis])
		require.Equal(t, [][]string{{"研修方案.pdf 1"}, {"研修方案.pdf 2"}, {"研修方案.pdf 2"}}, files[domain.SubmitPlan])
		require.Len(t, files[domain.SubmitDossier], 2, "both rounds")
		require.NotEqual(t, files[domain.SubmitDossier][0], files[domain.SubmitDossier][1])
		require.Len(t, files, 3)
		require.Equal(t, files, handedIn(k.w.Bureau))
	})
}

func TestTheSchoolNeverLearnsWhoItsExpertsAre(t *testing.T) {
	t.Parallel()
	eachWalk(t, func(t *testing.T, k *walk, script lifecycle.Script) {
		t.Helper()
		script.ToFiling()
		script.ToScoring()
		first, second := k.w.Experts[0], k.w.Experts[1]
		require.Len(t, k.view(k.w.Bureau).Panel.Members, 3)
		mine := k.view(first).Panel
		require.Len(t, mine.Members, 1)
		require.Equal(t, first.UserID, mine.Members[0].UserId)
		require.Equal(t, 3, mine.Ready)

		script.Score(800)
		for _, path := range []string{"", "/timeline", "/results", "/dossier"} {
			body := k.as(k.w.Admin.UserID).get(casePath(k.id, path)).Body.String()
			for _, e := range k.w.Experts {
				require.NotContains(t, body, e.UserID, path)
				require.NotContains(t, body, "expert0", path)
			}
		}
		require.NotContains(t, k.as(k.w.Admin.UserID).get("/api/v1/progress").Body.String(), "expert")

		k.as(k.w.Admin.UserID).get(casePath(k.id, "/scores")).refused(403, apperr.Forbidden)
		require.Len(t, ok[gen.ScoreSheets](k.as(k.w.Bureau.UserID).get(casePath(k.id, "/scores")), 200).Items, 3)
		own := ok[gen.ScoreSheets](k.as(second.UserID).get(casePath(k.id, "/scores")), 200)
		require.Len(t, own.Items, 1)
		require.Equal(t, second.UserID, own.Items[0].ExpertId)

		hidden := ok[gen.Results](k.as(k.w.Admin.UserID).get(casePath(k.id, "/results")), 200)
		require.False(t, hidden.Confirmed)
		require.Nil(t, hidden.Score)
		require.Nil(t, hidden.Indicators[0].Mean)
		require.NotNil(t, hidden.Indicators[0].Self)
		require.Nil(t, k.view(k.w.Admin).Score)
		require.NotNil(t, k.view(k.w.Bureau).Score)

		script.Confirm(domain.VerdictPass)
		shown := ok[gen.Results](k.as(k.w.Admin.UserID).get(casePath(k.id, "/results")), 200)
		require.True(t, shown.Confirmed)
		require.Equal(t, domain.VerdictPass, shown.Verdict)
		require.NotNil(t, shown.Score)
		require.NotNil(t, shown.Indicators[0].Mean)
	})
}

func TestRectificationShowsItsRoundAndWhatMustBeMended(t *testing.T) {
	t.Parallel()
	eachWalk(t, func(t *testing.T, k *walk, script lifecycle.Script) {
		t.Helper()
		script.ToFiling()
		script.ToScoring()
		script.Score(700)
		script.Confirm(domain.VerdictRectify)
		v := k.view(k.w.Admin)
		require.Equal(t, domain.StageDossier, v.Stage)
		require.Equal(t, 1, v.Round)
		require.Equal(t, []gen.Reason{{Part: "7", Text: "缺少签章"}}, v.Rectify)
		before := ok[gen.Results](k.as(k.w.Admin.UserID).get(casePath(k.id, "/results")), 200)
		require.Zero(t, before.Round)
		require.True(t, before.Confirmed, "the first round's result is known")
		script.HandIn()
		script.Score(900)
		script.Confirm(domain.VerdictFail)
		script.Do(domain.AcceptResult, script.W.Head, domain.Body{})
		require.Equal(t, domain.ResultFailed, k.view(k.w.Admin).Result)
	})
}

// TestEveryStepIsForItsOwnPeopleOnly: at each step of a lifecycle everybody whose role
// could never take it gets 403, and the right person then succeeds.
func TestEveryStepIsForItsOwnPeopleOnly(t *testing.T) {
	t.Parallel()
	eachWalk(t, func(t *testing.T, k *walk, script lifecycle.Script) {
		t.Helper()
		everybody := append([]domain.Actor{k.w.Admin, k.w.Head, k.w.Reviewer, k.w.Bureau}, k.w.Experts[:3]...)
		right := script.Send
		script.Send = func(e activities.Envelope) {
			t.Helper()
			for _, a := range everybody {
				if a.Role == e.Actor.Role || (e.Actor.OrgID == a.OrgID && allowedRole(e.Kind, a.Role)) {
					continue
				}
				wrong := e
				wrong.Actor = a
				code := k.take(wrong).Code
				require.Contains(t, []int{http.StatusForbidden, http.StatusNotFound}, code, "%s as %s", e.Kind, a.Role)
			}
			right(e)
		}
		script.ToFiling()
		script.ToScoring()
		script.Score(900)
		script.Confirm(domain.VerdictPass)
		script.Register()
	})
}

func allowedRole(k domain.Kind, r domain.Role) bool {
	return slices.Contains(domain.RolesFor(k), r)
}
