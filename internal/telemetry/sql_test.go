package telemetry_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"

	"zhengxiao/internal/telemetry"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

func TestSQL_is_traced_without_values(t *testing.T) {
	t.Parallel()
	w := newWatched(t, 1)
	db := testkit.SQLite(t)
	require.NoError(t, db.Use(telemetry.SQL{}))
	alarm := models.Alarm{ID: "王芳", Kind: "k", Detail: "13800000000", CreatedAt: testkit.NewClock().Now()}

	require.NoError(t, db.WithContext(t.Context()).Create(&alarm).Error)
	require.Empty(t, w.names(), "outside a request nothing is traced")

	ctx, seen := w.Request(request(t, http.MethodGet, "/"), "/x", false)
	var n int64
	require.NoError(t, db.WithContext(ctx).Model(&models.Alarm{}).Where("id = ?", "王芳").Count(&n).Error)
	require.Error(t, db.WithContext(ctx).Create(&alarm).Error)
	require.NoError(t, db.WithContext(ctx).Exec("UPDATE alarms SET detail = ? WHERE id = ?", "李娜", "王芳").Error)
	seen.End(http.StatusOK)

	spans := w.spans.GetSpans()
	require.Len(t, spans, 4)
	require.Equal(t, codes.Error, spans[1].Status.Code)
	var all bytes.Buffer
	for _, s := range spans[:3] {
		require.Equal(t, spans[3].SpanContext.SpanID(), s.Parent.SpanID())
		fmt.Fprintf(&all, "%s %v %v %v\n", s.Name, s.Status, s.Attributes, s.Events)
	}
	require.Contains(t, all.String(), "SELECT count(*) FROM `alarms` WHERE id = ?")
	require.Contains(t, all.String(), "UPDATE alarms SET detail = ? WHERE id = ?")
	for _, value := range []string{"王芳", "李娜", "13800000000", "UNIQUE"} {
		require.NotContains(t, all.String(), value)
	}
}

func TestLogs_name_their_trace(t *testing.T) {
	t.Parallel()
	w := newWatched(t, 1)
	var out bytes.Buffer
	log := slog.New(telemetry.Logs(slog.NewJSONHandler(&out, nil))).With("a", 1)
	ctx, seen := w.Request(request(t, http.MethodGet, "/", "traceparent", "00-"+parent+"-00f067aa0ba902b7-00"), "/x", false)
	log.InfoContext(ctx, "within")
	seen.End(http.StatusOK)
	require.Contains(t, out.String(), `"trace_id":"`+parent+`"`)
	out.Reset()
	log.InfoContext(t.Context(), "outside")
	require.NotContains(t, out.String(), "trace_id")
}
