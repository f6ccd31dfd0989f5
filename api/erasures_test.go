package api

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// A request to be erased is met when two administrators have had the account erased; a
// legal hold stops it, and everybody reads the certificate.
func TestARequestToBeErasedIsMet(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	teacher := w.User(w.School, domain.RoleTeacher)
	numbered(t, r.store, teacher)
	me := r.as(teacher.ID)
	first, second := r.as(w.User(w.City, domain.RoleSecurity).ID), r.as(w.User(w.City, domain.RoleCityOffice).ID)
	reader := r.as(w.User(w.City, domain.RoleAudit).ID)
	const runs, holds = "/api/v1/privacy/erasures", "/api/v1/privacy/holds"
	asked := ok[gen.DataRequest](me.post("/api/v1/me/data-requests", gen.NewDataRequest{Kind: "delete", Words: "已调离"}), 201)
	answer := "/api/v1/privacy/requests/" + asked.Id + "/answer"
	met := gen.DataRequestAnswer{Status: "met", Answer: "已删除"}
	require.Equal(t, "status", first.post(answer, met).refused(422, apperr.Invalid).Field)

	body := gen.NewErasure{UserId: teacher.ID, RequestId: asked.Id, Reason: "本人申请"}
	me.post(runs, body).refused(403, apperr.Forbidden)
	reader.post(runs, body).refused(403, apperr.Forbidden)
	hold := ok[gen.HoldRef](second.post(holds, gen.NewHold{Kind: "person", SubjectId: teacher.ID, Reason: "信访核查"}), 201)
	first.post(runs, body).refused(409, models.CodeHeld)
	require.Equal(t, 204, first.post(holds+"/"+hold.Id+"/lift", gen.HoldLift{Reason: "核查结束"}).Code)
	lifted := ok[gen.HoldPage](reader.get(holds+"?status=lifted"), 200).Items
	require.Equal(t, []string{teacher.Name, "核查结束"}, []string{lifted[0].Subject, lifted[0].LiftReason})

	run := ok[gen.Erasure](first.post(runs, body), 201)
	at := runs + "/" + run.Id
	work := func() {
		for more := true; more; {
			var err error
			more, err = r.store.Erase(t.Context(), func(context.Context, string, string) (bool, error) { return false, nil })
			require.NoError(t, err)
		}
	}
	first.post(at+"/proposal", gen.ErasureProposal{}).refused(409, apperr.Conflict)
	work()
	items := ok[gen.ErasureItemPage](reader.get(at+"/items"), 200).Items
	require.Len(t, items, 1)
	require.Equal(t, teacher.Name, items[0].What)
	ok[gen.Erasure](first.post(at+"/proposal", gen.ErasureProposal{}), 200)
	first.post(at+"/decision", gen.ErasureDecision{Approve: true}).refused(409, models.CodeTwoPersons)
	var links []string
	for _, n := range ok[gen.NoticePage](second.get("/api/v1/notices"), 200).Items {
		links = append(links, n.Link)
	}
	require.ElementsMatch(t, []string{"/privacy/requests", "/privacy/erasures/" + run.Id}, links, "one notice of the request, one of the run")
	stranger := r.as(w.User(w.Org(nil, "city", "4403", "外市"), domain.RoleSecurity).ID)
	stranger.post(at+"/decision", gen.ErasureDecision{Approve: true}).refused(404, apperr.NotFound)
	stranger.get(at+"/items").refused(404, apperr.NotFound)
	ok[gen.Erasure](second.post(at+"/decision", gen.ErasureDecision{Approve: true}), 200)
	work()

	done := ok[gen.Erasure](reader.get(at), 200)
	require.Equal(t, "done", done.Status)
	require.Contains(t, done.Certificate, done.Sha256)
	require.Equal(t, []int{1, 1}, []int{done.Counts[0].Items, done.Counts[0].Done})
	require.NotContains(t, done.Subject, teacher.Name)
	require.Equal(t, 401, me.get("/api/v1/me/personal").Code, "the session is gone")
	ok[gen.DataRequest](first.post(answer, met), 200)
}

// How long things are kept is set for everybody at once, by who looks after everybody.
func TestRetentionIsSetFromTheTop(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	top := r.as(w.User(w.City, domain.RoleSecurity).ID)
	const list = "/api/v1/privacy/retention"
	change := gen.RetentionChange{Months: 24, Reason: "本市规定"}
	require.Equal(t, 204, top.put(list+"/account", change).Code)
	top.put(list+"/nothing", change).refused(404, apperr.NotFound)
	require.Equal(t, "months", top.put(list+"/access", change).refused(422, apperr.Invalid).Field)
	for _, row := range ok[gen.RetentionList](top.get(list), 200).Items {
		if row.Class == "account" {
			require.Equal(t, []any{24, "本市规定"}, []any{row.Months, row.Reason})
		}
	}
	w.Org(nil, "city", "4403", "外市")
	top.put(list+"/account", change).refused(403, apperr.Forbidden)
}
