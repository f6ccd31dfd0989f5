package api

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit/pdftext"
	"zhengxiao/models"
)

// validNumber is a well-formed ID number (GB 11643-1999).
func validNumber(i int) string {
	body := fmt.Sprintf("11010519491231%03d", i)
	sum, weight := 0, 1
	for at := len(body) - 1; at >= 0; at-- {
		weight = weight * 2 % 11
		sum += weight * int(body[at]-'0')
	}
	return body + string("10X98765432"[sum%11])
}

// plain is what a reader of an answer can see: what is packed is unpacked.
func plain(t *testing.T, body []byte) string {
	t.Helper()
	switch {
	case bytes.HasPrefix(body, []byte("%PDF")):
		return strings.Join(pdftext.Pages(t, body), "\n")
	case !bytes.HasPrefix(body, []byte("PK")):
		return string(body)
	}
	var all strings.Builder
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	require.NoError(t, err)
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		part, err := io.ReadAll(r)
		require.NoError(t, err)
		all.WriteString(plain(t, part))
	}
	return all.String()
}

// After a whole life no list, view, sheet, paper or search result has an ID or phone number
// in clear, whoever asks.
func TestNumbersAreMaskedWhereverOneLooks(t *testing.T) {
	t.Parallel()
	k, script := newWalk(t)
	people := map[string]person{}
	for _, role := range []domain.Role{domain.RoleSysadmin, domain.RoleSecurity, domain.RoleAudit, domain.RoleAuditor, domain.RoleCityOffice} {
		u, err := k.store.CreateUser(t.Context(), models.NewUser{
			Login: string(role) + "-x", Name: "某人", PasswordHash: "unusable", OrgID: k.cityOf(), Roles: []domain.Role{role},
		})
		require.NoError(t, err)
		people[string(role)] = k.as(u.ID)
	}
	var users []models.User
	require.NoError(t, k.w.DB.Order("id").Find(&users).Error)
	wanted := map[string]string{}
	for i, u := range users {
		p := models.Personal{IDNumber: validNumber(i), Phone: fmt.Sprintf("1381234%04d", i)}
		wanted[p.IDNumber], wanted[p.Phone] = u.ID, u.ID
		require.NoError(t, k.store.UpdateUser(t.Context(), u.ID, u.Name, p))
	}
	script.ToFiling()
	script.ToScoring()
	script.Score(900)
	script.Confirm(domain.VerdictPass)
	script.Register()
	var row models.RosterRow
	require.NoError(t, k.w.DB.Where("case_id = ?", k.id).Take(&row).Error)
	people["school_admin"], people["principal"] = k.as(k.w.Admin.UserID), k.as(k.w.Head.UserID)
	people["district"], people["bureau"] = k.as(k.w.Reviewer.UserID), k.as(k.w.Bureau.UserID)
	people["expert"], people["teacher"] = k.as(k.w.Experts[0].UserID), k.as(row.UserID)

	var c models.Case
	require.NoError(t, k.w.DB.Where("id = ?", k.id).Take(&c).Error)
	var file models.File
	require.NoError(t, k.w.DB.Where("case_id = ?", k.id).Take(&file).Error)
	params := map[string]string{
		"caseId": k.id, "userId": row.UserID, "orgId": c.SchoolID, "cohortId": c.CohortID, "fileId": file.ID, "digest": c.PolicyDigest,
	}
	answered := 0
	look := func(who person, role, path string) {
		reply := who.get(path)
		if reply.Code != http.StatusOK {
			require.NotEqual(t, http.StatusTooManyRequests, reply.Code, "%s as %s", path, role)
			return
		}
		answered++
		text := plain(t, reply.Body.Bytes())
		for number, of := range wanted {
			if path == "/api/v1/me/data" && of == who.id {
				continue
			}
			require.NotContains(t, text, number, "%s as %s", path, role)
		}
	}
	for id, route := range operationIDs(t) {
		method, path, _ := strings.Cut(route, " ")
		if method != http.MethodGet || rules[id].stream {
			continue
		}
		path = regexp.MustCompile(`\{(\w+)\}`).ReplaceAllStringFunc(path, func(p string) string { return params[p[1:len(p)-1]] })
		for role, who := range people {
			look(who, role, path)
			if _, exported := workbooks[id]; exported {
				look(who, role, path+"?format=xlsx")
			}
			if id == "search" {
				for _, q := range []string{validNumber(0), "13812340000", "1381234", "教师"} {
					look(who, role, path+"?q="+q)
				}
			}
		}
	}
	reader, err := k.store.CreateUser(t.Context(), models.NewUser{
		Login: "papers-x", Name: "某人", PasswordHash: "unusable", OrgID: k.cityOf(), Roles: []domain.Role{domain.RoleAuditor},
	})
	require.NoError(t, err)
	for _, p := range ok[gen.PaperList](k.as(reader.ID).get(casePath(k.id, "/papers")), http.StatusOK).Items {
		for _, format := range p.Formats {
			look(k.as(reader.ID), "auditor", casePath(k.id, "/papers/"+p.Kind)+"?format="+format)
		}
	}
	require.Greater(t, answered, 300)
}

// cityOf is the city above the case.
func (k *walk) cityOf() string {
	k.t.Helper()
	var city models.Org
	require.NoError(k.t, k.w.DB.Where("level = ?", models.LevelCity).Take(&city).Error)
	return city.ID
}
