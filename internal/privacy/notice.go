package privacy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// Notice is what everybody is told about their data (PIPL art. 17), from the inventory and
// the rules in force. Its version follows from all it says, so that no change goes untold.
type Notice struct {
	Version string
	Intro   []string
	Classes []Class
	Rules   []Rule
	Rights  []string
	Contact string
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
	n := Notice{Intro: usualIntro, Classes: Classes(), Rules: rules, Rights: rights, Contact: strings.TrimSpace(contact)}
	if own := paragraphs(text); len(own) > 0 {
		n.Intro = own
	}
	if n.Contact == "" {
		n.Contact = usualContact
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%+v", n))
	n.Version = hex.EncodeToString(sum[:6])
	return n
}

func paragraphs(text string) []string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return slices.DeleteFunc(lines, func(l string) bool { return l == "" })
}
