package api

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/policy"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

func overlayPath(scope, rest string) string { return "/api/v1/overlays/" + scope + "/2.0" + rest }

func publication(patch string, on int) gen.NewOverlay {
	return gen.NewOverlay{Patch: json.RawMessage(patch), BaseVersion: on, Reason: "年度调整"}
}

// Each level's own office publishes; others that it concerns read and are told whom to
// ask; whom it does not concern finds nothing.
func TestEachLevelMakesItsOwnRules(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	people := map[string]person{
		"city office":     r.as(w.User(w.City, domain.RoleCityOffice).ID),
		"district office": r.as(w.User(w.District, domain.RoleDistrict).ID),
		"sibling office":  r.as(w.User(w.Sibling, domain.RoleDistrict).ID),
		"district bureau": r.as(w.User(w.District, domain.RoleBureau).ID),
		"sysadmin":        r.as(w.User(w.City, domain.RoleSysadmin).ID),
		"principal":       r.as(w.User(w.School, domain.RolePrincipal).ID),
		"teacher":         r.as(w.User(w.School, domain.RoleTeacher).ID),
	}
	for _, c := range []struct {
		who    string
		scope  string
		status int
	}{
		{"city office", w.City.ID, 201}, {"city office", w.District.ID, 403}, {"district office", w.City.ID, 403},
		{"district office", w.District.ID, 201}, {"district office", w.Sibling.ID, 404}, {"sibling office", w.District.ID, 404},
		{"district bureau", w.District.ID, 403}, {"sysadmin", w.City.ID, 403}, {"principal", w.District.ID, 403},
		{"teacher", w.District.ID, 403}, {"city office", testkit.ID(), 404}, {"city office", w.School.ID, 404},
	} {
		got := people[c.who].post(overlayPath(c.scope, ""), publication(`{"team":{"max":6}}`, 0))
		require.Equal(t, c.status, got.Code, "%s: %s", c.who, got.Body)
	}
	list := func(who string) map[string]gen.OverlaySummary {
		by := map[string]gen.OverlaySummary{}
		for _, o := range ok[gen.OverlayList](people[who].get("/api/v1/overlays"), 200).Items {
			by[o.Scope.Id] = o
			require.NotEqual(t, o.MayEdit, o.WhyNot != "", "who may not is told why")
		}
		return by
	}
	require.Len(t, list("city office"), 3)
	district := list("district office")
	require.Len(t, district, 2, "the city's and its own")
	require.False(t, district[w.City.ID].MayEdit)
	require.True(t, district[w.District.ID].MayEdit)
	require.Equal(t, []any{1, "年度调整"}, []any{district[w.District.ID].InForce.Version, district[w.District.ID].InForce.Reason})
	people["teacher"].get("/api/v1/overlays").refused(403, apperr.Forbidden)
	people["sibling office"].get(overlayPath(w.District.ID, "")).refused(404, apperr.NotFound)
	people["city office"].get("/api/v1/overlays/"+w.City.ID+"/3.0").refused(404, apperr.NotFound)
}

func TestPublishingOnAnOlderVersionIsStale(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	office := r.as(w.User(w.City, domain.RoleCityOffice).ID)
	first := ok[gen.OverlayVersion](office.post(overlayPath(w.City.ID, ""), publication(`{"team":{"max":6}}`, 0)), 201)
	require.Equal(t, 1, first.Version)
	p := office.post(overlayPath(w.City.ID, ""), publication(`{"team":{"max":7}}`, 0)).refused(http.StatusConflict, apperr.Stale)
	require.Equal(t, "base_version", p.Field)
	ok[gen.OverlayVersion](office.post(overlayPath(w.City.ID, ""), publication(`{"team":{"max":7}}`, 1)), 201)
	version := ok[gen.OverlayVersionDocument](office.get(overlayPath(w.City.ID, "/versions/2")), 200)
	require.Equal(t, []gen.PolicyChange{{Path: "team.max", Title: "信息化管理团队最多人数", Old: 6.0, New: 7.0}}, version.Changes)
	office.get(overlayPath(w.City.ID, "/versions/3")).refused(404, apperr.NotFound)
}

// What is scheduled comes into force although something was published meanwhile, and what
// is written meanwhile does not begin from it.
func TestAScheduledVersionTakesEffectAllTheSame(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t, func(c *Config) { c.SessionIdle = 1000 * time.Hour })
	office := r.as(w.User(w.City, domain.RoleCityOffice).ID)
	later := w.Clock.Now().AddDate(0, 0, 30)
	ok[gen.OverlayVersion](office.post(overlayPath(w.City.ID, ""), publication(`{"team":{"max":6}}`, 0)), 201)
	scheduled := publication(`{"team":{"max":8}}`, 1)
	scheduled.EffectiveFrom = later
	ok[gen.OverlayVersion](office.post(overlayPath(w.City.ID, ""), scheduled), 201)
	doc := func() gen.OverlayDocument {
		return ok[gen.OverlayDocument](office.get(overlayPath(w.City.ID, "")), 200)
	}
	now := doc()
	require.JSONEq(t, `{"team":{"max":6}}`, string(now.Patch))
	require.Equal(t, []any{1, 2, 2}, []any{now.InForce, now.BaseVersion, now.Upcoming[0].Version})

	w.Clock.Advance(time.Hour)
	ok[gen.OverlayVersion](office.post(overlayPath(w.City.ID, ""), publication(`{"team":{"max":7}}`, 2)), 201)
	require.Equal(t, []any{3, 2}, []any{doc().InForce, doc().Upcoming[0].Version})
	compared := func(from time.Time) any {
		draft := gen.OverlayDraft{Patch: json.RawMessage(`{"team":{"max":9}}`), EffectiveFrom: from}
		return ok[gen.OverlayCheck](office.post(overlayPath(w.City.ID, "/check"), draft), 200).Changes[0].Old
	}
	require.Equal(t, []any{7.0, 7.0, 8.0}, []any{compared(time.Time{}), compared(later.Add(-time.Hour)), compared(later)})
	w.Clock.Set(later)
	now = doc()
	require.JSONEq(t, `{"team":{"max":8}}`, string(now.Patch))
	require.Equal(t, 2, now.InForce)
	require.Empty(t, now.Upcoming)
}

func TestADraftIsToldEverythingThatIsWrong(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	city, district := r.as(w.User(w.City, domain.RoleCityOffice).ID), r.as(w.User(w.District, domain.RoleDistrict).ID)
	ok[gen.OverlayVersion](district.post(overlayPath(w.District.ID, ""), publication(`{"team":{"max":6}}`, 0)), 201)
	for name, c := range map[string]struct {
		patch string
		paths []string
	}{
		"fine":                     {`{"rubric":{"pass":700}}`, []string{}},
		"three mistakes at once":   {`{"team":{"minimum":3},"panel":{"min":"x"},"rectification":{"max_rounds":-1}}`, []string{"panel.min", "team.minimum", "rectification.max_rounds"}},
		"sum of the rubric":        {`{"rubric":{"full":900}}`, []string{"rubric.full"}},
		"chain too long":           {`{"filing":{"chain":["a","b","c","d"]}}`, []string{"filing.chain"}},
		"breaks a district's rule": {`{"team":{"min":7,"max":8}}`, []string{"team.max"}},
		"other programme":          {`{"programme":"1.0"}`, []string{"programme"}},
	} {
		check := ok[gen.OverlayCheck](city.post(overlayPath(w.City.ID, "/check"), map[string]any{"patch": json.RawMessage(c.patch)}), 200)
		paths := []string{}
		for _, p := range check.Problems {
			paths = append(paths, p.Path)
			require.NotEmpty(t, p.Message)
		}
		require.ElementsMatch(t, c.paths, paths, name)
		require.Equal(t, len(c.paths) == 0, check.Valid, name)
		if len(c.paths) > 0 {
			got := city.post(overlayPath(w.City.ID, ""), publication(c.patch, 0))
			require.Equal(t, 422, got.Code, "%s: %s", name, got.Body)
		}
	}
	check := ok[gen.OverlayCheck](city.post(overlayPath(w.City.ID, "/check"), map[string]any{"patch": json.RawMessage(`{"rubric":{"pass":700}}`)}), 200)
	require.Equal(t, []gen.PolicyChange{{
		Path: "rubric.pass", Title: "合格分", Old: 600.0, New: 700.0, Level: gen.PolicyLevelBase, Source: "内置基础政策 2.0",
	}}, check.Changes)
	city.post(overlayPath(w.City.ID, ""), gen.NewOverlay{Patch: json.RawMessage(`{}`), Reason: ""}).refused(422, apperr.Invalid)
	past := publication(`{}`, 0)
	past.EffectiveFrom = w.Clock.Now().Add(-time.Hour)
	require.Equal(t, "effective_from", city.post(overlayPath(w.City.ID, ""), past).refused(422, apperr.Invalid).Field)
}

// What a cohort is drafted on is what is in force then; later versions do not touch it
// until its own scheme takes them over.
func TestACohortIsDraftedOnWhatIsInForce(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t, func(c *Config) { c.SessionIdle = 1000 * time.Hour })
	city, district := r.as(w.User(w.City, domain.RoleCityOffice).ID), r.as(w.User(w.District, domain.RoleDistrict).ID)
	ok[gen.OverlayVersion](city.post(overlayPath(w.City.ID, ""), publication(`{"rubric":{"pass":650}}`, 0)), 201)
	later := publication(`{"rubric":{"pass":700}}`, 1)
	later.EffectiveFrom = w.Clock.Now().Add(48 * time.Hour)
	ok[gen.OverlayVersion](city.post(overlayPath(w.City.ID, ""), later), 201)
	ok[gen.OverlayVersion](district.post(overlayPath(w.District.ID, ""), publication(`{"team":{"max":6}}`, 0)), 201)
	draft := func(code string) gen.Cohort {
		return ok[gen.Cohort](district.post("/api/v1/cohorts", gen.NewCohort{
			Code: code, Name: code, Programme: "2.0", OrgId: w.District.ID, WindowStart: w.Clock.Now(), WindowEnd: w.Clock.Now().Add(1000 * time.Hour),
		}), 201)
	}
	pass := func(digest string) (domain.Score, int) {
		p, err := w.Store.Policy(t.Context(), digest)
		require.NoError(t, err)
		return p.Rubric.Pass, p.Team.Max
	}
	before := draft("A1")
	score, most := pass(before.PolicyDigest)
	require.Equal(t, []any{domain.Score(650), 6}, []any{score, most})
	w.Clock.Advance(72 * time.Hour)
	after := draft("A2")
	score, _ = pass(after.PolicyDigest)
	require.Equal(t, domain.Score(700), score)

	// The scheme is laid on what A1 was drafted on, until told otherwise.
	scheme := func(n gen.NewOverlay) gen.OverlayVersion {
		return ok[gen.OverlayVersion](district.post(overlayPath(before.Id, ""), n), 201)
	}
	scheme(publication(`{"panel":{"max":7}}`, 0))
	now := ok[gen.Cohort](district.get("/api/v1/cohorts/"+before.Id), 200)
	score, _ = pass(now.PolicyDigest)
	require.Equal(t, domain.Score(650), score)
	doc := ok[gen.OverlayDocument](district.get(overlayPath(before.Id, "")), 200)
	require.Equal(t, []string{w.City.Name}, doc.NewerLayers)
	require.Equal(t, now.PolicyDigest, policy.Digest(doc.Value))
	for _, v := range doc.Settings {
		if v.Path == "panel.max" {
			require.Equal(t, gen.PolicyLevelCohort, v.Level)
		}
	}
	taken := publication(`{"panel":{"max":7}}`, 1)
	taken.TakeLayers = true
	scheme(taken)
	now = ok[gen.Cohort](district.get("/api/v1/cohorts/"+before.Id), 200)
	score, _ = pass(now.PolicyDigest)
	require.Equal(t, domain.Score(700), score)
	require.Empty(t, ok[gen.OverlayDocument](district.get(overlayPath(before.Id, "")), 200).NewerLayers)

	future := publication(`{}`, 2)
	future.EffectiveFrom = w.Clock.Now().Add(time.Hour)
	district.post(overlayPath(before.Id, ""), future).refused(422, apperr.Invalid)
	district.post(overlayPath(before.Id, ""), publication(`{}`, 0)).refused(409, apperr.Stale)
	r.as(w.User(w.Sibling, domain.RoleDistrict).ID).get(overlayPath(before.Id, "")).refused(404, apperr.NotFound)
	district.post(overlayPath(w.Cohort.ID, ""), publication(`{}`, 0)).refused(403, apperr.Forbidden)
	require.NoError(t, w.Store.DB(t.Context()).Model(&models.Cohort{}).Where("id = ?", before.Id).Update("status", models.CohortClosed).Error)
	district.post(overlayPath(before.Id, ""), publication(`{}`, 2)).refused(409, apperr.Conflict)
}
