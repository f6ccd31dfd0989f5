package api

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// What a stolen or forgotten session must not be enough for.
var sensitive = map[string]string{
	"addGrant": "a role", "removeGrant": "a role", "createUser": "a role", "handOverRole": "a role", "createDelegation": "a role",
	"createMachineToken": "a token", "revokeMachineToken": "a token",
	"createAdminChange": "三员", "decideAdminChange": "三员",
	"resetPassword": "an account", "disableUser": "an account", "enableUser": "an account", "endUserSessions": "an account",
	"endMySession": "logins elsewhere", "endOtherSessions": "logins elsewhere",
	"publishOverlay": "policy in force", "createCalendar": "policy in force", "startMigration": "policy in force",
	"putRegistry": "a credential", "takeRegistryFile": "personal data", "createRegistryBatch": "hours leave the system",
	"settleRegistryRecord": "hours", "askRegistryReversal": "hours", "decideRegistryReversal": "hours",
	"createChannel": "where news go", "putChannel": "where news go", "testChannel": "where news go",
	"rotateChannelSecret": "a key", "dropChannelSecret": "a key", "askContact": "where one's news go",
	"revealUser": "personal data", "revealContact": "personal data", "findPerson": "personal data",
	"exportMyData":        "personal data",
	"takeImportPasswords": "passwords", "exportImportErrors": "personal data", "applyImport": "accounts by the hundred",
}

func TestSensitiveOperationsWantAFreshProof(t *testing.T) {
	t.Parallel()
	spec, err := loadContract()
	require.NoError(t, err)
	steps := map[string]stepUp{}
	for _, op := range spec.routes {
		steps[op.id()] = op.step
	}
	for id, why := range sensitive {
		require.True(t, steps[id].always, "%s (%s) must have x-step-up: true in the contract", id, why)
	}
	for _, id := range []string{"listUsers", "listDataRequests", "listRoster", "listCredits", "listOrgContacts", "listRegistryRecords", "listRegistryCandidates"} {
		require.True(t, steps[id].export, "%s tells of people: its workbook must have x-step-up: xlsx", id)
		require.Contains(t, workbooks, id)
	}
	for _, kind := range []domain.Kind{domain.ConfirmResult, domain.ConfirmCredit, domain.RegisterCredit} {
		require.Contains(t, steps["takeAction"].kinds, string(kind))
	}
	for kind := range maps.Keys(steps) {
		require.False(t, rules[kind].open && steps[kind].always, "%s: nobody is signed in there", kind)
	}
	for _, kind := range batchable {
		require.False(t, slices.Contains(steps["takeAction"].kinds, string(kind)), "%s can be taken in a batch, which asks for no proof", kind)
	}
}

func TestAnUnknownStepUpStopsTheStart(t *testing.T) {
	t.Parallel()
	_, err := stepUpOf("sometimes")
	require.Error(t, err)
}

const secondPassword = "Chengdu#Laoshi-8"

// signedIn is a rig with one security administrator signed in with a password.
func signedIn(t *testing.T) (*rig, *testkit.World, person, *models.User) {
	t.Helper()
	r, w := newWorld(t, func(c *Config) { c.ProofFor = 0 })
	who := w.User(w.City, domain.RoleSecurity)
	require.NoError(t, w.Store.SetPassword(t.Context(), who.ID, cheap.Hash(secondPassword), false, ""))
	return r, w, r.enter(who), who
}

// enter signs somebody in with their password, once more each time.
func (r *rig) enter(u *models.User) person {
	info := ok[gen.SessionInfo](login(r, u.Login, secondPassword), 200)
	return person{r, info.Token, u.ID}
}

func TestAnOldLoginMustProveItselfAgain(t *testing.T) {
	t.Parallel()
	r, w, p, who := signedIn(t)
	other := r.enter(who)
	teacher := w.User(w.School, domain.RoleTeacher)
	disable := "/api/v1/users/" + teacher.ID + "/disable"
	enable := "/api/v1/users/" + teacher.ID + "/enable"
	require.Equal(t, 204, p.post(disable, nil).Code, "signing in is a proof")

	w.Clock.Set(w.Clock.Now().Add(10 * time.Minute))
	p.post(enable, nil).refused(403, apperr.StepUp)
	require.Equal(t, 200, p.get("/api/v1/users").Code, "reading needs none")
	p.get("/api/v1/users?format=xlsx").refused(403, apperr.StepUp)
	p.post("/api/v1/sessions/current/proof", gen.SessionProof{Password: "wrong"}).refused(422, apperr.Invalid)
	p.post(enable, nil).refused(403, apperr.StepUp)
	p = p.proves(secondPassword, "")
	require.Equal(t, 204, p.post(enable, nil).Code)
	require.Equal(t, 200, p.get("/api/v1/users?format=xlsx").Code)
	other.post(disable, nil).refused(403, apperr.StepUp)

	r.as(w.User(w.School, domain.RoleTeacher).ID).post(enable, nil).refused(404, apperr.NotFound)
}

// Proofs are guesses like those at the login: enough wrong ones lock the account.
func TestGuessingAtTheProofLocksTheAccount(t *testing.T) {
	t.Parallel()
	r, _, p, who := signedIn(t)
	for range 4 {
		p.post("/api/v1/sessions/current/proof", gen.SessionProof{Password: "wrong"}).refused(422, apperr.Invalid)
	}
	p.post("/api/v1/sessions/current/proof", gen.SessionProof{Password: "wrong"}).refused(429, apperr.Locked)
	login(r, who.Login, secondPassword).refused(429, apperr.Locked)
}

func TestPeopleSeeAndEndTheirSessions(t *testing.T) {
	t.Parallel()
	r, w, p, who := signedIn(t)
	second, third := r.enter(who), r.enter(who)
	list := ok[gen.SessionList](p.get("/api/v1/me/sessions"), 200).Items
	require.Len(t, list, 3)
	require.Len(t, slices.DeleteFunc(slices.Clone(list), func(s gen.LoginSession) bool { return !s.Current }), 1)

	other := ok[gen.SessionList](second.get("/api/v1/me/sessions"), 200).Items
	own := other[slices.IndexFunc(other, func(s gen.LoginSession) bool { return s.Current })]
	stranger := r.as(w.User(w.City, domain.RoleSecurity).ID)
	stranger.send("DELETE", "/api/v1/me/sessions/"+own.Id, nil).refused(404, apperr.NotFound)
	require.Equal(t, 204, p.send("DELETE", "/api/v1/me/sessions/"+own.Id, nil).Code)
	second.get("/api/v1/me").refused(401, apperr.Unauthenticated)
	require.Equal(t, 204, p.send("DELETE", "/api/v1/me/sessions", nil).Code)
	third.get("/api/v1/me").refused(401, apperr.Unauthenticated)
	require.Equal(t, 200, p.get("/api/v1/me").Code)

	require.Len(t, ok[gen.SessionList](stranger.get("/api/v1/users/"+who.ID+"/sessions"), 200).Items, 1)
	require.Equal(t, 204, stranger.send("DELETE", "/api/v1/users/"+who.ID+"/sessions", nil).Code)
	p.get("/api/v1/me").refused(401, apperr.Unauthenticated)
	school := r.as(w.User(w.School, domain.RoleSchoolAdmin).ID)
	school.get("/api/v1/users/"+w.User(w.School, domain.RolePrincipal).ID+"/sessions").refused(403, apperr.Forbidden)
}

// One more login than may be ends the session that was not used for longest, and its owner
// is told.
func TestAnAccountHasOnlySoManySessions(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, store *models.Store, clock *testkit.Clock) {
		t.Helper()
		w := testkit.NewWorld(t, store, clock)
		r := newRig(t, store, func(c *Config) { c.SessionMost = 3 })
		who := w.User(w.School, domain.RoleTeacher)
		require.NoError(t, store.SetPassword(t.Context(), who.ID, cheap.Hash(secondPassword), false, ""))
		var p []person
		for range 3 {
			p = append(p, r.enter(who))
			clock.Advance(2 * time.Minute)
		}
		require.Equal(t, 200, p[0].get("/api/v1/me").Code, "used, so that the second is the oldest")
		fourth := r.enter(who)
		p[1].get("/api/v1/me").refused(401, apperr.Unauthenticated)
		for _, at := range []person{p[0], p[2], fourth} {
			require.Equal(t, 200, at.get("/api/v1/me").Code)
		}
		require.Len(t, ok[gen.SessionList](fourth.get("/api/v1/me/sessions"), 200).Items, 3)
		notices := ok[gen.NoticePage](fourth.get("/api/v1/notices"), 200).Items
		require.Len(t, notices, 1)
		require.Equal(t, "一个登录已被结束", notices[0].Title)

		answers := burst(6, func(int) reply { return login(r, who.Login, secondPassword) })
		require.Equal(t, map[int]int{200: 6}, answers)
		rows, err := store.Sessions(t.Context(), who.ID)
		require.NoError(t, err)
		require.Len(t, rows, 3, "at once, too")
		require.NoError(t, store.LimitSessions(t.Context(), who.ID, 3, 3*time.Hour, "ended by another meanwhile"))
		rows, err = store.Sessions(t.Context(), who.ID)
		require.NoError(t, err)
		require.Len(t, rows, 3, "there are not too many")
		kept := rows[2].TokenHash
		require.NoError(t, store.LimitSessions(t.Context(), who.ID, 2, 3*time.Hour, kept))
		rows, err = store.Sessions(t.Context(), who.ID)
		require.NoError(t, err)
		require.Len(t, rows, 2)
		require.Contains(t, []string{rows[0].TokenHash, rows[1].TokenHash}, kept)
		clock.Advance(3 * time.Hour)
		r.enter(who)
		require.Len(t, ok[gen.NoticePage](r.enter(who).get("/api/v1/notices"), 200).Items, 1+6+1, "those that are over are not ended again")
	})
}
