package api

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/roster"
	"zhengxiao/models"
)

const importsPath = "/api/v1/imports"

// upload hands a sheet in.
func (p person) upload(kind roster.Kind, cohort, sheet string) reply {
	p.r.t.Helper()
	query := url.Values{"kind": {string(kind)}, "name": {"表.csv"}}
	if cohort != "" {
		query.Set("cohort_id", cohort)
	}
	return p.send(http.MethodPost, importsPath+"?"+query.Encode(), sheet, "Content-Type", binaryType)
}

// settled asks for an import until no job works on it.
func settled(p person, id string) (v gen.Import) {
	p.r.t.Helper()
	require.Eventually(p.r.t, func() bool {
		v = ok[gen.Import](p.get(importsPath+"/"+id), http.StatusOK)
		return v.Status != models.ImportChecking && v.Status != models.ImportApplying
	}, 10*time.Second, 5*time.Millisecond)
	return v
}

func apply(p person, id string, mode models.ImportMode) reply {
	return p.post(importsPath+"/"+id+"/apply", gen.ApplyImport{Mode: mode})
}

// sheetOf reads a workbook that was answered.
func sheetOf(t *testing.T, r reply) [][]string {
	t.Helper()
	require.Equal(t, http.StatusOK, r.Code, r.Body.String())
	require.Contains(t, r.Header().Get("Content-Disposition"), ".xlsx")
	f, err := excelize.OpenReader(bytes.NewReader(r.Body.Bytes()))
	require.NoError(t, err)
	rows, err := f.GetRows(f.GetSheetName(0))
	require.NoError(t, err)
	return rows
}

const teacherSheet = "学校代码,账号,姓名,学科\n440106001,n1,张三,语文\n440106001,n2,李四,数学\n440106001,n3,,英语\n"

func TestASheetIsCheckedThenAppliedAndItsPasswordsAreShownOnce(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	c, _ := w.Case(w.School, 0)
	office := r.as(w.User(w.District, domain.RoleDistrict).ID)
	started := ok[gen.Import](office.upload(roster.Teachers, w.Cohort.ID, teacherSheet), http.StatusAccepted)
	require.Equal(t, []any{roster.Teachers, "教师名册", 3}, []any{started.Kind, started.KindName, started.Total})
	v := settled(office, started.Id)
	require.Equal(t, []any{models.ImportChecked, 2, 1, 3}, []any{v.Status, v.Created, v.Bad, v.Processed})
	require.Equal(t, []gen.ImportError{{Row: 4, Reason: "姓名未填"}}, ok[gen.ImportErrorPage](office.get(importsPath+"/"+v.Id+"/errors"), 200).Items)
	require.Equal(t, [][]string{{"原行号", "错误原因", "学校代码", "账号", "姓名", "学科"}, {"4", "姓名未填", "440106001", "n3", "", "英语"}},
		sheetOf(t, office.post(importsPath+"/"+v.Id+"/errors.xlsx", taking)))

	other, city := r.as(w.User(w.District, domain.RoleDistrict).ID), r.as(w.User(w.City, domain.RoleCityOffice).ID)
	for _, p := range []person{other, city} {
		require.False(t, ok[gen.Import](p.get(importsPath+"/"+v.Id), 200).Own)
		require.Len(t, ok[gen.ImportErrorPage](p.get(importsPath+"/"+v.Id+"/errors"), 200).Items, 1)
		p.post(importsPath+"/"+v.Id+"/errors.xlsx", taking).refused(http.StatusForbidden, apperr.Forbidden) // it has whole ID numbers
	}
	apply(office, v.Id, models.ImportAll).refused(http.StatusConflict, models.CodeImportBad)
	login(r, "n1", "whatever").refused(http.StatusUnauthorized, apperr.Unauthenticated)
	ok[gen.Import](apply(office, v.Id, models.ImportGood), http.StatusAccepted)
	v = settled(office, v.Id)
	require.Equal(t, []any{models.ImportDone, 2, 1, true, true}, []any{v.Status, v.Created, v.Bad, v.Passwords, v.Mine}, v.Message)
	apply(office, v.Id, models.ImportGood).refused(http.StatusConflict, apperr.Conflict)
	require.Len(t, ok[gen.RosterPage](office.get(casePath(c.ID, "/roster")), 200).Items, 2)

	colleague := r.as(w.User(w.District, domain.RoleDistrict).ID)
	colleague.post(importsPath+"/"+v.Id+"/passwords", taking).refused(http.StatusForbidden, apperr.Forbidden)
	passwords := sheetOf(t, office.post(importsPath+"/"+v.Id+"/passwords", taking))
	require.Equal(t, [][]string{{"单位", "姓名", "账号", "一次性密码"}, {w.School.Name, "张三", "n1", passwords[1][3]}, {w.School.Name, "李四", "n2", passwords[2][3]}}, passwords)
	office.post(importsPath+"/"+v.Id+"/passwords", taking).refused(http.StatusConflict, apperr.Conflict)

	session := ok[gen.SessionInfo](login(r, "n1", passwords[1][3]), 200)
	require.True(t, session.Me.MustChange)
	u, err := w.Store.UserByLogin(t.Context(), "n1")
	require.NoError(t, err)
	teacher := r.as(u.ID)
	teacher.get("/api/v1/tasks").refused(http.StatusForbidden, apperr.PasswordChange)
	require.Equal(t, 200, teacher.post("/api/v1/me/password", gen.PasswordChange{Current: passwords[1][3], Password: "Chosen-by-me-1"}).Code)
	u, err = w.Store.UserByLogin(t.Context(), "n1")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(u.PasswordHash, "$argon2id$"), "what a person chose is stretched")

	again := settled(office, ok[gen.Import](office.upload(roster.Teachers, w.Cohort.ID, teacherSheet), http.StatusAccepted).Id)
	require.Equal(t, []int{0, 0, 2, 1}, []int{again.Created, again.Changed, again.Same, again.Bad})
	list := ok[gen.ImportPage](office.get(importsPath+"?kind=teachers"), 200)
	require.Equal(t, []string{again.Id, v.Id}, []string{list.Items[0].Id, list.Items[1].Id})
}

func TestEachImportsOnlyBelowHimself(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	w.Case(w.School, 0)
	root, office := r.as(w.User(w.City, domain.RoleSysadmin).ID), r.as(w.User(w.District, domain.RoleDistrict).ID)
	admin, sibling := r.as(w.User(w.School, domain.RoleSchoolAdmin).ID), r.as(w.User(w.Sibling, domain.RoleDistrict).ID)
	principal := r.as(w.User(w.School, domain.RolePrincipal).ID)

	kinds := func(p person) (names []roster.Kind) {
		for _, k := range ok[gen.ImportPage](p.get(importsPath), 200).Kinds {
			names = append(names, k.Kind)
		}
		return names
	}
	require.Equal(t, roster.Kinds()[:2], kinds(root))
	require.Equal(t, roster.Kinds()[1:], kinds(office))
	require.Equal(t, roster.Kinds()[2:], kinds(admin))
	principal.upload(roster.Teachers, "", teacherSheet).refused(http.StatusForbidden, apperr.Forbidden)
	office.upload(roster.Orgs, "", "上级代码,层级,代码,名称\n440106,学校,z,甲\n").refused(http.StatusForbidden, apperr.Forbidden)
	admin.upload(roster.Schools, "", "上级代码,学校代码,学校名称\n440106,z,甲\n").refused(http.StatusForbidden, apperr.Forbidden)
	office.upload(roster.Groups, "", "学校代码,教研组名称,组长账号\n1,2,3\n").refused(http.StatusUnprocessableEntity, apperr.Invalid)
	office.upload(roster.Teachers, "no-such-cohort", teacherSheet).refused(http.StatusNotFound, apperr.NotFound)

	bad := func(p person, kind roster.Kind, sheet string) int {
		return settled(p, ok[gen.Import](p.upload(kind, "", sheet), http.StatusAccepted).Id).Bad
	}
	const elsewhere = "学校代码,账号,姓名\n440104001,m1,邻区\n"
	require.Equal(t, []int{1, 1, 0}, []int{bad(office, roster.Teachers, elsewhere), bad(admin, roster.Teachers, elsewhere), bad(sibling, roster.Teachers, elsewhere)})
	require.Equal(t, 1, bad(admin, roster.Accounts, "单位代码,账号,姓名,身份\n440106001,m2,甲,校长\n"), "a school does not make principals")
	require.Zero(t, bad(office, roster.Accounts, "单位代码,账号,姓名,身份\n440106001,m2,甲,校长\n"))

	mine := ok[gen.ImportPage](office.get(importsPath), 200).Items[0].Id
	sibling.get(importsPath+"/"+mine).refused(http.StatusNotFound, apperr.NotFound)
	admin.get(importsPath+"/"+mine).refused(http.StatusNotFound, apperr.NotFound)
	apply(sibling, mine, models.ImportGood).refused(http.StatusNotFound, apperr.NotFound)
	sibling.get(importsPath+"/"+mine+"/errors").refused(http.StatusNotFound, apperr.NotFound)
	sibling.post(importsPath+"/"+mine+"/passwords", taking).refused(http.StatusNotFound, apperr.NotFound)
	ok[gen.Import](root.get(importsPath+"/"+mine), 200)
}

func TestUploadsThatAreNoSheetsAreRefused(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	office := r.as(w.User(w.District, domain.RoleDistrict).ID)
	p := office.upload(roster.Teachers, "", "a,b\n1,2\n").refused(http.StatusUnprocessableEntity, roster.CodeHeader)
	require.Contains(t, p.Detail, "学校代码、账号、姓名")
	office.upload(roster.Teachers, "", strings.Repeat("x", roster.MaxBytes+1)).refused(http.StatusRequestEntityTooLarge, apperr.TooLarge)
	office.send(http.MethodPost, importsPath+"?kind=teachers&name=x", "{}").refused(http.StatusUnsupportedMediaType, codeMediaType)
	office.upload("dogs", "", teacherSheet).refused(http.StatusUnprocessableEntity, apperr.Invalid)
	template := sheetOf(t, office.get(importsPath+"/templates/teachers"))
	require.Equal(t, []string{"学校代码", "账号", "姓名", "身份证号", "手机号", "学科", "专任教师"}, template[0])
}

// What was imported from the command line stands in the list, though no account did it.
func TestImportsOfTheCommandLineAreListed(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	_, err := w.Store.BeginImport(t.Context(), models.NewImport{Kind: roster.Schools, Path: w.City.Path, FileName: "学校.xlsx", Total: 1, By: "operator"}, []byte("x"))
	require.NoError(t, err)
	list := ok[gen.ImportPage](r.as(w.User(w.City, domain.RoleSysadmin).ID).get(importsPath), 200).Items
	require.Equal(t, []string{"学校.xlsx", "命令行"}, []string{list[0].FileName, list[0].StartedBy})
}
