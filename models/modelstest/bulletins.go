package modelstest

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

// staff are n teachers of a school with ids that begin alike, made without a detour.
func staff(w *testkit.World, school *models.Org, prefix string, n int) []models.Grant {
	w.T.Helper()
	users, grants := make([]models.User, n), make([]models.Grant, n)
	for i := range n {
		id := fmt.Sprintf("%s-%04d", prefix, i)
		users[i] = models.User{ID: id, Login: id, Name: id, PasswordHash: "unusable", OrgID: school.ID, CreatedAt: w.Clock.Now()}
		grants[i] = models.Grant{UserID: id, Role: domain.RoleTeacher, OrgID: school.ID, CreatedAt: w.Clock.Now()}
	}
	db := w.Store.DB(w.T.Context())
	require.NoError(w.T, db.CreateInBatches(&users, 200).Error)
	require.NoError(w.T, db.CreateInBatches(&grants, 200).Error)
	return grants
}

// A bulletin for many is delivered bit by bit: each person gets it once, however many
// workers are at it and whatever breaks in between.
func testManyRecipients(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	boss := w.User(w.City, domain.RoleCityOffice)
	here := staff(w, w.School, "h", 600)
	staff(w, w.Foreign, "f", 601)
	// Somebody teaches at both schools, many schools have nobody, somebody leaves meanwhile.
	require.NoError(t, w.Store.DB(ctx).Create(&models.Grant{UserID: here[599].UserID, Role: domain.RoleTeacher, OrgID: w.Foreign.ID, CreatedAt: w.Clock.Now()}).Error)
	for i := range 60 {
		w.Org(w.District, models.LevelSchool, fmt.Sprintf("44010699%02d", i), fmt.Sprintf("空校%02d", i))
	}
	city := models.Scope{Paths: []string{w.City.Path}}
	to := models.Audience{Scope: city, Roles: []domain.Role{domain.RoleTeacher}, Paths: []string{w.City.Path, w.District.Path}}
	sent, err := w.Store.SendBulletin(ctx, models.Bulletin{ID: "many", OrgID: w.City.ID, Path: w.City.Path, AuthorID: boss.ID, Title: "通知", Body: "内容", SHA256: "1"}, to)
	require.NoError(t, err)
	require.Equal(t, 1201, sent.Recipients)
	require.Less(t, sent.Delivered, 1201, "not all in one request")
	_, err = w.Store.RemindBulletin(ctx, "many")
	refused(t, err, apperr.Conflict)

	gone := "f-0600"
	require.NoError(t, w.Store.DB(ctx).Model(&models.User{}).Where("id = ?", gone).Update("disabled", true).Error)
	const trap = "f-0007"
	blocker := models.Notice{ID: "trap", UserID: trap, Source: "bulletin/many", Kind: "bulletin", CreatedAt: w.Clock.Now()}
	require.NoError(t, w.Store.DB(ctx).Create(&blocker).Error)
	require.Error(t, deliverAll(w), "a batch that breaks")
	require.NoError(t, w.Store.DB(ctx).Delete(&blocker).Error)
	more, err := w.Store.DeliverBulletins(ctx)
	require.NoError(t, err)
	require.False(t, more, "it rests, so that others pass")
	w.Clock.Advance(time.Minute)
	var workers sync.WaitGroup
	for range 3 {
		workers.Go(func() { _ = deliverAll(w) })
	}
	workers.Wait()
	require.NoError(t, deliverAll(w))

	var notices []string
	require.NoError(t, w.Store.DB(ctx).Model(&models.Notice{}).Where("source = ?", "bulletin/many").Order("user_id").Pluck("user_id", &notices).Error)
	var reached []string
	require.NoError(t, w.Store.DB(ctx).Model(&models.BulletinRecipient{}).Order("user_id").Pluck("user_id", &reached).Error)
	require.Len(t, notices, 1200)
	require.Equal(t, notices, reached)
	require.NotContains(t, strings.Join(reached, " "), gone)
	b, err := w.Store.Bulletin(ctx, city, "many")
	require.NoError(t, err)
	require.Equal(t, []int{1200, 1200}, []int{b.Recipients, b.Delivered})

	require.NoError(t, w.Store.ReadBulletin(ctx, "many", reached[0]))
	told, err := w.Store.RemindBulletin(ctx, "many")
	require.NoError(t, err)
	require.Equal(t, 1199, told)
	require.NoError(t, deliverAll(w))
	var again int64
	require.NoError(t, w.Store.DB(ctx).Model(&models.Notice{}).Where("source > ?", "bulletin/many").Where("kind = ?", "bulletin").Count(&again).Error)
	require.EqualValues(t, 1199, again)
}

// deliverAll works until nothing is left.
func deliverAll(w *testkit.World) error {
	for {
		more, err := w.Store.DeliverBulletins(w.T.Context())
		if err != nil || !more {
			return err
		}
	}
}
