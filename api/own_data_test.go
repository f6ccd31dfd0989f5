package api

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/privacy"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
)

// ownCopy is data.json, as far as tests look.
type ownCopy struct {
	Tables []struct {
		About ownTable         `json:"about"`
		Rows  []map[string]any `json:"rows"`
	} `json:"tables"`
	Files []map[string]any `json:"files"`
}

func (o ownCopy) rows(table string) []map[string]any {
	for _, t := range o.Tables {
		if t.About.Table == table {
			return t.Rows
		}
	}
	return nil
}

func unpacked(t *testing.T, body []byte) (ownCopy, *excelize.File) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	require.NoError(t, err)
	parts := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		parts[f.Name], err = io.ReadAll(r)
		require.NoError(t, err)
	}
	var o ownCopy
	require.NoError(t, json.Unmarshal(parts["data.json"], &o), string(parts["data.json"]))
	book, err := excelize.OpenReader(bytes.NewReader(parts["个人信息.xlsx"]))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, book.Close()) })
	return o, book
}

// A copy of one's own data holds, in clear, what a whole life has left of oneself, and
// nothing of anybody else.
func TestPeopleTakeACopyOfTheirData(t *testing.T) {
	t.Parallel()
	eachWalk(t, func(t *testing.T, k *walk, script lifecycle.Script) {
		t.Helper()
		ids := []string{k.w.Teacher(0), k.w.Teacher(1)}
		for i, id := range ids {
			u, err := k.store.User(t.Context(), id)
			require.NoError(t, err)
			require.NoError(t, k.store.UpdateUser(t.Context(), id, u.Name, models.Personal{IDNumber: validNumber(i), Phone: "1381234000" + string(rune('0'+i))}))
		}
		script.ToFiling()
		script.ToScoring()
		script.Score(900)
		script.Confirm(domain.VerdictPass)
		require.NoError(t, k.w.DB.Create(&models.File{ID: "own-file", CaseID: k.id, SlotKind: "practice", SlotKey: ids[0] + "/x", OwnerID: ids[0], CurrentVersion: 1}).Error)
		require.NoError(t, k.w.DB.Create(&models.FileVersion{FileID: "own-file", N: 1, ObjectKey: "objects-own-key", Name: "课例.pdf", State: "checked", Size: 7, GrantedAt: k.w.Now()}).Error)
		me := k.as(ids[0])
		answer := me.get("/api/v1/me/data")
		require.Equal(t, http.StatusOK, answer.Code, answer.Body)
		own, book := unpacked(t, answer.Body.Bytes())

		account := own.rows("users")
		require.Len(t, account, 1)
		require.Equal(t, validNumber(0), account[0]["id_number_enc"])
		require.Equal(t, "13812340000", account[0]["phone_enc"])
		require.Equal(t, false, account[0]["disabled"])
		require.NotEmpty(t, account[0]["org_id_name"])
		for table, n := range map[string]int{"roster": 1, "grants": 1, "initial_reviews": 1, "credits": 1, "sessions": 1, "practice": 3} {
			require.GreaterOrEqual(t, len(own.rows(table)), n, table)
		}
		require.Greater(t, len(own.rows("participations")), 1)
		require.IsType(t, float64(0), own.rows("participations")[0]["hours"])
		require.NotEmpty(t, own.Files)
		reviews := own.rows("initial_reviews")
		require.Equal(t, "本人", reviews[0]["user_id"])
		require.NotContains(t, reviews[0], "reviewer_id", "who else dealt with it is not one's own")
		for _, not := range []string{ids[1], validNumber(1), "13812340001", "$argon2", "objects-own-key"} {
			before, _, found := strings.Cut(plain(t, answer.Body.Bytes()), not)
			require.False(t, found, "%s after …%s", not, before[max(0, len(before)-200):])
		}

		for _, o := range privacy.OwnData() {
			for _, c := range o.Columns {
				require.True(t, told(own, o.Table, c.Name), "%s.%s", o.Table, c.Name)
			}
		}
		for _, c := range privacy.Classes() {
			require.Contains(t, book.GetSheetList(), c.Title)
		}
		numbers, err := book.GetRows("身份证件号")
		require.NoError(t, err)
		require.Contains(t, numbers[1][2], "身份证件号："+validNumber(0))
		files, err := book.GetRows("材料文件清单")
		require.NoError(t, err)
		require.Contains(t, strings.Join(files[1], " "), "/cases/"+k.id)
	})
}

func told(own ownCopy, table, column string) bool {
	for _, t := range own.Tables {
		if t.About.Table == table {
			return t.About.Columns[column] != ""
		}
	}
	return false
}

// Taking the copy wants a fresh proof and is on record.
func TestACopyOfOnesDataWantsAProof(t *testing.T) {
	t.Parallel()
	r, w, me, who := signedIn(t)
	require.Equal(t, http.StatusOK, me.get("/api/v1/me/data").Code)
	var entry models.AuditEntry
	require.NoError(t, r.store.DB(t.Context()).Where("action = ? AND actor_id = ?", "personal.copy", who.ID).Take(&entry).Error)
	w.Clock.Set(w.Clock.Now().Add(10 * time.Minute))
	require.Equal(t, http.StatusForbidden, me.get("/api/v1/me/data").Code)
}
