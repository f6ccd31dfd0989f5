package drive

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/importer"
	"zhengxiao/internal/roster"
	"zhengxiao/models"
)

// office is a server that takes one sheet: the real templates go out, what comes back is
// read as the product reads it, and rows with problems are bad. Each run ends when it has
// been asked for once.
type office struct {
	dir string

	mu      sync.Mutex
	v       gen.Import
	modes   []string
	rows    []roster.Row
	broken  bool // the dry run fails
	begun   bool // an earlier attempt has begun the import
	pending models.ImportStatus
}

func (o *office) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	kind, wantsTemplate := strings.CutPrefix(r.URL.Path, "/api/v1/imports/templates/")
	switch {
	case r.URL.Path == "/api/v1/sessions":
		answer(w, http.StatusOK, gen.SessionInfo{Token: "t", Me: gen.Me{Id: "me"}})
	case wantsTemplate:
		_ = roster.WriteTemplate(roster.Kind(kind), w) // the driver notices
	case strings.HasSuffix(r.URL.Path, "/apply"):
		o.apply(w, r)
	case strings.HasSuffix(r.URL.Path, "/passwords"):
		list := []models.FirstPassword{}
		for _, row := range o.rows {
			list = append(list, models.FirstPassword{Org: row.Org, Name: row.Name, Login: row.Login, Password: "first-" + row.Login})
		}
		_ = importer.WritePasswords(list, w)
	case r.Method == http.MethodPost:
		o.check(w, r)
	default:
		was := o.v
		o.v.Status = o.pending
		answer(w, http.StatusOK, was)
	}
}

// check is the dry run.
func (o *office) check(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	path := filepath.Join(o.dir, "sheet")
	_ = os.WriteFile(path, body, 0o600)
	q := r.URL.Query()
	sheet, err := roster.Open(roster.Kind(q.Get("kind")), path)
	if err != nil {
		answer(w, http.StatusUnprocessableEntity, gen.Problem{Status: 422, Code: string(apperr.CodeOf(err)), Detail: err.Error()})
		return
	}
	defer func() { _ = sheet.Close() }()
	o.v = gen.Import{Id: "i", Kind: roster.Kind(q.Get("kind")), FileName: q.Get("name"), Cohort: q.Get("cohort_id"), Status: models.ImportChecking}
	for {
		row, err := sheet.Next()
		if err != nil {
			break
		}
		o.v.Total++
		if !row.OK() {
			o.v.Bad++
			continue
		}
		o.rows = append(o.rows, row)
	}
	o.v.Created = len(o.rows)
	o.pending = models.ImportChecked
	if o.broken {
		o.pending, o.v.Message = models.ImportFailed, "系统停止运行"
	}
	answer(w, http.StatusAccepted, o.v)
}

func (o *office) apply(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	o.modes = append(o.modes, string(bytes.TrimSpace(body)))
	o.v.Status, o.pending = models.ImportApplying, models.ImportDone
	o.v.Passwords = o.v.Kind == roster.Teachers || o.v.Kind == roster.Accounts
	if o.begun {
		answer(w, http.StatusConflict, gen.Problem{Status: 409, Code: string(apperr.Conflict)})
		return
	}
	answer(w, http.StatusAccepted, o.v)
}

func (o *office) session(t *testing.T, told *[]models.ImportStatus) *Session {
	t.Helper()
	o.dir = t.TempDir()
	server := httptest.NewServer(o)
	t.Cleanup(server.Close)
	c := New(Options{BaseURL: server.URL, Patience: 10 * time.Second, Imported: func(v gen.Import) { *told = append(*told, v.Status) }})
	return c.Account("office", "secret")
}

func TestASheetIsTheTemplateFilledIn(t *testing.T) {
	t.Parallel()
	for kind, line := range map[roster.Kind]Line{
		roster.Orgs:     {"上级代码": "4401", "层级": "区", "代码": "440199", "名称": "新区"},
		roster.Schools:  {"上级代码": "440106", "学校代码": "0101", "学校名称": "第1小学"},
		roster.Accounts: account("0101", "admin-0101", "管理员", "school_admin"),
		roster.Teachers: {"学校代码": "0101", "账号": "t001-0101", "姓名": "教师001"},
		roster.Groups:   {"学校代码": "0101", "教研组名称": "第1教研组", "组长账号": "t001-0101", "组员账号": "t002-0101、t003-0101"},
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			var o office
			var told []models.ImportStatus
			passwords, err := o.session(t, &told).Import(t.Context(), Sheet{Kind: kind, Name: "表.xlsx", Cohort: "k", Rows: []Line{line}})
			require.NoError(t, err)
			require.Equal(t, []any{1, 0, "表.xlsx", "k"}, []any{o.v.Total, o.v.Bad, o.v.FileName, o.v.Cohort}, "nothing of the example is left")
			require.Equal(t, []string{`{"mode":"all"}`}, o.modes)
			require.Equal(t, []models.ImportStatus{models.ImportChecked, models.ImportDone}, told)
			cells := map[string]bool{}
			for _, c := range o.rows[0].Cells {
				cells[c] = true
			}
			for title, value := range line {
				require.True(t, cells[value], title)
			}
			if o.v.Passwords {
				require.Equal(t, map[string]string{line["账号"]: "first-" + line["账号"]}, passwords)
			} else {
				require.Empty(t, passwords)
			}
		})
	}
}

func TestOfASheetWithMistakesTheGoodRowsAreTaken(t *testing.T) {
	t.Parallel()
	o := office{begun: true}
	var told []models.ImportStatus
	passwords, err := o.session(t, &told).Import(t.Context(), Sheet{Kind: roster.Teachers, Name: "表.xlsx", Rows: []Line{
		{"学校代码": "0101", "账号": "t001", "姓名": "教师001"}, {"学校代码": "0101", "账号": "t002"},
	}})
	require.NoError(t, err, "an import that has begun already is followed")
	require.Equal(t, []string{`{"mode":"good"}`}, o.modes)
	require.Equal(t, map[string]string{"t001": "first-t001"}, passwords)
}

func TestASheetThatCannotBeImported(t *testing.T) {
	t.Parallel()
	var told []models.ImportStatus
	o := office{broken: true}
	rows := []Line{{"学校代码": "0101", "账号": "t001", "姓名": "教师001"}}
	_, err := o.session(t, &told).Import(t.Context(), Sheet{Kind: roster.Teachers, Name: "表.xlsx", Rows: rows})
	require.ErrorContains(t, err, "系统停止运行")
	require.Empty(t, o.modes)

	o = office{}
	_, err = o.session(t, &told).Import(t.Context(), Sheet{Kind: roster.Teachers, Name: "表.xlsx", Rows: []Line{{"班级": "一（1）班"}}})
	require.ErrorContains(t, err, "no column 班级")
	require.Zero(t, o.v, "nothing is handed in")
}
