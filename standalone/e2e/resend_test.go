package e2e

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"zhengxiao/activities"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
	"zhengxiao/worker"
)

// An action whose receiver died before sending it, or could not send it, is decided all the
// same, once.
func TestResend(t *testing.T) {
	t.Parallel()
	onEach(t, resendEach)
}

func resendEach(t *testing.T, world opener) {
	t.Helper()
	for name, test := range map[string]func(b *bench, e activities.Envelope){
		"crash before sending": resendAfterCrash, "twice": resendTwice, "engine away for long": resendLate, "closed case": resendToClosed,
		"lost run": resendToNobody, "field of a later release": resendUnread, "no message": resendPastUnsendable,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, world(t))
			b.script().ToFiling()
			b.settle()
			test(b, b.w.Envelope(t, b.c.ID, domain.WithdrawPlan, b.w.Admin, domain.Body{}))
		})
	}
}

// receive notes an action as the API does before it sends it.
func (b *bench) receive(e activities.Envelope) {
	b.t.Helper()
	raw, err := json.Marshal(e)
	require.NoError(b.t, err)
	b.receiveAs(e, string(raw))
}

// receiveAs notes an action with a message of one's choice.
func (b *bench) receiveAs(e activities.Envelope, message string) {
	b.t.Helper()
	_, fresh, err := b.w.Store.Intake(b.t.Context(), models.ActionRow{
		ID: e.ID, CaseID: b.c.ID, ActorID: e.Actor.UserID, Kind: e.Kind, BodySHA256: e.BodySHA256, ReceivedAt: e.At, Envelope: &message,
	})
	require.NoError(b.t, err)
	require.True(b.t, fresh)
}

// resend sends what is due when so much time has passed.
func (b *bench) resend(passed time.Duration, c client.Client) error {
	b.w.Advance(passed)
	return worker.Resend(b.t.Context(), worker.Deps{Client: c, Store: b.w.Store, Logger: slog.New(slog.DiscardHandler)})
}

func (b *bench) status(id string) string {
	b.t.Helper()
	row, err := b.w.Store.ActionByID(b.t.Context(), id)
	require.NoError(b.t, err)
	return row.Status
}

func (b *bench) alarms() (kinds []string) {
	b.t.Helper()
	rows, _, err := b.w.Store.Alarms(b.t.Context(), models.AlarmFilter{CaseID: b.c.ID}, models.Page{})
	require.NoError(b.t, err)
	for _, a := range rows {
		kinds = append(kinds, a.Kind)
	}
	return kinds
}

func resendAfterCrash(b *bench, e activities.Envelope) {
	b.receive(e)
	require.NoError(b.t, b.resend(59*time.Second, b.client), "its receiver may still be at it")
	require.Equal(b.t, models.ActionPending, b.status(e.ID))
	require.NoError(b.t, b.resend(time.Second, b.client))
	require.Equal(b.t, models.ActionAccepted, b.outcome(e.ID).Status)
	b.clean()
	require.Empty(b.t, b.alarms())
}

func resendTwice(b *bench, e activities.Envelope) {
	b.worker.Stop()
	b.receive(e)
	b.signal(e)
	for range 3 {
		require.NoError(b.t, b.resend(5*time.Minute, b.client))
	}
	require.Equal(b.t, []string{models.AlarmStuck}, b.alarms(), "nobody has decided for ten minutes")
	b.startWorker()
	require.Equal(b.t, models.ActionAccepted, b.outcome(e.ID).Status)
	b.clean()
	var n int64
	require.NoError(b.t, b.w.DB.Model(&models.Event{}).Where("action_id = ?", e.ID).Count(&n).Error)
	require.EqualValues(b.t, 1, n)
}

func resendLate(b *bench, e activities.Envelope) {
	nowhere, err := client.NewLazyClient(client.Options{HostPort: "127.0.0.1:1", Logger: nil})
	require.NoError(b.t, err)
	defer nowhere.Close()
	b.receive(e)
	require.Error(b.t, b.resend(12*time.Minute, nowhere))
	require.Equal(b.t, models.ActionPending, b.status(e.ID))
	require.Equal(b.t, []string{models.AlarmStuck}, b.alarms())
	require.NoError(b.t, b.resend(time.Hour, b.client))
	require.Equal(b.t, models.ActionAccepted, b.outcome(e.ID).Status)
	b.clean()
}

func resendToClosed(b *bench, e activities.Envelope) {
	b.script().Terminate()
	b.eventually(func() bool {
		d, err := b.client.DescribeWorkflowExecution(b.t.Context(), b.c.WorkflowID, "")
		return err == nil && d.GetWorkflowExecutionInfo().GetCloseTime() != nil
	})
	b.receive(e)
	require.NoError(b.t, b.resend(time.Minute, b.client))
	row := b.outcome(e.ID)
	require.Equal(b.t, []string{models.ActionRefused, string(apperr.CaseClosed)}, []string{row.Status, row.Code})
	require.Empty(b.t, b.alarms())
}

func resendToNobody(b *bench, e activities.Envelope) {
	loseRun(b)
	b.receive(e)
	for range 2 {
		require.NoError(b.t, b.resend(time.Minute, b.client))
	}
	require.Equal(b.t, models.ActionPending, b.status(e.ID))
	require.Equal(b.t, []string{models.AlarmOrphan}, b.alarms())
}

// What the sender does not know reaches the case all the same.
func resendUnread(b *bench, e activities.Envelope) {
	raw, err := json.Marshal(e)
	require.NoError(b.t, err)
	message := strings.TrimSuffix(string(raw), "}") + `,"later":{"b":1,"a":2}}`
	b.receiveAs(e, message)
	require.NoError(b.t, b.resend(time.Minute, b.client))
	require.Equal(b.t, models.ActionAccepted, b.outcome(e.ID).Status)
	var sent []string
	for _, run := range b.runs() {
		for _, event := range run.GetEvents() {
			for _, p := range event.GetWorkflowExecutionSignaledEventAttributes().GetInput().GetPayloads() {
				sent = append(sent, string(p.GetData()))
			}
		}
	}
	require.Contains(b.t, sent, message)
}

// One that cannot be sent does not hold up the others.
func resendPastUnsendable(b *bench, e activities.Envelope) {
	broken := e
	broken.ID = strings.Repeat("0", len(e.ID))
	b.receiveAs(broken, "{")
	b.receive(e)
	require.ErrorContains(b.t, b.resend(time.Minute, b.client), broken.ID)
	require.Equal(b.t, models.ActionAccepted, b.outcome(e.ID).Status)
}
