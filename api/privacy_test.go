package api

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/importer"
	"zhengxiao/internal/roster"
	"zhengxiao/internal/telemetry"
	"zhengxiao/models"
)

// Whatever people send, whether it is taken, refused or breaks something, none of it is in
// logs, metrics and traces.
func TestNothingPersonalIsTold(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	var log bytes.Buffer
	spans := tracetest.NewInMemoryExporter()
	told, err := telemetry.New(t.Context(), telemetry.Options{Process: "api", Ratio: 1, Spans: spans})
	require.NoError(t, err)
	defer func() { require.NoError(t, told.Close(context.Background())) }()
	require.NoError(t, w.Store.DB(t.Context()).Use(telemetry.SQL{}))
	r.deps.Logger = slog.New(telemetry.Logs(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	r.deps.Telemetry = told
	imports := importer.NewJobs(w.Store, r.deps.Logger)
	defer imports.Close()
	r.deps.Importer = imports
	r.build()

	const name, phone, number, file = "慕容婉儿", "13812345678", "11010519491231002X", "慕容婉儿体检表.pdf"
	account(t, w, "murong.waner", false)
	school := w.User(w.School, domain.RoleSchoolAdmin, domain.RolePrincipal)
	admin, root := r.as(school.ID), r.as(w.User(w.City, domain.RoleSecurity).ID)
	reader := w.User(w.School, domain.RolePrincipal)
	c, _ := w.Case(w.School, 1)
	w.Move(c.ID, domain.StageTraining)
	secrets := []string{name, "慕容", phone, number, file, "murong", password, "Mima-Cuowu-9", admin.token, root.token, "产后身体不适"}

	login(r, "murong.waner", "Mima-Cuowu-9").refused(401, apperr.Unauthenticated)
	secrets = append(secrets, ok[gen.SessionInfo](login(r, "murong.waner", password), 200).Token)
	made := ok[gen.CreatedUser](root.post("/api/v1/users", gen.NewUser{Login: "murong2", Name: name, OrgId: w.School.ID, IdNumber: number, Phone: phone}), 201)
	secrets = append(secrets, made.Password)
	root.post("/api/v1/users", gen.NewUser{Login: "murong2", Name: name, OrgId: w.School.ID, Phone: phone}).refused(409, apperr.Conflict)
	root.post("/api/v1/users", gen.NewUser{Login: "murong3", Name: name, OrgId: w.School.ID, IdNumber: number + "9"}).refused(422, models.CodeIDNumber)
	root.post("/api/v1/users", `{"login":"`+name+`","nickname":"`+name+`"}`).refused(422, apperr.Invalid)
	root.post("/api/v1/users", `{"login":"`+name).refused(422, apperr.Invalid)
	ok[gen.SearchResult](root.get("/api/v1/search?q="+url.QueryEscape(name)), 200)
	root.get("/api/v1/users/"+url.PathEscape(name)).refused(404, apperr.NotFound)
	r.nobody().get("/api/v1/"+url.PathEscape(name)).refused(404, apperr.NotFound)
	grant := gen.UploadRequest{SlotKind: gen.SlotKindDossier, SlotKey: "5", Name: file, Size: 7, Sha256: digest([]byte(file))}
	ok[gen.UploadGrant](admin.post(casePath(c.ID, "/files"), grant), 201)
	sheet := "学校代码,账号,姓名,学科\n440106001,murong4," + name + ",语文\n440106001," + name + ",,数学\n"
	office := r.as(w.User(w.City, domain.RoleCityOffice).ID)
	secrets = append(secrets, office.token)
	done := settled(office, ok[gen.Import](office.upload(roster.Teachers, w.Cohort.ID, sheet), 202).Id)
	require.NotZero(t, done.Bad)
	ok[gen.ActionResult](admin.act(c.ID, domain.Copy, "copy-once-1", gen.ActionRequest{Users: []string{reader.ID}, Comment: "产后身体不适"}), 200)
	r.engine.set(apperr.New(apperr.Unavailable, "away"), false)
	admin.act(c.ID, domain.Copy, "copy-twice", gen.ActionRequest{Users: []string{reader.ID}, Comment: "产后身体不适"}).refused(503, apperr.Unavailable)

	// The database breaks.
	require.NoError(t, w.Store.DB(t.Context()).Exec("ALTER TABLE users RENAME TO hidden").Error)
	root.post("/api/v1/users", gen.NewUser{Login: "murong5", Name: name, OrgId: w.School.ID, Phone: phone}).refused(500, apperr.Internal)

	families, err := told.Gatherer().Gather()
	require.NoError(t, err)
	everything := bytes.NewBuffer(log.Bytes())
	fmt.Fprintln(everything, families)
	for _, s := range spans.GetSpans() {
		fmt.Fprintf(everything, "%s %v %v %v\n", s.Name, s.Status, s.Attributes, s.Events)
	}
	text := everything.String()
	for _, secret := range secrets {
		require.NotContains(t, text, secret)
		require.NotContains(t, text, url.QueryEscape(secret))
		require.NotContains(t, text, url.PathEscape(secret))
	}
	for _, line := range []string{`"route":"/api/v1/users"`, `"status":500`, `"actor":"` + root.id + `"`, "INSERT INTO `users`", `value:"/api/v1/search"`} {
		require.Contains(t, text, line)
	}
}
