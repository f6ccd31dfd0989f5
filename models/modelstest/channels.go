package modelstest

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/notify"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

const hook = "https://hooks.example.com/send?key=SECRETKEY"

func within(o *models.Org) models.Scope { return models.Scope{Paths: []string{o.Path}} }

func webhook(org *models.Org, topics ...models.NoticeTopic) models.ChannelDraft {
	address, word := hook, "word"
	return models.ChannelDraft{OrgID: org.ID, Kind: notify.Webhook, Name: "回调", URL: &address, Secret: &word, Topics: topics, Quiet: models.Quiet{Urgent: true}}
}

func mailChannel(org *models.Org) models.ChannelDraft {
	word := "password"
	return models.ChannelDraft{OrgID: org.ID, Kind: notify.Mail, Name: "邮件", Secret: &word, Server: notify.Server{
		Host: "smtp.example.com", Port: 587, Security: notify.StartTLS, Username: "zx", From: "zx@example.com",
	}}
}

func addChannel(w *testkit.World, d models.ChannelDraft) *models.Channel {
	w.T.Helper()
	c, err := w.Store.CreateChannel(w.T.Context(), models.Scope{All: true}, d, "tester")
	require.NoError(w.T, err)
	return c
}

// waiting are the deliveries that have not ended, of all channels, in their order.
func waiting(w *testkit.World) []models.DeliveryView {
	w.T.Helper()
	rows, _, err := w.Store.Deliveries(w.T.Context(), models.Scope{All: true}, models.DeliveryFilter{}, models.Page{Limit: 500, Sort: "created"})
	require.NoError(w.T, err)
	left := rows[:0]
	for _, d := range rows {
		if d.NextAt != nil {
			left = append(left, d)
		}
	}
	return left
}

// noticed puts a notice of a case into the outbox and delivers it.
func noticed(w *testkit.World, c *models.Case, reason string, seq int, words string, to ...*models.User) {
	w.T.Helper()
	for _, u := range to {
		payload, err := json.Marshal(models.NoticePayload{Task: domain.TaskFiling, UserID: u.ID, Reason: reason, Words: words})
		require.NoError(w.T, err)
		row := models.OutboxRow{ID: testkit.ID(), CaseID: c.ID, Seq: seq, Kind: models.OutboxNotice, Payload: string(payload), CreatedAt: w.Clock.Now()}
		require.NoError(w.T, w.Store.DeliverNotice(w.T.Context(), row))
		require.NoError(w.T, w.Store.DeliverNotice(w.T.Context(), row), "twice does no harm")
	}
}

// proved gives a user a proved mail address.
func proved(w *testkit.World, u *models.User, address string) {
	w.T.Helper()
	ctx := w.T.Context()
	_, err := w.Store.AskMail(ctx, u, address)
	require.NoError(w.T, err)
	_, err = w.Store.ProveMail(ctx, u, codeOf(w, u))
	require.NoError(w.T, err)
}

// codeOf reads the code from the mail that goes out, and sends it.
func codeOf(w *testkit.World, u *models.User) string {
	w.T.Helper()
	for _, p := range claimAll(w) {
		l, failed, err := w.Store.Compose(w.T.Context(), p, "https://zx.example")
		require.NoError(w.T, err)
		if p.Items[0].UserID != u.ID || failed != nil {
			continue
		}
		require.NoError(w.T, w.Store.PostSent(w.T.Context(), p, "ok"))
		_, rest, ok := strings.Cut(l.Message.Text, "验证码是 ")
		require.True(w.T, ok, l.Message.Text)
		require.Equal(w.T, "https://zx.example/notice-settings#code="+rest[:8], l.Message.Link, "behind the #, where no server sees it")
		return rest[:8]
	}
	require.Fail(w.T, "no code was sent")
	return ""
}

// claimAll claims everything that is due.
func claimAll(w *testkit.World) []models.Post {
	w.T.Helper()
	ctx := w.T.Context()
	channels, err := w.Store.DueChannels(ctx, 100)
	require.NoError(w.T, err)
	var all []models.Post
	for _, id := range channels {
		posts, err := w.Store.ClaimPosts(ctx, id, 100, time.Minute)
		require.NoError(w.T, err)
		all = append(all, posts...)
	}
	return all
}

// fieldOf is the field that a refusal names.
func fieldOf(t *testing.T, err error) string {
	t.Helper()
	refused(t, err, apperr.Invalid)
	e, ok := errors.AsType[*apperr.Error](err)
	require.True(t, ok)
	return e.Field
}

func testChannels(w *testkit.World) {
	t, ctx := w.T, w.T.Context()
	c := addChannel(w, webhook(w.District))
	require.Equal(t, 120, c.PerMinute)
	require.NotContains(t, c.URLMask, "SECRETKEY")
	require.NotContains(t, c.URLEnc+c.SecretEnc, "SECRETKEY")
	to, err := w.Store.Endpoint(*c)
	require.NoError(t, err)
	require.Equal(t, notify.Endpoint{Kind: notify.Webhook, URL: hook, Secret: "word"}, to)

	for field, spoil := range map[string]func(*models.ChannelDraft){
		"name":       func(d *models.ChannelDraft) { d.Name = " " },
		"kind":       func(d *models.ChannelDraft) { d.Kind = "pigeon" },
		"per_minute": func(d *models.ChannelDraft) { d.PerMinute = 5000 },
		"topics":     func(d *models.ChannelDraft) { d.Topics = []models.NoticeTopic{"secrets"} },
		"secret":     func(d *models.ChannelDraft) { d.Secret = nil },
		"url":        func(d *models.ChannelDraft) { bad := "https://169.254.169.254/"; d.URL = &bad },
	} {
		d := webhook(w.District)
		spoil(&d)
		_, err := w.Store.CreateChannel(ctx, within(w.District), d, "tester")
		require.Equal(t, field, fieldOf(t, err))
	}
	for field, spoil := range map[string]func(*notify.Server){
		"server.host": func(s *notify.Server) { s.Host = "http://x" }, "server.port": func(s *notify.Server) { s.Port = 0 },
		"server.security": func(s *notify.Server) { s.Security = "" }, "server.from": func(s *notify.Server) { s.From = "a@b.example\r\nBcc: c" },
	} {
		d := mailChannel(w.District)
		spoil(&d.Server)
		_, err := w.Store.CreateChannel(ctx, within(w.District), d, "tester")
		require.Equal(t, field, fieldOf(t, err))
	}
	_, err = w.Store.CreateChannel(ctx, within(w.Sibling), webhook(w.District), "tester")
	refused(t, err, apperr.NotFound)

	change := webhook(w.District)
	change.URL, change.Secret, change.Name = nil, nil, "新名"
	_, err = w.Store.PutChannel(ctx, within(w.Sibling), c.ID, change, "tester")
	refused(t, err, apperr.NotFound)
	c, err = w.Store.PutChannel(ctx, within(w.City), c.ID, change, "tester")
	require.NoError(t, err)
	require.Equal(t, "新名", c.Name)
	elsewhere := "https://elsewhere.example.com/"
	change.URL = &elsewhere
	_, err = w.Store.PutChannel(ctx, within(w.City), c.ID, change, "tester")
	require.Equal(t, "secret", fieldOf(t, err), "a secret does not follow to another address")
	beside := hook + "ELSEWHERE"
	change.URL = &beside
	_, err = w.Store.PutChannel(ctx, within(w.City), c.ID, change, "tester")
	require.Equal(t, "secret", fieldOf(t, err), "nor to another receiver of its host")
	mail := addChannel(w, mailChannel(w.District))
	for what, lower := range map[string]func(*notify.Server){
		"security": func(m *notify.Server) { m.Security = notify.Plain }, "port": func(m *notify.Server) { m.Port = 25 },
		"account": func(m *notify.Server) { m.Username = "other" },
	} {
		draft := mailChannel(w.District)
		draft.Secret = nil
		lower(&draft.Server)
		_, err = w.Store.PutChannel(ctx, within(w.City), mail.ID, draft, "tester")
		require.Equal(t, "secret", fieldOf(t, err), what)
	}
	require.NoError(t, w.Store.DB(ctx).Where("id = ?", mail.ID).Delete(&models.Channel{}).Error)
	change.URL = nil

	c, err = w.Store.RotateChannelSecret(ctx, within(w.City), c.ID, "fresh", "tester")
	require.NoError(t, err)
	to, err = w.Store.Endpoint(*c)
	require.NoError(t, err)
	require.Equal(t, []string{"fresh", "word"}, []string{to.Secret, to.Former})
	c, err = w.Store.DropChannelSecret(ctx, within(w.City), c.ID, "tester")
	require.NoError(t, err)
	require.Empty(t, c.FormerEnc)

	rows, _, err := w.Store.Channels(ctx, within(w.City), models.ChannelFilter{Text: "新"}, models.Page{})
	require.NoError(t, err)
	require.Len(t, rows, 1)
	rows, _, err = w.Store.Channels(ctx, within(w.Sibling), models.ChannelFilter{}, models.Page{})
	require.NoError(t, err)
	require.Empty(t, rows)
}

// Who is told where: groups at or above the school, once an event; people at the nearest
// mail server, if they want the topic.
func testChannelPosts(w *testkit.World) {
	t, ctx := w.T, w.T.Context()
	c, _ := w.Case(w.School, 0)
	district, city, foreign := addChannel(w, webhook(w.District)), addChannel(w, webhook(w.City, models.TopicUrge)), addChannel(w, webhook(w.Sibling))
	one, two := w.User(w.School, domain.RolePrincipal), w.User(w.School, domain.RoleSchoolAdmin)
	cityMail := addChannel(w, mailChannel(w.City))
	proved(w, one, "one@example.com")
	near := addChannel(w, mailChannel(w.District))

	noticed(w, c, models.NoticeTask, 1, "电话 13812345678，身份证 44010419800101001X", one, two)
	got := waiting(w)
	require.Len(t, got, 2)
	by := map[string]models.DeliveryView{}
	for _, d := range got {
		by[d.ChannelID] = d
	}
	require.Contains(t, by[near.ID].Body, "138****5678")
	require.NotContains(t, by[near.ID].Body, "13812345678")
	require.NotContains(t, by[near.ID].Body, "44010419800101001X")
	require.Equal(t, one.ID, by[near.ID].UserID)
	require.Empty(t, by[district.ID].UserID)
	require.NotContains(t, by[district.ID].Body, "电话", "groups are not told what people have typed in")
	require.Contains(t, by[district.ID].Body, w.School.Name)

	noticed(w, c, models.NoticeUrge, 2, "", one)
	count := map[string]int{}
	for _, d := range waiting(w) {
		count[d.ChannelID]++
	}
	require.Equal(t, map[string]int{near.ID: 2, district.ID: 2, city.ID: 1}, count, "not %s, not %s", foreign.ID, cityMail.ID)

	none, err := w.Store.NoticeChoice(ctx, one.ID)
	require.NoError(t, err)
	none.Topics = ""
	_, err = w.Store.PutNoticeChoice(ctx, none)
	require.NoError(t, err)
	noticed(w, c, models.NoticeUrge, 3, "", one)
	require.Len(t, waiting(w), 7, "groups only")
	letter, failed, err := w.Store.Compose(ctx, models.Post{Channel: *district, Items: []models.Delivery{by[district.ID].Delivery}}, "https://zx.example/")
	require.NoError(t, err)
	require.Nil(t, failed)
	require.Equal(t, "https://zx.example/cases/"+c.ID, letter.Message.Link)
}

// Messages over which workers die again and again are given up, and somebody is told.
func testAbandonedMessages(w *testkit.World) {
	t, ctx := w.T, w.T.Context()
	c := addChannel(w, webhook(w.District))
	kase, _ := w.Case(w.School, 0)
	noticed(w, kase, models.NoticeUrge, 0, "", w.User(w.School, domain.RolePrincipal))
	claims := 0
	for len(claimAll(w)) > 0 {
		claims++
		w.Clock.Advance(61 * time.Second) // its worker is gone
	}
	require.Positive(t, claims)
	dead, _, err := w.Store.Deliveries(ctx, within(w.City), models.DeliveryFilter{ChannelID: c.ID, State: models.DeliveryDead}, models.Page{})
	require.NoError(t, err)
	require.Len(t, dead, 1)
	require.Equal(t, models.CodeAbandoned, dead[0].Code)
	open := true
	alarms, _, err := w.Store.Alarms(ctx, models.AlarmFilter{Open: &open, Kind: models.AlarmDelivery}, models.Page{})
	require.NoError(t, err)
	require.Len(t, alarms, 1)
}

// A claim that nobody finishes is due again; pace, rests, dead letters and their replay.
func testChannelFailures(w *testkit.World) {
	t, ctx := w.T, w.T.Context()
	draft := webhook(w.District)
	draft.PerMinute = 60
	c := addChannel(w, draft)
	kase, _ := w.Case(w.School, 0)
	u := w.User(w.School, domain.RolePrincipal)
	for i := range 11 {
		noticed(w, kase, models.NoticeUrge, i, "", u)
	}
	first := claimAll(w)
	require.Len(t, first, 11, "ten seconds' worth and one")
	require.Empty(t, claimAll(w), "no more than its pace")
	w.Clock.Advance(61 * time.Second)
	again := claimAll(w)
	require.Len(t, again, 11)
	require.Equal(t, first[0].Items[0].ID, again[0].Items[0].ID, "what was claimed and not finished comes again, by the same id")
	require.NoError(t, w.Store.PostSent(ctx, first[0], "late"))
	d, err := w.Store.DeliveryInScope(ctx, within(w.District), first[0].Items[0].ID)
	require.NoError(t, err)
	require.Equal(t, models.DeliverySending, d.State, "who is too late notes nothing")

	require.NoError(t, w.Store.PostSent(ctx, again[0], "ok"))
	require.NoError(t, w.Store.PostFailed(ctx, again[1], &notify.SendError{Code: "http_404", Permanent: true}))
	require.NoError(t, w.Store.PostFailed(ctx, again[2], &notify.SendError{Code: "http_429", Throttled: true, After: time.Hour}))
	w.Clock.Advance(2 * time.Minute)
	require.Empty(t, claimAll(w), "it asked to be left alone")
	w.Clock.Advance(time.Hour)
	for i, p := range claimAll(w) {
		if i < 5 {
			require.NoError(t, w.Store.PostFailed(ctx, p, &notify.SendError{Code: notify.CodeTimeout}))
		}
	}
	open := true
	alarms := func() int {
		rows, _, err := w.Store.Alarms(ctx, models.AlarmFilter{Open: &open, Kind: models.AlarmDelivery}, models.Page{})
		require.NoError(t, err)
		return len(rows)
	}
	require.Equal(t, 2, alarms(), "one that was given up, and the channel")
	w.Clock.Advance(5 * time.Second)
	require.Empty(t, claimAll(w), "left alone")
	w.Clock.Advance(15 * time.Minute)
	probe := claimAll(w)
	require.Len(t, probe, 1, "one to see whether it is better")
	require.NoError(t, w.Store.PostSent(ctx, probe[0], "ok"))
	require.Equal(t, 1, alarms())
	require.Greater(t, len(claimAll(w)), 1)

	dead, _, err := w.Store.Deliveries(ctx, within(w.City), models.DeliveryFilter{ChannelID: c.ID, State: models.DeliveryDead}, models.Page{})
	require.NoError(t, err)
	require.Len(t, dead, 1)
	_, err = w.Store.Replay(ctx, within(w.Sibling), []string{dead[0].ID}, models.DeliveryFilter{})
	refused(t, err, apperr.NotFound)
	_, err = w.Store.Replay(ctx, within(w.City), []string{probe[0].Items[0].ID}, models.DeliveryFilter{})
	refused(t, err, apperr.Conflict)
	n, err := w.Store.Replay(ctx, within(w.City), nil, models.DeliveryFilter{ChannelID: c.ID, Code: "http_404"})
	require.NoError(t, err)
	require.Equal(t, 1, n)

	draft.URL, draft.Secret, draft.Disabled = nil, nil, true
	_, err = w.Store.PutChannel(ctx, within(w.City), c.ID, draft, "tester")
	require.NoError(t, err)
	w.Clock.Advance(2 * time.Hour)
	require.Empty(t, claimAll(w))
	require.Empty(t, waiting(w), "nothing waits for a channel that is switched off")
	w.Clock.Advance(91 * 24 * time.Hour)
	require.NoError(t, w.Store.PurgeDeliveries(ctx))
	rows, _, err := w.Store.Deliveries(ctx, within(w.City), models.DeliveryFilter{}, models.Page{})
	require.NoError(t, err)
	require.Empty(t, rows)
}

// The mails of a day go out as one, in the morning, and as the same one when tried again;
// what is urgent does not wait.
func testDailyMail(w *testkit.World) {
	t, ctx := w.T, w.T.Context()
	addChannel(w, mailChannel(w.City))
	c, _ := w.Case(w.School, 0)
	u := w.User(w.School, domain.RolePrincipal)
	proved(w, u, "head@example.com")
	choice := models.UsualChoice(u.ID)
	choice.Daily = true
	_, err := w.Store.PutNoticeChoice(ctx, choice)
	require.NoError(t, err)
	w.Clock.Set(time.Date(2026, 9, 14, 6, 0, 0, 0, time.UTC)) // Monday, 14:00 in China
	for i, reason := range []string{models.NoticeTask, domain.RungRemind, models.NoticeExtended, models.NoticeUrge} {
		noticed(w, c, reason, i, "", u)
	}
	urgent := claimAll(w)
	require.Len(t, urgent, 1)
	require.Equal(t, models.NoticeUrge, urgent[0].Items[0].Kind)
	require.NoError(t, w.Store.PostSent(ctx, urgent[0], ""))
	w.Clock.Set(time.Date(2026, 9, 14, 23, 59, 0, 0, time.UTC))
	require.Empty(t, claimAll(w))
	w.Clock.Set(time.Date(2026, 9, 15, 0, 1, 0, 0, time.UTC)) // 08:01
	day := claimAll(w)
	require.Len(t, day, 1)
	require.Len(t, day[0].Items, 3)
	l, failed, err := w.Store.Compose(ctx, day[0], "https://zx.example")
	require.NoError(t, err)
	require.Nil(t, failed)
	require.Equal(t, "今日通知 3 条", l.Message.Title)
	require.Equal(t, "head@example.com", l.Endpoint.To)
	noticed(w, c, models.NoticeTask, 9, "", u)
	w.Clock.Advance(2 * time.Minute)
	again := claimAll(w)
	require.Len(t, again, 1)
	require.Len(t, again[0].Items, 3, "the same message, by the same id")
	require.Equal(t, day[0].Items[0].ID, again[0].Items[0].ID)
	require.NoError(t, w.Store.PostSent(ctx, again[0], ""))
	require.Len(t, waiting(w), 1, "what came later goes out tomorrow")

	choice.Daily, choice.WorkingDays = false, true
	_, err = w.Store.PutNoticeChoice(ctx, choice)
	require.NoError(t, err)
	w.Clock.Set(time.Date(2026, 9, 18, 15, 0, 0, 0, time.UTC)) // Friday, 23:00
	noticed(w, c, models.NoticeExtended, 10, "", u)
	left := waiting(w)
	require.Equal(t, time.Date(2026, 9, 19, 23, 0, 0, 0, time.UTC), left[len(left)-1].Due(), "07:00 of a Sunday that is worked")
}

func testMailAddress(w *testkit.World) {
	t, ctx := w.T, w.T.Context()
	u := w.User(w.School, domain.RolePrincipal)
	_, err := w.Store.AskMail(ctx, u, "li@example.com")
	refused(t, err, models.CodeNoServer)
	addChannel(w, mailChannel(w.City))
	for _, bad := range []string{"", "li", "Li <li@example.com>", "li@example.com\r\nBcc: x@example.com", "a@b.example,c@d.example"} {
		_, err = w.Store.AskMail(ctx, u, bad)
		require.Equal(t, "mail", fieldOf(t, err))
	}
	c, err := w.Store.AskMail(ctx, u, "li@example.com")
	require.NoError(t, err)
	require.Equal(t, "l***@example.com", c.PendingMask)
	require.NotContains(t, c.PendingEnc, "example.com")
	_, err = w.Store.AskMail(ctx, u, "li@example.com")
	refused(t, err, models.CodeTooManyNow)
	code := codeOf(w, u)
	_, err = w.Store.ProveMail(ctx, w.User(w.School, domain.RoleTeacher), code)
	refused(t, err, models.CodeMailCode) // it is good for the account that asked
	for range 5 {
		_, err = w.Store.ProveMail(ctx, u, "00000000x")
		refused(t, err, models.CodeMailCode)
	}
	_, err = w.Store.ProveMail(ctx, u, code)
	refused(t, err, models.CodeMailCode)
	w.Clock.Advance(2 * time.Minute)
	proved(w, u, "li@example.com")
	c, err = w.Store.Contact(ctx, u.ID)
	require.NoError(t, err)
	require.NotNil(t, c.VerifiedAt)
	require.Len(t, c.MailIndex, 64)
	require.Empty(t, c.CodeEnc+c.PendingEnc)
	_, err = w.Store.ProveMail(ctx, u, code)
	refused(t, err, models.CodeMailCode)

	w.Clock.Advance(2 * time.Minute)
	_, err = w.Store.AskMail(ctx, u, "new@example.com")
	require.NoError(t, err)
	old := codeOf(w, u)
	w.Clock.Advance(31 * time.Minute)
	_, err = w.Store.ProveMail(ctx, u, old)
	refused(t, err, models.CodeMailCode)
	c, err = w.Store.Contact(ctx, u.ID)
	require.NoError(t, err)
	require.Equal(t, "l***@example.com", c.MailMask, "the one before stays good")
	require.NoError(t, w.Store.DropMail(ctx, u))
	c, err = w.Store.Contact(ctx, u.ID)
	require.NoError(t, err)
	require.Empty(t, c.MailEnc+c.MailIndex+c.MailMask+c.PendingEnc+c.CodeEnc)
	require.Nil(t, c.VerifiedAt)

	// Forgetting an address and asking anew is no way around the limits.
	w.Clock.Advance(2 * time.Minute)
	_, err = w.Store.AskMail(ctx, u, "li@example.com")
	require.NoError(t, err)
	require.NoError(t, w.Store.DropMail(ctx, u))
	_, err = w.Store.AskMail(ctx, u, "li@example.com")
	refused(t, err, models.CodeTooManyNow)
}
