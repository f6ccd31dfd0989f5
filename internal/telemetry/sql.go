package telemetry

import (
	"errors"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"gorm.io/gorm"
)

// SQL is a gorm plugin that adds each statement to the trace of its context: its text with
// placeholders and never a value, since values are people's names and words. For the same
// reason an error leaves no message: databases quote the value they refuse.
type SQL struct{}

// Name is the plugin's.
func (SQL) Name() string { return "telemetry" }

// Initialize registers around every kind of statement.
func (p SQL) Initialize(db *gorm.DB) error {
	c := db.Callback()
	return errors.Join(
		c.Create().Before("*").Register("telemetry:before_create", begin), c.Create().After("*").Register("telemetry:after_create", end),
		c.Query().Before("*").Register("telemetry:before_query", begin), c.Query().After("*").Register("telemetry:after_query", end),
		c.Update().Before("*").Register("telemetry:before_update", begin), c.Update().After("*").Register("telemetry:after_update", end),
		c.Delete().Before("*").Register("telemetry:before_delete", begin), c.Delete().After("*").Register("telemetry:after_delete", end),
		c.Row().Before("*").Register("telemetry:before_row", begin), c.Row().After("*").Register("telemetry:after_row", end),
		c.Raw().Before("*").Register("telemetry:before_raw", begin), c.Raw().After("*").Register("telemetry:after_raw", end),
	)
}

const spanKey = "telemetry:span"

func begin(db *gorm.DB) {
	if db.DryRun || !trace.SpanFromContext(db.Statement.Context).IsRecording() {
		return
	}
	_, span := Start(db.Statement.Context, "sql", attribute.String("db.system.name", db.Name()))
	db.InstanceSet(spanKey, span)
}

// statementMax is how many bytes of a statement a span keeps.
const statementMax = 1000

func end(db *gorm.DB) {
	v, ok := db.InstanceGet(spanKey)
	if !ok {
		return
	}
	span, ok := v.(trace.Span)
	if !ok {
		return
	}
	text := db.Statement.SQL.String()
	span.SetAttributes(
		attribute.String("db.query.text", text[:min(len(text), statementMax)]), attribute.String("db.collection.name", db.Statement.Table),
		attribute.Int64("db.response.returned_rows", db.RowsAffected),
	)
	if db.Error != nil && !errors.Is(db.Error, gorm.ErrRecordNotFound) {
		span.SetStatus(codes.Error, "")
	}
	span.End()
}
