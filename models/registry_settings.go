package models

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/registry"
	"zhengxiao/internal/registry/file"
	"zhengxiao/internal/registry/push"
)

// CodeNoRegistry says that nobody has set up how hours are registered.
const CodeNoRegistry apperr.Code = "registry_missing"

const (
	columnRegistrySecret = "registries.secret"
	columnRegistryKey    = "registries.client_key"
	registryPageMost     = 500
	registryPageUsual    = 200
	registryRateMost     = 60_000
)

// RegistryFor is the registry of an organisation: its own, or that of the nearest above.
func (s *Store) RegistryFor(ctx context.Context, path string) (*Registry, error) {
	return registryFor(s.DB(ctx), path)
}

func registryFor(tx *gorm.DB, path string) (*Registry, error) {
	above := ancestors([]string{path})
	var rows []Registry
	if err := tx.Where("path IN ?", above).Find(&rows).Error; err != nil {
		return nil, fail(err, "load registry")
	}
	if len(rows) == 0 {
		return nil, apperr.New(CodeNoRegistry, "还没有登记设置，不能报送学时。请市工程办或系统管理员先在“学时登记”的“登记设置”中填写。")
	}
	nearest := slices.MaxFunc(rows, func(a, b Registry) int { return len(a.Path) - len(b.Path) })
	return &nearest, nil
}

// RegistryOf is an organisation's own registry, nil without one.
func (s *Store) RegistryOf(ctx context.Context, orgID string) (*Registry, error) {
	var rows []Registry
	err := s.DB(ctx).Where("org_id = ?", orgID).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, fail(err, "load registry")
	}
	return &rows[0], nil
}

// NewRegistry is what is set. A nil Secret leaves the one that is there, a nil Client the
// certificate and its key.
type NewRegistry struct {
	Mode     RegistryMode
	Settings RegistrySettings // without the certificate
	Secret   *string
	Client   *ClientPair
}

// PutRegistry sets how an organisation registers hours.
func (s *Store) PutRegistry(ctx context.Context, org *Org, n NewRegistry, by string) (*Registry, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	if n.Mode == RegistryPush {
		if _, err := s.outbound.CheckURL(n.Settings.URL); err != nil {
			return nil, apperr.Wrap(err, apperr.Invalid,
				"接口地址不可用：须以 https:// 开头，不能指向内部网络；确需使用内部地址的，请系统管理员在服务器设置中放行。").On("url")
		}
	}
	var row Registry
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		row = Registry{OrgID: org.ID, Path: org.Path}
		if err := forUpdate(tx).Where("org_id = ?", org.ID).Limit(1).Find(&row).Error; err != nil {
			return err
		}
		if row.Settings.URL != n.Settings.URL { // another registry's receipts begin at the beginning
			row.AfterReceipt = ""
			if n.Secret == nil && row.Secret != "" {
				return apperr.Field("secret", "接口地址已改变，请重新填写凭据，以免旧凭据发往新地址。")
			}
		}
		if n.Secret != nil {
			row.Secret = s.keys.Seal(columnRegistrySecret, row.OrgID, *n.Secret)
		}
		if n.Mode == RegistryPush && n.Settings.Auth != push.AuthNone && row.Secret == "" {
			return apperr.Field("secret", "请填写登记系统给的凭据。")
		}
		if err := s.setClient(&row, &n); err != nil {
			return err
		}
		row.Mode, row.Settings, row.Trouble = n.Mode, n.Settings, ""
		row.PollAt, row.UpdatedBy, row.UpdatedAt = s.Now(), by, s.Now()
		if err := audit(tx, AuditEntry{Action: "registry.set", SubjectKind: "registry", SubjectID: org.ID, OrgID: org.ID, Details: map[string]any{
			"mode": row.Mode, "url": row.Settings.URL, "project": row.Settings.Project, "secret": n.Secret != nil, "certificate": n.Client != nil,
		}}); err != nil {
			return err
		}
		return upsert(tx).Create(&row).Error
	})
	return &row, fail(err, "set registry")
}

func (n *NewRegistry) check() error {
	c := &n.Settings
	c.Project, c.Category, c.URL = strings.TrimSpace(c.Project), strings.TrimSpace(c.Category), strings.TrimSpace(c.URL)
	if _, err := regexp.Compile(c.OrgPattern); err != nil || len(c.OrgPattern) > 100 {
		return apperr.Field("org_pattern", "学校代码的格式应为正则表达式，例如 ^[0-9]{9}$。")
	}
	switch {
	case c.Project == "":
		return apperr.Field("project", "请填写登记系统给本项目的编号。")
	case len([]rune(c.Project)) > 64, len([]rune(c.Category)) > 64:
		return apperr.Field("project", "项目编号和学时类别不能超过64个字。")
	case c.YearCap < 0:
		return apperr.Field("year_cap", "年度上限不能小于0；不限制请填0。")
	case c.FirstYear != 0 && c.LastYear != 0 && c.FirstYear > c.LastYear:
		return apperr.Field("first_year", "起始年度不能晚于截止年度。")
	}
	if n.Mode == RegistryPush {
		return n.checkPush()
	}
	if n.Mode != RegistryFile {
		return apperr.Field("mode", "请选择报送方式：文件交换或接口报送。")
	}
	if c.Format != file.XLSX && c.Format != file.CSV {
		return apperr.Field("format", "请选择文件格式：xlsx 或 csv。")
	}
	if len(c.Columns) == 0 {
		c.Columns = file.Standard()
	}
	return file.Check(c.Columns)
}

func (n *NewRegistry) checkPush() error {
	c := &n.Settings
	if c.PageSize == 0 {
		c.PageSize = registryPageUsual
	}
	u, err := url.Parse(c.URL)
	switch {
	case err != nil, u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "", u.User != nil, u.RawQuery != "", u.Fragment != "", len(c.URL) > 500:
		return apperr.Field("url", "请填写登记系统接口的地址，以 https:// 开头，不带账号、参数和 #。")
	case !slices.Contains([]push.Auth{push.AuthNone, push.AuthBearer, push.AuthHMAC}, c.Auth):
		return apperr.Field("auth", "请选择认证方式。")
	case c.PageSize < 1 || c.PageSize > registryPageMost:
		return apperr.Field("page_size", "每次报送的条数应为1到500。")
	case c.PerMinute < 0 || c.PerMinute > registryRateMost:
		return apperr.Newf(apperr.Invalid, "每分钟最多报送的条数应为0到%d；不限制请填0。", registryRateMost).On("per_minute")
	case n.Secret != nil && (len(*n.Secret) > 500 || strings.ContainsFunc(*n.Secret, func(r rune) bool { return r < ' ' || r > '~' })):
		return apperr.Field("secret", "凭据只能是字母、数字和符号，不超过500个字符。")
	}
	return nil
}

// rules are what is checked before a record is sent.
func (r Registry) rules() registry.Rules {
	c := r.Settings
	rules := registry.Rules{
		Project: c.Project, YearCap: c.YearCap, OnePerYear: c.OnePerYear, FirstYear: c.FirstYear, LastYear: c.LastYear, LeftAllowed: c.LeftAllowed,
	}
	if c.OrgPattern != "" {
		rules.OrgCode, _ = regexp.Compile(c.OrgPattern) // PutRegistry has compiled it
	}
	return rules
}

// RegistryEndpoint is where a registry's records go, with the secret open.
type RegistryEndpoint struct {
	OrgID  string
	URL    string
	Auth   push.Auth
	Secret string
	// Certificate and Key are how the registry knows us by TLS, both in PEM; "" for not at all.
	Certificate, Key string
}

func (s *Store) endpoint(r *Registry) (RegistryEndpoint, error) {
	secret, err := s.keys.Open(columnRegistrySecret, r.OrgID, r.Secret)
	if err != nil {
		return RegistryEndpoint{}, err
	}
	at := RegistryEndpoint{OrgID: r.OrgID, URL: r.Settings.URL, Auth: r.Settings.Auth, Secret: secret, Certificate: r.Settings.Certificate}
	if r.ClientKey != nil {
		at.Key, err = s.keys.Open(columnRegistryKey, r.OrgID, *r.ClientKey)
	}
	return at, err
}

// registryRetry is when to try once more after so many attempts have failed.
func registryRetry(attempts int, asked time.Duration) time.Duration {
	const first, most = 15 * time.Second, time.Hour
	return max(asked, min(most, first<<min(attempts, 10)))
}
