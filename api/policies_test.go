package api

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/policy"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// onPolicy drafts a cohort of the district on the base policy with overlays laid on.
func onPolicy(t *testing.T, w *testkit.World, code string, bodies ...string) *models.Cohort {
	t.Helper()
	layers := make([][]byte, len(bodies))
	for i, b := range bodies {
		layers[i] = []byte(b)
	}
	base, err := policy.Base("2.0")
	require.NoError(t, err)
	merged, err := policy.Merge(base, layers...)
	require.NoError(t, err)
	require.NoError(t, w.Store.PutPolicy(t.Context(), policy.Digest(merged), "2.0", merged))
	c, err := w.Store.CreateCohort(t.Context(), models.NewCohort{
		Code: code, Name: code, Programme: "2.0", OrgID: w.District.ID, PolicyDigest: policy.Digest(merged),
		WindowStart: w.Cohort.WindowStart, WindowEnd: w.Cohort.WindowEnd,
	}, "tester")
	require.NoError(t, err)
	return c
}

func TestAPolicyTellsWhichLevelSetEachValue(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	overlay := func(level, scope, body, reason string) string {
		_, err := w.Store.AddOverlay(t.Context(), models.Overlay{
			Programme: "2.0", Level: level, ScopeID: scope, Body: body, Reason: reason, EffectiveFrom: w.Clock.Now(),
		})
		require.NoError(t, err)
		return body
	}
	overlay("city", w.City.ID, `{"team":{"min":5}}`, "初稿")
	city := overlay("city", w.City.ID, `{"team":{"min":4},"rubric":{"pass":700}}`, "市办法")
	district := overlay("district", w.District.ID, `{"rubric":{"pass":750}}`, "区细则")
	c := onPolicy(t, w, "D1", city, district)
	overlay("district", w.District.ID, `{"rubric":{"pass":800}}`, "后来的细则")

	doc := ok[gen.PolicyDocument](r.as(w.User(w.School, domain.RoleTeacher).ID).get("/api/v1/policies/"+c.PolicyDigest), http.StatusOK)
	settings := map[string]gen.PolicySetting{}
	for _, v := range doc.Settings {
		settings[v.Path] = v
	}
	require.Equal(t, gen.PolicySetting{
		Path: "team.min", Title: "信息化管理团队最少人数", Value: 4.0, Level: gen.PolicyLevelCity,
		Org: &gen.Ref{Id: w.City.ID, Name: w.City.Name}, Source: "第2版：市办法",
	}, settings["team.min"])
	require.Equal(t, []any{gen.PolicyLevelDistrict, 750.0, "第1版：区细则"}, []any{settings["rubric.pass"].Level, settings["rubric.pass"].Value, settings["rubric.pass"].Source})
	require.Equal(t, []any{gen.PolicyLevelBase, "内置基础政策 2.0"}, []any{settings["team.max"].Level, settings["team.max"].Source})
	require.Nil(t, settings["team.max"].Org)

	unexplained := onPolicy(t, w, "D2", `{"team":{"max":6}}`)
	doc = ok[gen.PolicyDocument](r.as(w.User(w.City, domain.RoleBureau).ID).get("/api/v1/policies/"+unexplained.PolicyDigest), http.StatusOK)
	for _, v := range doc.Settings {
		require.Equal(t, v.Path == "team.max", v.Level == gen.PolicyLevelUnknown, v.Path)
	}
}

// Two districts that lay down the same come to the same policy. Each is told of its own
// rules, and nobody of another district's.
func TestAPolicyIsExplainedByOnesOwnRules(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	body := `{"team":{"max":6}}`
	var digest string
	for _, d := range []struct {
		org  *models.Org
		code string
	}{{w.Sibling, "S1"}, {w.District, "D1"}} {
		_, err := w.Store.AddOverlay(t.Context(), models.Overlay{
			Programme: "2.0", Level: "district", ScopeID: d.org.ID, Body: body, Reason: d.code, EffectiveFrom: w.Clock.Now(),
		})
		require.NoError(t, err)
		c := onPolicy(t, w, d.code, body)
		require.NoError(t, w.Store.DB(t.Context()).Model(c).Updates(map[string]any{"org_id": d.org.ID, "path": d.org.Path}).Error)
		digest = c.PolicyDigest
		w.Clock.Advance(time.Hour)
	}
	told := func(u *models.User) gen.PolicySetting {
		doc := ok[gen.PolicyDocument](r.as(u.ID).get("/api/v1/policies/"+digest), http.StatusOK)
		i := slices.IndexFunc(doc.Settings, func(v gen.PolicySetting) bool { return v.Path == "team.max" })
		return doc.Settings[i]
	}
	for _, u := range []*models.User{w.User(w.District, domain.RoleDistrict), w.User(w.School, domain.RoleTeacher)} {
		require.Equal(t, []any{&gen.Ref{Id: w.District.ID, Name: w.District.Name}, "第1版：D1"}, []any{told(u).Org, told(u).Source})
	}
	require.Equal(t, "第1版：S1", told(w.User(w.Sibling, domain.RoleDistrict)).Source)
	outside := told(w.User(w.Direct, domain.RolePrincipal))
	require.Equal(t, []any{gen.PolicyLevelUnknown, (*gen.Ref)(nil)}, []any{outside.Level, outside.Org})
}

func TestPoliciesAreThoseOfTheCallersCohorts(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	own := onPolicy(t, w, "D1", `{"team":{"max":6}}`)
	list := func(org *models.Org) map[string][]gen.Ref {
		cohorts := map[string][]gen.Ref{}
		for _, p := range ok[gen.PolicyList](r.as(w.User(org, domain.RoleDistrict).ID).get("/api/v1/policies"), http.StatusOK).Items {
			cohorts[p.Digest] = p.Cohorts
			require.Equal(t, p.Digest != own.PolicyDigest, p.Builtin)
		}
		return cohorts
	}
	district, sibling := list(w.District), list(w.Sibling)
	require.Len(t, district, 3)
	require.Equal(t, []gen.Ref{{Id: own.ID, Name: "D1"}}, district[own.PolicyDigest])
	require.Equal(t, []gen.Ref{{Id: w.Cohort.ID, Name: w.Cohort.Name}}, district[w.Cohort.PolicyDigest], "the city's, on the base policy")
	require.Len(t, sibling, 2)
	require.NotContains(t, sibling, own.PolicyDigest)
}
