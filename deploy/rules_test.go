package deploy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/stretchr/testify/require"
)

// Each process forgets at its restart what it knew and has the scanner prove itself: neither
// who is well again nor who is not changes by it.
func TestAlertOfScans_outlives_restarts(t *testing.T) {
	t.Parallel()
	const last = `zhengxiao_scan_last_timestamp_seconds{instance=%q,outcome=%q} %s` + "\n  "
	for name, c := range map[string]struct {
		series string
		want   int
	}{
		"who had the last verdict": {
			fmt.Sprintf(last, "a", "failed", "200x10") + fmt.Sprintf(last, "b", "clean", "300x5 0x4") + fmt.Sprintf(last, "b", "proven", "100x5 400x4"), 0,
		},
		"who had the last failure": {
			fmt.Sprintf(last, "a", "failed", "300x5 400x4") + fmt.Sprintf(last, "a", "proven", "100x5 0x4") + fmt.Sprintf(last, "b", "clean", "200x10"), 1,
		},
		"all, and the scanner is well": {
			fmt.Sprintf(last, "a", "failed", "300x5 0x4") + fmt.Sprintf(last, "a", "proven", "100x5 400x4") + fmt.Sprintf(last, "b", "clean", "200x5 0x4"), 0,
		},
	} {
		require.Equal(t, c.want, alerting(t, alert(t, "ZhengxiaoScansFail"), c.series), name)
	}
}

// series of ten minutes, one value a minute, with which an alert's expression holds and
// with which it does not.
var rules = map[string]struct{ holds, not string }{
	"ZhengxiaoApiDown":       {`zhengxiao_build_info{process="worker"} 1x10`, `zhengxiao_build_info{process="api"} 1x10`},
	"ZhengxiaoWorkerDown":    {`zhengxiao_build_info{process="api"} 1x10`, `zhengxiao_build_info{process="worker"} 1x10`},
	"ZhengxiaoProcessDown":   {`up{job="zhengxiao",instance="a"} 0x10`, `up{job="other",instance="a"} 0x10`},
	"ZhengxiaoErrors":        {requests("5xx", "0+3x10") + "\n" + requests("2xx", "0+97x10"), requests("5xx", "0+1x10") + "\n" + requests("2xx", "0+99x10")},
	"ZhengxiaoSlow":          {slow("zhengxiao_http_request", `route="/x"`, "0+200x10"), slow("zhengxiao_http_request", `route="/x"`, "0+97x10")},
	"ZhengxiaoDecisionsSlow": {slow("zhengxiao_decision", `kind="team.submit"`, "0+200x10"), slow("zhengxiao_decision", `kind="system.rung"`, "0+200x10")},
	// Each process tells the same: they are not added up.
	"ZhengxiaoMailboxLag":     {both("zhengxiao_mailbox_oldest_age_seconds", "130"), both("zhengxiao_mailbox_oldest_age_seconds", "110")},
	"ZhengxiaoOutboxLag":      {both("zhengxiao_outbox_oldest_age_seconds", "310"), both("zhengxiao_outbox_oldest_age_seconds", "200")},
	"ZhengxiaoDeliveriesFail": {both("zhengxiao_outbox_retrying", "1"), both("zhengxiao_outbox_retrying", "0")},
	"ZhengxiaoNotifyLag":      {both("zhengxiao_notify_oldest_age_seconds", "910"), both("zhengxiao_notify_oldest_age_seconds", "800")},
	"ZhengxiaoNotifyDead":     {both("zhengxiao_notify_dead", "1"), both("zhengxiao_notify_dead", "0")},
	"ZhengxiaoRegistryLag": {
		both("zhengxiao_registry_unsent_oldest_age_seconds", "7300"), both("zhengxiao_registry_unsent_oldest_age_seconds", "7000"),
	},
	"ZhengxiaoRegistrySilent": {
		both("zhengxiao_registry_unanswered_oldest_age_seconds", "604900"), both("zhengxiao_registry_unanswered_oldest_age_seconds", "604700"),
	},
	"ZhengxiaoRegistryRefusals": {both("zhengxiao_registry_refused", "101"), both("zhengxiao_registry_refused", "100")},
	"ZhengxiaoRegistryMismatch": {both("zhengxiao_registry_mismatches", "1"), both("zhengxiao_registry_mismatches", "0")},
	"ZhengxiaoUploadsWait":      {both("zhengxiao_uploads_oldest_age_seconds", "910"), both("zhengxiao_uploads_oldest_age_seconds", "800")},
	"ZhengxiaoScansFail": { // the last one failed, whichever process made it
		scans("a", "failed", 300) + scans("b", "clean", 200) + scans("b", "limit", 0), scans("a", "failed", 300) + scans("a", "clean", 200) + scans("b", "infected", 301),
	},
	"ZhengxiaoVitalsUnknown": {
		both("zhengxiao_vitals_up", "0"), "zhengxiao_vitals_up{instance=\"a\"} 0x10\nzhengxiao_vitals_up{instance=\"b\"} 1x10",
	},
	"ZhengxiaoAlarmsOpen":     {`zhengxiao_alarms_open{kind="stuck"} 1x10`, `zhengxiao_alarms_open{kind="stuck"} 0x10`},
	"ZhengxiaoDrift":          {both("zhengxiao_reconcile_differences", "1"), both("zhengxiao_reconcile_differences", "0")},
	"ZhengxiaoReconcileStale": {`zhengxiao_vitals_up 1x10`, "zhengxiao_vitals_up 1x10\nzhengxiao_reconcile_age_seconds 86400x10"},
	"ZhengxiaoAuditUnsealed": {
		both("zhengxiao_audit_unsealed_oldest_age_seconds", "610"), both("zhengxiao_audit_unsealed_oldest_age_seconds", "590"),
	},
	"ZhengxiaoAuditUnsent":    {both("zhengxiao_audit_unsent_oldest_age_seconds", "910"), both("zhengxiao_audit_unsent_oldest_age_seconds", "890")},
	"ZhengxiaoAuditHeadStale": {both("zhengxiao_audit_head_age_seconds", "129700"), both("zhengxiao_audit_head_age_seconds", "129500")},
	"ZhengxiaoAuditLost":      {`zhengxiao_audit_lost_total{instance="a"} 0 0 0 1x7`, `zhengxiao_audit_lost_total{instance="a"} 1x10`},
	"ZhengxiaoPoolExhausted": {
		"go_sql_in_use_connections 31x10\ngo_sql_max_open_connections 32x10", "go_sql_in_use_connections 20x10\ngo_sql_max_open_connections 32x10",
	},
	"ZhengxiaoWorkflowTasksFail": {
		`temporal_workflow_task_execution_failed_total{failure_reason="NonDeterminismError"} 0 0 0 1x7`,
		`temporal_workflow_task_execution_failed_total{failure_reason="NonDeterminismError"} 1x10`,
	},
	"ZhengxiaoEngineErrors": {
		"temporal_request_failure_total{status_code=\"UNAVAILABLE\"} 0+6x10\ntemporal_request_total 0+100x10",
		"temporal_request_failure_total{status_code=\"NOT_FOUND\"} 0+6x10\ntemporal_request_total 0+100x10",
	},
}

func requests(code, values string) string {
	return `zhengxiao_http_request_duration_seconds_count{code="` + code + `"} ` + values
}

// slow is a histogram in which 94 of all were quick.
func slow(name, labels, all string) string {
	name += "_duration_seconds_bucket{" + labels
	return strings.Join([]string{name + `,le="1"} 0+94x10`, name + `,le="10"} ` + all, name + `,le="+Inf"} ` + all}, "\n")
}

func both(name, value string) string {
	return name + `{instance="a"} ` + value + "x10\n" + name + `{instance="b"} ` + value + "x10"
}

// scans is when a process's last check of an upload ended so.
func scans(instance, outcome string, at int) string {
	return fmt.Sprintf("zhengxiao_scan_last_timestamp_seconds{instance=%q,outcome=%q} %dx10\n  ", instance, outcome, at)
}

func TestAlerts_hold_when_they_should(t *testing.T) {
	t.Parallel()
	all := alerts(t)
	for _, r := range all {
		require.Contains(t, rules, r.Alert)
		require.Equal(t, 1, alerting(t, r.Expr, rules[r.Alert].holds), r.Alert)
		require.Zero(t, alerting(t, r.Expr, rules[r.Alert].not), r.Alert)
	}
	require.Len(t, rules, len(all))
}

func alerts(t *testing.T) []rulefmt.Rule {
	t.Helper()
	groups, errs := rulefmt.ParseFile("prometheus/alerts.yaml", false)
	require.Empty(t, errs)
	require.Len(t, groups.Groups, 1)
	return groups.Groups[0].Rules
}

// alert is the expression of one.
func alert(t *testing.T, name string) string {
	t.Helper()
	all := alerts(t)
	i := slices.IndexFunc(all, func(r rulefmt.Rule) bool { return r.Alert == name })
	require.NotEqual(t, -1, i)
	return all[i].Expr
}
