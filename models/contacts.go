package models

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"math/big"
	"strings"
	"time"

	"gorm.io/gorm"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/calendar"
	"zhengxiao/internal/notify"
)

// The sealed columns of a contact.
const (
	columnMail     = "contacts.mail"
	columnMailCode = "contacts.code"
)

const (
	mailCodeLife  = 30 * time.Minute
	mailCodeTries = 5
	mailCodesADay = 5
	mailPause     = time.Minute
)

// The codes of what is wrong with proving an address.
const (
	CodeMailCode   apperr.Code = "mail_code"
	CodeNoServer   apperr.Code = "no_mail_server"
	CodeTooManyNow apperr.Code = "too_many_codes"
)

// maskMail shows the first letter and the domain: z***@school.example.
func maskMail(address string) string {
	name, domain, _ := strings.Cut(address, "@")
	first := name
	if r := []rune(name); len(r) > 1 {
		first = string(r[:1])
	}
	return truncate(first+"***@"+domain, 64)
}

// Contact is a user's mail address, the zero value for none.
func (s *Store) Contact(ctx context.Context, userID string) (Contact, error) {
	row := Contact{UserID: userID}
	err := s.DB(ctx).Where("user_id = ?", userID).Limit(1).Find(&row).Error
	return row, fail(err, "read contact")
}

// AskMail sends a code to an address, to prove that it is the user's. The address before
// stays good until then.
func (s *Store) AskMail(ctx context.Context, u *User, address string) (Contact, error) {
	address = strings.TrimSpace(address)
	if notify.CheckAddress(address) != nil || len(address) > 254 {
		return Contact{}, apperr.Field("mail", "邮箱地址不正确，应形如 name@example.com。")
	}
	var c Contact
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		var err error
		if c, err = lockContact(tx, u.ID); err != nil {
			return err
		}
		if err := s.countCode(&c); err != nil {
			return err
		}
		var org Org
		if err := tx.Where("id = ?", u.OrgID).Take(&org).Error; err != nil {
			return fail(err, "load organisation")
		}
		servers, err := mailServers(tx, map[string]reader{"": {Path: org.Path}})
		if err != nil {
			return err
		}
		server := nearest(servers, org.Path)
		if server == nil {
			return apperr.New(CodeNoServer, "您的单位及上级还没有配置邮件服务器，暂不能使用邮件通知。请联系管理员在“通知渠道”中配置。")
		}
		until := s.Now().Add(mailCodeLife)
		c.PendingEnc, c.PendingMask = s.keys.Seal(columnMail, c.UserID, address), maskMail(address)
		c.CodeEnc, c.CodeTries, c.CodeUntil, c.UpdatedAt = s.keys.Seal(columnMailCode, c.UserID, newCode()), 0, &until, s.Now()
		if err := upsert(tx).Create(&c).Error; err != nil {
			return fail(err, "keep contact")
		}
		d := s.delivery(server, deliveryCode, "code/"+newID())
		d.UserID, d.Title = u.ID, "邮箱验证码" // the code itself is opened when it is sent
		if err := tx.Create(&d).Error; err != nil {
			return fail(err, "queue code")
		}
		return s.Audit(tx, AuditEntry{Action: "contact.ask", SubjectKind: "user", SubjectID: u.ID, OrgID: u.OrgID})
	})
	return c, err
}

func lockContact(tx *gorm.DB, userID string) (Contact, error) {
	c := Contact{UserID: userID}
	return c, fail(forUpdate(tx).Where("user_id = ?", userID).Limit(1).Find(&c).Error, "lock contact")
}

// countCode keeps an account from being used to fill somebody's mailbox.
func (s *Store) countCode(c *Contact) error {
	today := calendar.DayNumber(s.Now())
	if c.CodesDay != today {
		c.CodesDay, c.CodesSent = today, 0
	}
	if c.CodesSent >= mailCodesADay {
		return apperr.New(CodeTooManyNow, "今天的验证码已发送多次，请明天再试。")
	}
	if c.CodeUntil != nil && c.CodeUntil.Sub(s.Now()) > mailCodeLife-mailPause {
		return apperr.New(CodeTooManyNow, "验证码刚刚发出，请一分钟后再试。")
	}
	c.CodesSent++
	return nil
}

// CodesLeft is how many codes may still be sent today.
func (s *Store) CodesLeft(c Contact) int {
	if c.CodesDay != calendar.DayNumber(s.Now()) {
		return mailCodesADay
	}
	return max(mailCodesADay-c.CodesSent, 0)
}

func newCode() string {
	n, _ := rand.Int(rand.Reader, big.NewInt(100_000_000)) // never fails: the runtime aborts instead
	return fmt.Sprintf("%08d", n)
}

// ProveMail takes the code that was sent: the address is the user's from then on.
func (s *Store) ProveMail(ctx context.Context, u *User, code string) (Contact, error) {
	var c Contact
	var wrong error
	err := s.Tx(ctx, func(tx *gorm.DB) error {
		var err error
		if c, err = lockContact(tx, u.ID); err != nil {
			return err
		}
		if wrong = s.checkCode(&c, strings.TrimSpace(code)); wrong != nil {
			return fail(tx.Model(&c).Select("code_tries").Updates(&c).Error, "count tries")
		}
		address, err := s.keys.Open(columnMail, c.UserID, c.PendingEnc)
		if err != nil {
			return err
		}
		now := s.Now()
		c.MailEnc, c.MailMask, c.MailIndex = c.PendingEnc, c.PendingMask, s.keys.Index(columnMail, normalMail(address))
		c.VerifiedAt, c.PendingEnc, c.PendingMask, c.CodeEnc, c.CodeUntil, c.UpdatedAt = &now, "", "", "", nil, now
		if err := tx.Save(&c).Error; err != nil {
			return fail(err, "keep contact")
		}
		return s.Audit(tx, AuditEntry{Action: "contact.prove", SubjectKind: "user", SubjectID: u.ID, OrgID: u.OrgID})
	})
	if err == nil {
		err = wrong
	}
	return c, err
}

func (s *Store) checkCode(c *Contact, code string) error {
	switch {
	case c.PendingEnc == "" || c.CodeUntil == nil || s.Now().After(*c.CodeUntil):
		return apperr.New(CodeMailCode, "验证码已失效，请重新获取。").On("code")
	case c.CodeTries >= mailCodeTries:
		return apperr.New(CodeMailCode, "验证码输错次数过多，请重新获取。").On("code")
	}
	want, err := s.keys.Open(columnMailCode, c.UserID, c.CodeEnc)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(want), []byte(code)) != 1 {
		c.CodeTries++
		return apperr.New(CodeMailCode, "验证码不正确，请核对邮件中的数字。").On("code")
	}
	return nil
}

// DropMail forgets a user's address. How many codes were sent stays: asking anew is no way
// around the limit.
func (s *Store) DropMail(ctx context.Context, u *User) error {
	return s.Tx(ctx, func(tx *gorm.DB) error {
		c, err := lockContact(tx, u.ID)
		if err != nil {
			return err
		}
		kept := Contact{UserID: u.ID, CodeUntil: c.CodeUntil, CodesDay: c.CodesDay, CodesSent: c.CodesSent, UpdatedAt: s.Now()}
		if err := upsert(tx).Create(&kept).Error; err != nil {
			return fail(err, "forget contact")
		}
		return s.Audit(tx, AuditEntry{Action: "contact.drop", SubjectKind: "user", SubjectID: u.ID, OrgID: u.OrgID})
	})
}

// NoticeChoice is what a user wants by mail.
func (s *Store) NoticeChoice(ctx context.Context, userID string) (NoticeChoice, error) {
	row := UsualChoice(userID)
	err := s.DB(ctx).Where("user_id = ?", userID).Limit(1).Find(&row).Error
	return row, fail(err, "read choice of notices")
}

// PutNoticeChoice keeps what a user wants by mail. No topics at all is no mail.
func (s *Store) PutNoticeChoice(ctx context.Context, c NoticeChoice) (NoticeChoice, error) {
	if c.Topics == "" {
		c.Topics = noTopics
	}
	c.UpdatedAt = s.Now()
	return c, fail(upsert(s.DB(ctx)).Create(&c).Error, "keep choice of notices")
}

// noTopics is stored for somebody who wants no mail.
const noTopics = "-"

// Letter is a message of a post, and where it goes.
type Letter struct {
	Endpoint notify.Endpoint
	Message  notify.Message
}

// Compose makes the message of a post; base is where browsers reach the app. A failure of
// its own ends the delivery.
func (s *Store) Compose(ctx context.Context, p Post, base string) (Letter, *notify.SendError, error) {
	lead := p.Items[0]
	to, err := s.Endpoint(p.Channel)
	if err != nil {
		return Letter{}, &notify.SendError{Code: CodeNoSecret}, nil
	}
	m := notify.Message{
		ID: lead.ID, Kind: lead.Kind, KindName: TopicOf(lead.Kind).Name(), Title: lead.Title, Text: lead.Body,
		CaseID: lead.CaseID, School: lead.School, At: lead.CreatedAt,
	}
	m.Link = lead.page(base)
	if p.Channel.Kind != notify.Mail {
		return Letter{to, m}, nil, nil
	}
	c, err := s.Contact(ctx, lead.UserID)
	if err != nil {
		return Letter{}, nil, err
	}
	sealed := c.MailEnc
	if lead.Kind == deliveryCode {
		sealed = c.PendingEnc
	} else if c.VerifiedAt == nil {
		sealed = ""
	}
	if to.To, err = s.keys.Open(columnMail, c.UserID, sealed); err != nil || to.To == "" {
		return Letter{}, &notify.SendError{Code: CodeNoAddress, Permanent: true}, nil
	}
	if lead.Kind == deliveryCode {
		code, err := s.keys.Open(columnMailCode, c.UserID, c.CodeEnc)
		if err != nil || code == "" {
			return Letter{}, &notify.SendError{Code: CodeNoAddress, Permanent: true}, nil
		}
		m.Text, m.Link = "您的邮箱验证码是 "+code+"，30 分钟内有效。如果不是您本人操作，请忽略本邮件。", proofLink(base, code)
	}
	if len(p.Items) > 1 {
		m.Title, m.Text, m.Link = fmt.Sprintf("今日通知 %d 条", len(p.Items)), summary(p.Items, base), (&Delivery{}).page(base)
	}
	return Letter{to, m}, nil, nil
}

// proofLink leads to the page that proves the address. The code is in the fragment, which
// no browser tells a server or a proxy; it is good for the account that asked, in a session.
func proofLink(base, code string) string {
	if base == "" {
		return ""
	}
	return strings.TrimSuffix(base, "/") + "/notice-settings#code=" + code
}

func summary(items []Delivery, base string) string {
	var b strings.Builder
	for i := range items {
		d := &items[i]
		fmt.Fprintf(&b, "%d. %s\r\n%s\r\n%s\r\n\r\n", i+1, d.Title, d.Body, d.page(base))
	}
	return b.String()
}

// page is where a delivery leads to, "" when nobody knows how browsers reach the app.
func (d *Delivery) page(base string) string {
	base = strings.TrimSuffix(base, "/")
	switch {
	case base == "":
		return ""
	case d.Link != "":
		return base + d.Link
	case d.CaseID != "":
		return base + "/cases/" + d.CaseID
	}
	return base + "/notices"
}
