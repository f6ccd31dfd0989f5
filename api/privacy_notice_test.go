package api

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/privacy"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

const (
	noticeAddress = "/api/v1/privacy/notice"
	noticeRead    = "/api/v1/me/privacy-notice"
)

func asking(c *Config) { c.PrivacyAsk, c.SessionIdle = true, 1000*time.Hour }

// version is that of the notice in force.
func (r *rig) version() string {
	return ok[gen.PrivacyNotice](r.nobody().get(noticeAddress), 200).Version
}

func (p person) acknowledge(version string) reply {
	return p.post(noticeRead, gen.NoticeRead{Version: version})
}

// Nothing is done for somebody who has not read the notice in force but what leads there;
// whoever has read it goes on, and is asked again once it says something else.
func TestTheNoticeIsReadFirst(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t, asking)
	p := r.as(account(t, w, "zhangsan", false).ID)
	require.True(t, ok[gen.Me](p.get("/api/v1/me"), 200).PrivacyNotice)
	p.get("/api/v1/tasks").refused(403, codePrivacyNotice)
	p.get("/api/v1/live").refused(403, codePrivacyNotice)
	first := r.version()
	require.Equal(t, "version", p.acknowledge("0123456789ab").refused(409, apperr.Stale).Field)
	p.get("/api/v1/tasks").refused(403, codePrivacyNotice)

	require.Equal(t, 204, p.acknowledge(first).Code)
	require.Equal(t, 200, p.get("/api/v1/tasks").Code)
	me := ok[gen.Me](p.get("/api/v1/me"), 200)
	require.Equal(t, []any{false, first}, []any{me.PrivacyNotice, me.PrivacyRead})
	require.Equal(t, 204, p.acknowledge(first).Code, "twice is once")

	guardian := r.as(w.User(w.City, domain.RoleSecurity).ID)
	require.Equal(t, 204, guardian.acknowledge(first).Code)
	require.Equal(t, 204, guardian.put("/api/v1/privacy/retention/account", gen.RetentionChange{Months: 12, Reason: "缩短保存"}).Code)
	p.get("/api/v1/tasks").refused(403, codePrivacyNotice)
	require.Equal(t, first, ok[gen.Me](p.get("/api/v1/me"), 200).PrivacyRead)
	second := r.version()
	require.NotEqual(t, first, second)
	p.acknowledge(first).refused(409, apperr.Stale)
	require.Equal(t, 204, p.acknowledge(second).Code)
	require.Equal(t, 200, p.get("/api/v1/tasks").Code)

	var rows []models.Acknowledgement
	require.NoError(t, r.store.DB(t.Context()).Where("user_id = ?", p.id).Order("version").Find(&rows).Error)
	require.Len(t, rows, 2)
}

// A start of the same release says the same; an operator's words are words of the notice.
func TestANoticeThatSaysTheSameIsNotReadAgain(t *testing.T) {
	t.Parallel()
	clock := testkit.NewClock()
	store := testkit.Store(t, clock)
	r := newRig(t, store, asking)
	p := r.as(account(t, testkit.NewWorld(t, store, clock), "zhangsan", false).ID)
	require.Equal(t, 204, p.acknowledge(r.version()).Code)
	clock.Advance(400 * 24 * time.Hour)
	again := newRig(t, store, asking)
	require.Equal(t, 200, again.as(p.id).get("/api/v1/tasks").Code)
	other := newRig(t, store, asking, func(c *Config) { c.PrivacyContact = "信息中心 020-1" })
	other.as(p.id).get("/api/v1/tasks").refused(403, codePrivacyNotice)
	quiet := newRig(t, store)
	require.False(t, ok[gen.Me](quiet.as(p.id).get("/api/v1/me"), 200).PrivacyNotice)
}

// While two releases run beside each other each asks for its own text, once.
func TestTwoTextsAtATimeAskOnceEach(t *testing.T) {
	t.Parallel()
	clock := testkit.NewClock()
	store := testkit.Store(t, clock)
	one := newRig(t, store, asking)
	other := newRig(t, store, asking, func(c *Config) { c.PrivacyContact = "信息中心 020-1" })
	id := account(t, testkit.NewWorld(t, store, clock), "zhangsan", false).ID
	for _, r := range []*rig{one, other} {
		r.as(id).get("/api/v1/tasks").refused(403, codePrivacyNotice)
		require.Equal(t, 204, r.as(id).acknowledge(r.version()).Code)
	}
	for _, r := range []*rig{one, other, one} {
		require.Equal(t, 200, r.as(id).get("/api/v1/tasks").Code)
	}
	clock.Advance(25 * time.Hour) // no upgrade takes that long: the text before is in force again
	one.as(id).get("/api/v1/tasks").refused(403, codePrivacyNotice)
	require.Equal(t, 200, other.as(id).get("/api/v1/tasks").Code)
}

// Another process learns of a new text within its time, and of a new reading at once.
func TestAnotherProcessLearnsOfANewNotice(t *testing.T) {
	t.Parallel()
	clock := testkit.NewClock()
	store := testkit.Store(t, clock)
	here, there := newRig(t, store, asking), newRig(t, store, asking)
	w := testkit.NewWorld(t, store, clock)
	id := account(t, w, "zhangsan", false).ID
	require.Equal(t, 204, here.as(id).acknowledge(here.version()).Code)
	require.Equal(t, 200, there.as(id).get("/api/v1/tasks").Code)
	rule := privacy.Rules()[0]
	require.NoError(t, store.SetRetention(t.Context(), rule.Code, rule.Months+1, "试行", w.User(w.City, domain.RoleSecurity).ID))
	require.Equal(t, 204, here.as(id).acknowledge(here.version()).Code)
	require.Equal(t, 200, there.as(id).get("/api/v1/tasks").Code, "what it knows is old, what was read is not")
	late := account(t, w, "lisi", false).ID
	require.Equal(t, 204, there.as(late).acknowledge(there.version()).Code)
	require.NoError(t, store.SetRetention(t.Context(), rule.Code, rule.Months+2, "试行", w.User(w.City, domain.RoleSecurity).ID))
	clock.Advance(noticeLife)
	there.as(late).get("/api/v1/tasks").refused(403, codePrivacyNotice)
}

// Of who has read the notice the database is asked nothing more for it.
func TestWhoHasReadTheNoticeCostsNothing(t *testing.T) {
	t.Parallel()
	clock := testkit.NewClock()
	db := testkit.SQLite(t)
	store := models.New(db, clock.Now, testkit.Keyring(t))
	r := newRig(t, store, asking)
	p := r.as(account(t, testkit.NewWorld(t, store, clock), "zhangsan", false).ID)
	require.Equal(t, 204, p.acknowledge(r.version()).Code)
	require.Equal(t, 200, p.get("/api/v1/tasks").Code)
	about := 0
	testkit.Recorded(t, db, func(st testkit.Statement) {
		if strings.Contains(st.SQL, "retention_rules") || strings.Contains(st.SQL, "privacy_acknowledgements") {
			about++
		}
	})
	for range 3 {
		require.Equal(t, 200, p.get("/api/v1/tasks").Code)
	}
	require.Zero(t, about)
	clock.Advance(noticeLife)
	require.Equal(t, 200, p.get("/api/v1/tasks").Code)
	require.Equal(t, 1, about, "once in a while for everybody")
}

// The password comes first, other systems read no notices.
func TestWhoIsNotAskedForTheNotice(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t, asking)
	fresh := r.as(account(t, w, "zhangsan", true).ID)
	fresh.get("/api/v1/tasks").refused(403, apperr.PasswordChange)
	security := r.as(w.User(w.City, domain.RoleSecurity).ID)
	require.Equal(t, 204, security.acknowledge(r.version()).Code)
	issued := ok[gen.IssuedMachineToken](security.post(tokensPath, gen.NewMachineToken{
		Name: "大屏", OrgId: w.City.ID, Scopes: []gen.TokenScope{"progress"}, ExpiresAt: w.Clock.Now().Add(24 * time.Hour),
	}), http.StatusCreated)
	require.Equal(t, 200, person{r, issued.Token, issued.Id}.get("/api/v1/progress").Code)
}

// Who looks after personal data sees who has read the notice in force, by organisation and
// by person; others do not, and nobody beyond their reach.
func TestWhoHasReadTheNotice(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	guardian := r.as(w.User(w.City, domain.RoleSecurity).ID)
	teachers := []*models.User{w.User(w.School, domain.RoleTeacher), w.User(w.School, domain.RoleTeacher), w.User(w.Foreign, domain.RoleTeacher)}
	const people, orgs = "/api/v1/privacy/acknowledgements", "/api/v1/privacy/acknowledgements/orgs"
	require.Equal(t, 204, r.as(teachers[0].ID).acknowledge(r.version()).Code)
	require.Equal(t, 204, r.as(teachers[2].ID).acknowledge(r.version()).Code)

	all := ok[gen.AcknowledgementPage](guardian.get(people+"?role=teacher"), 200)
	require.Len(t, all.Items, 3)
	require.Equal(t, r.version(), all.Version)
	unread := ok[gen.AcknowledgementPage](guardian.get(people+"?state=unread&role=teacher&under="+w.District.ID), 200).Items
	require.Len(t, unread, 1)
	require.Equal(t, []any{teachers[1].ID, w.School.Name, false}, []any{unread[0].Id, unread[0].Org.Name, unread[0].Read})
	require.True(t, unread[0].At.IsZero())
	newest := ok[gen.AcknowledgementPage](guardian.get(people+"?sort=-acknowledged"), 200).Items
	require.Equal(t, []string{teachers[2].ID, teachers[0].ID}, []string{newest[0].Id, newest[1].Id})
	require.False(t, newest[0].At.IsZero())
	require.Equal(t, "sort", guardian.get(people+"?state=unread&sort=acknowledged").refused(422, apperr.Invalid).Field)
	require.Len(t, book(guardian, people+"?format=xlsx&role=teacher"), 4, "a head and three")

	city := ok[gen.AcknowledgedOrgList](guardian.get(orgs+"?sort=name"), 200)
	require.Equal(t, []any{w.City.ID, 2}, []any{city.Org.Id, city.Read})
	district := ok[gen.AcknowledgedOrgList](guardian.get(orgs+"?under="+w.District.ID+"&behind=true"), 200)
	require.Equal(t, []int{2, 1}, []int{district.Accounts, district.Read})
	require.Len(t, district.Items, 1)
	require.Equal(t, []any{w.School.ID, 1, false}, []any{district.Items[0].Org.Id, district.Items[0].Unread, district.Items[0].Own})
	require.Empty(t, ok[gen.AcknowledgedOrgList](guardian.get(orgs+"?q=没有这样的单位"), 200).Items)
	require.Greater(t, len(book(guardian, orgs+"?format=xlsx")), 2)

	below := r.as(w.User(w.District, domain.RoleSecurity).ID)
	below.get(orgs+"?under="+w.City.ID).refused(404, apperr.NotFound)
	require.Len(t, ok[gen.AcknowledgementPage](below.get(people+"?role=teacher"), 200).Items, 2)

	for _, role := range []domain.Role{domain.RoleSchoolAdmin, domain.RoleDistrict, domain.RoleTeacher} {
		for _, path := range []string{people, orgs} {
			r.as(w.User(w.School, role).ID).get(path).refused(403, apperr.Forbidden)
		}
	}
}
