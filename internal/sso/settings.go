// Package sso signs people in through an OpenID provider: which ones there are is data of
// the operator, checked at the start; what a provider says of a person is believed only
// after its token was verified.
package sso

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"zhengxiao/internal/domain"
)

// Settings describe one provider.
type Settings struct {
	ID       string `json:"id"`        // in addresses and rows; changing it loses the links
	Name     string `json:"name"`      // on the button
	Issuer   string `json:"issuer"`    // https, as the provider itself writes it
	ClientID string `json:"client_id"` // ours, registered there
	// ClientSecretFile holds the client's secret; a client without one relies on PKCE.
	ClientSecretFile string   `json:"client_secret_file"`
	CAFile           string   `json:"ca_file"` // authorities to believe besides the system's
	Scopes           []string `json:"scopes"`  // besides openid
	// SubjectClaim is what a person is known by: sub unless the provider changes it.
	SubjectClaim string   `json:"subject_claim"`
	Roles        *Mapping `json:"roles"`
	Create       *Create  `json:"create"`
	// ACR is asked for when a person has to prove who they are again, and must be met.
	ACR string `json:"acr"`
	// SecondFactor are values of acr or amr by which the provider vouches for two factors.
	SecondFactor []string `json:"second_factor"`
	// Logout ends the provider's session, too, when somebody signs out.
	Logout bool `json:"logout"`

	secret string
	roots  *x509.CertPool
}

// Mapping gives roles for values of a claim, anew at each login.
type Mapping struct {
	Claim string `json:"claim"` // its name; parts of nested claims are joined by dots
	Rules []Rule `json:"rules"`
}

// Rule gives a role for a value.
type Rule struct {
	Value string      `json:"value"`
	Role  domain.Role `json:"role"`
	Org   string      `json:"org"` // its code
}

// Create has accounts made for people who have none.
type Create struct {
	Org        string `json:"org"` // code of the organisation they belong to
	LoginClaim string `json:"login_claim"`
	NameClaim  string `json:"name_claim"`
}

const (
	maxProviders = 8
	maxRules     = 500
)

var idForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

// Load reads the providers from a file, with every mistake in it; none without a file.
func Load(path string) ([]Settings, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("ZX_SSO_FILE：%w", err)
	}
	list, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("ZX_SSO_FILE：%w", err)
	}
	var errs []error
	for i := range list {
		if err := list[i].readFiles(filepath.Dir(path)); err != nil {
			errs = append(errs, fmt.Errorf("ZX_SSO_FILE：%s：%w", list[i].ID, err))
		}
	}
	return list, errors.Join(errs...)
}

// Parse reads the providers from JSON, without the files it names.
func Parse(text []byte) ([]Settings, error) {
	var file struct {
		Providers []Settings `json:"providers"`
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return nil, fmt.Errorf("不是有效的 JSON，或有不认识的项：%w", err)
	}
	if d.More() {
		return nil, errors.New("JSON 之后还有多余的内容")
	}
	var errs []error
	if len(file.Providers) > maxProviders {
		errs = append(errs, fmt.Errorf("最多 %d 个登录平台", maxProviders))
	}
	seen := map[string]bool{}
	for i := range file.Providers {
		p := &file.Providers[i]
		if p.SubjectClaim == "" {
			p.SubjectClaim = "sub"
		}
		if seen[p.ID] {
			errs = append(errs, fmt.Errorf("%s：编号重复", p.ID))
		}
		seen[p.ID] = true
		for _, err := range p.mistakes() {
			errs = append(errs, fmt.Errorf("第 %d 个登录平台（%s）：%w", i+1, p.ID, err))
		}
	}
	return file.Providers, errors.Join(errs...)
}

func (p *Settings) mistakes() []error {
	var errs []error
	wrong := func(is bool, text string, args ...any) {
		if is {
			errs = append(errs, fmt.Errorf(text, args...))
		}
	}
	wrong(!idForm.MatchString(p.ID), "id：须为小写字母开头的小写字母、数字、短横线，最多 31 个")
	wrong(strings.TrimSpace(p.Name) == "" || len(p.Name) > 60, "name：请写登录按钮上的名称，最多 20 个汉字")
	wrong(!trusted(p.Issuer), "issuer：须为 https 地址（仅本机的平台可以用 http），不带查询和片段")
	wrong(p.ClientID == "", "client_id：必须设置")
	wrong(slices.Contains(p.Scopes, "offline_access"), "scopes：不使用 offline_access，请去掉")
	if c := p.Create; c != nil {
		wrong(c.Org == "" || c.LoginClaim == "" || c.NameClaim == "", "create：org、login_claim、name_claim 都必须设置")
	}
	if m := p.Roles; m != nil {
		wrong(m.Claim == "", "roles.claim：必须设置")
		wrong(len(m.Rules) == 0 || len(m.Rules) > maxRules, "roles.rules：须有 1 到 %d 条", maxRules)
		for i, r := range m.Rules {
			wrong(r.Value == "" || r.Org == "", "roles.rules 第 %d 条：value 和 org 都必须设置", i+1)
			wrong(!r.Role.Valid(), "roles.rules 第 %d 条：没有“%s”这种身份", i+1, r.Role)
			wrong(r.Role.Triad(), "roles.rules 第 %d 条：“%s”须两人办理，不能由登录平台授予", i+1, r.Role.Name())
		}
	}
	return errs
}

// trusted reports whether an issuer's address cannot be listened in on.
func trusted(issuer string) bool {
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return false
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && err == nil && addr.IsLoopback()
}

func (p *Settings) readFiles(dir string) error {
	read := func(name string) ([]byte, error) {
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		return os.ReadFile(name)
	}
	if p.ClientSecretFile != "" {
		text, err := read(p.ClientSecretFile)
		if err != nil {
			return fmt.Errorf("client_secret_file：%w", err)
		}
		p.secret = strings.TrimSpace(string(text))
	}
	if p.CAFile == "" {
		return nil
	}
	pem, err := read(p.CAFile)
	if err != nil {
		return fmt.Errorf("ca_file：%w", err)
	}
	if p.roots, err = x509.SystemCertPool(); err != nil {
		p.roots = x509.NewCertPool()
	}
	if !p.roots.AppendCertsFromPEM(pem) {
		return errors.New("ca_file：文件中没有 PEM 格式的证书")
	}
	return nil
}

// WithSecret is a copy with the client's secret.
func (p *Settings) WithSecret(secret string) Settings {
	with := *p
	with.secret = secret
	return with
}
