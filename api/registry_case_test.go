package api

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/secret"
	"zhengxiao/internal/testkit/lifecycle"
	"zhengxiao/models"
)

// idNumber is a valid number of GB 11643 for the i-th person.
func idNumber(t *testing.T, i int) string {
	t.Helper()
	for _, check := range "0123456789X" {
		if id := fmt.Sprintf("44010619800101%03d%c", i, check); secret.ValidID(id) {
			return id
		}
	}
	t.Fatal("no check character fits")
	return ""
}

// waiting is a world whose cohort closes cases only with the registry's receipts.
func waiting(t *testing.T) *lifecycle.World {
	t.Helper()
	w := lifecycle.New(t)
	w.AwaitReceipts(t)
	for i := range lifecycle.Teachers {
		id, name := w.Teacher(i), "教师"+string(rune('一'+i))
		require.NoError(t, w.Store.UpdateUser(t.Context(), id, name, models.Personal{IDNumber: idNumber(t, i)}))
	}
	return w
}

// answers are receipts for a file's rows: as many as told are refused, the rest booked.
func answers(t *testing.T, taken reply, refused int) string {
	t.Helper()
	require.Equal(t, http.StatusOK, taken.Code, taken.Body.String())
	rows, err := csv.NewReader(strings.NewReader(taken.Body.String())).ReadAll()
	require.NoError(t, err)
	hours := 0
	for i, title := range rows[0] {
		if title == "学时" {
			hours = i
		}
	}
	out := "记录号,结果,登记学时,回执号,原因\n"
	for i, r := range rows[1:] {
		if i < refused {
			out += r[0] + ",退回,,,查无此人\n"
			continue
		}
		out += r[0] + ",已登记," + r[hours] + ",R-" + r[0] + ",\n"
	}
	return out
}

// A case whose policy waits for receipts closes only when the registry has acknowledged
// what the ledger holds, of every teacher; and is not terminated while the registry has
// any of it.
func TestACaseClosesWithTheRegistrysReceipts(t *testing.T) {
	t.Parallel()
	w := waiting(t)
	k, script := walkIn(t, w)
	script.ToFiling()
	script.ToScoring()
	script.Score(900)
	script.Confirm(domain.VerdictPass)
	script.Do(domain.ConfirmCredit, w.Bureau, domain.Body{})
	bureau := k.as(w.Bureau.UserID)
	register := func(key string) reply {
		return bureau.act(k.id, domain.RegisterCredit, "register-"+key, gen.ActionRequest{Receipt: "R-2026"})
	}
	register("first").refused(http.StatusConflict, domain.CodeCreditUnbooked)

	ok[gen.Registry](bureau.put("/api/v1/orgs/"+w.Bureau.OrgID+"/registry", gen.RegistryDraft{
		Mode: models.RegistryFile, Project: "P1", Format: "csv", OnePerYear: true,
	}), http.StatusOK)
	hand := func(refused int) gen.RegistryBatchMade {
		made := ok[gen.RegistryBatchMade](bureau.post(registryPath+"/batches", gen.NewRegistryBatch{CaseIds: []string{k.id}}), http.StatusCreated)
		require.Empty(t, made.Problems)
		register("sent"+made.Id).refused(http.StatusConflict, domain.CodeCreditUnbooked)
		sheet := answers(t, bureau.post(registryPath+"/batches/"+made.Id+"/file", taking), refused)
		ok[gen.RegistryHeard](bureau.send(http.MethodPost, registryPath+"/receipts", sheet, "Content-Type", binaryType), http.StatusOK)
		return made
	}
	require.Positive(t, hand(3).Records)
	register("three-refused").refused(http.StatusConflict, domain.CodeCreditUnbooked)
	bureau.act(k.id, domain.Terminate, "terminate-it", gen.ActionRequest{Comment: "停办"}).refused(http.StatusConflict, domain.CodeCreditRegistered)
	require.Equal(t, 3, hand(0).Records, "those that were refused")
	ok[gen.ActionResult](register("last"), http.StatusOK)
	require.Equal(t, domain.StageClosed, w.State(t, k.id).Stage)
	require.NoError(t, w.Store.VerifyChain(t.Context(), k.id))
	balances := ok[gen.RegistryBalancePage](bureau.get(registryPath+"/balances?stage=closed"), http.StatusOK).Items
	require.Len(t, balances, 1)
	require.True(t, balances[0].Balanced, "%+v", balances[0])
	require.Equal(t, balances[0].Due, balances[0].Booked)
}
