package api

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// terminate has the bureau end a case, a decision that is possible at once.
func terminate(p person, caseID string) {
	p.r.t.Helper()
	ok[gen.ActionResult](p.act(caseID, domain.Terminate, "key-"+caseID, gen.ActionRequest{Comment: "学校撤并"}), http.StatusOK)
}

func TestADecisionReachesABrowserOfAnotherProcess(t *testing.T) {
	t.Parallel()
	twoProcesses(t, func(t *testing.T, a, b *process, w *testkit.World) {
		t.Helper()
		c, _ := w.Case(w.School, 0)
		head := a.as(w.User(w.School, domain.RolePrincipal).ID)
		ear := head.listen(b, "")
		ear.heard("hello")
		terminate(a.as(w.User(w.District, domain.RoleBureau).ID), c.ID)
		require.Equal(t, gen.LiveChange{Topic: gen.LiveChangeTopicTasks, CaseId: c.ID}, ear.heard("change").data, "the open task is over")
		require.Equal(t, gen.LiveChange{Topic: gen.LiveChangeTopicCase, CaseId: c.ID}, ear.heard("change").data)
	})
}

// A reader whose connection breaks again and again, at either process, while many write
// through both: each row exactly once, in the order of positions.
func TestResumingMissesNothingAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	twoProcesses(t, func(t *testing.T, a, b *process, w *testkit.World) {
		t.Helper()
		const writers, rounds = 8, 50
		reader := a.as(w.User(w.City, domain.RoleCityOffice).ID)
		last := reader.listen(a, "").heard("hello").id
		var writing sync.WaitGroup
		for n := range writers {
			store := []*process{a, b}[n%2].store
			writing.Go(func() {
				for i := range rounds {
					id := fmt.Sprintf("%d-%d", n, i)
					err := store.Tx(context.WithoutCancel(t.Context()), func(tx *gorm.DB) error {
						return tx.Create(&models.FeedRow{ID: testkit.ID(), Topic: models.FeedCase, CaseID: id, Path: w.School.Path}).Error
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		seen := map[string]bool{}
		for len(seen) < writers*rounds {
			ear := reader.listen([]*process{a, b}[rand.IntN(2)], strconv.FormatInt(last, 10))
			for range rand.IntN(40) {
				if len(seen) == writers*rounds {
					break
				}
				v := ear.heard("change")
				require.Equal(t, last+1, v.id)
				require.False(t, seen[v.data.CaseId], v.data.CaseId)
				last, seen[v.data.CaseId] = v.id, true
			}
			ear.hangUp()
		}
		writing.Wait()
		ear := reader.listen(b, strconv.FormatInt(last, 10))
		say(t, a.store, reader.id, "fence")
		require.Empty(t, ear.until("fence"))
	})
}

func TestOnlyWhatIsWithinReachIsHeard(t *testing.T) {
	t.Parallel()
	twoProcesses(t, func(t *testing.T, a, b *process, w *testkit.World) {
		t.Helper()
		own, teachers := w.Case(w.School, 1)
		foreign, _ := w.Case(w.Foreign, 0)
		bureaus := map[*models.Case]person{
			own: a.as(w.User(w.District, domain.RoleBureau).ID), foreign: a.as(w.User(w.Sibling, domain.RoleBureau).ID),
		}
		caseOf := func(c *models.Case) gen.LiveChange {
			return gen.LiveChange{Topic: gen.LiveChangeTopicCase, CaseId: c.ID}
		}
		alarm := gen.LiveChange{Topic: gen.LiveChangeTopicAlarm}
		cohort := gen.LiveChange{Topic: gen.LiveChangeTopicCohort}
		wants := map[domain.Role][]gen.LiveChange{
			domain.RoleDistrict:   {caseOf(own), cohort},
			domain.RoleCityOffice: {caseOf(own), caseOf(foreign), cohort},
			domain.RoleTeacher:    {caseOf(own)},
			domain.RoleExpert:     nil,
			domain.RoleSysadmin:   {caseOf(own), caseOf(foreign), alarm, cohort},
		}
		homes := map[domain.Role]*models.Org{domain.RoleDistrict: w.District, domain.RoleCityOffice: w.City, domain.RoleExpert: w.City, domain.RoleSysadmin: w.City}
		ears := map[domain.Role]*ear{}
		users := map[domain.Role]string{domain.RoleTeacher: teachers[0].ID}
		for role, home := range homes {
			users[role] = w.User(home, role).ID
		}
		for role, id := range users {
			ears[role] = a.as(id).listen(b, "")
			ears[role].heard("hello")
		}
		for c, bureau := range bureaus {
			terminate(bureau, c.ID)
		}
		require.NoError(t, a.store.Raise(t.Context(), models.Alarm{ID: "x", Kind: models.AlarmOrphan}))
		_, err := a.store.SetCohortStatus(t.Context(), w.Cohort.ID, models.CohortDraft, models.CohortOpening)
		require.NoError(t, err)
		for role, id := range users {
			say(t, a.store, id, "fence")
			require.ElementsMatch(t, wants[role], ears[role].until("fence"), "%s", role)
		}
	})
}

// An invitation opens a case to an expert while he listens. Other cases, and what other
// experts do before anything is decided, stay out of sight.
func TestAnExpertHearsOfTheOwnCasesOnly(t *testing.T) {
	t.Parallel()
	k, script := newWalk(t)
	p := newProcess(t, k.w.Store)
	script.ToFiling()
	expert := k.as(k.w.Experts[0].UserID)
	ear := expert.listen(p, "")
	ear.heard("hello")
	_, _ = k.w.Another(t, "2").Open(t)
	say(t, k.w.Store, expert.id, "before")
	require.Empty(t, ear.until("before"))

	script.ToScoring()
	say(t, k.w.Store, expert.id, "after")
	heard := ear.until("after")
	require.Contains(t, heard, gen.LiveChange{Topic: gen.LiveChangeTopicTasks, CaseId: k.id}, "the invitation")
	require.Contains(t, heard, gen.LiveChange{Topic: gen.LiveChangeTopicCase, CaseId: k.id})
	for _, v := range heard {
		require.Equal(t, k.id, v.CaseId)
	}
	other := k.w.Experts[1].UserID
	draft := map[string]models.DraftScore{}
	for code, score := range k.w.Marks(t, 900) {
		draft[code] = models.DraftScore{Score: &score}
	}
	require.NoError(t, k.w.Store.PutScoreDrafts(t.Context(), k.id, other, draft))
	say(t, k.w.Store, expert.id, "draft")
	require.Empty(t, ear.until("draft"))
}

// A teacher who is put on a roster, or taken off it, hears so when the scope is looked at
// again.
func TestSingleCasesComeAndGo(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	p := newProcess(t, r.store)
	c, _ := w.Case(w.School, 1)
	late := w.User(w.School, domain.RoleTeacher)
	ear := r.as(late.ID).listen(p, "")
	ear.heard("hello")
	here := gen.LiveChange{Topic: gen.LiveChangeTopicCase, CaseId: c.ID}
	await := func(want gen.LiveChange) {
		for v := ear.heard("change").data; v != want; v = ear.heard("change").data {
			require.Equal(t, gen.LiveChangeTopicRecords, v.Topic) // the roster itself, if it is read after the refresh
		}
	}
	require.NoError(t, r.store.PutRoster(t.Context(), c.ID, []models.RosterEntry{{UserID: late.ID, Status: domain.RosterActive}}))
	p.fire(refreshEvery)
	await(here)
	terminate(r.as(w.User(w.District, domain.RoleBureau).ID), c.ID)
	await(here)
	require.NoError(t, w.Store.DB(t.Context()).Where("user_id = ?", late.ID).Delete(&models.RosterRow{}).Error)
	p.fire(refreshEvery)
	await(here)
}

func TestAStreamEndsWithItsSession(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(t *testing.T, a *process, w *testkit.World, p person){
		"logout": func(t *testing.T, _ *process, _ *testkit.World, p person) {
			t.Helper()
			require.Equal(t, http.StatusNoContent, p.send(http.MethodDelete, "/api/v1/sessions/current", nil).Code)
		},
		"disabled": func(t *testing.T, a *process, _ *testkit.World, p person) {
			t.Helper()
			require.NoError(t, a.store.SetDisabled(t.Context(), p.id, true))
		},
		"password reset": func(t *testing.T, a *process, _ *testkit.World, p person) {
			t.Helper()
			require.NoError(t, a.store.SetPassword(t.Context(), p.id, "hash", true, ""))
		},
		"unused": func(t *testing.T, _ *process, w *testkit.World, _ person) {
			t.Helper()
			w.Clock.Advance(3 * time.Hour)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			twoProcesses(t, func(t *testing.T, a, b *process, w *testkit.World) {
				t.Helper()
				p := a.as(w.User(w.School, domain.RolePrincipal).ID)
				ear := p.listen(b, "")
				ear.heard("hello")
				end(t, a, w, p)
				b.fire(checkEvery)
				ear.ended()
				require.Equal(t, http.StatusUnauthorized, p.stream(b, "").status)
			})
		})
	}
}
