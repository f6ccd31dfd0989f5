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

func (p person) announce(b gen.NewBulletin, key string) reply {
	p.r.t.Helper()
	return p.send(http.MethodPost, "/api/v1/bulletins", b, "Idempotency-Key", key)
}

// An office sends a notice, a school reads it and confirms, and the office sees who did.
func TestBulletinsAndTheirReceipts(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t, func(c *Config) { c.SessionIdle = 1000 * time.Hour })
	office, other := r.as(w.User(w.District, domain.RoleDistrict).ID), r.as(w.User(w.Sibling, domain.RoleDistrict).ID)
	city := r.as(w.User(w.City, domain.RoleCityOffice).ID)
	head, admin := r.as(w.User(w.School, domain.RolePrincipal).ID), r.as(w.User(w.School, domain.RoleSchoolAdmin).ID)
	b := gen.NewBulletin{
		Title: "报送名册", Body: "请按期报送。", Receipt: true, ReceiptBy: w.Clock.Now().Add(time.Hour),
		Audience: gen.Audience{Roles: []domain.Role{domain.RolePrincipal, domain.RoleSchoolAdmin}, OrgIds: []string{w.District.ID}},
	}
	head.announce(b, "key-00000001").refused(http.StatusForbidden, apperr.Forbidden)
	other.announce(b, "key-00000001").refused(http.StatusNotFound, apperr.NotFound)
	nobody := b
	nobody.Audience.OrgIds = nil
	office.announce(nobody, "key-00000001").refused(http.StatusUnprocessableEntity, apperr.Invalid)
	require.Equal(t, 2, ok[gen.AudienceCount](office.post("/api/v1/bulletin-audience", b.Audience), http.StatusOK).Recipients)
	byCohort := gen.Audience{Roles: b.Audience.Roles, CohortId: w.Cohort.ID}
	require.Equal(t, 2, ok[gen.AudienceCount](office.post("/api/v1/bulletin-audience", byCohort), http.StatusOK).Recipients, "only the district's own schools")
	sent := ok[gen.Bulletin](office.announce(b, "key-00000001"), http.StatusCreated)
	require.Equal(t, sent.Id, ok[gen.Bulletin](office.announce(b, "key-00000001"), http.StatusCreated).Id)
	b.Title = "另一份"
	office.announce(b, "key-00000001").refused(http.StatusUnprocessableEntity, apperr.KeyReused)

	at, mine := "/api/v1/bulletins/"+sent.Id, "/api/v1/received-bulletins/"+sent.Id
	for _, path := range []string{at, at + "/recipients"} {
		other.get(path).refused(http.StatusNotFound, apperr.NotFound)
		head.get(path).refused(http.StatusForbidden, apperr.Forbidden)
		require.Equal(t, http.StatusOK, city.get(path).Code)
	}
	other.post(at+"/remind", nil).refused(http.StatusNotFound, apperr.NotFound)
	city.post(at+"/remind", nil).refused(http.StatusForbidden, apperr.Forbidden)
	office.get(mine).refused(http.StatusNotFound, apperr.NotFound)
	office.post(mine+"/read", nil).refused(http.StatusNotFound, apperr.NotFound)
	office.post(mine+"/receipt", gen.BulletinReceipt{}).refused(http.StatusNotFound, apperr.NotFound)

	notice := ok[gen.NoticePage](head.get("/api/v1/notices?unread=true"), http.StatusOK).Items[0]
	require.Equal(t, []string{"bulletin", "/bulletins/received/" + sent.Id}, []string{notice.Kind, notice.Link})
	require.Equal(t, http.StatusNoContent, head.post(mine+"/read", nil).Code)
	done := ok[gen.ReceivedBulletin](head.post(mine+"/receipt", gen.BulletinReceipt{Reply: "已知悉"}), http.StatusOK)
	require.Equal(t, []any{"已知悉", false}, []any{done.Reply, done.Late})
	head.post(mine+"/receipt", gen.BulletinReceipt{Reply: "改口"}).refused(http.StatusConflict, apperr.Conflict)

	unread := ok[gen.BulletinRecipientList](office.get(at+"/recipients?state=unread&sort=-state"), http.StatusOK).Items
	require.Len(t, unread, 1)
	require.Equal(t, admin.id, unread[0].User.Id)
	require.Len(t, book(office, at+"/recipients?format=xlsx"), 3)
	require.Len(t, book(office, "/api/v1/bulletins?format=xlsx"), 2)
	seen := ok[gen.BulletinList](office.get("/api/v1/bulletins"), http.StatusOK).Items[0]
	require.Equal(t, []any{2, 2, 1, 1, true}, []any{seen.Recipients, seen.Delivered, seen.Read, seen.Confirmed, seen.Own})
	require.Empty(t, ok[gen.BulletinList](other.get("/api/v1/bulletins"), http.StatusOK).Items)

	require.Equal(t, 1, ok[gen.AudienceCount](office.post(at+"/remind", nil), http.StatusOK).Recipients)
	office.post(at+"/remind", nil).refused(http.StatusConflict, apperr.Conflict)
	require.True(t, ok[gen.Bulletin](office.get(at), http.StatusOK).RemindedToday)
	w.Clock.Advance(48 * time.Hour)
	require.Equal(t, 1, ok[gen.AudienceCount](office.post(at+"/remind", nil), http.StatusOK).Recipients)
	require.True(t, ok[gen.ReceivedBulletin](admin.get(mine), http.StatusOK).Late)
}

func TestABulletinWithoutReceiptIsOnlyRead(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	office, head := r.as(w.User(w.District, domain.RoleBureau).ID), r.as(w.User(w.School, domain.RolePrincipal).ID)
	b := gen.NewBulletin{Title: "提示", Body: "注意防汛。", Audience: gen.Audience{Roles: []domain.Role{domain.RolePrincipal}, OrgIds: []string{w.School.ID}}}
	sent := ok[gen.Bulletin](office.announce(b, "key-00000001"), http.StatusCreated)
	head.post("/api/v1/received-bulletins/"+sent.Id+"/receipt", gen.BulletinReceipt{}).refused(http.StatusConflict, apperr.Conflict)
	require.Equal(t, http.StatusNoContent, head.post("/api/v1/received-bulletins/"+sent.Id+"/read", nil).Code)
	office.post("/api/v1/bulletins/"+sent.Id+"/remind", nil).refused(http.StatusConflict, apperr.Conflict)
	b.ReceiptBy = w.Clock.Now().Add(time.Hour)
	require.Equal(t, "receipt_by", office.announce(b, "key-00000002").refused(http.StatusUnprocessableEntity, apperr.Invalid).Field)
}

// Who works for two organisations sends in the name of the one they choose, and to no more
// than that one's.
func TestABulletinGoesOutInTheNameOfOneOrganisation(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	u := w.User(w.District, domain.RoleBureau)
	require.NoError(t, w.Store.Grant(t.Context(), models.Grant{UserID: u.ID, Role: domain.RoleDistrict, OrgID: w.Sibling.ID}))
	both, near, far := r.as(u.ID), r.as(w.User(w.District, domain.RoleBureau).ID), r.as(w.User(w.Sibling, domain.RoleDistrict).ID)
	w.User(w.Foreign, domain.RolePrincipal)
	b := gen.NewBulletin{Title: "提示", Body: "注意防汛。", Audience: gen.Audience{Roles: []domain.Role{domain.RolePrincipal}, OrgIds: []string{w.Foreign.ID}}}
	require.Equal(t, "audience.sender_id", both.announce(b, "key-00000001").refused(http.StatusUnprocessableEntity, apperr.Invalid).Field)
	b.Audience.SenderId = w.City.ID
	require.Equal(t, "audience.sender_id", both.announce(b, "key-00000001").refused(http.StatusUnprocessableEntity, apperr.Invalid).Field)
	b.Audience.SenderId = w.District.ID
	both.announce(b, "key-00000001").refused(http.StatusNotFound, apperr.NotFound)
	both.post("/api/v1/bulletin-audience", b.Audience).refused(http.StatusNotFound, apperr.NotFound)
	b.Audience.SenderId = w.Sibling.ID
	sent := ok[gen.Bulletin](both.announce(b, "key-00000001"), http.StatusCreated)
	require.Equal(t, w.Sibling.ID, sent.Org.Id)
	require.Equal(t, http.StatusOK, far.get("/api/v1/bulletins/"+sent.Id+"/recipients").Code)
	near.get("/api/v1/bulletins/"+sent.Id+"/recipients").refused(http.StatusNotFound, apperr.NotFound)
}
