package api

import (
	"bytes"
	"mime"
	"net/http"
	"path"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/internal/xlsx"
	"zhengxiao/models"
)

// unexported are the lists without a workbook of their own, and why.
var unexported = map[string]string{
	"listMySessions":       "a few of one person's own",
	"listUserSessions":     "a few of one person",
	"listRoles":            "the vocabulary of the app, the same for everybody",
	"listProgress":         "exportProgress, with columns to choose",
	"listNotStarted":       "exportNotStarted, with the people to call",
	"listBoardViews":       "a person's own settings",
	"listUploads":          "what this browser is sending right now",
	"listExpertCandidates": "a picker",
	"listPapers":           "downloads themselves",
	"listCasePeople":       "a picker",
	"listDelegates":        "a picker",
	"listDelegations":      "a person's own settings",
	"listMyLinks":          "a person's own settings",
	"listSsoProviders":     "buttons of the login page",
	"listHandover":         "what the dialog of a hand-over shows before it is done",
	"listImportErrors":     "the error sheet, to correct and send back",
}

// A new list gets an entry in officeSheets, caseSheets or teacherSheets and the parameter
// Format in the contract, or a reason here why not.
func TestEveryListHasAWorkbook(t *testing.T) {
	t.Parallel()
	spec, err := gen.GetSpec()
	require.NoError(t, err)
	seen, missing := map[string]bool{}, []string{}
	for _, item := range spec.Paths.Map() {
		for _, op := range item.Operations() {
			id := op.OperationID
			list, exported := workbooks[id]
			if _, excused := unexported[id]; !exported && !excused && strings.HasPrefix(id, "list") {
				missing = append(missing, id)
			}
			declared := op.Parameters.GetByInAndName("query", "format") != nil && strings.HasPrefix(id, "list")
			require.Equal(t, exported, declared, "parameter Format of %s", id)
			if !exported {
				continue
			}
			seen[id] = true
			require.Equal(t, itemOf(t, op), list.item.Name(), id)
			require.NotEmpty(t, list.columns, id)
		}
	}
	require.Empty(t, missing, "lists without a workbook")
	require.Len(t, seen, len(workbooks), "no workbook without its list")
}

// itemOf is the name of the schema of a list's items.
func itemOf(t *testing.T, op *openapi3.Operation) string {
	t.Helper()
	body := op.Responses.Status(http.StatusOK).Value.Content["application/json"].Schema.Value
	require.Contains(t, body.Properties, "items", op.OperationID)
	return path.Base(body.Properties["items"].Value.Items.Ref)
}

// book is what a list's workbook has in its cells.
func book(p person, address string) [][]string {
	p.r.t.Helper()
	r := p.get(address)
	require.Equal(p.r.t, http.StatusOK, r.Code, r.Body.String())
	require.Equal(p.r.t, xlsx.Type, r.Header().Get("Content-Type"))
	f, err := excelize.OpenReader(bytes.NewReader(r.Body.Bytes()))
	require.NoError(p.r.t, err)
	rows, err := f.GetRows(f.GetSheetName(0))
	require.NoError(p.r.t, err)
	return rows
}

// Every list of a case that has been through everything opens as a workbook with as many
// rows as the list has items.
func TestTheListsOfACaseAsWorkbooks(t *testing.T) {
	t.Parallel()
	k, script := newWalk(t)
	script.ToFiling()
	script.ReturnOnce()
	group := models.StudyGroup{ID: testkit.ID(), CaseID: k.id, Name: "语文组", CreatedAt: k.w.Now()}
	require.NoError(t, k.w.DB.Create(&group).Error)
	require.NoError(t, k.w.DB.Model(&models.RosterRow{}).Where("case_id = ?", k.id).Update("group_id", group.ID).Error)
	script.ToScoring()
	script.Score(900)
	script.Confirm(domain.VerdictPass)
	script.Register()
	type any200 struct {
		Items []map[string]any `json:"items"`
	}
	admin, bureau := k.as(k.w.Admin.UserID), k.as(k.w.Bureau.UserID)
	for _, c := range []struct {
		who  person
		list string
		many bool // has items in this case
	}{
		{admin, casePath(k.id, "/timeline"), true},
		{admin, casePath(k.id, "/contacts"), true},
		{admin, casePath(k.id, "/blockers"), false},
		{admin, casePath(k.id, "/plan-revisions"), true},
		{admin, casePath(k.id, "/filing-opinions"), true},
		{admin, casePath(k.id, "/guidance-visits"), false},
		{admin, casePath(k.id, "/roster"), true},
		{admin, casePath(k.id, "/groups"), true},
		{admin, casePath(k.id, "/topics"), false},
		{admin, casePath(k.id, "/activities"), true},
		{admin, casePath(k.id, "/initial-reviews"), true},
		{admin, casePath(k.id, "/practice"), true},
		{admin, casePath(k.id, "/practice-register"), true},
		{admin, casePath(k.id, "/files?slot_kind=dossier"), true},
		{admin, casePath(k.id, "/credits"), true},
		{bureau, "/api/v1/events", true},
		{bureau, "/api/v1/tasks", false},
		{bureau, "/api/v1/notices", false},
		{admin, "/api/v1/imports", false},
		{bureau, "/api/v1/cohorts", true},
		{bureau, "/api/v1/cohorts/" + k.w.Cohort.ID + "/schools", true},
		{bureau, "/api/v1/orgs", true},
		{bureau, "/api/v1/users", true},
		{bureau, "/api/v1/policies", true},
		{bureau, "/api/v1/calendars", true},
		{admin, "/api/v1/me/credits", false},
	} {
		address := c.list + "?"
		if strings.Contains(c.list, "?") {
			address = c.list + "&"
		}
		items := ok[any200](c.who.get(address+"limit=500"), http.StatusOK).Items
		rows := book(c.who, address+"format=xlsx")
		require.Len(t, rows, 1+len(items), c.list)
		if c.many {
			require.NotEmpty(t, items, c.list)
		}
	}
	scores := book(bureau, casePath(k.id, "/scores?format=xlsx"))
	require.Len(t, scores, 1+3*len(k.w.Marks(t, 900)), "a row for each expert and indicator")
	roster := book(admin, casePath(k.id, "/roster?format=xlsx"))
	require.Equal(t, []string{"姓名", "学科", "教研组", "专任教师", "在岗状态", "变更记录"}, roster[0])
	require.Equal(t, "语文组", roster[1][2], "groups go by their names")
	require.Equal(t, "在岗", roster[1][4])
}

// The workbook has the list's filter and reach, all of its pages, and is named with it.
func TestAWorkbookIsTheListAsItIsShown(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	const many = exportPage + 30
	rows := make([]models.User, many)
	for i := range rows {
		u := *w.User(w.School, domain.RoleTeacher)
		rows[i] = u
	}
	evil := w.User(w.School, domain.RoleTeacher)
	require.NoError(t, w.Store.DB(t.Context()).Model(&models.User{}).Where("id = ?", evil.ID).Update("name", "=1+1").Error)
	admin := r.as(w.User(w.School, domain.RoleSchoolAdmin).ID)
	all := book(admin, "/api/v1/users?format=xlsx&role=teacher&limit=1")
	require.Len(t, all, 1+many+1, "limit and cursor are the page's, not the workbook's")
	logins := map[string]bool{}
	for _, row := range all[1:] {
		logins[row[1]] = true
	}
	require.Len(t, logins, many+1, "nobody twice")

	found := book(admin, "/api/v1/users?format=xlsx&q=%3D1")
	require.Len(t, found, 2)
	require.Equal(t, "=1+1", strings.TrimSpace(found[1][0]), "a name stays text")

	outside := r.as(w.User(w.Foreign, domain.RoleSchoolAdmin).ID)
	for _, row := range book(outside, "/api/v1/users?format=xlsx")[1:] {
		require.Equal(t, w.Foreign.Name, row[2])
	}

	reply := admin.get("/api/v1/users?format=xlsx")
	_, params, err := mime.ParseMediaType(reply.Header().Get("Content-Disposition"))
	require.NoError(t, err)
	require.Equal(t, "用户-2026-09-07.xlsx", params["filename"])
}

func TestAWorkbookIsRefusedAsTheListIs(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t, func(c *Config) { c.exportRows = 3 })
	c, _ := w.Case(w.School, 1)
	away, _ := w.Case(w.Foreign, 1)
	admin := r.as(w.User(w.School, domain.RoleSchoolAdmin).ID)
	teacher := r.as(w.User(w.School, domain.RoleTeacher).ID)
	admin.get(casePath(away.ID, "/roster?format=xlsx")).refused(http.StatusNotFound, apperr.NotFound)
	teacher.get("/api/v1/users?format=xlsx").refused(http.StatusForbidden, apperr.Forbidden)
	r.nobody().get("/api/v1/users?format=xlsx").refused(http.StatusUnauthorized, apperr.Unauthenticated)
	require.Equal(t, "format", admin.get("/api/v1/users?format=csv").refused(http.StatusUnprocessableEntity, apperr.Invalid).Field)
	require.Equal(t, http.StatusOK, admin.get(casePath(c.ID, "/roster?format=json")).Code)
	for range 4 {
		w.User(w.School, domain.RoleTeacher)
	}
	long := admin.get("/api/v1/users?format=xlsx").refused(http.StatusRequestEntityTooLarge, apperr.TooLarge)
	require.Contains(t, long.Detail, "超过 3 行")
	require.Contains(t, long.Detail, "筛选")
}
