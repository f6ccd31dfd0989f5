package models_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/notary"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// erasure is an audited world with two people who may erase, and one whose data are due.
type erasure struct {
	*audited

	first, second, person models.User
	objects               map[string]bool // that were discarded
	locked                map[string]bool // that the store keeps
}

const (
	personName  = "欧阳待删"
	personID    = "440524188001010014"
	personPhone = "13812345678"
)

func newErasure(t *testing.T, db *gorm.DB) *erasure {
	t.Helper()
	e := &erasure{audited: newAudited(t, db), objects: map[string]bool{}, locked: map[string]bool{}}
	ctx, store := t.Context(), e.w.Store
	var city models.Org
	require.NoError(t, db.Where("parent_id IS NULL").Take(&city).Error)
	for i, u := range []*models.User{&e.first, &e.second} {
		made, err := store.CreateUser(ctx, models.NewUser{
			Login: fmt.Sprint("security-", i), Name: fmt.Sprint("安全", i), OrgID: city.ID, Roles: []domain.Role{domain.RoleSecurity},
		})
		require.NoError(t, err)
		*u = *made
	}
	id := e.w.Teacher(0)
	require.NoError(t, store.UpdateUser(ctx, id, personName, models.Personal{IDNumber: personID, Phone: personPhone}))
	require.NoError(t, db.Model(&models.RosterRow{}).Where("user_id = ?", id).Update("name", personName).Error)
	require.NoError(t, db.Create(&models.Contact{UserID: id, MailEnc: "sealed", MailMask: "z***@school.example", UpdatedAt: e.w.Now()}).Error)
	require.NoError(t, db.Create(&models.Notice{ID: testkit.ID(), UserID: id, Source: "x", Title: personName, CreatedAt: e.w.Now()}).Error)
	require.NoError(t, db.Where("id = ?", id).Take(&e.person).Error)
	return e
}

func (e *erasure) leaves(t *testing.T) {
	t.Helper()
	require.NoError(t, e.w.Store.SetDisabled(t.Context(), e.person.ID, true))
}

func (e *erasure) discard(_ context.Context, key, version string) (bool, error) {
	if e.locked[key] {
		return true, nil
	}
	e.objects[key+"@"+version] = true
	return false, nil
}

// work does what a worker does until nothing is left to do.
func (e *erasure) work(t *testing.T) {
	t.Helper()
	for {
		more, err := e.w.Store.Erase(t.Context(), e.discard)
		require.NoError(t, err)
		if !more {
			return
		}
	}
}

func (e *erasure) run(t *testing.T) models.ErasureRun {
	t.Helper()
	var r models.ErasureRun
	require.NoError(t, e.db.Where("kind <> ''").Order("prepared_at DESC, id DESC").Take(&r).Error)
	return r
}

func (e *erasure) items(t *testing.T, run string) map[string]models.ErasureItem {
	t.Helper()
	var rows []models.ErasureItem
	require.NoError(t, e.db.Where("run_id = ?", run).Find(&rows).Error)
	by := map[string]models.ErasureItem{}
	for _, i := range rows {
		by[i.Kind+"/"+i.Ref] = i
	}
	return by
}

// monthly lists what is due this month, and has it approved.
func (e *erasure) monthly(t *testing.T) models.ErasureRun {
	t.Helper()
	require.NoError(t, e.w.Store.PrepareMonthly(t.Context()))
	require.NoError(t, e.w.Store.PrepareMonthly(t.Context()), "a month is prepared once")
	e.work(t)
	r := e.run(t)
	require.Equal(t, models.ErasureListed, r.Status)
	require.NoError(t, e.w.Store.ProposeErasure(t.Context(), r.ID, e.first.ID, ""))
	require.NoError(t, e.w.Store.DecideErasure(t.Context(), r.ID, e.second.ID, true, ""))
	return r
}

func (e *erasure) clean(t *testing.T) {
	t.Helper()
	e.seal(t)
	require.Empty(t, e.after(t, func(*gorm.DB) {}).Findings)
}

// holding are the columns anywhere in the database that have a text in them.
func holding(t *testing.T, db *gorm.DB, text string) []string {
	t.Helper()
	var found []string
	for _, table := range tables(t) {
		var rows []map[string]any
		require.NoError(t, db.Table(table).Find(&rows).Error)
		for _, row := range rows {
			for column, value := range row {
				if raw, ok := value.([]byte); ok {
					value = string(raw)
				}
				if s, ok := value.(string); ok && strings.Contains(s, text) {
					found = append(found, table+"."+column)
				}
			}
		}
	}
	return found
}

func TestErasure(t *testing.T) {
	t.Parallel()
	dbs := map[string]func(testing.TB) *gorm.DB{"sqlite": testkit.SQLite}
	if testkit.MySQLDSN() != "" {
		dbs["mysql"] = testkit.MySQL
	}
	for name, open := range dbs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for name, test := range map[string]func(*testing.T, *erasure){
				"what is due goes after two persons agreed": whatIsDueGoes,
				"holds stop it":                               holdsStopErasure,
				"accounts are looked at together":             accountsTogether,
				"a request of the person leads to one":        requestLeadsToErasure,
				"it goes on wherever it was cut off":          erasureGoesOn,
				"rules are set within what the law asks for":  retentionIsSet,
				"what is locked waits, and nothing else does": lockedFilesWait,
			} {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					test(t, newErasure(t, open(t)))
				})
			}
		})
	}
}

func whatIsDueGoes(t *testing.T, e *erasure) {
	t.Helper()
	ctx, store := t.Context(), e.w.Store
	e.leaves(t)
	require.NoError(t, store.PrepareMonthly(ctx))
	e.work(t)
	require.Equal(t, models.ErasureEmpty, e.run(t).Status, "nothing is due yet")
	require.NotEmpty(t, holding(t, e.db, personName))

	e.w.Advance(37 * 31 * 24 * time.Hour)
	require.NoError(t, store.PrepareMonthly(ctx))
	e.work(t)
	r := e.run(t)
	require.Equal(t, models.ErasureListed, r.Status)
	require.Equal(t, apperr.Conflict, codeOf(store.DecideErasure(ctx, r.ID, e.second.ID, true, "")), "nobody has proposed it")
	require.NoError(t, store.ProposeErasure(ctx, r.ID, e.first.ID, "例行"))
	require.Equal(t, models.CodeTwoPersons, codeOf(store.DecideErasure(ctx, r.ID, e.first.ID, true, "")))
	e.work(t)
	require.NotEmpty(t, holding(t, e.db, personName), "nothing goes before somebody else agrees")
	require.NoError(t, store.DecideErasure(ctx, r.ID, e.second.ID, true, ""))
	var credits int64
	require.NoError(t, e.db.Model(&models.Credit{}).Where("user_id = ?", e.person.ID).Count(&credits).Error)
	require.Positive(t, credits)
	e.work(t)

	r = e.run(t)
	require.Equal(t, models.ErasureDone, r.Status)
	require.NoError(t, e.keys.Check(r.KeyID, notary.PurposeErasure, r.Certificate, r.Signature))
	require.Error(t, e.keys.Check(r.KeyID, notary.PurposeErasure, strings.Replace(r.Certificate, r.SHA256, "0", 1), r.Signature))
	require.Equal(t, models.ItemErased, e.items(t, r.ID)["account/"+e.person.ID].State)
	for _, text := range []string{personName, e.person.Login, e.person.IDNumberEnc, *e.person.IDNumberIndex, e.person.PhoneEnc, e.person.PhoneIndex, "z***@school.example"} {
		require.Empty(t, holding(t, e.db, text), text)
	}
	var kept int64
	require.NoError(t, e.db.Model(&models.Credit{}).Where("user_id = ?", e.person.ID).Count(&kept).Error)
	require.Equal(t, credits, kept, "hours are kept by duty")
	var u models.User
	require.NoError(t, e.db.Where("id = ?", e.person.ID).Take(&u).Error)
	require.NotNil(t, u.ErasedAt)
	require.Error(t, store.SetDisabled(ctx, u.ID, false), "nobody is behind it any more")
	e.clean(t)

	require.NoError(t, store.PrepareMonthly(ctx))
	e.work(t)
	require.Equal(t, r.ID, e.run(t).ID)
}

func codeOf(err error) apperr.Code { return apperr.CodeOf(err) }

// What stands against erasing accounts is asked once for all of a batch, and told of each.
func accountsTogether(t *testing.T, e *erasure) {
	t.Helper()
	ctx, store := t.Context(), e.w.Store
	e.leaves(t)
	others := []string{e.w.Teacher(1), e.w.Teacher(2)}
	for _, id := range others {
		require.NoError(t, store.SetDisabled(ctx, id, true))
	}
	_, err := store.SetHold(ctx, models.Scope{All: true}, models.HoldPerson, others[0], "诉讼保全", e.first.ID)
	require.NoError(t, err)
	require.NoError(t, e.db.Create(&models.Grant{UserID: others[1], Role: domain.RoleAudit, OrgID: e.person.OrgID, CreatedAt: e.w.Now()}).Error)
	e.w.Advance(37 * 31 * 24 * time.Hour)
	asked := 0
	testkit.Recorded(t, e.db, func(st testkit.Statement) {
		if strings.Contains(st.SQL, "JOIN roster") {
			asked++
		}
	})
	require.NoError(t, store.PrepareMonthly(ctx))
	e.work(t)
	require.Equal(t, 1, asked, "for three accounts")
	items := e.items(t, e.run(t).ID)
	require.Equal(t, models.ItemDue, items["account/"+e.person.ID].State)
	require.Equal(t, "已设置保全", items["account/"+others[0]].Note)
	require.Equal(t, models.ItemDue, items["account/"+others[1]].State, "a former administrator's account that is disabled")
}

func holdsStopErasure(t *testing.T, e *erasure) {
	t.Helper()
	ctx, store := t.Context(), e.w.Store
	e.leaves(t)
	all := models.Scope{All: true}
	e.w.Advance(37 * 31 * 24 * time.Hour)
	require.NoError(t, store.PrepareMonthly(ctx))
	e.work(t)
	r := e.run(t)
	require.NoError(t, store.ProposeErasure(ctx, r.ID, e.first.ID, ""))
	require.NoError(t, store.DecideErasure(ctx, r.ID, e.second.ID, true, ""))
	_, err := store.SetHold(ctx, models.Scope{}, models.HoldPerson, e.person.ID, "诉讼", e.first.ID)
	require.Equal(t, apperr.NotFound, codeOf(err), "beyond reach")
	hold, err := store.SetHold(ctx, all, models.HoldPerson, e.person.ID, "诉讼保全", e.first.ID)
	require.NoError(t, err)
	_, err = store.SetHold(ctx, all, models.HoldPerson, e.person.ID, "诉讼保全", e.first.ID)
	require.Equal(t, apperr.Conflict, codeOf(err))
	var filed models.Case
	require.NoError(t, e.db.Where("filing_no <> ''").Take(&filed).Error)
	byNumber, err := store.SetHold(ctx, all, models.HoldCase, filed.FilingNo, "审计", e.first.ID)
	require.NoError(t, err)
	require.Equal(t, filed.ID, byNumber.SubjectID)
	_, err = store.SetHold(ctx, all, models.HoldCase, filed.ID, "审计", e.first.ID)
	require.Equal(t, apperr.Conflict, codeOf(err), "the same case, by its id")
	e.work(t)
	require.Equal(t, models.ItemHeld, e.items(t, r.ID)["account/"+e.person.ID].State, "even after it was approved")
	require.NotEmpty(t, holding(t, e.db, personName))

	e.w.Advance(32 * 24 * time.Hour)
	require.NoError(t, store.PrepareMonthly(ctx))
	e.work(t)
	require.Equal(t, models.ItemHeld, e.items(t, e.run(t).ID)["account/"+e.person.ID].State, "and it is listed as held")
	require.NoError(t, store.LiftHold(ctx, all, hold.ID, e.second.ID, "结案"))
	require.Equal(t, apperr.Conflict, codeOf(store.LiftHold(ctx, all, hold.ID, e.second.ID, "结案")))
	_, err = store.SetHold(ctx, all, models.HoldOrg, e.w.School.ID, "审计", e.first.ID)
	require.NoError(t, err)
	e.w.Advance(32 * 24 * time.Hour)
	require.NoError(t, store.PrepareMonthly(ctx))
	e.work(t)
	for key, i := range e.items(t, e.run(t).ID) {
		if i.Kind == "account" || i.Kind == "drafts" {
			require.Equal(t, models.ItemHeld, i.State, key)
		}
	}
	e.clean(t)
}

func requestLeadsToErasure(t *testing.T, e *erasure) {
	t.Helper()
	ctx, store, all := t.Context(), e.w.Store, models.Scope{All: true}
	asked := models.DataRequest{
		ID: testkit.ID(), UserID: e.person.ID, Path: e.w.School.Path, Kind: models.AskDelete, Words: "我已离职，请删除",
		Status: models.DataRequestOpen, OpenSlot: e.person.ID + "/delete", AskedAt: e.w.Now(), DueAt: e.w.Now(),
	}
	require.NoError(t, store.DB(ctx).Create(&asked).Error)
	answer := func() error {
		_, err := store.AnswerRequest(ctx, all, asked.ID, e.second.ID, models.DataRequestMet, "已删除")
		return err
	}
	require.Equal(t, "status", fieldOf(answer()), "not before it is done")
	prepare := func(by string) (*models.ErasureRun, error) {
		return store.PrepareErasure(ctx, models.NewErasure{Org: e.w.School, SubjectID: e.person.ID, RequestID: asked.ID, Reason: "本人申请", By: by})
	}
	_, err := prepare(e.person.ID)
	require.Equal(t, apperr.Forbidden, codeOf(err))
	require.NoError(t, e.db.Model(&models.Case{}).Where("stage = ?", domain.StageClosed).UpdateColumn("stage", domain.StageTraining).Error)
	_, err = prepare(e.first.ID)
	require.Equal(t, models.CodeHeld, codeOf(err), "the case goes on")
	require.NoError(t, e.db.Model(&models.Case{}).Where("1 = 1").UpdateColumn("stage", domain.StageClosed).Error)
	r, err := prepare(e.first.ID)
	require.NoError(t, err)
	_, err = prepare(e.first.ID)
	require.Equal(t, apperr.Conflict, codeOf(err), "one at a time")
	e.work(t)
	require.NoError(t, store.ProposeErasure(ctx, r.ID, e.first.ID, ""))
	listed, _, err := store.DataRequests(ctx, all, "", models.Page{})
	require.NoError(t, err)
	runs, err := store.ErasuresAskedBy(ctx, listed)
	require.NoError(t, err)
	require.Equal(t, models.ErasureProposed, runs[asked.ID].Status)
	require.Equal(t, "status", fieldOf(answer()))
	require.NoError(t, store.DecideErasure(ctx, r.ID, e.second.ID, true, ""))
	e.work(t)
	require.Empty(t, holding(t, e.db, personName))
	require.NoError(t, answer())
	e.clean(t)
}

func fieldOf(err error) string {
	if e, ok := errors.AsType[*apperr.Error](err); ok {
		return e.Field
	}
	return ""
}

func erasureGoesOn(t *testing.T, e *erasure) {
	t.Helper()
	ctx, store := t.Context(), e.w.Store
	e.leaves(t)
	e.w.Advance(11 * 366 * 24 * time.Hour)
	require.NoError(t, store.PrepareMonthly(ctx))
	steps := 0
	for more := true; more; steps++ {
		var err error
		more, err = store.Erase(ctx, e.discard)
		require.NoError(t, err)
	}
	r := e.run(t)
	require.Equal(t, models.ErasureListed, r.Status)
	require.Greater(t, steps, 3)
	require.NoError(t, store.ProposeErasure(ctx, r.ID, e.first.ID, ""))
	require.NoError(t, store.DecideErasure(ctx, r.ID, e.second.ID, true, ""))
	down := errors.New("the store is down")
	failed := false
	for range 1000 {
		more, err := store.Erase(ctx, func(context.Context, string, string) (bool, error) { return false, down })
		if err != nil {
			require.ErrorIs(t, err, down)
			failed = true
			break
		}
		require.True(t, more)
	}
	require.True(t, failed, "files were to be erased")
	more, err := store.Erase(ctx, e.discard)
	require.NoError(t, err)
	require.False(t, more, "what failed rests")
	e.w.Advance(time.Minute)
	e.work(t)
	require.Equal(t, models.ErasureDone, e.run(t).Status)
	for key, i := range e.items(t, r.ID) {
		require.Equal(t, models.ItemErased, i.State, key)
		if i.Class != "message" { // those of the account went with it
			require.Equal(t, i.Amount, i.Done, key)
		}
	}
	require.NotEmpty(t, e.objects)
	for _, row := range []any{&models.Participation{}, &models.PersonalPlan{}, &models.PlanDraft{}, &models.Notice{}} {
		var n int64
		require.NoError(t, e.db.Model(row).Where("1 = 1").Count(&n).Error)
		if _, messages := row.(*models.Notice); !messages {
			require.Zero(t, n, "%T", row)
		}
	}
	e.clean(t)
}

func lockedFilesWait(t *testing.T, e *erasure) {
	t.Helper()
	e.w.Advance(11 * 366 * 24 * time.Hour)
	var all []models.FileVersion
	require.NoError(t, e.db.Where("version_id <> ''").Order("file_id, n").Find(&all).Error)
	require.NotEmpty(t, all)
	e.locked[all[0].ObjectKey] = true
	r := e.monthly(t)
	e.work(t)
	var waiting []models.ErasureItem
	for _, i := range e.items(t, r.ID) {
		if i.State == models.ItemWaiting {
			waiting = append(waiting, i)
		}
	}
	require.Len(t, waiting, 1)
	require.Equal(t, "files", waiting[0].Kind)
	require.Equal(t, models.ErasureDone, e.run(t).Status)
	e.locked = nil
	e.w.Advance(32 * 24 * time.Hour)
	e.monthly(t)
	e.work(t)
	require.Contains(t, e.objects, all[0].ObjectKey+"@", "all that the store has of it")
	require.Empty(t, holding(t, e.db, all[0].ObjectKey))
	require.Equal(t, models.ErasureDone, e.run(t).Status)
	e.clean(t)
}

func retentionIsSet(t *testing.T, e *erasure) {
	t.Helper()
	ctx, store := t.Context(), e.w.Store
	require.Equal(t, "months", fieldOf(store.SetRetention(ctx, "access", 12, "更短", e.first.ID)), "the law says three years")
	require.Equal(t, "reason", fieldOf(store.SetRetention(ctx, "account", 12, " ", e.first.ID)))
	require.NoError(t, store.SetRetention(ctx, "account", 12, "本省规定", e.first.ID))
	e.leaves(t)
	e.w.Advance(13 * 31 * 24 * time.Hour)
	require.NoError(t, store.PrepareMonthly(ctx))
	e.work(t)
	require.Contains(t, e.items(t, e.run(t).ID), "account/"+e.person.ID)
	e.clean(t)
}
