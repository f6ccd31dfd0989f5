package api

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/registry"
	"zhengxiao/internal/registry/file"
	"zhengxiao/internal/testkit"
	"zhengxiao/internal/testkit/certtest"
	"zhengxiao/models"
)

const registryPath = "/api/v1/registry"

// desk is a city whose registry exchanges files, and a case with two teachers' confirmed
// hours.
type desk struct {
	*rig

	w                   *testkit.World
	c                   *models.Case
	one, two, admin, it person
}

func newDesk(t *testing.T) desk {
	t.Helper()
	r, w := newWorld(t)
	c, users := w.Case(w.School, 2)
	for i, u := range users {
		name, id := []string{"张三", "李四"}[i], []string{"11010519491231002X", "440524188001010014"}[i]
		require.NoError(t, w.Store.UpdateUser(t.Context(), u.ID, name, models.Personal{IDNumber: id}))
		require.NoError(t, w.Store.DB(t.Context()).Model(&models.RosterRow{}).Where("user_id = ?", u.ID).Update("name", name).Error)
		require.NoError(t, w.Store.DB(t.Context()).Create(&models.Credit{
			CaseID: c.ID, UserID: u.ID, Year: 2026, Hours: 250, State: domain.CreditConfirmed, RecognizedAt: w.Clock.Now(),
		}).Error)
	}
	w.Move(c.ID, domain.StageCrediting)
	as := func(org *models.Org, role domain.Role) person { return r.as(w.User(org, role).ID) }
	d := desk{
		rig: r, w: w, c: c, one: as(w.City, domain.RoleBureau), two: as(w.City, domain.RoleBureau),
		admin: as(w.School, domain.RoleSchoolAdmin), it: as(w.City, domain.RoleCityOffice),
	}
	put := ok[gen.Registry](d.it.put("/api/v1/orgs/"+w.City.ID+"/registry", gen.RegistryDraft{
		Mode: models.RegistryFile, Project: "P1", Format: "csv", OnePerYear: true,
	}), http.StatusOK)
	require.True(t, put.Own)
	require.Len(t, put.Columns, len(file.Standard()))
	return d
}

func (d desk) records(p person) []gen.RegistryRecord {
	d.t.Helper()
	return ok[gen.RegistryRecordPage](p.get(registryPath+"/records?case_id="+d.c.ID), http.StatusOK).Items
}

func (d desk) balance(p person) gen.RegistryBalance {
	d.t.Helper()
	items := ok[gen.RegistryBalancePage](p.get(registryPath+"/balances"), http.StatusOK).Items
	require.Len(d.t, items, 1)
	return items[0]
}

func (d desk) receipts(lines ...string) gen.RegistryHeard {
	d.t.Helper()
	sheet := "记录号,结果,登记学时,回执号,原因\n" + strings.Join(lines, "\n") + "\n"
	return ok[gen.RegistryHeard](d.one.send(http.MethodPost, registryPath+"/receipts", sheet, "Content-Type", binaryType), http.StatusOK)
}

// handedIn makes a batch, takes its file and returns the file's rows without the header.
func (d desk) handedIn() [][]string {
	d.t.Helper()
	made := ok[gen.RegistryBatchMade](d.one.post(registryPath+"/batches", gen.NewRegistryBatch{}), http.StatusCreated)
	got := d.one.post(registryPath+"/batches/"+made.Id+"/file", taking)
	require.Equal(d.t, http.StatusOK, got.Code, got.Body.String())
	rows, err := csv.NewReader(strings.NewReader(got.Body.String())).ReadAll()
	require.NoError(d.t, err)
	require.Len(d.t, rows, made.Records+1)
	return rows[1:]
}

// From confirmed hours to balanced books, with a refusal that is mended and resent.
func TestHoursAreRegisteredByFile(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	waiting := ok[gen.RegistryCandidatePage](d.admin.get(casePath(d.c.ID, "/registry")), http.StatusOK).Items
	require.Len(t, waiting, 2)
	require.Equal(t, 2, d.balance(d.admin).Waiting)
	rows := d.handedIn()
	require.Contains(t, []string{rows[0][1], rows[1][1]}, "11010519491231002X", "the registry knows people by their ID number")
	for _, r := range d.records(d.admin) {
		require.Equal(t, registry.Sent, r.State)
		require.Contains(t, r.IdNumber, "*", "nobody else sees it")
	}
	a, b := rows[0][0], rows[1][0]
	heard := d.receipts(a+",已登记,25,R1,", b+",退回,,,姓名与身份证号不符", "ZX2026-X,已登记,25,R,", "???")
	require.Equal(t, 1, heard.Acknowledged)
	require.Equal(t, 1, heard.Refused)
	require.Equal(t, 1, heard.Stray)
	require.Len(t, heard.Bad, 1)
	require.Equal(t, 5, heard.Bad[0].Row)
	require.Equal(t, 1, d.receipts(a+",已登记,25,R1,").Known)
	require.False(t, d.balance(d.one).Balanced)
	strays := ok[gen.RegistryStrayPage](d.one.get(registryPath+"/strays"), http.StatusOK).Items
	require.Len(t, strays, 1)

	again := d.handedIn()
	require.Len(t, again, 1)
	require.NotEqual(t, b, again[0][0])
	d.receipts(again[0][0] + ",已登记,25,R2,")
	got := d.balance(d.one)
	require.True(t, got.Balanced)
	require.Equal(t, gen.RegistrySum{Rows: 2, Hours: 500}, got.Booked)
	journal := ok[gen.RegistryJournal](d.admin.get(registryPath+"/records/"+b+"/journal"), http.StatusOK).Items
	require.Len(t, journal, 2)
	require.Equal(t, "姓名与身份证号不符", journal[1].Reason)
	batches := ok[gen.RegistryBatchPage](d.one.get(registryPath+"/batches?state=concluded"), http.StatusOK).Items
	require.Len(t, batches, 2)
	d.one.post(registryPath+"/batches", gen.NewRegistryBatch{}).refused(http.StatusConflict, models.CodeRegistryNothing)
}

func TestTwoPersonsTakeARegistrationBack(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	rows := d.handedIn()
	no := rows[0][0]
	d.receipts(no+",已登记,25,R1,", rows[1][0]+",已登记,25,R2,", no+",退回,,,查无此人")
	settle := registryPath + "/records/" + no + "/settle"
	d.admin.post(settle, gen.RegistrySettlement{Outcome: "acknowledged", Reason: "x"}).refused(http.StatusForbidden, apperr.Forbidden)
	ok[struct{}](d.one.post(settle, gen.RegistrySettlement{Outcome: "acknowledged", Receipt: "R1", Reason: "电话核实"}), http.StatusNoContent)

	reversal := registryPath + "/records/" + no + "/reversal"
	d.admin.post(reversal, gen.NewRegistryReversal{Reason: "x"}).refused(http.StatusForbidden, apperr.Forbidden)
	ok[struct{}](d.one.post(reversal, gen.NewRegistryReversal{Hours: 200, Reason: "多认定5学时"}), http.StatusNoContent)
	asked := ok[gen.RegistryReversalPage](d.one.get(registryPath+"/reversals?state=asked"), http.StatusOK).Items
	require.Len(t, asked, 1)
	require.True(t, asked[0].Mine)
	decide := registryPath + "/reversals/" + asked[0].Id + "/decision"
	d.one.post(decide, gen.RegistryDecision{Approve: true}).refused(http.StatusConflict, models.CodeReversalOwn)
	stranger := d.as(d.w.User(d.w.Sibling, domain.RoleBureau).ID)
	stranger.post(decide, gen.RegistryDecision{Approve: true}).refused(http.StatusNotFound, apperr.NotFound)
	d.two.post(decide, gen.RegistryDecision{}).refused(http.StatusUnprocessableEntity, apperr.Invalid)
	ok[struct{}](d.two.post(decide, gen.RegistryDecision{Approve: true}), http.StatusNoContent)

	back := d.handedIn()
	require.Len(t, back, 1)
	d.receipts(back[0][0] + ",已登记,-25,R3,")
	anew := d.handedIn()
	d.receipts(anew[0][0] + ",已登记,20,R4,")
	require.True(t, d.balance(d.one).Balanced)
	require.Equal(t, domain.Hours(450), d.balance(d.one).Booked.Hours)
}

func TestRegistrySettingsAreGuarded(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	at := "/api/v1/orgs/" + d.w.City.ID + "/registry"
	secret := "s3cret"
	draft := gen.RegistryDraft{Mode: models.RegistryPush, Project: "P1", Url: "https://registry.example/api", Auth: "hmac", Secret: &secret}
	got := d.it.put(at, draft)
	require.NotContains(t, got.Body.String(), secret)
	require.True(t, ok[gen.Registry](got, http.StatusOK).HasSecret)
	require.NotContains(t, d.it.get(at).Body.String(), secret)
	certificate, key, _ := certtest.Client(t, d.w.Clock.Now().AddDate(1, 0, 0))
	known := draft
	known.Certificate, known.ClientKey = &certificate, &key
	shown := d.it.put(at, known)
	require.NotContains(t, shown.Body.String(), "PRIVATE KEY")
	require.Equal(t, "CN=zhengxiao", ok[gen.Registry](shown, http.StatusOK).CertificateSubject)
	require.NotContains(t, d.it.get(at).Body.String(), "PRIVATE KEY")
	known.Certificate = nil
	require.Equal(t, "certificate", d.it.put(at, known).refused(http.StatusUnprocessableEntity, apperr.Invalid).Field)
	for name, address := range map[string]string{
		"plain": "http://registry.example/", "own machine": "https://127.0.0.1/", "metadata": "https://169.254.169.254/", "inside": "https://10.0.0.1/",
	} {
		draft.Url = address
		require.Equal(t, "url", d.it.put(at, draft).refused(http.StatusUnprocessableEntity, apperr.Invalid).Field, name)
	}
	d.admin.put(at, draft).refused(http.StatusNotFound, apperr.NotFound)
	sibling := d.as(d.w.User(d.w.Sibling, domain.RoleBureau).ID)
	sibling.get(at).refused(http.StatusNotFound, apperr.NotFound)
	inherited := ok[gen.Registry](sibling.get("/api/v1/orgs/"+d.w.Sibling.ID+"/registry"), http.StatusOK)
	require.True(t, inherited.Set)
	require.False(t, inherited.Own)
	require.Empty(t, d.records(d.one))
}

// Whatever is handed in as receipts, nothing is written unless it is receipts.
func TestHostileReceiptFiles(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.handedIn()
	for name, body := range map[string]string{
		"empty": "", "rubbish": "\x00\x01\x02", "zip": "PK\x03\x04rubbish", "other": "姓名,学科\n张三,语文\n", "page": "<html></html>",
	} {
		got := d.one.send(http.MethodPost, registryPath+"/receipts", body, "Content-Type", binaryType)
		require.Equal(t, http.StatusUnprocessableEntity, got.Code, "%s: %s", name, got.Body.String())
	}
	for _, r := range d.records(d.one) {
		require.Equal(t, registry.Sent, r.State)
	}
}

// A system of the registry's sees what was handed in, without whole numbers, and answers it
// for the settings of its own organisation. The file with the numbers is a person's to take.
func TestATokenOfTheRegistryHandsInReceipts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	token := func(org *models.Org, scopes string) person {
		text, row, err := d.store.CreateMachineToken(t.Context(), models.MachineToken{
			Name: "登记系统", Scopes: scopes, OrgID: org.ID, ExpiresAt: d.w.Clock.Now().Add(time.Hour),
		})
		require.NoError(t, err)
		return person{d.rig, text, row.ID}
	}
	made := ok[gen.RegistryBatchMade](d.one.post(registryPath+"/batches", gen.NewRegistryBatch{}), http.StatusCreated)
	sheet := answers(t, d.one.post(registryPath+"/batches/"+made.Id+"/file", taking), 1)
	reads, answersIt, below := token(d.w.City, "registry"), token(d.w.City, "receipts"), token(d.w.District, "receipts")

	batches := ok[gen.RegistryBatchPage](reads.get(registryPath+"/batches"), http.StatusOK).Items
	require.Equal(t, made.Id, batches[0].Id)
	records := d.records(reads)
	require.Len(t, records, 2)
	require.NotContains(t, reads.get(registryPath+"/records").Body.String(), "11010519491231002X")
	reads.get(registryPath+"/records?format=xlsx").refused(http.StatusForbidden, apperr.Forbidden)
	reads.post(registryPath+"/batches/"+made.Id+"/file", taking).refused(http.StatusForbidden, apperr.Forbidden)
	hand := func(p person) reply {
		return p.send(http.MethodPost, registryPath+"/receipts", sheet, "Content-Type", binaryType)
	}
	hand(reads).refused(http.StatusForbidden, apperr.Forbidden)
	hand(below).refused(http.StatusForbidden, apperr.Forbidden)
	answersIt.get(registryPath+"/batches").refused(http.StatusForbidden, apperr.Forbidden)
	answersIt.post(registryPath+"/batches", gen.NewRegistryBatch{}).refused(http.StatusForbidden, apperr.Forbidden)

	heard := ok[gen.RegistryHeard](hand(answersIt), http.StatusOK)
	require.Equal(t, []int{1, 1, 0}, []int{heard.Acknowledged, heard.Refused, heard.Stray})
	journal := ok[gen.RegistryJournal](d.one.get(registryPath+"/records/"+records[0].No+"/journal"), http.StatusOK).Items
	require.Equal(t, "登记系统", journal[len(journal)-1].By)
	require.Equal(t, 2, ok[gen.RegistryHeard](hand(answersIt), http.StatusOK).Known, "again changes nothing")
}
