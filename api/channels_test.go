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
	"zhengxiao/internal/notify"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

const channelsPath = "/api/v1/channels"

func hookOf(org *models.Org) gen.NewChannel {
	address, word := "https://hooks.example.com/send?key=SECRETKEY", "SECRETWORD"
	return gen.NewChannel{OrgId: org.ID, Kind: string(notify.Webhook), Channel: gen.ChannelDraft{
		Name: "教务群", Url: &address, Secret: &word, Topics: []gen.NoticeTopic{gen.NoticeTopicUrge}, Quiet: gen.QuietHours{Urgent: true},
	}}
}

func TestChannelsBelongToAnOffice(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	own := r.as(w.User(w.District, domain.RoleDistrict).ID)
	foreign := r.as(w.User(w.Sibling, domain.RoleDistrict).ID)
	made := own.post(channelsPath, hookOf(w.District))
	c := ok[gen.Channel](made, http.StatusCreated)
	require.Equal(t, "https://hooks.example.com/…", c.Address)
	require.True(t, c.Signed)
	list := own.get(channelsPath)
	require.Len(t, ok[gen.ChannelList](list, http.StatusOK).Items, 1)
	for _, said := range []string{made.Body.String(), list.Body.String(), own.get(channelsPath + "/" + c.Id).Body.String()} {
		require.NotContains(t, said, "SECRET", "addresses and secrets are never given out")
	}
	require.Empty(t, ok[gen.ChannelList](foreign.get(channelsPath), http.StatusOK).Items)
	path := channelsPath + "/" + c.Id
	draft := hookOf(w.District).Channel
	foreign.get(path).refused(http.StatusNotFound, apperr.NotFound)
	foreign.put(path, draft).refused(http.StatusNotFound, apperr.NotFound)
	foreign.post(path+"/test", nil).refused(http.StatusNotFound, apperr.NotFound)
	foreign.post(path+"/secret", nil).refused(http.StatusNotFound, apperr.NotFound)
	foreign.post(channelsPath, hookOf(w.District)).refused(http.StatusNotFound, apperr.NotFound)
	r.as(w.User(w.School, domain.RoleTeacher).ID).get(channelsPath).refused(http.StatusForbidden, apperr.Forbidden)

	inner := hookOf(w.District)
	address := "https://10.0.0.1/"
	inner.Channel.Url = &address
	require.Equal(t, "url", own.post(channelsPath, inner).refused(http.StatusUnprocessableEntity, apperr.Invalid).Field)

	first := ok[gen.ChannelSecret](own.post(path+"/secret", nil), http.StatusOK)
	require.Greater(t, len(first.Secret), 30)
	require.True(t, ok[gen.Channel](own.get(path), http.StatusOK).TwoSecrets)
	require.False(t, ok[gen.Channel](own.send(http.MethodDelete, path+"/secret", nil), http.StatusOK).TwoSecrets)

	test := ok[gen.DeliveryRef](own.post(path+"/test", nil), http.StatusAccepted)
	d := ok[gen.Delivery](own.get("/api/v1/deliveries/"+test.Id), http.StatusOK)
	require.Equal(t, "等待发送", d.StateName)
	foreign.get("/api/v1/deliveries/"+test.Id).refused(http.StatusNotFound, apperr.NotFound)
	var entries []models.AuditEntry
	require.NoError(t, w.Store.DB(t.Context()).Where("subject_id = ?", c.Id).Find(&entries).Error)
	require.Len(t, entries, 4)
	for _, e := range entries {
		require.NotContains(t, e.Detail, "SECRET")
	}
}

// Who looks after accounts looks after channels, too.
func TestChannelsOfSecurityAdministrators(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	own := r.as(w.User(w.City, domain.RoleSecurity).ID)
	c := ok[gen.Channel](own.post(channelsPath, hookOf(w.District)), http.StatusCreated)
	require.Len(t, ok[gen.ChannelList](own.get(channelsPath), http.StatusOK).Items, 1)
	ok[gen.Channel](own.put(channelsPath+"/"+c.Id, hookOf(w.District).Channel), http.StatusOK)
	test := ok[gen.DeliveryRef](own.post(channelsPath+"/"+c.Id+"/test", nil), http.StatusAccepted)
	ok[gen.Delivery](own.get("/api/v1/deliveries/"+test.Id), http.StatusOK)
	require.Len(t, ok[gen.DeliveryList](own.get("/api/v1/deliveries"), http.StatusOK).Items, 1)
}

// An organisation has so many channels and no more; one that is switched off makes room.
func TestChannelsOfAnOrganisationAreBounded(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	own := r.as(w.User(w.School, domain.RoleSchoolAdmin).ID)
	var last gen.Channel
	for range 20 {
		last = ok[gen.Channel](own.post(channelsPath, hookOf(w.School)), http.StatusCreated)
	}
	own.post(channelsPath, hookOf(w.School)).refused(http.StatusConflict, apperr.Conflict)
	off := hookOf(w.School).Channel
	off.Disabled = true
	ok[gen.Channel](own.put(channelsPath+"/"+last.Id, off), http.StatusOK)
	ok[gen.Channel](own.post(channelsPath, hookOf(w.School)), http.StatusCreated)
	own.put(channelsPath+"/"+last.Id, hookOf(w.School).Channel).refused(http.StatusConflict, apperr.Conflict)
}

func TestDeadLettersAreSentAgain(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	own := r.as(w.User(w.District, domain.RoleDistrict).ID)
	foreign := r.as(w.User(w.Sibling, domain.RoleDistrict).ID)
	c := ok[gen.Channel](own.post(channelsPath, hookOf(w.District)), http.StatusCreated)
	die := func() string {
		id := ok[gen.DeliveryRef](own.post(channelsPath+"/"+c.Id+"/test", nil), http.StatusAccepted).Id
		w.Clock.Advance(time.Second)
		posts, err := w.Store.ClaimPosts(t.Context(), c.Id, 9, time.Minute)
		require.NoError(t, err)
		require.NotEmpty(t, posts)
		for _, p := range posts {
			require.NoError(t, w.Store.PostFailed(t.Context(), p, &notify.SendError{Code: "http_404", Permanent: true}))
		}
		return id
	}
	one, two := die(), die()
	dead := ok[gen.DeliveryList](own.get("/api/v1/deliveries?state=dead"), http.StatusOK)
	require.Len(t, dead.Items, 2)
	require.Contains(t, dead.Items[0].Reason, "http_404")
	require.Equal(t, 2, ok[gen.Channel](own.get(channelsPath+"/"+c.Id), http.StatusOK).Dead)
	foreign.post("/api/v1/deliveries/"+one+"/replay", nil).refused(http.StatusNotFound, apperr.NotFound)
	require.Equal(t, "queued", ok[gen.Delivery](own.post("/api/v1/deliveries/"+one+"/replay", nil), http.StatusOK).State)
	own.post("/api/v1/deliveries/"+one+"/replay", nil).refused(http.StatusConflict, apperr.Conflict)
	foreign.post("/api/v1/deliveries/replay", gen.Replay{ChannelId: c.Id}).refused(http.StatusNotFound, apperr.NotFound)
	require.Zero(t, ok[gen.Replayed](own.post("/api/v1/deliveries/replay", gen.Replay{ChannelId: c.Id, Code: "timeout"}), http.StatusOK).Count)
	require.Equal(t, 1, ok[gen.Replayed](own.post("/api/v1/deliveries/replay", gen.Replay{ChannelId: c.Id, Code: "http_404"}), http.StatusOK).Count)
	require.Equal(t, "queued", ok[gen.Delivery](own.get("/api/v1/deliveries/"+two), http.StatusOK).State)
}

func TestOnesMailAddress(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	u := w.User(w.School, domain.RolePrincipal)
	me := r.as(u.ID)
	const path = "/api/v1/me/contact"
	me.put(path, gen.MailAddress{Mail: "head@example.com"}).refused(http.StatusUnprocessableEntity, models.CodeNoServer)
	word := "password"
	mail := gen.NewChannel{OrgId: w.City.ID, Kind: string(notify.Mail), Channel: gen.ChannelDraft{
		Name: "邮件", Secret: &word, Topics: []gen.NoticeTopic{}, Server: gen.MailServer{Host: "smtp.example.com", Port: 587, Security: "starttls", From: "zx@example.com"},
	}}
	ok[gen.Channel](r.as(w.User(w.City, domain.RoleCityOffice).ID).post(channelsPath, mail), http.StatusCreated)
	require.Equal(t, "mail", me.put(path, gen.MailAddress{Mail: "not an address"}).refused(http.StatusUnprocessableEntity, apperr.Invalid).Field)
	asked := me.put(path, gen.MailAddress{Mail: "head@example.com"})
	require.Equal(t, "h***@example.com", ok[gen.MailContact](asked, http.StatusOK).Pending)
	require.NotContains(t, asked.Body.String(), "head@")
	me.post(path+"/proof", gen.MailCode{Code: "1"}).refused(http.StatusUnprocessableEntity, models.CodeMailCode)
	posts := due(t, w)
	require.Len(t, posts, 1)
	require.NotContains(t, posts[0].Items[0].Body+posts[0].Items[0].Title, "码是", "no code is stored readably")
	l, failed, err := w.Store.Compose(t.Context(), posts[0], "")
	require.NoError(t, err)
	require.Nil(t, failed)
	require.Equal(t, "head@example.com", l.Endpoint.To)
	_, rest, _ := strings.Cut(l.Message.Text, "验证码是 ")
	proved := ok[gen.MailContact](me.post(path+"/proof", gen.MailCode{Code: rest[:8]}), http.StatusOK)
	require.Equal(t, "h***@example.com", proved.Mail)

	choice := ok[gen.NoticeChoice](me.get("/api/v1/me/notice-choice"), http.StatusOK)
	require.NotEmpty(t, choice.Topics)
	choice.Topics = []gen.NoticeTopic{}
	require.Empty(t, ok[gen.NoticeChoice](me.put("/api/v1/me/notice-choice", choice), http.StatusOK).Topics)
	require.Empty(t, ok[gen.NoticeChoice](me.get("/api/v1/me/notice-choice"), http.StatusOK).Topics, "no mail is a choice, too")
	require.Equal(t, http.StatusNoContent, me.send(http.MethodDelete, path, nil).Code)
	require.Empty(t, ok[gen.MailContact](me.get(path), http.StatusOK).Mail)
}

func due(t *testing.T, w *testkit.World) []models.Post {
	t.Helper()
	channels, err := w.Store.DueChannels(t.Context(), 10)
	require.NoError(t, err)
	var all []models.Post
	for _, id := range channels {
		posts, err := w.Store.ClaimPosts(t.Context(), id, 10, time.Minute)
		require.NoError(t, err)
		all = append(all, posts...)
	}
	return all
}
