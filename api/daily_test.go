package api

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

func (k *walk) delegation(to string) gen.NewDelegation {
	return gen.NewDelegation{
		ToUser: to, StartsAt: k.w.Now(), EndsAt: k.w.Now().Add(14 * 24 * time.Hour), Reason: "外出培训",
		Roles: []gen.DelegatedRole{{Role: domain.RoleDistrict, OrgId: k.w.Reviewer.OrgID}},
	}
}

func TestADelegateWorksInTheOthersName(t *testing.T) {
	t.Parallel()
	k, script := newWalk(t)
	script.ToFiling()
	deputy := k.w.Colleague(t, domain.RoleInspector)
	reviewer, stand := k.as(k.w.Reviewer.UserID), k.as(deputy.UserID)
	require.Empty(t, ok[gen.TaskPage](stand.get("/api/v1/tasks"), 200).Items)

	people := ok[gen.PersonList](reviewer.get("/api/v1/delegations/candidates"), 200)
	require.Contains(t, convert(people.Items, func(p gen.Person) string { return p.Id }), deputy.UserID)
	made := ok[gen.DelegationList](reviewer.post("/api/v1/delegations", k.delegation(deputy.UserID)), 201)
	require.Len(t, made.Items, 1)
	require.True(t, made.Items[0].Active)
	received := ok[gen.DelegationList](stand.get("/api/v1/delegations"), 200)
	require.False(t, received.Items[0].Given)
	require.Empty(t, received.Givable, "what was lent is not given on, an inspector's work is his own")
	own := ok[gen.DelegationList](reviewer.get("/api/v1/delegations"), 200).Givable
	require.Equal(t, []domain.Role{domain.RoleDistrict}, convert(own, func(g gen.Grant) domain.Role { return g.Role }))

	require.Len(t, ok[gen.Me](stand.get("/api/v1/me"), 200).Grants, 2)
	inbox := ok[gen.TaskPage](stand.get("/api/v1/tasks"), 200)
	require.Len(t, inbox.Items, 1, "what lay in the inbox already")
	at := deputy
	at.Role = domain.RoleDistrict
	script.Do(domain.ClaimTask, at, domain.Body{})
	wait := k.view(k.w.Reviewer).Waits[0]
	require.Equal(t, "reviewer", wait.ClaimedBy, "in the name of whoever delegated")
	require.Equal(t, "colleague-inspector", wait.Proxy)
	require.True(t, wait.ClaimedByMe)
	script.Do(domain.ApprovePlan, at, domain.Body{Revision: 1})
	rows := ok[gen.TimelinePage](stand.get(casePath(k.id, "/timeline")), 200).Items
	last := rows[len(rows)-1]
	require.Equal(t, []string{"colleague-inspector", "reviewer"}, []string{last.Actor, last.OnBehalf})
	require.NoError(t, k.w.Store.VerifyChain(t.Context(), k.id))

	stand.post("/api/v1/users", gen.NewUser{Login: "x1", Name: "越权", OrgId: k.w.School.ID}).refused(403, apperr.Forbidden)
	require.Equal(t, 204, stand.post("/api/v1/delegations/"+made.Items[0].Id+"/end", nil).Code)
	k.take(k.w.Envelope(t, k.id, domain.ReturnTeam, at, domain.Body{})).refused(403, apperr.Forbidden)
}

func TestADelegationIsRefusedWithTheReason(t *testing.T) {
	t.Parallel()
	k, _ := newWalk(t)
	deputy := k.w.Colleague(t, domain.RoleInspector)
	reviewer := k.as(k.w.Reviewer.UserID)
	wish := func(change func(*gen.NewDelegation)) gen.NewDelegation {
		d := k.delegation(deputy.UserID)
		change(&d)
		return d
	}
	send := func(d gen.NewDelegation) reply { return reviewer.post("/api/v1/delegations", d) }
	send(wish(func(d *gen.NewDelegation) { d.EndsAt = d.StartsAt })).refused(422, apperr.Invalid)
	send(wish(func(d *gen.NewDelegation) { d.Reason = " " })).refused(422, apperr.Invalid)
	send(wish(func(d *gen.NewDelegation) { d.ToUser = k.w.Reviewer.UserID })).refused(422, apperr.Invalid)
	send(wish(func(d *gen.NewDelegation) { d.ToUser = k.w.Head.UserID })).refused(422, domain.CodeDelegateUnfit)
	send(wish(func(d *gen.NewDelegation) { d.ToUser = "nobody" })).refused(422, domain.CodeDelegateUnfit)
	send(wish(func(d *gen.NewDelegation) { d.Roles[0].Role = domain.RoleBureau })).refused(422, domain.CodeNotDelegable)
	k.as(k.w.Experts[0].UserID).post("/api/v1/delegations", k.delegation(deputy.UserID)).refused(403, apperr.Forbidden)
	made := ok[gen.DelegationList](send(k.delegation(deputy.UserID)), 201)
	send(k.delegation(deputy.UserID)).refused(422, domain.CodeDelegationOverlap)
	k.as(k.w.Head.UserID).post("/api/v1/delegations/"+made.Items[0].Id+"/end", nil).refused(404, apperr.NotFound)
	k.as(deputy.UserID).post("/api/v1/delegations", k.delegation(k.w.Reviewer.UserID)).refused(403, apperr.Forbidden)
}

func TestACopyIsReadByItsRecipientOnly(t *testing.T) {
	t.Parallel()
	k, script := newWalk(t)
	script.ToFiling()
	script.Do(domain.Copy, k.w.Admin, domain.Body{Users: []string{k.w.Reviewer.UserID, k.w.Head.UserID}, Comment: "请知悉"})
	reviewer := k.as(k.w.Reviewer.UserID)
	copies := ok[gen.CopyPage](reviewer.get("/api/v1/copies?state=unread"), 200)
	require.Len(t, copies.Items, 1)
	require.Equal(t, "请知悉", copies.Items[0].Words)
	require.Equal(t, 1, ok[gen.TaskCounts](reviewer.get("/api/v1/tasks/counts"), 200).Copies)
	path := "/api/v1/copies/" + copies.Items[0].Id + "/read"
	k.as(k.w.Bureau.UserID).post(path, nil).refused(404, apperr.NotFound)
	for range 2 {
		require.Equal(t, 204, reviewer.post(path, nil).Code)
	}
	require.Empty(t, ok[gen.CopyPage](reviewer.get("/api/v1/copies?state=unread"), 200).Items)
	read := map[string]bool{}
	for _, c := range ok[gen.CaseCopyList](k.as(k.w.Admin.UserID).get(casePath(k.id, "/copies")), 200).Items {
		read[c.To] = !c.ReadAt.IsZero()
	}
	require.Equal(t, map[string]bool{"reviewer": true, "head-1": false}, read)
}

func TestWhoHasUrgedTodayIsToldBeforeTryingAgain(t *testing.T) {
	t.Parallel()
	k, script := newWalk(t)
	script.ToFiling()
	urging := func(a domain.Actor) gen.LegalAction {
		for _, o := range k.view(a).Actions {
			if o.Kind == domain.Urge && o.Role == a.Role {
				return o
			}
		}
		return gen.LegalAction{}
	}
	require.True(t, urging(k.w.Admin).Allowed)
	script.Do(domain.Urge, k.w.Admin, domain.Body{})
	require.Equal(t, string(domain.CodeUrgedToday), urging(k.w.Admin).Code)
	require.True(t, urging(k.w.Head).Allowed, "others may still urge")
}

func TestWhatAColleagueHasClaimedLeavesTheInbox(t *testing.T) {
	t.Parallel()
	k, script := newWalk(t)
	script.ToFiling()
	colleague := k.w.Colleague(t, domain.RoleDistrict)
	script.Do(domain.ClaimTask, k.w.Reviewer, domain.Body{})
	other := k.as(colleague.UserID)
	require.Empty(t, ok[gen.TaskPage](other.get("/api/v1/tasks"), 200).Items)
	taken := ok[gen.TaskPage](other.get("/api/v1/tasks?others=true"), 200).Items
	require.Len(t, taken, 1)
	require.Equal(t, "reviewer", taken[0].ClaimedBy)
	require.Equal(t, 1, ok[gen.TaskCounts](other.get("/api/v1/tasks/counts"), 200).Others)
	require.Len(t, ok[gen.TaskPage](k.as(k.w.Reviewer.UserID).get("/api/v1/tasks"), 200).Items, 1)

	require.NoError(t, k.w.Store.SetDisabled(t.Context(), k.w.Reviewer.UserID, true))
	require.Len(t, ok[gen.TaskPage](other.get("/api/v1/tasks"), 200).Items, 1, "back with the office when the claimer is gone")
	script.Do(domain.ApprovePlan, colleague, domain.Body{Revision: 1})
}

func TestABatchGivesNoMoreThanTheSingleAction(t *testing.T) {
	t.Parallel()
	f := newFiling(t)
	foreign, _ := f.w.Case(f.w.Foreign, 0)
	bureau := f.as(f.w.User(f.w.District, domain.RoleBureau).ID)
	batch := func(p person, kind domain.Kind, key string, items ...gen.BatchItem) reply {
		return p.send(http.MethodPost, "/api/v1/batches/"+string(kind), gen.BatchRequest{Items: items, Comment: "同意"}, "Idempotency-Key", key)
	}
	own, stale := gen.BatchItem{CaseId: f.id, Visit: 7, Revision: 1}, gen.BatchItem{CaseId: f.id, Visit: 3, Revision: 1}
	out := ok[gen.BatchResult](batch(f.admin, domain.ApprovePlan, "key-00000001", own), 200)
	require.Equal(t, string(apperr.Forbidden), out.Items[0].Code, "the school does not approve its own plan")
	out = ok[gen.BatchResult](batch(bureau, domain.ApprovePlan, "key-00000002", own), 200)
	require.Equal(t, string(apperr.Forbidden), out.Items[0].Code)
	batch(f.office, domain.Terminate, "key-00000003", own).refused(422, apperr.Invalid)
	batch(f.office, domain.ApprovePlan, "key-00000004", own, own).refused(422, apperr.Invalid)

	for range 2 { // the same key again gives the same answer
		out = ok[gen.BatchResult](batch(f.office, domain.ApprovePlan, "key-00000005", gen.BatchItem{CaseId: foreign.ID, Visit: 1}, stale, own), 200)
		require.Equal(t, []int{1, 2, 0}, []int{out.Accepted, out.Refused, out.Pending})
		require.Equal(t, string(apperr.NotFound), out.Items[0].Code)
		require.Empty(t, out.Items[0].School, "what is out of reach stays unknown")
		require.NotEmpty(t, out.Items[1].Message)
		require.Equal(t, gen.BatchOutcomeStatusAccepted, out.Items[2].Status)
	}
	require.Equal(t, 1, f.eventsOf(domain.ApprovePlan))

	var entries []models.AuditEntry
	require.NoError(t, f.w.Store.DB(t.Context()).Where("result = ? AND request = ?", models.AuditRefused, "takeActions").Find(&entries).Error)
	about := map[string]string{}
	for _, e := range entries {
		about[e.ActorID+" "+e.Code] = e.SubjectID
	}
	require.Equal(t, map[string]string{
		f.admin.id + " forbidden": f.id, bureau.id + " forbidden": f.id, f.office.id + " not_found": foreign.ID,
	}, about, "rows that were out of reach are in the log")
}

// A case may have several tasks that one batch is about.
func TestABatchMayHaveTwoTasksOfOneCase(t *testing.T) {
	t.Parallel()
	k, script := newWalk(t)
	script.ToFiling()
	script.Do(domain.ApprovePlan, k.w.Reviewer, domain.Body{Revision: 1})
	request := gen.BatchRequest{Comment: "请尽快"}
	for _, w := range k.w.State(t, k.id).OpenWaits() {
		request.Items = append(request.Items, gen.BatchItem{CaseId: k.id, Visit: w.Visit})
	}
	require.Len(t, request.Items, 2, "study, and the panel beside it")
	inspector := k.as(k.w.Colleague(t, domain.RoleInspector).UserID)
	for range 2 { // the same key again gives the same answer
		out := ok[gen.BatchResult](inspector.send(http.MethodPost, "/api/v1/batches/"+string(domain.Urge), request, "Idempotency-Key", "key-00000006"), 200)
		require.Equal(t, 2, out.Accepted, out.Items)
		require.NotEqual(t, out.Items[0].ActionId, out.Items[1].ActionId)
	}
	for _, w := range k.w.State(t, k.id).OpenWaits() {
		require.Equal(t, 1, w.Urged)
	}
}

// What breaks while a row is taken breaks that row.
func TestABatchOutlivesAPanicOfOneRow(t *testing.T) {
	t.Parallel()
	f := newFiling(t)
	f.engine.stalled, f.engine.arrives = true, func() { panic("out of range") }
	items := []gen.BatchItem{{CaseId: f.id, Visit: 7, Revision: 1}, {CaseId: f.id, Visit: 3, Revision: 1}}
	out := ok[gen.BatchResult](f.office.send(
		http.MethodPost, "/api/v1/batches/"+string(domain.ApprovePlan), gen.BatchRequest{Items: items}, "Idempotency-Key", "key-00000007",
	), 200)
	require.Equal(t, []string{string(apperr.Internal), string(apperr.Stale)}, []string{out.Items[0].Code, out.Items[1].Code})
	require.NotContains(t, out.Items[0].Message, "out of range")
}

func (f *filing) eventsOf(k domain.Kind) int {
	var n int64
	require.NoError(f.t, f.store.DB(f.t.Context()).Model(&models.Event{}).Where("case_id = ? AND kind = ?", f.id, k).Count(&n).Error)
	return int(n)
}

// A reviewer who also holds another office works in the seat that a task waits for, and
// gets round the rules for the own task in neither.
func TestSomebodyWithTwoOfficesActsInTheOneThatIsWaitedFor(t *testing.T) {
	t.Parallel()
	k, script := newWalk(t)
	script.ToFiling()
	require.NoError(t, k.w.Store.Grant(t.Context(), models.Grant{UserID: k.w.Reviewer.UserID, Role: domain.RoleBureau, OrgID: k.w.Reviewer.OrgID}))
	offered := map[domain.Kind]gen.LegalAction{}
	for _, o := range k.view(k.w.Reviewer).Actions {
		_, twice := offered[o.Kind]
		require.False(t, twice, "%s is offered once", o.Kind)
		offered[o.Kind] = o
	}
	require.True(t, offered[domain.ClaimTask].Allowed)
	require.Equal(t, string(domain.CodeOwnTask), offered[domain.Urge].Code)
	require.Equal(t, string(domain.CodeOwnTask), offered[domain.Extend].Code)
	later := k.w.Now().AddDate(0, 2, 0)
	k.take(k.w.Envelope(t, k.id, domain.Extend, k.w.Reviewer, domain.Body{Until: &later, Comment: "忙"})).refused(422, domain.CodeOwnTask)
	script.Do(domain.ClaimTask, k.w.Reviewer, domain.Body{})
	script.Do(domain.ApprovePlan, k.w.Reviewer, domain.Body{Revision: 1})
	script.Do(domain.AssignPanel, k.w.Bureau, domain.Body{Experts: []string{k.w.Experts[0].UserID, k.w.Experts[1].UserID, k.w.Experts[2].UserID}})
}

func TestAPauseIsNoPartOfATeachersOwnWindow(t *testing.T) {
	t.Parallel()
	k, script := newWalk(t)
	script.ToFiling()
	script.Do(domain.ApprovePlan, k.w.Reviewer, domain.Body{Revision: 1})
	script.Do(domain.FinishTraining, k.w.Head, domain.Body{})
	until := k.w.Now().AddDate(0, 0, 10)
	script.Do(domain.ReopenTeacher, k.w.Reviewer, domain.Body{User: k.w.Teacher(0), Until: &until, Comment: "病假"})
	window := func() time.Time {
		var row models.RosterRow
		require.NoError(t, k.w.DB.Where("case_id = ? AND user_id = ?", k.id, k.w.Teacher(0)).Take(&row).Error)
		return *row.WindowUntil
	}
	require.Equal(t, until, window())
	script.Do(domain.Pause, k.w.Bureau, domain.Body{Comment: "停课"})
	k.w.Advance(14 * 24 * time.Hour)
	script.Do(domain.Resume, k.w.Colleague(t, domain.RoleDistrict), domain.Body{Comment: "复课"})
	require.True(t, window().After(until.AddDate(0, 0, 12)), window())
}

// A backup from before a change of the frozen roster is restored: the case goes on, with or
// without the request that was answered, or the teacher.
func TestAChangeOfTheFrozenRosterIsRebuilt(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		kind domain.Kind
		keep bool
	}{
		"request kept": {domain.ConsentRoster, true}, "request lost": {domain.ConsentRoster, false},
		"teacher kept": {domain.ChangeRoster, true}, "teacher lost": {domain.ChangeRoster, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, script := newWalk(t)
			ctx := t.Context()
			script.ToFiling()
			script.Do(domain.ApprovePlan, k.w.Reviewer, domain.Body{Revision: 1})
			body := domain.Body{User: k.w.Teacher(0), RosterStatus: domain.RosterLeave, Comment: "产假"}
			if tc.kind == domain.ConsentRoster {
				body = domain.Body{Request: askForSubject(script)}
			}
			script.Do(tc.kind, k.w.Reviewer, body)
			was, err := k.w.Store.CaseByID(ctx, k.id)
			require.NoError(t, err)
			var e models.Event
			require.NoError(t, k.w.DB.Where("case_id = ?", k.id).Order("seq DESC").Take(&e).Error)
			require.NoError(t, k.w.DB.Where("case_id = ? AND seq = ?", k.id, e.Seq).Delete(&models.Event{}).Error)
			require.NoError(t, k.w.DB.Where("id = ?", e.ActionID).Delete(&models.ActionRow{}).Error)
			if !tc.keep {
				require.NoError(t, k.w.DB.Where("id = ?", body.Request).Delete(&models.RosterRequest{}).Error)
				require.NoError(t, k.w.DB.Where("case_id = ? AND user_id = ?", k.id, body.User).Delete(&models.RosterRow{}).Error)
			}
			lost := models.Remembered{
				Received: models.Received{Action: domain.Action{ID: e.ActionID, Kind: e.Kind, Actor: k.w.Reviewer, Body: body, At: e.At}},
				Outcome:  domain.Outcome{ActionID: e.ActionID, Kind: e.Kind, Seq: e.Seq, At: e.At, Patch: []byte(e.Patch)},
			}
			n := models.NewCase{CohortID: was.CohortID, SchoolID: was.SchoolID, WorkflowID: was.WorkflowID}
			require.NoError(t, k.w.Store.Rebuild(ctx, n, []models.Remembered{lost}))
			now, err := k.w.Store.CaseByID(ctx, k.id)
			require.NoError(t, err)
			require.Equal(t, was.State, now.State)
			require.NoError(t, k.w.Store.VerifyChain(ctx, k.id))
			var alarms int64
			require.NoError(t, k.w.DB.Model(&models.Alarm{}).Where("case_id = ?", k.id).Count(&alarms).Error)
			require.Equal(t, tc.keep, alarms == 0)
		})
	}
}
