package api

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

func TestTheEventLogIsOfTheCallersCases(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	own, _ := w.Case(w.School, 0)
	foreign, _ := w.Case(w.Foreign, 0)
	direct, _ := w.Case(w.Direct, 0)
	cases := func(userID, query string) []string {
		t.Helper()
		seen := []string{}
		for _, e := range ok[gen.EventPage](r.as(userID).get("/api/v1/events?"+query), http.StatusOK).Items {
			seen = append(seen, e.CaseId)
		}
		return seen
	}
	all := []string{own.ID, foreign.ID, direct.ID}
	for _, role := range []domain.Role{domain.RoleSysadmin, domain.RoleAuditor, domain.RoleInspector, domain.RoleCityOffice, domain.RoleBureau} {
		require.ElementsMatch(t, all, cases(w.User(w.City, role).ID, ""), role)
	}
	district := w.User(w.District, domain.RoleDistrict).ID
	require.Equal(t, []string{own.ID}, cases(district, ""))
	require.Empty(t, cases(district, "case_id="+foreign.ID))
	require.Empty(t, cases(district, "q="+url.QueryEscape("越秀")))
	for _, role := range []domain.Role{domain.RoleTeacher, domain.RoleGroupLeader, domain.RoleSchoolAdmin, domain.RolePrincipal, domain.RoleExpert} {
		r.as(w.User(w.School, role).ID).get("/api/v1/events").refused(http.StatusForbidden, apperr.Forbidden)
	}

	city := w.User(w.City, domain.RoleCityOffice).ID
	at := func(d time.Duration) string { return url.QueryEscape(w.Clock.Now().Add(d).Format(time.RFC3339)) }
	for query, want := range map[string][]string{
		"q=" + url.QueryEscape("第一小学"): {own.ID, foreign.ID}, "case_id=" + direct.ID: {direct.ID},
		"kind=" + string(domain.SystemOpen): all, "kind=team.submit": nil, "stage=filing": nil,
		"from=" + at(time.Hour): nil, "to=" + at(-time.Hour): nil, "from=" + at(-time.Hour) + "&to=" + at(time.Hour): all,
		"actor=" + city: nil,
	} {
		require.ElementsMatch(t, want, cases(city, query), query)
	}
	row := ok[gen.EventPage](r.as(city).get("/api/v1/events?case_id="+own.ID), http.StatusOK).Items[0]
	require.Equal(t, []any{w.School.Name, w.District.Name, w.Cohort.ID, 1}, []any{row.School.Name, row.District.Name, row.CohortId, row.Event.Seq})
	require.Equal(t, domain.RoleSystem.Name(), row.Event.Actor)
}

// The log goes back in time, over cases, and ends where each began.
func TestTheEventLogTellsANewestFirst(t *testing.T) {
	t.Parallel()
	k, script := newWalk(t)
	script.ToFiling()
	script.ReturnOnce()
	seq := k.w.State(t, k.id).Seq
	cursor := ""
	for page := 0; ; page++ {
		p := ok[gen.EventPage](k.as(k.w.Reviewer.UserID).get("/api/v1/events?limit=2&cursor="+cursor), http.StatusOK)
		for _, e := range p.Items {
			require.Equal(t, seq, e.Event.Seq)
			seq--
		}
		if cursor = p.Next; cursor == "" {
			break
		}
	}
	require.Zero(t, seq)
	returned := ok[gen.EventPage](k.as(k.w.Reviewer.UserID).get("/api/v1/events?kind=filing.return&actor="+k.w.Reviewer.UserID), http.StatusOK)
	require.Len(t, returned.Items, 1)
	require.Equal(t, []any{"reviewer", "天河区", domain.StageFiling, 1, "目标不明确"}, []any{
		returned.Items[0].Event.Actor, returned.Items[0].Event.Org, returned.Items[0].Event.StageBefore,
		returned.Items[0].Event.Revision, returned.Items[0].Event.Reasons[0].Text,
	})
}
