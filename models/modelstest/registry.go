package modelstest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/registry"
	"zhengxiao/internal/registry/push"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// booking is a case whose teachers' hours are confirmed, in a city with a registry.
type booking struct {
	*testkit.World

	c     *models.Case
	users []*models.User
	scope models.Scope
	one   string
	two   string
}

// ids are numbers of GB 11643's form.
var ids = []string{"11010519491231002X", "440524188001010014"}

func book(t *testing.T, w *testkit.World, mode models.RegistryMode) booking {
	t.Helper()
	ctx := t.Context()
	c, users := w.Case(w.School, 2)
	b := booking{World: w, c: c, users: users, scope: models.Scope{Paths: []string{w.City.Path}}}
	b.one, b.two = w.User(w.City, domain.RoleBureau).ID, w.User(w.City, domain.RoleBureau).ID
	for i, u := range users {
		require.NoError(t, w.Store.UpdateUser(ctx, u.ID, []string{"张三", "李四"}[i], models.Personal{IDNumber: ids[i]}))
		require.NoError(t, w.Store.DB(ctx).Model(&models.RosterRow{}).Where("case_id = ? AND user_id = ?", c.ID, u.ID).
			Update("name", []string{"张三", "李四"}[i]).Error)
		require.NoError(t, w.Store.DB(ctx).Create(&models.Credit{
			CaseID: c.ID, UserID: u.ID, Year: 2026, Hours: 250, State: domain.CreditConfirmed, RecognizedAt: w.Clock.Now(),
		}).Error)
	}
	w.Move(c.ID, domain.StageCrediting)
	secret := "s3cret"
	n := models.NewRegistry{Mode: mode, Secret: &secret, Settings: models.RegistrySettings{Project: "P1", OnePerYear: true, Format: "csv"}}
	if mode == models.RegistryPush {
		n.Settings.URL, n.Settings.Auth, n.Settings.PageSize = "https://registry.example/api", push.AuthHMAC, 1
	}
	_, err := w.Store.PutRegistry(ctx, w.City, n, b.one)
	require.NoError(t, err)
	return b
}

func (b booking) batch() *models.BatchMade {
	b.T.Helper()
	made, err := b.Store.CreateRegistryBatch(b.T.Context(), models.NewBatch{Scope: b.scope, Office: b.City.Path, By: b.one})
	require.NoError(b.T, err)
	return made
}

// send has a worker send the batch and returns the numbers that left, page by page.
func (b booking) send(answers ...registry.Answer) []string {
	b.T.Helper()
	var nos []string
	for {
		p, err := b.Store.NextRegistryPage(b.T.Context())
		require.NoError(b.T, err)
		if p == nil {
			return nos
		}
		for _, l := range p.Lines {
			nos = append(nos, l.No)
		}
		if len(p.Lines) > 0 {
			_, err = b.Store.RegistryPageSent(b.T.Context(), p, answers)
			require.NoError(b.T, err)
		}
	}
}

func (b booking) hear(answers ...registry.Answer) models.Heard {
	b.T.Helper()
	h, err := b.Store.HearRegistry(b.T.Context(), b.City.ID, answers, "")
	require.NoError(b.T, err)
	return h
}

func (b booking) balance() models.RegistryBalance {
	b.T.Helper()
	rows, _, err := b.Store.RegistryBalances(b.T.Context(), b.scope, models.RegistryBalanceFilter{}, models.Page{})
	require.NoError(b.T, err)
	require.Len(b.T, rows, 1)
	return rows[0]
}

func (b booking) records(s registry.State) []models.RegistryRecordView {
	b.T.Helper()
	rows, _, err := b.Store.RegistryRecords(b.T.Context(), b.scope, models.RegistryRecordFilter{State: s}, models.Page{})
	require.NoError(b.T, err)
	return rows
}

func ack(no string, hours domain.Hours) registry.Answer {
	return registry.Answer{No: no, State: registry.Acknowledged, Hours: hours, Receipt: "R-" + no}
}

// Sending, refusal under the next number, acknowledgement: the books agree at the end.
func testRegistryPush(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	b := book(t, w, models.RegistryPush)
	require.Equal(t, 2, b.balance().Waiting)
	made := b.batch()
	require.Equal(t, 2, made.Records)
	require.Zero(t, b.balance().Waiting)
	_, err := w.Store.CreateRegistryBatch(ctx, models.NewBatch{Scope: b.scope, Office: w.City.Path, By: b.one})
	refused(t, err, models.CodeRegistryNothing)

	p, err := w.Store.NextRegistryPage(ctx)
	require.NoError(t, err)
	require.Len(t, p.Lines, 1)
	require.Equal(t, "s3cret", p.Endpoint.Secret)
	require.Contains(t, ids, p.Lines[0].IDNumber)
	other, err := w.Store.NextRegistryPage(ctx)
	require.NoError(t, err)
	require.Nil(t, other, "the page is being sent")
	require.NoError(t, w.Store.RegistryPageFailed(ctx, p, "没有答复", false, 0))
	w.Clock.Advance(time.Minute)
	nos := b.send()
	require.Len(t, nos, 2)
	require.Equal(t, p.Lines[0].No, nos[0], "what got no answer is sent again under its number")

	h := b.hear(ack(nos[0], 250), registry.Answer{No: nos[1], State: registry.Refused, Reason: "姓名不符"}, ack(nos[0], 250), ack("ZX-unknown", 1))
	require.Equal(t, models.Heard{Acknowledged: 1, Refused: 1, Known: 1, Stray: 1}, h)
	require.Equal(t, models.Heard{Known: 1, Stray: 1}, b.hear(ack(nos[0], 250), ack("ZX-unknown", 1)))
	strays, _, err := w.Store.RegistryStrays(ctx, b.scope, models.Page{})
	require.NoError(t, err)
	require.Len(t, strays, 1)
	view, err := w.Store.RegistryBatch(ctx, b.scope, made.ID)
	require.NoError(t, err)
	require.Equal(t, models.BatchConcluded, view.State)
	require.Equal(t, map[registry.State]int{registry.Acknowledged: 1, registry.Refused: 1}, view.Counts)
	require.False(t, b.balance().Balanced())

	b.batch()
	again := b.send()
	require.Len(t, again, 1)
	require.NotEqual(t, nos[1], again[0], "what was refused goes under the next number")
	b.hear(ack(again[0], 250))
	require.True(t, b.balance().Balanced())
	require.Equal(t, domain.Hours(500), b.balance().Booked())
	journal, err := w.Store.RegistryJournal(ctx, b.scope, nos[0])
	require.NoError(t, err)
	require.Len(t, journal, 3, "sent twice, acknowledged once")
}

// What the registry would refuse stays out of a batch, and is named.
func testRegistryChecks(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	b := book(t, w, models.RegistryFile)
	require.NoError(t, w.Store.UpdateUser(ctx, b.users[0].ID, "张叁", models.Personal{}))
	rows, _, err := w.Store.RegistryCandidates(ctx, b.c, 0, models.Page{})
	require.NoError(t, err)
	require.Len(t, rows, 2)
	for _, r := range rows {
		if r.UserID == b.users[0].ID {
			require.Equal(t, []registry.Problem{registry.ProblemNoID, registry.ProblemName}, r.Problems)
			continue
		}
		require.Empty(t, r.Problems)
	}
	made := b.batch()
	require.Equal(t, 1, made.Records)
	require.Equal(t, map[registry.Problem]int{registry.ProblemNoID: 1, registry.ProblemName: 1}, made.Problems)
	_, err = w.Store.CreateRegistryBatch(ctx, models.NewBatch{Scope: b.scope, Office: w.City.Path, By: b.one})
	refused(t, err, models.CodeRegistryNothing)

	// The same person has the year with another case.
	c2, _ := w.Case(w.Foreign, 0)
	require.NoError(t, w.Store.DB(ctx).Create(&models.RosterRow{CaseID: c2.ID, UserID: b.users[1].ID, Name: "李四", Status: domain.RosterActive}).Error)
	require.NoError(t, w.Store.DB(ctx).Create(&models.Credit{
		CaseID: c2.ID, UserID: b.users[1].ID, Year: 2026, Hours: 100, State: domain.CreditConfirmed, RecognizedAt: w.Clock.Now(),
	}).Error)
	rows, _, err = w.Store.RegistryCandidates(ctx, c2, 2026, models.Page{})
	require.NoError(t, err)
	require.Equal(t, []registry.Problem{registry.ProblemDuplicate}, rows[0].Problems)
	require.NoError(t, w.Store.DB(ctx).Where("1 = 1").Delete(&models.Registry{}).Error)
	rows, _, err = w.Store.RegistryCandidates(ctx, c2, 2026, models.Page{})
	require.NoError(t, err)
	require.Equal(t, []registry.Problem{registry.ProblemNoProject}, rows[0].Problems, "each row says that nothing is set up")
}

// The file holds the persons in clear, is handed out as often as needed, and counts as sent.
func testRegistryFiles(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	b := book(t, w, models.RegistryFile)
	made := b.batch()
	for sends := 1; sends <= 2; sends++ {
		out, err := w.Store.RegistryFile(ctx, b.scope, made.ID, takenBy(b.one))
		require.NoError(t, err)
		require.Len(t, out.Lines, 2)
		require.Contains(t, ids, out.Lines[0].IDNumber)
		for _, r := range b.records(registry.Sent) {
			require.Equal(t, sends, r.Sends)
		}
	}
	_, err := w.Store.RegistryFile(ctx, models.Scope{Paths: []string{w.Sibling.Path}}, made.ID, takenBy(b.one))
	refused(t, err, apperr.NotFound)
	_, err = w.Store.ResendRegistryBatch(ctx, b.scope, made.ID)
	refused(t, err, models.CodeRegistryMode)
	for _, r := range b.records(registry.Sent) {
		b.hear(ack(r.No, r.Hours))
	}
	_, err = w.Store.RegistryFile(ctx, b.scope, made.ID, takenBy(b.one))
	refused(t, err, models.CodeRegistryNothing)
	require.True(t, b.balance().Balanced())
}

// Two persons take a record back; what the year comes to then is sent anew.
func testRegistryReversal(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	b := book(t, w, models.RegistryPush)
	b.batch()
	nos := b.send()
	b.hear(ack(nos[0], 250), ack(nos[1], 250))
	ask := models.NewReversal{No: nos[0], Hours: 200, Reason: "多认定5学时", By: b.one}
	for name, n := range map[string]models.NewReversal{
		"no reason": {No: nos[0], By: b.one}, "more": {No: nos[0], Hours: 300, Reason: "x", By: b.one}, "less": {No: nos[0], Hours: -1, Reason: "x", By: b.one},
	} {
		_, err := w.Store.AskReversal(ctx, b.scope, n)
		refused(t, err, apperr.Invalid)
		require.Error(t, err, name)
	}
	v, err := w.Store.AskReversal(ctx, b.scope, ask)
	require.NoError(t, err)
	_, err = w.Store.AskReversal(ctx, b.scope, ask)
	refused(t, err, apperr.Conflict)
	_, err = w.Store.DecideReversal(ctx, b.scope, v.ID, true, "", b.one)
	refused(t, err, models.CodeReversalOwn)
	_, err = w.Store.DecideReversal(ctx, models.Scope{Paths: []string{w.Sibling.Path}}, v.ID, true, "", b.two)
	refused(t, err, apperr.NotFound)
	_, err = w.Store.DecideReversal(ctx, b.scope, v.ID, true, "", b.two)
	require.NoError(t, err)
	_, err = w.Store.DecideReversal(ctx, b.scope, v.ID, false, "不", b.two)
	refused(t, err, models.CodeReversalDone)
	require.Equal(t, domain.Hours(450), b.balance().Due.Hours)
	require.False(t, b.balance().Balanced())

	require.Equal(t, 1, b.batch().Records, "the reversal, and nothing new before it is booked")
	back := b.send()
	require.Len(t, back, 1)
	b.hear(ack(back[0], -250))
	require.Equal(t, domain.Hours(250), b.balance().Booked())
	require.Equal(t, 1, b.batch().Records)
	anew := b.send()
	require.Len(t, anew, 1)
	b.hear(ack(anew[0], 200))
	require.True(t, b.balance().Balanced())
	_, err = w.Store.AskReversal(ctx, b.scope, ask)
	refused(t, err, registry.CodeNoReverse)
}

// Answers that contradict each other stop a teacher's year until somebody has looked.
func testRegistryDispute(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	b := book(t, w, models.RegistryPush)
	b.batch()
	nos := b.send()
	h := b.hear(ack(nos[0], 250), registry.Answer{No: nos[0], State: registry.Refused, Reason: "查无此人"}, ack(nos[1], 300))
	require.Equal(t, models.Heard{Acknowledged: 1, Disputed: 2}, h)
	require.Len(t, b.records(registry.Disputed), 2)
	_, err := w.Store.CreateRegistryBatch(ctx, models.NewBatch{Scope: b.scope, Office: w.City.Path, By: b.one})
	refused(t, err, models.CodeRegistryNothing)
	_, err = w.Store.SettleRegistryRecord(ctx, b.scope, nos[0], registry.Entry{Outcome: registry.Acknowledged}, b.one)
	refused(t, err, apperr.Invalid)
	_, err = w.Store.SettleRegistryRecord(ctx, b.scope, nos[0], registry.Entry{Outcome: registry.Acknowledged, Receipt: "R9", Reason: "系统中已登记"}, b.one)
	require.NoError(t, err)
	_, err = w.Store.SettleRegistryRecord(ctx, b.scope, nos[1], registry.Entry{Outcome: registry.Refused, Reason: "系统中没有"}, b.one)
	require.NoError(t, err)
	_, err = w.Store.SettleRegistryRecord(ctx, b.scope, nos[1], registry.Entry{Outcome: registry.Refused, Reason: "系统中没有"}, b.one)
	refused(t, err, registry.CodeUndisputed)
	b.batch()
	b.hear(ack(b.send()[0], 250))
	require.True(t, b.balance().Balanced())
}

// A registry that turns everything down is left alone until somebody has looked.
func testRegistryStopped(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	b := book(t, w, models.RegistryPush)
	made := b.batch()
	p, err := w.Store.NextRegistryPage(ctx)
	require.NoError(t, err)
	require.NoError(t, w.Store.RegistryPageFailed(ctx, p, "登记系统不认可凭据", true, 0))
	w.Clock.Advance(24 * time.Hour)
	p, err = w.Store.NextRegistryPage(ctx)
	require.NoError(t, err)
	require.Nil(t, p)
	open := true
	alarms, _, err := w.Store.Alarms(ctx, models.AlarmFilter{Open: &open, Kind: models.AlarmRegistry}, models.Page{})
	require.NoError(t, err)
	require.Len(t, alarms, 1)
	_, err = w.Store.CloseAlarm(ctx, alarms[0].ID, b.one, "已换凭据")
	require.NoError(t, err)
	_, err = w.Store.ResendRegistryBatch(ctx, b.scope, made.ID)
	require.NoError(t, err)
	p, err = w.Store.NextRegistryPage(ctx)
	require.NoError(t, err)
	require.NoError(t, w.Store.RegistryPageFailed(ctx, p, "登记系统不认可凭据", true, 0))
	alarms, _, err = w.Store.Alarms(ctx, models.AlarmFilter{Open: &open, Kind: models.AlarmRegistry}, models.Page{})
	require.NoError(t, err)
	require.Len(t, alarms, 1, "stopped again, told again")
	_, err = w.Store.ResendRegistryBatch(ctx, b.scope, made.ID)
	require.NoError(t, err)
	require.Len(t, b.send(), 2)

	poll, err := w.Store.NextRegistryPoll(ctx)
	require.NoError(t, err)
	require.NotNil(t, poll)
	other, err := w.Store.NextRegistryPoll(ctx)
	require.NoError(t, err)
	require.Nil(t, other)
	require.NoError(t, w.Store.RegistryPolled(ctx, poll, "p2", "", 0))
	w.Clock.Advance(5 * time.Minute)
	poll, err = w.Store.NextRegistryPoll(ctx)
	require.NoError(t, err)
	require.Equal(t, "p2", poll.After)
}

func testRegistrySettings(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	b := book(t, w, models.RegistryPush)
	reg, err := w.Store.RegistryFor(ctx, w.School.Path)
	require.NoError(t, err)
	require.Equal(t, w.City.ID, reg.OrgID)
	require.NotContains(t, reg.Secret, "s3cret")
	good := models.NewRegistry{Mode: reg.Mode, Settings: reg.Settings}
	_, err = w.Store.PutRegistry(ctx, w.City, good, b.one)
	require.NoError(t, err, "the secret stays")
	for field, change := range map[string]func(*models.NewRegistry){
		"secret":      func(n *models.NewRegistry) { n.Settings.URL = "https://other.example/" },
		"url":         func(n *models.NewRegistry) { n.Settings.URL = "ftp://registry.example/" },
		"auth":        func(n *models.NewRegistry) { n.Settings.Auth = "basic" },
		"project":     func(n *models.NewRegistry) { n.Settings.Project = " " },
		"org_pattern": func(n *models.NewRegistry) { n.Settings.OrgPattern = "(" },
		"first_year":  func(n *models.NewRegistry) { n.Settings.FirstYear, n.Settings.LastYear = 2027, 2026 },
		"page_size":   func(n *models.NewRegistry) { n.Settings.PageSize = 501 },
		"mode":        func(n *models.NewRegistry) { n.Mode = "fax" },
		"year_cap":    func(n *models.NewRegistry) { n.Settings.YearCap = -1 },
		"format":      func(n *models.NewRegistry) { n.Mode, n.Settings.Format = models.RegistryFile, "" },
	} {
		n := good
		change(&n)
		_, err := w.Store.PutRegistry(ctx, w.City, n, b.one)
		require.Equal(t, field, apperr.FieldOf(err), "%v", err)
	}
	_, err = w.Store.PutRegistry(ctx, w.District, models.NewRegistry{
		Mode: models.RegistryFile, Settings: models.RegistrySettings{Project: "P2", Format: "xlsx"},
	}, b.one)
	require.NoError(t, err)
	reg, err = w.Store.RegistryFor(ctx, w.School.Path)
	require.NoError(t, err)
	require.Equal(t, w.District.ID, reg.OrgID, "the nearest counts")
}

func takenBy(id string) models.ClearFile {
	return models.ClearFile{ViewerID: id, Purpose: models.PurposeCredit, Words: "向省平台报送学时"}
}
