package api

import (
	"context"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// listening is a principal with an open stream.
func listening(t *testing.T, change ...func(*Config)) (*process, *testkit.World, person, *ear) {
	t.Helper()
	r, w := newWorld(t)
	p := newProcess(t, r.store, change...)
	who := p.as(w.User(w.School, domain.RolePrincipal).ID)
	ear := who.listen(p, "")
	ear.heard("hello")
	return p, w, who, ear
}

func TestAStreamIsNoUseOfItsSession(t *testing.T) {
	t.Parallel()
	p, w, who, ear := listening(t)
	w.Clock.Advance(2*time.Hour - time.Second)
	again := who.listen(p, "")
	again.heard("hello")
	w.Clock.Advance(time.Second)
	p.fire(checkEvery)
	ear.ended()
	again.ended()
	require.Equal(t, http.StatusUnauthorized, who.get("/api/v1/me").Code)
}

func TestOtherRolesEndAStreamAndReset(t *testing.T) {
	t.Parallel()
	p, w, who, ear := listening(t)
	p.fire(checkEvery)
	say(t, p.store, who.id, "still here")
	require.Empty(t, ear.until("still here"))
	require.NoError(t, p.store.Grant(t.Context(), models.Grant{UserID: who.id, Role: domain.RoleDistrict, OrgID: w.District.ID}))
	p.fire(checkEvery)
	ear.heard("reset")
	ear.ended()
	who.listen(p, "").heard("hello")
}

func TestAPositionThatIsGoneResets(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	p := newProcess(t, r.store)
	for range 3 {
		say(t, p.store, "somebody", "old")
	}
	w.Clock.Advance(25 * time.Hour)
	require.NoError(t, p.store.TidyFeed(t.Context()))
	who := p.as(w.User(w.School, domain.RoleSchoolAdmin).ID)
	head, err := p.store.FeedHead(t.Context())
	require.NoError(t, err)
	for _, last := range []string{"0", strconv.FormatInt(head-1, 10), strconv.FormatInt(head+100, 10), "-1", "abc", "1e3", "99999999999999999999"} {
		ear := who.listen(p, last)
		require.Equal(t, head, ear.heard("reset").id, last)
		ear.hangUp()
	}
	ear := who.listen(p, "0")
	ear.heard("reset")
	say(t, p.store, who.id, "new")
	require.Equal(t, gen.LiveChange{Topic: gen.LiveChangeTopicNotice, CaseId: "new"}, ear.heard("change").data, "what comes after is told")
}

// A new EventSource cannot set a header. When the browser comes back by itself, its
// header is newer than the address.
func TestTheAddressMayNameThePosition(t *testing.T) {
	t.Parallel()
	p, _, who, first := listening(t)
	for _, fence := range []string{"a", "b", "c"} {
		say(t, p.store, who.id, fence)
	}
	a := first.heard("change").id
	after := "after=" + strconv.FormatInt(a, 10)
	require.Equal(t, a+1, hear(t, who.stream(p, after)).heard("change").id)
	require.Equal(t, a+2, hear(t, who.stream(p, after, "Last-Event-ID", strconv.FormatInt(a+1, 10))).heard("change").id)
}

func TestHowAStreamBegins(t *testing.T) {
	t.Parallel()
	p, _, who, _ := listening(t)
	res := who.stream(p, "")
	require.Equal(t, "text/event-stream; charset=utf-8", res.header.Get("Content-Type"))
	require.Equal(t, "no-store", res.header.Get("Cache-Control"))
	require.Equal(t, "no", res.header.Get("X-Accel-Buffering"))
	const begin = "retry: 2000\n\n"
	got := make([]byte, len(begin))
	_, err := res.body.Read(got)
	require.NoError(t, err)
	require.Equal(t, begin, string(got))
}

// What others are told moves the position on, so that a quiet listener never falls behind
// what is kept.
func TestAHeartbeatMovesThePositionOn(t *testing.T) {
	t.Parallel()
	p, _, _, ear := listening(t)
	for range 3 {
		say(t, p.store, "somebody else", "x")
	}
	var seen int64
	for head := int64(0); head == 0 || seen < head; {
		p.fire(beatEvery)
		v, ok := ear.next()
		require.True(t, ok)
		require.Empty(t, v.name, "no event")
		seen = v.id
		require.NoError(t, p.store.NumberFeed(t.Context()))
		var err error
		head, err = p.store.FeedHead(t.Context())
		require.NoError(t, err)
	}
}

// The limits of ordinary requests do not end a stream.
func TestAStreamOutlastsEveryTimeout(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	const limit = 40 * time.Millisecond
	rig := newRig(t, r.store, func(c *Config) {
		c.RequestTimeout = limit
		c.ticker = func(time.Duration) (<-chan time.Time, func()) { return realTicker(limit / 4) }
	})
	s := HTTPServer(rig.h)
	s.ReadTimeout, s.WriteTimeout = limit, limit
	p := &process{rig: rig, url: serve(t, s)}
	ear := p.as(w.User(w.School, domain.RolePrincipal).ID).listen(p, "")
	ear.heard("hello")
	for range 20 { // five times the limit
		ear.heard("")
	}
}

func TestShutdownEndsStreamsAtOnce(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	s := HTTPServer(r.h)
	p := &process{rig: r, url: serve(t, s)}
	ear := p.as(w.User(w.School, domain.RolePrincipal).ID).listen(p, "")
	ear.heard("hello")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, s.Shutdown(ctx))
	ear.ended()
}

func TestASessionHasOnlySoManyStreams(t *testing.T) {
	t.Parallel()
	p, w, who, first := listening(t)
	for range maxListeners - 1 {
		who.listen(p, "").heard("hello")
	}
	res := who.stream(p, "")
	require.Equal(t, http.StatusTooManyRequests, res.status)
	require.Equal(t, "application/problem+json", res.header.Get("Content-Type"))
	p.as(w.User(w.School, domain.RolePrincipal).ID).listen(p, "").heard("hello")
	first.hangUp()
	require.Eventually(t, func() bool { return who.stream(p, "").status == http.StatusOK }, patience, 5*time.Millisecond)
}

// Signing in again and again gives no more of them.
func TestAUserHasOnlySoManyStreams(t *testing.T) {
	t.Parallel()
	p, w, who, _ := listening(t)
	for open := 1; open < maxOfUser; {
		p.tokens.Delete(who.id)
		again := p.as(who.id)
		for i := 0; i < maxListeners && open < maxOfUser; i++ {
			again.listen(p, "").heard("hello")
			open++
		}
	}
	p.tokens.Delete(who.id)
	require.Equal(t, http.StatusTooManyRequests, p.as(who.id).stream(p, "").status)
	p.as(w.User(w.School, domain.RolePrincipal).ID).listen(p, "").heard("hello")
}

func TestTheContractNamesEveryTopic(t *testing.T) {
	t.Parallel()
	spec, err := gen.GetSpec()
	require.NoError(t, err)
	require.ElementsMatch(t, []any{
		string(models.FeedCase), string(models.FeedRecords), string(models.FeedTasks),
		string(models.FeedNotice), string(models.FeedCohort), string(models.FeedAlarm),
	}, spec.Components.Schemas["LiveChange"].Value.Properties["topic"].Value.Enum)
}
