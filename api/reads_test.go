package api

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

const (
	clearNumber = "11010519491231002X"
	clearPhone  = "13812345678"
)

// taking is why somebody takes a file.
var taking = gen.ReadReason{Purpose: "credit", Words: "报送到省平台"}

// numbered gives an account numbers.
func numbered(t *testing.T, s *models.Store, u *models.User) {
	t.Helper()
	require.NoError(t, s.UpdateUser(t.Context(), u.ID, u.Name, models.Personal{IDNumber: clearNumber, Phone: clearPhone}))
}

func TestNumbersAreShownForAPurposeAndEverybodyConcernedSeesIt(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	teacher := w.User(w.School, domain.RoleTeacher)
	numbered(t, r.store, teacher)
	admin := r.as(w.User(w.School, domain.RoleSchoolAdmin).ID)
	guardian := r.as(w.User(w.City, domain.RoleSecurity).ID)
	path := "/api/v1/users/" + teacher.ID + "/reveal"
	ask := gen.RevealRequest{Field: "id_number", Purpose: "identity", Words: "核对学时登记的证件号"}

	require.Equal(t, clearNumber, ok[gen.Revealed](admin.post(path, ask), 200).Value)
	ask.Field = "phone"
	require.Equal(t, clearPhone, ok[gen.Revealed](admin.post(path, ask), 200).Value)

	short := ask
	short.Words = " 核对 "
	require.Equal(t, "words", admin.post(path, short).refused(422, apperr.Invalid).Field)
	short = ask
	short.Purpose = "curiosity"
	require.Equal(t, "purpose", admin.post(path, short).refused(422, apperr.Invalid).Field)
	inspector := r.as(w.User(w.District, domain.RoleInspector).ID)
	ok[gen.Revealed](inspector.post(path, ask), 200)
	ask.Field = "id_number"
	inspector.post(path, ask).refused(403, apperr.Forbidden)
	r.as(w.User(w.School, domain.RoleTeacher).ID).post(path, ask).refused(404, apperr.NotFound)
	nobody := "/api/v1/users/" + w.User(w.School, domain.RoleTeacher).ID + "/reveal"
	admin.post(nobody, ask).refused(404, apperr.NotFound)

	mine := ok[gen.PersonalReadPage](r.as(teacher.ID).get("/api/v1/me/reads"), 200).Items
	require.Len(t, mine, 3)
	require.Equal(t, []string{"查看", "身份证件号", "核对身份", "核对学时登记的证件号"}, []string{mine[2].KindName, mine[2].FieldName, mine[2].PurposeName, mine[2].Words})
	require.NotEmpty(t, mine[2].Viewer)

	open := ok[gen.PersonalReadPage](guardian.get("/api/v1/privacy/reads?state=open&sort=at"), 200).Items
	require.Len(t, open, 3)
	done := ok[gen.PersonalRead](guardian.post("/api/v1/privacy/reads/"+open[0].Id+"/review", gen.ReadReview{Note: "属实"}), 200)
	require.True(t, done.Reviewed)
	require.Equal(t, "属实", done.ReviewNote)
	guardian.post("/api/v1/privacy/reads/"+open[0].Id+"/review", gen.ReadReview{}).refused(409, apperr.Conflict)
	require.Len(t, ok[gen.PersonalReadPage](guardian.get("/api/v1/privacy/reads?state=open&field=phone"), 200).Items, 2)
	ask.Field = "phone"
	ok[gen.Revealed](guardian.post(path, ask), 200)
	own := ok[gen.PersonalReadPage](guardian.get("/api/v1/privacy/reads?viewer="+guardian.id), 200).Items
	require.Len(t, own, 1)
	guardian.post("/api/v1/privacy/reads/"+own[0].Id+"/review", gen.ReadReview{}).refused(403, apperr.Forbidden)
	admin.get("/api/v1/privacy/reads").refused(403, apperr.Forbidden)

	other := w.User(w.City, domain.RoleSecurity)
	require.NoError(t, r.store.UpdateUser(t.Context(), other.ID, other.Name, models.Personal{Phone: "13900000002"}))
	ok[gen.Revealed](guardian.post("/api/v1/users/"+other.ID+"/reveal", ask), 200)
	own = ok[gen.PersonalReadPage](guardian.get("/api/v1/privacy/reads?state=open&viewer="+guardian.id+"&sort=-at"), 200).Items
	r.as(other.ID).post("/api/v1/privacy/reads/"+own[0].Id+"/review", gen.ReadReview{}).refused(403, apperr.Forbidden)
}

// Looks are counted together, and an hour later one may look again.
func TestLooksAreLimited(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	teacher := w.User(w.School, domain.RoleTeacher)
	numbered(t, r.store, teacher)
	admin := r.as(w.User(w.School, domain.RoleSchoolAdmin).ID)
	find := gen.LookupRequest{Field: "phone", Value: "13900000000", Purpose: "identity", Words: "来电核对身份"}
	for range models.ReadsAnHour {
		require.Empty(t, ok[gen.FoundPeople](admin.post("/api/v1/privacy/lookups", find), 200).Items)
	}
	find.Value = clearPhone
	admin.post("/api/v1/privacy/lookups", find).refused(429, models.CodeReadLimit)
	ask := gen.RevealRequest{Field: "phone", Purpose: "contact", Words: "催办两案提交"}
	admin.post("/api/v1/users/"+teacher.ID+"/reveal", ask).refused(429, models.CodeReadLimit)
	require.Empty(t, ok[gen.PersonalReadPage](r.as(teacher.ID).get("/api/v1/me/reads"), 200).Items, "what was refused was not seen")
	w.Clock.Advance(time.Hour)
	require.Len(t, ok[gen.FoundPeople](admin.post("/api/v1/privacy/lookups", find), 200).Items, 1)
}

// A whole number finds its person however it is written, within reach only, and the answer
// is masked.
func TestPeopleAreFoundByWholeNumbers(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	teacher := w.User(w.School, domain.RoleTeacher)
	numbered(t, r.store, teacher)
	admin := r.as(w.User(w.School, domain.RoleSchoolAdmin).ID)
	find := func(p person, field, value string) []gen.User {
		reply := p.post("/api/v1/privacy/lookups", gen.LookupRequest{Field: field, Value: value, Purpose: "identity", Words: "来电核对身份"})
		require.NotContains(t, reply.Body.String(), clearNumber)
		require.NotContains(t, reply.Body.String(), clearPhone)
		return ok[gen.FoundPeople](reply, http.StatusOK).Items
	}
	for _, value := range []string{clearPhone, " 138-1234 5678", "+86 13812345678", "１３８12345678"} {
		list := find(admin, "phone", value)
		require.Len(t, list, 1, value)
		require.Equal(t, teacher.ID, list[0].Id)
	}
	require.Len(t, find(admin, "id_number", " 110105 19491231 002x"), 1)
	require.Empty(t, find(admin, "id_number", clearNumber[:17]))
	require.Empty(t, find(admin, "phone", clearNumber))
	elsewhere := w.Org(w.District, models.LevelSchool, "440106999", "另一所学校")
	require.Empty(t, find(r.as(w.User(elsewhere, domain.RoleSchoolAdmin).ID), "phone", clearPhone), "of another school")
	require.Len(t, ok[gen.PersonalReadPage](r.as(teacher.ID).get("/api/v1/me/reads"), 200).Items, 5)
	r.as(teacher.ID).post("/api/v1/privacy/lookups", gen.LookupRequest{Field: "phone", Value: "1", Purpose: "other", Words: "看看有没有"}).refused(403, apperr.Forbidden)
}

// That a number is somebody's already is an answer: it is kept, limited, and names nobody out of reach.
func TestMakingAccountsDoesNotTryNumbersOut(t *testing.T) {
	t.Parallel()
	r, w := newWorld(t)
	teacher := w.User(w.School, domain.RoleTeacher)
	numbered(t, r.store, teacher)
	elsewhere := w.Org(w.District, models.LevelSchool, "440106999", "另一所学校")
	stranger, own := r.as(w.User(elsewhere, domain.RoleSchoolAdmin).ID), r.as(w.User(w.School, domain.RoleSchoolAdmin).ID)
	add := func(p person, o *models.Org, login string) reply {
		return p.post("/api/v1/users", gen.NewUser{Login: login, Name: "新人", OrgId: o.ID, IdNumber: clearNumber})
	}
	told := add(own, w.School, "new1").refused(409, apperr.Conflict)
	require.Equal(t, "id_number", told.Field)
	require.Contains(t, told.Detail, "已有账号")
	told = add(stranger, elsewhere, "new2").refused(409, apperr.Conflict)
	require.Contains(t, told.Detail, "请核对号码")
	require.NotContains(t, told.Detail, "已有")
	require.Len(t, ok[gen.PersonalReadPage](r.as(teacher.ID).get("/api/v1/me/reads"), 200).Items, 2)
	for range models.ReadsAnHour - 1 {
		add(stranger, elsewhere, "new2").refused(409, apperr.Conflict)
	}
	add(stranger, elsewhere, "new2").refused(429, models.CodeReadLimit)
	fresh := gen.NewUser{Login: "new3", Name: "新人", OrgId: elsewhere.ID, IdNumber: "440524188001010014"}
	stranger.post("/api/v1/users", fresh).refused(429, models.CodeReadLimit)
	fresh.IdNumber = ""
	ok[gen.CreatedUser](stranger.post("/api/v1/users", fresh), 201)
}

// A file with the numbers of many people has a purpose, and everybody in it sees who took it;
// somebody else than they reviews it.
func TestFilesInClearHaveAPurposeAndEverybodyInThemSeesIt(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	made := ok[gen.RegistryBatchMade](d.one.post(registryPath+"/batches", gen.NewRegistryBatch{}), http.StatusCreated)
	path := registryPath + "/batches/" + made.Id + "/file"
	require.Equal(t, "words", d.one.post(path, gen.ReadReason{Purpose: "credit", Words: "报送"}).refused(422, apperr.Invalid).Field)
	d.one.post(path, gen.ReadReason{Purpose: "curiosity", Words: "看看都有谁"}).refused(422, apperr.Invalid)
	require.Equal(t, http.StatusOK, d.one.post(path, taking).Code)
	var teacher string
	for _, number := range []string{clearNumber, "440524188001010014"} {
		u, err := d.store.UserByIDNumber(t.Context(), number)
		require.NoError(t, err)
		mine := ok[gen.PersonalReadPage](d.as(u.ID).get("/api/v1/me/reads"), 200).Items
		require.Len(t, mine, 1, u.Name)
		require.Equal(t, []string{"下载", "身份证件号", "报送到省平台"}, []string{mine[0].KindName, mine[0].FieldName, mine[0].Words})
		teacher = u.ID
	}
	guardian := d.w.User(d.w.City, domain.RoleSecurity)
	open := ok[gen.PersonalReadPage](d.as(guardian.ID).get("/api/v1/privacy/reads?state=open"), 200).Items
	require.Len(t, open, 1)
	require.Equal(t, []any{"export", made.Records, ""}, []any{open[0].Kind, open[0].People, open[0].Subject})
	require.NoError(t, d.store.Grant(t.Context(), models.Grant{UserID: teacher, Role: domain.RoleSecurity, OrgID: d.w.City.ID}))
	review := "/api/v1/privacy/reads/" + open[0].Id + "/review"
	d.as(teacher).post(review, gen.ReadReview{}).refused(403, apperr.Forbidden)
	require.True(t, ok[gen.PersonalRead](d.as(guardian.ID).post(review, gen.ReadReview{}), 200).Reviewed)
}
