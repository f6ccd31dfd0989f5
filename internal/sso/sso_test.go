package sso

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"zhengxiao/internal/domain"
)

const good = `{"providers":[{"id":"edu","name":"教育云","issuer":"https://id.example","client_id":"zx","client_secret_file":"s",
	"roles":{"claim":"realm.roles","rules":[{"value":"a","role":"district","org":"440103"},{"value":"a","role":"bureau","org":"4401"}]}}]}`

func TestSettingsAreReadWithTheirFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "sso.json")
	require.NoError(t, os.WriteFile(file, []byte(good), 0o600))
	_, err := Load(file)
	require.ErrorContains(t, err, "client_secret_file")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "s"), []byte("secret\n"), 0o600))
	list, err := Load(file)
	require.NoError(t, err)
	require.Equal(t, "secret", list[0].secret)
	require.Equal(t, "sub", list[0].SubjectClaim)
	none, err := Load("")
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestMistakesInSettingsAreNamed(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		`{"providers":[{"id":"Edu","name":"x","issuer":"https://a.example","client_id":"c"}]}`:                           "id：",
		`{"providers":[{"id":"e","name":"x","issuer":"http://a.example","client_id":"c"}]}`:                              "issuer：",
		`{"providers":[{"id":"e","name":"x","issuer":"https://u@a.example","client_id":"c"}]}`:                           "issuer：",
		`{"providers":[{"id":"e","name":"x","issuer":"https://a.example"}]}`:                                             "client_id：",
		`{"providers":[{"id":"e","name":"x","issuer":"https://a.example","client_id":"c","scopes":["offline_access"]}]}`: "offline_access",
		`{"providers":[{"id":"e","name":"x","issuer":"https://a.example","client_id":"c","create":{"org":"1"}}]}`:        "create：",
		`{"providers":[{"id":"e","name":"x","issuer":"https://a.example","client_id":"c","secret":"s"}]}`:                "不认识的项",
		`{"providers":[{"id":"e","name":"x","issuer":"https://a.example","client_id":"c","roles":{"claim":"r","rules":[
			{"value":"a","role":"sysadmin","org":"44"}]}}]}`: "两人办理",
		`{"providers":[{"id":"e","name":"x","issuer":"https://a.example","client_id":"c","roles":{"claim":"r","rules":[
			{"value":"a","role":"king","org":"44"}]}}]}`: "没有“king”",
		`{"providers":[{"id":"e","name":"x","issuer":"https://a.example","client_id":"c"},
			{"id":"e","name":"x","issuer":"https://a.example","client_id":"c"}]}`: "重复",
		good + `{}`: "多余",
	} {
		_, err := Parse([]byte(text))
		require.ErrorContains(t, err, says, text)
	}
	_, err := Parse([]byte(`{"providers":[{"id":"e","name":"x","issuer":"http://127.0.0.1:1","client_id":"c"}]}`))
	require.NoError(t, err)
}

func TestNothingOfTheClaimsIsTakenForMoreThanItIs(t *testing.T) {
	t.Parallel()
	list, err := Parse([]byte(good))
	require.NoError(t, err)
	p := list[0]
	for text, seats := range map[string]int{
		`{"sub":"x","realm":{"roles":["a","b"]}}`: 2,
		`{"sub":"x","realm":{"roles":"a"}}`:       2,
		`{"sub":"x","realm.roles":["a"]}`:         2,
		`{"sub":"x","realm":{"roles":["A"]}}`:     0,
		`{"sub":"x","realm":{"roles":{"a":1}}}`:   0,
		`{"sub":"x","realm":["roles","a"]}`:       0,
		`{"sub":"x"}`:                             0,
	} {
		id, err := p.identity([]byte(text))
		require.NoError(t, err)
		require.Len(t, id.Roles, seats, text)
	}
	for _, text := range []string{`{}`, `{"sub":1}`, `{"sub":""}`, `{"sub":["x"]}`, `[]`, `{"sub":"x\u0000y"}`, `{"sub":"x\u202ey"}`} {
		_, err := p.identity([]byte(text))
		require.ErrorIs(t, err, ErrRefused, text)
	}
}

func FuzzClaims(f *testing.F) {
	list, err := Parse([]byte(good))
	require.NoError(f, err)
	p := list[0]
	p.SecondFactor = []string{"otp"}
	p.Roles.Rules = append(p.Roles.Rules, Rule{Value: "root", Role: domain.RoleSysadmin, Org: "44"}) // whatever a check of settings misses
	for _, seed := range []string{
		`{"sub":"x","realm":{"roles":["a","root"]},"amr":["otp"],"auth_time":1e9}`, `{"sub":"x","auth_time":1e300,"acr":"otp"}`,
		`{"sub":"x","realm.roles":["a"],"auth_time":-1}`, `{"sub":{"sub":"x"}}`, `nul`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		id, err := p.identity(raw)
		if err != nil {
			return
		}
		require.NotEmpty(t, id.Subject)
		require.True(t, json.Valid(raw))
		require.LessOrEqual(t, len(id.Roles), len(p.Roles.Rules))
		for i, s := range id.Roles {
			require.False(t, s.Role.Triad())
			require.NotContains(t, id.Roles[:i], s)
			require.True(t, slices.ContainsFunc(p.Roles.Rules, func(r Rule) bool { return r.Role == s.Role && r.Org == s.Org }))
		}
	})
}
