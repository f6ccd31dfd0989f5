package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/proto"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
)

// identify gives everybody a name, an ID number and a phone of their own.
func identify(t *testing.T, w *lifecycle.World) {
	t.Helper()
	var users []models.User
	require.NoError(t, w.DB.Order("id").Find(&users).Error)
	for i, u := range users {
		p := models.Personal{IDNumber: idNumber(i), Phone: fmt.Sprintf("1381234%04d", i)}
		require.NoError(t, w.Store.UpdateUser(t.Context(), u.ID, "慕容婉儿"+string(rune('甲'+i)), p))
	}
}

// idNumber is a well-formed ID number (GB 11643-1999).
func idNumber(i int) string {
	body := fmt.Sprintf("11010519491231%03d", i)
	sum, weight := 0, 1
	for at := len(body) - 1; at >= 0; at-- {
		weight = weight * 2 % 11
		sum += weight * int(body[at]-'0')
	}
	return body + string("10X98765432"[sum%11])
}

// personal are the clear personal values of the database.
func personal(t *testing.T, w *lifecycle.World) []string {
	t.Helper()
	var users []models.User
	require.NoError(t, w.DB.Find(&users).Error)
	var all []string
	for _, u := range users {
		p, err := w.Store.Personal(&u)
		require.NoError(t, err)
		all = append(all, u.Name, p.IDNumber, p.Phone)
		if strings.ContainsAny(u.Login, "0123456789") { // the others are words
			all = append(all, u.Login)
		}
	}
	var names []string
	require.NoError(t, w.DB.Model(&models.RosterRow{}).Distinct().Pluck("name", &names).Error)
	return append(all, names...)
}

// keepsNothingPersonal searches all that leaves the database, or is kept beside it without
// being sealed, for the clear values in it: what the processes told, every workflow with its
// payloads, ids, memo and search attributes, names of objects, the audit log, heads and
// messages of actions.
func (o *observed) keepsNothingPersonal(told string) {
	o.t.Helper()
	places := map[string]string{"logs, spans and metrics": told}
	list, err := o.client.ListWorkflow(o.t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Namespace: "test"})
	require.NoError(o.t, err)
	require.NotEmpty(o.t, list.GetExecutions())
	for _, e := range list.GetExecutions() {
		id := e.GetExecution()
		raw, err := proto.Marshal(historyOf(o.t, o.client, id.GetWorkflowId(), id.GetRunId()))
		require.NoError(o.t, err)
		head, err := proto.Marshal(e)
		require.NoError(o.t, err)
		places["workflow "+id.GetWorkflowId()] += string(raw) + string(head)
	}
	for place, query := range map[string]string{
		"object keys": "SELECT object_key FROM file_versions", "audit log": "SELECT detail FROM audit_log", "events": "SELECT body FROM events",
		"patches": "SELECT patch FROM events", "envelopes": "SELECT COALESCE(envelope, '') FROM actions", "outcomes": "SELECT outcome FROM actions",
		"states": "SELECT state FROM cases", "outbox": "SELECT payload FROM outbox", "alarms": "SELECT detail FROM alarms",
	} {
		var texts []string
		require.NoError(o.t, o.w.DB.Raw(query).Scan(&texts).Error)
		places[place] = strings.Join(texts, "\n")
	}
	values := personal(o.t, o.w)
	require.Greater(o.t, len(values), 3*len(domain.Roles()))
	for place, text := range places {
		for _, v := range values {
			require.False(o.t, v != "" && strings.Contains(text, v), "%s holds %q", place, v)
		}
	}
}
