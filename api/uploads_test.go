package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/evidence"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/intake"
	"zhengxiao/models"
)

// video is a wish to upload a large file to an item of the dossier.
func video(item string, body []byte, size int64) gen.UploadRequest {
	return gen.UploadRequest{SlotKind: gen.SlotKindDossier, SlotKey: item, Name: "课例.mp4", Size: size, Sha256: digest(body)}
}

// wishes asks for parts.
func wishes(numbers ...int) gen.PartsRequest {
	r := gen.PartsRequest{Parts: []gen.PartWish{}}
	for _, n := range numbers {
		r.Parts = append(r.Parts, gen.PartWish{Number: n, Md5: strings.Repeat("0", 32)})
	}
	return r
}

// largeRig is a school whose administrator has begun a large upload.
type largeRig struct {
	*schoolRig

	wish gen.UploadRequest
	up   gen.LargeUpload
	body []byte
}

func newLarge(t *testing.T) *largeRig {
	t.Helper()
	s := newSchool(t)
	body := []byte("what the parts are together")
	r := &largeRig{schoolRig: s, body: body, wish: video("5", body, 3*evidence.PartSize-7)}
	r.up = ok[gen.LargeUpload](s.admin.post(s.path("/uploads"), r.wish), 201)
	return r
}

func (r *largeRig) at(rest string) string {
	return fmt.Sprintf("/api/v1/files/%s/versions/%d%s", r.up.FileId, r.up.N, rest)
}

func (r *largeRig) version() *models.FileVersion {
	r.t.Helper()
	v, err := r.store.FileVersion(r.t.Context(), r.up.FileId, r.up.N)
	require.NoError(r.t, err)
	return v
}

// arrive has parts arrive at the object store.
func (r *largeRig) arrive(off int64, numbers ...int) {
	r.files.send("up-"+r.version().ObjectKey, r.up.Size, off, numbers...)
}

// whole has the store put the parts together.
func (r *largeRig) whole(body []byte) { r.files.upload(r.version().ObjectKey, body) }

func (r *largeRig) checker() intake.Checker {
	return intake.Checker{Store: r.store, Files: r.files, LimitAttempts: 24}
}

// work has a worker take up what waits.
func (r *largeRig) work() {
	r.t.Helper()
	found, err := r.checker().Next(r.t.Context())
	require.NoError(r.t, err)
	require.True(r.t, found)
}

func TestALargeFileComesInParts(t *testing.T) {
	t.Parallel()
	r := newLarge(t)
	require.Equal(t, 3, r.up.PartCount)
	require.EqualValues(t, evidence.PartSize, r.up.PartSize)
	require.Empty(t, r.up.Parts)

	grants := ok[gen.PartGrantList](r.admin.post(r.at("/parts"), wishes(1, 3)), 200)
	require.Len(t, grants.Items, 2)
	require.EqualValues(t, evidence.PartSize-7, grants.Items[1].Size)
	require.Contains(t, grants.Items[1].Url, "partNumber=3")
	r.arrive(0, 1, 3)
	require.Equal(t, []int{1, 3}, ok[gen.LargeUpload](r.admin.get(r.at("/upload")), 200).Parts)
	r.admin.post(r.at("/complete"), nil).refused(409, evidence.PartsMissing)

	again := ok[gen.LargeUpload](r.admin.post(r.path("/uploads"), r.wish), 200)
	require.Equal(t, []any{r.up.FileId, r.up.N, []int{1, 3}}, []any{again.FileId, again.N, again.Parts}, "whoever asks again goes on")
	open := ok[gen.LargeUploadList](r.admin.get(r.path("/uploads")), 200).Items
	require.Len(t, open, 1)
	require.Empty(t, ok[gen.LargeUploadList](r.head.get(r.path("/uploads")), 200).Items, "each their own")

	r.arrive(0, 2)
	for range 2 {
		require.Equal(t, models.FileChecking, ok[gen.FileVersion](r.admin.post(r.at("/complete"), nil), 202).State)
	}
	r.admin.post(r.at("/parts"), wishes(1)).refused(409, apperr.Conflict)
	r.admin.send(http.MethodDelete, r.at("/upload"), nil).refused(409, apperr.Conflict)
	r.whole(r.body)
	r.work()
	require.Equal(t, models.FileChecked, ok[gen.FileVersion](r.admin.post(r.at("/complete"), nil), 200).State)
	done := ok[gen.LargeUpload](r.admin.get(r.at("/upload")), 200)
	require.Equal(t, []any{models.FileChecked, r.up.Size}, []any{done.State, done.CheckedBytes})
	item := ok[gen.Dossier](r.admin.get(r.path("/dossier")), 200).Items[4]
	require.Equal(t, []any{r.up.FileId, r.up.Size}, []any{item.File.FileId, item.File.Size})
	found, err := r.checker().Next(t.Context())
	require.NoError(t, err)
	require.False(t, found, "nothing is left to do")
	r.admin.send(http.MethodDelete, r.at("/upload"), nil).refused(409, apperr.Conflict)
}

func TestOnlyWhoAskedMayGoOnWithALargeUpload(t *testing.T) {
	t.Parallel()
	r := newLarge(t)
	calls := map[string]func(p person) reply{
		"parts":    func(p person) reply { return p.post(r.at("/parts"), wishes(1)) },
		"progress": func(p person) reply { return p.get(r.at("/upload")) },
		"complete": func(p person) reply { return p.post(r.at("/complete"), nil) },
		"abort":    func(p person) reply { return p.send(http.MethodDelete, r.at("/upload"), nil) },
	}
	foreign := r.as(r.w.User(r.w.Foreign, domain.RoleSchoolAdmin).ID)
	district := r.as(r.w.User(r.w.District, domain.RoleDistrict).ID)
	for name, call := range calls {
		t.Log(name)
		call(r.head).refused(403, apperr.Forbidden)
		call(district).refused(403, apperr.Forbidden)
		call(foreign).refused(404, apperr.NotFound)
	}
	foreign.post(r.path("/uploads"), r.wish).refused(404, apperr.NotFound)
	district.post(r.path("/uploads"), r.wish).refused(403, apperr.Forbidden)
	r.as(r.member.ID).post(r.path("/uploads"), r.wish).refused(403, apperr.Forbidden)
	require.Equal(t, models.FileGranted, r.version().State)
}

func TestALargeUploadThatIsRefused(t *testing.T) {
	t.Parallel()
	r := newLarge(t)
	r.admin.post(r.at("/parts"), wishes(4)).refused(422, apperr.Invalid)
	r.admin.post(r.at("/parts"), wishes()).refused(422, apperr.Invalid)
	r.admin.post(r.at("/parts"), gen.PartsRequest{Parts: []gen.PartWish{{Number: 1, Md5: "00"}}}).refused(422, apperr.Invalid)
	tooLarge := video("5", r.body, r.w.Policy.Files[models.SlotDossier].MaxVideoBytes+1)
	r.admin.post(r.path("/uploads"), tooLarge).refused(422, domain.CodeFileSize)
	r.admin.post(r.path("/files"), video("5", r.body, maxPosted+1)).refused(413, apperr.TooLarge)
	r.admin.post(r.path("/uploads"), video("16", r.body, 1)).refused(422, apperr.Invalid)

	r.arrive(0, 1, 2)
	r.arrive(1, 3)
	r.admin.post(r.at("/complete"), nil).refused(422, evidence.FileSize)
	require.Equal(t, []int{1, 2}, ok[gen.LargeUpload](r.admin.get(r.at("/upload")), 200).Parts, "a wrong part is to be sent again")
	r.arrive(0, 3)
	ok[gen.FileVersion](r.admin.post(r.at("/complete"), nil), 202)
	r.whole([]byte("other bytes"))
	r.work()
	r.admin.post(r.at("/complete"), nil).refused(409, apperr.Conflict)
	told := ok[gen.LargeUpload](r.admin.get(r.at("/upload")), 200)
	require.Equal(t, models.FileRejected, told.State)
	require.Contains(t, told.Reason, "不一致")
	require.Nil(t, ok[gen.Dossier](r.admin.get(r.path("/dossier")), 200).Items[4].File)
	require.Equal(t, 2, ok[gen.LargeUpload](r.admin.post(r.path("/uploads"), r.wish), 201).N, "another attempt is another version")
}

func TestALargeUploadThatIsGivenUp(t *testing.T) {
	t.Parallel()
	r := newLarge(t)
	r.arrive(0, 1)
	for range 2 {
		require.Equal(t, 204, r.admin.send(http.MethodDelete, r.at("/upload"), nil).Code)
	}
	require.Empty(t, r.files.parts)
	require.Empty(t, ok[gen.LargeUploadList](r.admin.get(r.path("/uploads")), 200).Items)
	r.admin.post(r.at("/complete"), nil).refused(409, apperr.Conflict)
	r.admin.post(r.at("/parts"), wishes(1)).refused(409, apperr.Conflict)
}

func TestALargeUploadThatTookTooLong(t *testing.T) {
	t.Parallel()
	r := newLarge(t)
	r.arrive(0, 1)
	r.w.Clock.Advance(models.UploadLife)
	r.tokens.Clear()
	admin := r.as(r.admin.id)
	admin.post(r.at("/parts"), wishes(2)).refused(409, models.CodeUploadExpired)
	r.arrive(0, 2, 3)
	admin.post(r.at("/complete"), nil).refused(409, models.CodeUploadExpired)
	require.NoError(t, r.checker().Tidy(t.Context()))
	require.Empty(t, r.files.parts, "the store has forgotten the parts")
	require.Equal(t, models.FileAborted, r.version().State)
	admin.post(r.at("/complete"), nil).refused(409, apperr.Conflict)
}

// The store fails, the worker is killed, the stage moves on: each has its end.
func TestTheCheckOfALargeUploadOutlivesFailures(t *testing.T) {
	t.Parallel()
	r := newLarge(t)
	r.arrive(0, 1, 2, 3)
	ok[gen.FileVersion](r.admin.post(r.at("/complete"), nil), 202)
	_, err := r.checker().Next(t.Context())
	require.ErrorContains(t, err, "没有找到", "the parts are not one object yet")
	found, err := r.checker().Next(t.Context())
	require.NoError(t, err)
	require.False(t, found, "it is taken up again later")
	r.w.Clock.Advance(time.Minute)
	claimed, err := r.store.ClaimUpload(t.Context(), time.Minute)
	require.NoError(t, err)
	require.NotNil(t, claimed, "a worker takes it, and is killed")
	r.whole(r.body)
	r.w.Clock.Advance(time.Minute)
	r.work()
	require.Equal(t, models.FileChecked, r.version().State)

	late := ok[gen.LargeUpload](r.admin.post(r.path("/uploads"), video("6", r.body, 3*evidence.PartSize)), 201)
	r.up = late
	r.arrive(0, 1, 2, 3)
	ok[gen.FileVersion](r.admin.post(r.at("/complete"), nil), 202)
	r.whole(r.body)
	r.w.Move(r.id, domain.StageScoring)
	r.work()
	require.Equal(t, models.FileRejected, r.version().State)
	require.Contains(t, r.version().Reason, "项目当前处于", "it says why")
}

// checking is a large upload of which all parts have come and are one object.
func checking(t *testing.T) *largeRig {
	t.Helper()
	r := newLarge(t)
	r.arrive(0, 1, 2, 3)
	ok[gen.FileVersion](r.admin.post(r.at("/complete"), nil), 202)
	r.whole(r.body)
	return r
}

// While a case is paused nothing of it is read; when it goes on, the check does.
func TestALargeUploadOfAPausedCaseIsNotRead(t *testing.T) {
	t.Parallel()
	r := checking(t)
	pause := func(p *domain.Suspension) {
		r.w.Move(r.id, domain.StageTraining, func(s *domain.State) { s.Paused = p })
	}
	pause(&domain.Suspension{At: r.w.Clock.Now(), Reason: "台风停课"})
	reads := r.files.reads
	for range 20 {
		r.work()
		found, err := r.checker().Next(t.Context())
		require.NoError(t, err)
		require.False(t, found, "the readers are free for others")
		require.Equal(t, models.FileChecking, r.version().State)
		r.w.Clock.Advance(10 * time.Minute)
	}
	require.Equal(t, reads, r.files.reads)
	require.Empty(t, alarms(r.rig))
	pause(nil)
	r.work()
	require.Equal(t, models.FileChecked, r.version().State)
}

// A check that fails is made again less and less often, and the operator is told.
func TestACheckThatKeepsFailing(t *testing.T) {
	t.Parallel()
	r := checking(t)
	r.files.bodies = map[string][]byte{}
	var waits []time.Duration
	for waited := time.Duration(0); len(waits) < 12; waited += 10 * time.Second {
		found, err := r.checker().Next(t.Context())
		if found {
			require.ErrorContains(t, err, "没有找到")
			require.Equal(t, len(waits) >= 8, len(alarms(r.rig)) == 1, "after %d attempts", len(waits)+1)
			waits, waited = append(waits, waited), 0
		}
		r.w.Clock.Advance(10 * time.Second)
	}
	require.Equal(t, []time.Duration{0, 10 * time.Second, 20 * time.Second, 40 * time.Second}, waits[:4])
	require.Equal(t, []time.Duration{time.Hour, time.Hour}, waits[10:])
	require.Contains(t, alarms(r.rig)[0].Detail, r.up.FileId)
	r.whole(r.body)
	r.w.Clock.Advance(time.Hour)
	r.work()
	require.Equal(t, models.FileChecked, r.version().State)
}

// alarms are those that nobody has dealt with.
func alarms(r *rig) []models.AlarmView {
	r.t.Helper()
	open := true
	list, _, err := r.store.Alarms(r.t.Context(), models.AlarmFilter{Open: &open}, models.Page{})
	require.NoError(r.t, err)
	return list
}

func TestNobodyHoldsManyUnfinishedUploads(t *testing.T) {
	t.Parallel()
	r := newLarge(t)
	for i := range 9 {
		ok[gen.LargeUpload](r.admin.post(r.path("/uploads"), video("6", fmt.Appendf(nil, "%d", i), evidence.PartSize*2)), 201)
	}
	r.admin.post(r.path("/uploads"), video("7", []byte("x"), evidence.PartSize*2)).refused(409, apperr.Conflict)
	ok[gen.LargeUpload](r.admin.post(r.path("/uploads"), r.wish), 200)
}

// put has the administrator upload a small file to an item of the dossier.
func (s *schoolRig) put(item string, body []byte) gen.FileVersion {
	s.t.Helper()
	wish := gen.UploadRequest{SlotKind: gen.SlotKindDossier, SlotKey: item, Name: "材料" + item + ".pdf", Size: int64(len(body)), Sha256: digest(body)}
	grant := ok[gen.UploadGrant](s.admin.post(s.path("/files"), wish), 201)
	s.files.upload(grant.Fields["key"], body)
	return ok[gen.FileVersion](s.admin.post(fmt.Sprintf("/api/v1/files/%s/versions/%d/complete", grant.FileId, grant.N), nil), 200)
}

func TestOneFileServesSeveralItems(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	source, own := s.put("5", []byte("%PDF-1.7 五")), s.put("7", []byte("%PDF-1.7 七"))
	link := func(p person, item string, v gen.FileVersion) reply {
		return p.post(s.path("/file-links"), gen.FileLink{SlotKey: item, FileId: v.FileId, N: v.N})
	}
	linked := ok[gen.FileVersion](link(s.admin, "6", source), 200)
	require.Equal(t, gen.LinkedFrom{FileId: source.FileId, N: 1, SlotKind: gen.SlotKindDossier, SlotKey: "5"}, linked.LinkedFrom)
	require.Equal(t, []any{source.Sha256, source.Name, models.FileChecked}, []any{linked.Sha256, linked.Name, linked.State})
	require.Equal(t, linked.N, ok[gen.FileVersion](link(s.head, "6", source), 200).N, "twice is once")
	over := ok[gen.FileVersion](link(s.admin, "7", source), 200)
	require.Equal(t, []any{own.FileId, 2}, []any{over.FileId, over.N}, "what was there is kept")
	items := ok[gen.Dossier](s.admin.get(s.path("/dossier")), 200).Items
	for _, no := range []int{6, 7} {
		require.Equal(t, source.Sha256, items[no-1].File.Sha256)
		require.Equal(t, "5", items[no-1].File.LinkedFrom.SlotKey)
	}
	a := ok[gen.Download](s.admin.get("/api/v1/files/"+source.FileId+"/versions/1/download"), 200)
	b := ok[gen.Download](s.admin.get("/api/v1/files/"+linked.FileId+"/versions/1/download"), 200)
	require.Equal(t, a.Url, b.Url, "one object")

	newer := s.put("5", []byte("%PDF-1.7 五之二"))
	require.Equal(t, 2, newer.N)
	require.Equal(t, source.Sha256, ok[gen.Dossier](s.admin.get(s.path("/dossier")), 200).Items[5].File.Sha256, "a link names a version")

	unlink := func(p person, v gen.FileVersion) reply {
		return p.send(http.MethodDelete, fmt.Sprintf("/api/v1/files/%s/versions/%d/link", v.FileId, v.N), nil)
	}
	for range 2 {
		require.Equal(t, 204, unlink(s.admin, over).Code)
		require.Equal(t, 204, unlink(s.admin, linked).Code)
	}
	items = ok[gen.Dossier](s.admin.get(s.path("/dossier")), 200).Items
	require.Equal(t, own.Sha256, items[6].File.Sha256, "the item has again what it had")
	require.Nil(t, items[5].File)
	unlink(s.admin, source).refused(409, apperr.Conflict)
	history := ok[gen.FileVersionList](s.admin.get("/api/v1/files/"+own.FileId+"/versions"), 200)
	require.Equal(t, 1, history.Current)
	require.Equal(t, models.FileUnlinked, history.Items[0].State)
	require.Equal(t, "5", history.Items[0].LinkedFrom.SlotKey, "history says linked from where")
	require.Equal(t, 3, ok[gen.FileVersion](link(s.admin, "7", source), 200).N, "and again")
}

func TestLinksThatAreNotAllowed(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	source := s.put("5", []byte("%PDF-1.7 五"))
	wish := gen.FileLink{SlotKey: "6", FileId: source.FileId, N: 1}
	linked := ok[gen.FileVersion](s.admin.post(s.path("/file-links"), wish), 200)
	undo := fmt.Sprintf("/api/v1/files/%s/versions/%d/link", linked.FileId, linked.N)
	foreign := s.as(s.w.User(s.w.Foreign, domain.RoleSchoolAdmin).ID)
	for _, p := range []person{s.as(s.member.ID), s.as(s.w.User(s.w.District, domain.RoleDistrict).ID)} {
		p.post(s.path("/file-links"), wish).refused(403, apperr.Forbidden)
		p.send(http.MethodDelete, undo, nil).refused(403, apperr.Forbidden)
	}
	foreign.post(s.path("/file-links"), wish).refused(404, apperr.NotFound)
	foreign.send(http.MethodDelete, undo, nil).refused(404, apperr.NotFound)

	body := []byte("%PDF-1.7 unchecked")
	grant := ok[gen.UploadGrant](s.admin.post(s.path("/files"), gen.UploadRequest{SlotKind: gen.SlotKindDossier, SlotKey: "8", Name: "a.pdf", Size: int64(len(body)), Sha256: digest(body)}), 201)
	another, _ := s.w.Case(s.w.Foreign, 1)
	s.w.Move(another.ID, domain.StageTraining)
	theirs := ok[gen.UploadGrant](foreign.post(casePath(another.ID, "/files"), gen.UploadRequest{SlotKind: gen.SlotKindDossier, SlotKey: "8", Name: "a.pdf", Size: 1, Sha256: digest(body)}), 201)
	for name, tc := range map[string]struct {
		link   gen.FileLink
		status int
		code   apperr.Code
	}{
		"its own item":     {gen.FileLink{SlotKey: "5", FileId: source.FileId, N: 1}, 422, apperr.Invalid},
		"no such item":     {gen.FileLink{SlotKey: "16", FileId: source.FileId, N: 1}, 422, apperr.Invalid},
		"no such version":  {gen.FileLink{SlotKey: "6", FileId: source.FileId, N: 9}, 404, apperr.NotFound},
		"no such file":     {gen.FileLink{SlotKey: "6", FileId: another.ID, N: 1}, 404, apperr.NotFound},
		"another school's": {gen.FileLink{SlotKey: "6", FileId: theirs.FileId, N: theirs.N}, 404, apperr.NotFound},
		"not checked yet":  {gen.FileLink{SlotKey: "6", FileId: grant.FileId, N: 1}, 409, apperr.Conflict},
		"not a plain item": {gen.FileLink{SlotKey: "5/1", FileId: source.FileId, N: 1}, 422, apperr.Invalid},
	} {
		t.Log(name)
		s.admin.post(s.path("/file-links"), tc.link).refused(tc.status, tc.code)
	}

	require.NoError(t, s.store.DB(t.Context()).Model(&models.FileVersion{}).Where("file_id = ?", linked.FileId).Update("state", models.FileLocked).Error)
	s.admin.send(http.MethodDelete, undo, nil).refused(409, apperr.Conflict)
	s.w.Move(s.id, domain.StageScoring)
	s.admin.post(s.path("/file-links"), wish).refused(409, apperr.WrongStage)
}
