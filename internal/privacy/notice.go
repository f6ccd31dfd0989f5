package privacy

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Notice is what everybody is told about their data (PIPL art. 17), from the inventory and
// the rules in force. Its version is a digest of all it says, so that no change goes untold.
type Notice struct {
	Text

	Version string
}

// Text is what a notice says, in the words that people read.
type Text struct {
	Intro   []string     `json:"intro"`
	Classes []NoticeData `json:"classes"`
	Rules   []NoticeRule `json:"rules"`
	Rights  []string     `json:"rights"`
	Contact string       `json:"contact"`
}

// NoticeData is what a notice says of a class of data.
type NoticeData struct {
	Title     string `json:"title"`
	Category  string `json:"category"`
	Purpose   string `json:"purpose"`
	Basis     string `json:"basis"`
	SeenBy    string `json:"seen_by"`
	Mask      string `json:"mask"`
	Retention string `json:"retention"`
	Fate      string `json:"fate"`
	Why       string `json:"why,omitempty"`
}

// NoticeRule is what a notice says of a time after which data are erased.
type NoticeRule struct {
	Title  string `json:"title"`
	From   string `json:"from"`
	Months int    `json:"months"`
	Basis  string `json:"basis"`
}

// usualIntro is what a notice begins with where the operator gives no text.
var usualIntro = []string{
	"本系统用于整校推进（教师信息技术应用能力提升工程）项目的申报、审核、研修、考核和学时认定。为此处理参与教师和办理人员的个人信息。",
	"个人信息由使用本系统的教育行政部门（市、区工程办和教育局）决定处理目的和方式，只在办理上述事项所必需的范围内处理，不用于其他目的，不作自动化决策。",
	"学时经教育局审核后，报送本地继续教育学时登记机构；除此以外，不向其他单位提供，不向境外提供。",
	"证件号、手机号、邮箱加密保存，平时只显示掩码；查看须写明用途并再次验证身份，每次查看本人都能看到。",
}

var rights = []string{
	"查阅、复制、转移：登录后在“我的个人信息”下载系统保存的全部本人信息。",
	"更正、补充、删除：在“我的个人信息”提出申请，十五个工作日内答复；不予办理的说明理由。",
	"撤回同意：邮件通知以您的同意为依据，可随时在“我的账号”撤回或在“通知设置”删除邮箱，立即停止发送，不影响其他功能。",
	"知情：谁查看过您的证件号、手机号，在“我的个人信息”中逐次列出。",
	"对答复不服的，可以向上级教育行政部门或网信部门投诉。",
}

const usualContact = "本单位的系统管理员；或者在“我的个人信息”提出申请"

// NoticeOf makes the notice. text is the operator's own beginning, a paragraph a line, ""
// for the usual one; contact is who answers for the protection of personal data.
func NoticeOf(text, contact string, rules []Rule) Notice {
	t := Text{Intro: usualIntro, Rights: rights, Contact: strings.TrimSpace(contact)}
	if own := paragraphs(text); len(own) > 0 {
		t.Intro = own
	}
	if t.Contact == "" {
		t.Contact = usualContact
	}
	for _, c := range classes {
		t.Classes = append(t.Classes, NoticeData{
			Title: c.Title, Category: c.Category.Title(), Purpose: c.Purpose, Basis: c.Basis, SeenBy: c.SeenBy, Mask: c.Mask,
			Retention: c.Retention.Title(), Fate: c.Fate.Title(), Why: c.Why,
		})
	}
	for _, r := range rules {
		t.Rules = append(t.Rules, NoticeRule{Title: r.Title, From: r.From, Months: r.Months, Basis: r.Basis})
	}
	return Notice{Text: t, Version: versionOf(t.Encode())}
}

func versionOf(encoded string) string {
	sum := sha256.Sum256([]byte(encoded))
	return hex.EncodeToString(sum[:6])
}

// Encode is the text as it is kept: the version is a digest of these very bytes.
func (t Text) Encode() string {
	raw, err := json.Marshal(t)
	if err != nil {
		panic(fmt.Sprintf("encode notice: %v", err)) // texts and numbers only
	}
	return string(raw)
}

// ReadNotice is the notice whose text was kept under a version, of which it must be what
// people read.
func ReadNotice(version, encoded string) (Notice, error) {
	n := Notice{Version: version}
	if versionOf(encoded) != version {
		return n, fmt.Errorf("notice %s: the text that was kept is another's", version)
	}
	if err := json.Unmarshal([]byte(encoded), &n.Text); err != nil {
		return n, fmt.Errorf("read notice %s: %w", version, err)
	}
	return n, nil
}

func paragraphs(text string) []string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return slices.DeleteFunc(lines, func(l string) bool { return l == "" })
}
