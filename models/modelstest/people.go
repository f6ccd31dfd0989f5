package modelstest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/auth"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/testkit"
	"zhengxiao/models"
)

func testOrgs(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	require.Equal(t, w.City.Path+w.District.ID+"/"+w.School.ID+"/", w.School.Path)
	schools, err := w.Store.Schools(ctx, w.City.Path)
	require.NoError(t, err)
	require.Len(t, schools, 3)
	require.Equal(t, w.Direct.ID, schools[0].ID, "by code")

	_, err = w.Store.CreateOrg(ctx, models.NewOrg{ParentID: w.School.ID, Level: models.LevelSchool, Code: "x", Name: "x"})
	refused(t, err, apperr.Invalid)
	_, err = w.Store.CreateOrg(ctx, models.NewOrg{ParentID: w.City.ID, Level: models.LevelDistrict, Code: w.District.Code, Name: "x"})
	refused(t, err, apperr.Conflict)
	_, err = w.Store.OrgInScope(ctx, models.Scope{Paths: []string{w.District.Path}}, w.Foreign.ID)
	refused(t, err, apperr.NotFound)
	rows, next, err := w.Store.Orgs(ctx, models.Scope{Paths: []string{w.City.Path}}, models.OrgFilter{Text: "第一小学"}, models.Page{})
	require.NoError(t, err)
	require.Empty(t, next)
	require.Len(t, rows, 2)
}

func testScope(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	own, teachers := w.Case(w.School, 1)
	foreign, _ := w.Case(w.Foreign, 0)
	direct, _ := w.Case(w.Direct, 0)
	for name, test := range map[string]struct {
		grant models.Grant
		sees  []string
	}{
		"the district its schools":    {models.Grant{Role: domain.RoleDistrict, OrgID: w.District.ID}, []string{own.ID}},
		"the city all of them":        {models.Grant{Role: domain.RoleCityOffice, OrgID: w.City.ID}, []string{own.ID, foreign.ID, direct.ID}},
		"a school itself":             {models.Grant{Role: domain.RoleSchoolAdmin, OrgID: w.Foreign.ID}, []string{foreign.ID}},
		"a teacher the roster's case": {models.Grant{Role: domain.RoleTeacher, OrgID: w.School.ID, UserID: teachers[0].ID}, []string{own.ID}},
		"an expert nothing uninvited": {models.Grant{Role: domain.RoleExpert, OrgID: w.City.ID, UserID: teachers[0].ID}, nil},
	} {
		scope, err := w.Store.ScopeOf(ctx, test.grant)
		require.NoError(t, err, name)
		for _, c := range []*models.Case{own, foreign, direct} {
			_, err := w.Store.CaseInScope(ctx, scope, c.ID)
			if slices.Contains(test.sees, c.ID) {
				require.NoError(t, err, name)
			} else {
				refused(t, err, apperr.NotFound)
			}
		}
	}
	_, err := w.Store.CaseInScope(ctx, models.Scope{All: true}, "no such case")
	refused(t, err, apperr.NotFound)
}

func testUsers(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	u, err := w.Store.CreateUser(ctx, models.NewUser{Login: " Li.Si ", Name: "李四", OrgID: w.School.ID, Roles: []domain.Role{domain.RoleTeacher}})
	require.NoError(t, err)
	got, err := w.Store.UserByLogin(ctx, "LI.SI")
	require.NoError(t, err)
	require.Equal(t, u.ID, got.ID)
	_, err = w.Store.CreateUser(ctx, models.NewUser{Login: "li.si", Name: "另一人", OrgID: w.School.ID})
	refused(t, err, apperr.Conflict)
	require.Equal(t, "login", apperr.FieldOf(err))

	principal := models.Grant{UserID: u.ID, Role: domain.RolePrincipal, OrgID: w.School.ID}
	require.NoError(t, w.Store.Grant(ctx, principal))
	require.NoError(t, w.Store.Grant(ctx, principal), "twice changes nothing")
	grants, err := w.Store.Grants(ctx, u.ID)
	require.NoError(t, err)
	require.Len(t, grants, 2)
	holders, err := w.Store.Holders(ctx, w.School.ID, domain.RolePrincipal)
	require.NoError(t, err)
	require.Len(t, holders, 1)
	require.NoError(t, w.Store.SetDisabled(ctx, u.ID, true))
	holders, err = w.Store.Holders(ctx, w.School.ID, domain.RolePrincipal)
	require.NoError(t, err)
	require.Empty(t, holders, "a disabled account holds nothing")
	require.NoError(t, w.Store.Revoke(ctx, principal))
	refused(t, w.Store.Revoke(ctx, principal), apperr.NotFound)
	refused(t, w.Store.Grant(ctx, models.Grant{UserID: u.ID, Role: domain.RoleSystem, OrgID: w.School.ID}), apperr.Invalid)

	_, err = w.Store.CreateUsers(ctx, []models.NewUser{
		{Login: "new", Name: "新", OrgID: w.School.ID}, {Login: "li.si", Name: "旧", OrgID: w.School.ID},
	})
	refused(t, err, apperr.Conflict)
	_, err = w.Store.UserByLogin(ctx, "new")
	refused(t, err, apperr.NotFound)
}

const (
	idNumber = "11010519491231002X" // the worked example of GB 11643
	phone    = "13800138000"
)

func testPersonalData(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	u, err := w.Store.CreateUser(ctx, models.NewUser{Login: "a", Name: "甲", OrgID: w.School.ID, IDNumber: "11010519491231002x", Phone: phone})
	require.NoError(t, err)
	require.NotContains(t, u.IDNumberEnc, "1949")
	require.Equal(t, "110***********002X", u.IDNumberMask)
	found, err := w.Store.UserByIDNumber(ctx, idNumber)
	require.NoError(t, err)
	require.Equal(t, u.ID, found.ID)
	data, err := w.Store.Personal(found)
	require.NoError(t, err)
	require.Equal(t, models.Personal{IDNumber: idNumber, Phone: phone}, data)

	_, err = w.Store.CreateUser(ctx, models.NewUser{Login: "b", Name: "乙", OrgID: w.School.ID, IDNumber: idNumber})
	refused(t, err, apperr.Conflict)
	require.Equal(t, "id_number", apperr.FieldOf(err))
	_, err = w.Store.CreateUser(ctx, models.NewUser{Login: "c", Name: "丙", OrgID: w.School.ID, IDNumber: "123"})
	refused(t, err, models.CodeIDNumber)
	require.NoError(t, w.Store.UpdateUser(ctx, u.ID, "甲甲", models.Personal{}))
	_, err = w.Store.UserByIDNumber(ctx, idNumber)
	refused(t, err, apperr.NotFound)
}

func testUserSearch(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	w.User(w.School, domain.RoleTeacher)
	w.User(w.Foreign, domain.RoleTeacher)
	off, err := w.Store.CreateUser(ctx, models.NewUser{Login: "z100%", Name: "百分百", OrgID: w.School.ID, IDNumber: idNumber})
	require.NoError(t, err)
	require.NoError(t, w.Store.SetDisabled(ctx, off.ID, true))
	enabled := false
	scope := models.Scope{Paths: []string{w.District.Path}}
	for name, test := range map[string]struct {
		f    models.UserFilter
		want int
	}{
		"all in scope":       {models.UserFilter{}, 2},
		"by role":            {models.UserFilter{Role: string(domain.RoleTeacher)}, 1},
		"by name":            {models.UserFilter{Text: "分百"}, 1},
		"by end of masked":   {models.UserFilter{Text: "002X"}, 1},
		"wildcards are text": {models.UserFilter{Text: "0%"}, 1},
		"only own text":      {models.UserFilter{Text: "1%0"}, 0},
		"of another school":  {models.UserFilter{OrgID: w.Foreign.ID}, 0},
		"of the school":      {models.UserFilter{OrgID: w.School.ID}, 2},
		"under the city":     {models.UserFilter{Under: w.City.Path}, 2},
		"under its sibling":  {models.UserFilter{Under: w.Sibling.Path}, 0},
		"enabled":            {models.UserFilter{Disabled: &enabled}, 1},
	} {
		rows, _, err := w.Store.Users(ctx, scope, test.f, models.Page{})
		require.NoError(t, err, name)
		require.Len(t, rows, test.want, name)
	}
	rows, _, err := w.Store.Users(ctx, scope, models.UserFilter{}, models.Page{Sort: "-login"})
	require.NoError(t, err)
	require.Equal(t, off.ID, rows[0].ID)
}

// A list reads the same whether it starts from few organisations and holders or from many.
func testManyUsers(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	list := make([]models.NewUser, 0, 1100)
	for i := range 60 {
		school := w.Org(w.District, models.LevelSchool, fmt.Sprintf("many-%02d", i), "学校")
		for j := range 18 {
			list = append(list, models.NewUser{Login: fmt.Sprintf("many-%02d-%02d", i, j), Name: "教师", OrgID: school.ID, Roles: []domain.Role{domain.RoleTeacher}})
		}
	}
	_, err := w.Store.CreateUsers(ctx, list)
	require.NoError(t, err)
	head := w.User(w.School, domain.RolePrincipal)
	for name, test := range map[string]struct {
		scope string
		f     models.UserFilter
		want  int
	}{
		"of many":           {w.City.Path, models.UserFilter{}, 1081},
		"many of many":      {w.City.Path, models.UserFilter{Role: string(domain.RoleTeacher)}, 1080},
		"few of many":       {w.City.Path, models.UserFilter{Role: string(domain.RolePrincipal)}, 1},
		"many of few":       {w.School.Path, models.UserFilter{Role: string(domain.RoleTeacher)}, 0},
		"few of few":        {w.School.Path, models.UserFilter{Role: string(domain.RolePrincipal)}, 1},
		"of many, one org":  {w.City.Path, models.UserFilter{OrgID: head.OrgID}, 1},
		"of many, one path": {w.City.Path, models.UserFilter{Under: w.District.Path, Text: "many-07"}, 18},
	} {
		n := 0
		for p := (models.Page{Limit: 400, Sort: "name"}); ; {
			rows, next, err := w.Store.Users(ctx, models.Scope{Paths: []string{test.scope}}, test.f, p)
			require.NoError(t, err, name)
			n += len(rows)
			if p.Cursor = next; next == "" {
				break
			}
		}
		require.Equal(t, test.want, n, name)
	}
	children, err := w.Store.OrgChildren(ctx, []string{w.City.ID, w.District.ID, w.School.ID})
	require.NoError(t, err)
	require.Equal(t, map[string]int{w.City.ID: 3, w.District.ID: 61}, children)
}

var lockout = models.Lockout{After: 5, For: 15 * time.Minute}

// guessing answers guesses at somebody.
func guessing(w *testkit.World, at models.Guessed) func(v models.Verdict) error {
	return func(v models.Verdict) error {
		return w.Store.Guess(w.T.Context(), at, lockout, func(context.Context) (models.Verdict, error) {
			if v == models.Right {
				return v, nil
			}
			return v, apperr.New(apperr.Unauthenticated, "no")
		})
	}
}

func testLockout(w *testkit.World) {
	t := w.T
	u := w.User(w.School)
	for name, at := range map[string]models.Guessed{"account": models.Account(u.ID), "stranger": w.Store.Stranger("nobody")} {
		guess := guessing(w, at)
		for range lockout.After - 1 {
			refused(t, guess(models.WrongPassword), apperr.Unauthenticated)
			refused(t, guess(models.Undecided), apperr.Unauthenticated)
		}
		refused(t, guess(models.WrongCode), apperr.Locked)
		refused(t, guess(models.Right), apperr.Locked)
		w.Clock.Advance(lockout.For)
		for range lockout.After - 1 {
			refused(t, guess(models.WrongPassword), apperr.Unauthenticated)
		}
		require.NoError(t, guess(models.Right), name)
		refused(t, guess(models.WrongPassword), apperr.Unauthenticated)
	}
	got, err := w.Store.User(t.Context(), u.ID)
	require.NoError(t, err)
	require.Equal(t, 1, got.Failed, "a right one forgets those before")
	require.Empty(t, got.LockedFor)
}

func testLockoutIsOnRecord(w *testkit.World) {
	t := w.T
	u := w.User(w.School)
	guess := guessing(w, models.Account(u.ID))
	for range lockout.After {
		require.Error(t, guess(models.WrongCode))
	}
	got, err := w.Store.User(t.Context(), u.ID)
	require.NoError(t, err)
	require.Equal(t, string(models.WrongCode), got.LockedFor)
	require.Equal(t, w.Clock.Now(), got.LockedAt.UTC())
	require.Equal(t, w.Clock.Now().Add(lockout.For), got.LockedUntil.UTC())
	require.NoError(t, w.Store.SetPassword(t.Context(), u.ID, "hash", false, ""))
	require.NoError(t, guess(models.Right), "a new password unlocks")
}

// However many are tried at once, no more are looked at than may be wrong; and none that is
// right is counted, however many wait for it.
func testLockoutRace(w *testkit.World) {
	t := w.T
	u := w.User(w.School)
	for name, at := range map[string]models.Guessed{"account": models.Account(u.ID), "stranger": w.Store.Stranger("nobody-else")} {
		var seen, locked atomic.Int32
		together := func(n int, v models.Verdict) {
			var wg sync.WaitGroup
			for range n {
				wg.Go(func() {
					err := w.Store.Guess(t.Context(), at, lockout, func(context.Context) (models.Verdict, error) {
						seen.Add(1)
						return v, nil
					})
					if apperr.Is(err, apperr.Locked) {
						locked.Add(1)
					} else if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		together(12, models.Right)
		require.EqualValues(t, 12, seen.Load(), name)
		require.Zero(t, locked.Load(), name)
		seen.Store(0)
		together(20, models.WrongPassword)
		require.EqualValues(t, lockout.After, seen.Load(), "%s: guesses that were looked at", name)
		require.EqualValues(t, 16, locked.Load(), name)
	}
}

// What a process that died was looking at holds up nobody for long.
func testGuessesLeftBehind(w *testkit.World) {
	t := w.T
	u := w.User(w.School)
	for i := range lockout.After {
		require.NoError(t, w.Store.DB(t.Context()).Create(&models.Guess{ID: fmt.Sprintf("left-%d-%s", i, u.ID[:8]), Subject: u.ID, Since: w.Clock.Now()}).Error)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	asked := func(ctx context.Context) error {
		return w.Store.Guess(ctx, models.Account(u.ID), lockout, func(context.Context) (models.Verdict, error) { return models.Right, nil })
	}
	require.Error(t, asked(ctx))
	w.Clock.Advance(time.Minute)
	require.NoError(t, asked(t.Context()))
	require.NoError(t, guessing(w, w.Store.Stranger("somebody"))(models.Right))
	w.Clock.Advance(31 * 24 * time.Hour)
	require.NoError(t, w.Store.PurgeGuesses(t.Context()))
	var left int64
	require.NoError(t, w.Store.DB(t.Context()).Model(&models.StrangerLogin{}).Count(&left).Error)
	require.Zero(t, left)
}

// Two who each take one of the last two away at once do not leave nobody.
func testTheLastOfTriad(w *testkit.World) {
	t := w.T
	for range 3 {
		holders := []*models.User{w.User(w.City, domain.RoleAudit), w.User(w.City, domain.RoleAudit)}
		var refusals atomic.Int32
		var wg sync.WaitGroup
		for _, u := range holders {
			wg.Go(func() {
				if err := w.Store.SetDisabled(t.Context(), u.ID, true); apperr.Is(err, models.CodeLastHolder) {
					refusals.Add(1)
				} else if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.EqualValues(t, 1, refusals.Load())
		for _, u := range holders { // for the next turn
			require.NoError(t, w.Store.DB(t.Context()).Where("user_id = ?", u.ID).Delete(&models.Grant{}).Error)
		}
	}
}

// A second factor that is put to use while others begin anew stays in use.
func testFactorsBegunAtOnce(w *testkit.World) {
	t := w.T
	for range 4 {
		u := w.User(w.School)
		var confirmed atomic.Bool
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				secret := auth.NewTOTPSecret()
				if err := w.Store.BeginSecondFactor(t.Context(), u.ID, secret); err != nil {
					return // one is in use
				}
				code, err := auth.TOTP(secret, auth.TOTPAt(w.Clock.Now()))
				if err == nil && w.Store.ConfirmSecondFactor(t.Context(), u.ID, code, []string{"hash-" + secret[:8]}) == nil {
					confirmed.Store(true)
				}
			})
		}
		wg.Wait()
		f, err := w.Store.SecondFactor(t.Context(), u.ID)
		require.NoError(t, err)
		require.Equal(t, confirmed.Load(), f != nil)
	}
}

func testSessions(w *testkit.World) {
	t := w.T
	ctx := t.Context()
	const idle, absolute = 30 * time.Minute, 12 * time.Hour
	u := w.User(w.School)
	login := func(hash string) {
		require.NoError(t, w.Store.CreateSession(ctx, models.Session{TokenHash: hash, UserID: u.ID}, absolute))
	}
	alive := func(hash string) error { _, _, err := w.Store.Session(ctx, hash, idle); return err }

	login("a")
	for range 20 {
		w.Clock.Advance(idle - time.Second)
		require.NoError(t, alive("a"), "use keeps it alive")
	}
	w.Clock.Advance(idle)
	refused(t, alive("a"), apperr.Unauthenticated)

	login("b")
	for range 23 {
		w.Clock.Advance(idle - time.Second)
		require.NoError(t, alive("b"))
	}
	w.Clock.Advance(idle - time.Second)
	w.Clock.Advance(30 * time.Second)
	refused(t, alive("b"), apperr.Unauthenticated)

	login("c")
	login("d")
	require.NoError(t, w.Store.SetPassword(ctx, u.ID, "hash", false, "d"))
	refused(t, alive("c"), apperr.Unauthenticated)
	require.NoError(t, alive("d"), "the session that changed it stays")
	require.NoError(t, w.Store.SetDisabled(ctx, u.ID, true))
	refused(t, alive("d"), apperr.Unauthenticated)
	refused(t, alive("unknown"), apperr.Unauthenticated)
	require.NoError(t, w.Store.PurgeSessions(ctx))
}
