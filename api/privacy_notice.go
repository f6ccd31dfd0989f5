package api

import (
	"context"
	"sync"
	"time"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/privacy"
	"zhengxiao/models"
)

// codePrivacyNotice is what is left undone until the 隐私政策 in force was read.
const codePrivacyNotice apperr.Code = "privacy_notice"

// noticeLife is how long a process may go by a text that another process has changed.
const noticeLife = 30 * time.Second

// noticeInForce is the 隐私政策 as it stands.
type noticeInForce struct {
	store   *models.Store
	text    string
	contact string
	asked   bool // people must read it
	known   *cache[privacy.Notice]
	kept    sync.Map // the versions whose text is known to be kept
}

func newNoticeInForce(store *models.Store, c Config) *noticeInForce {
	known := newCache[privacy.Notice](noticeLife, 1)
	return &noticeInForce{store: store, text: c.PrivacyText, contact: c.PrivacyContact, asked: c.PrivacyAsk, known: known}
}

// lately is the notice, at most noticeLife old.
func (n *noticeInForce) lately(ctx context.Context) (privacy.Notice, error) {
	return n.known.get("", n.store.Now(), func() (privacy.Notice, error) { return n.read(ctx) })
}

// now is the notice as the database has it.
func (n *noticeInForce) now(ctx context.Context) (privacy.Notice, error) {
	n.forget()
	return n.lately(ctx)
}

func (n *noticeInForce) forget() { n.known.forget() }

func (n *noticeInForce) read(ctx context.Context) (privacy.Notice, error) {
	rows, err := n.store.Retentions(ctx)
	if err != nil {
		return privacy.Notice{}, err
	}
	rules := make([]privacy.Rule, len(rows))
	for i, r := range rows {
		rules[i] = r.Rule
	}
	v := privacy.NoticeOf(n.text, n.contact, rules)
	return v, n.keep(ctx, v)
}

// keep has the text of a version kept before anybody reads it.
func (n *noticeInForce) keep(ctx context.Context, v privacy.Notice) error {
	if _, known := n.kept.Load(v.Version); known {
		return nil
	}
	if err := n.store.KeepNotice(ctx, v); err != nil {
		return err
	}
	n.kept.Store(v.Version, true)
	return nil
}

// uninformed reports whether the caller must read the notice first. Who has read it costs no
// question to the database; of who has not, what this process knows is looked up anew.
func (e *enforcer) uninformed(ctx context.Context, a *access) (bool, error) {
	if e.notice == nil || !e.notice.asked || a.token != nil {
		return false, nil
	}
	n, err := e.notice.lately(ctx)
	if err != nil || n.Version == a.user.PrivacyVersion {
		return false, err
	}
	if n, err = e.notice.now(ctx); err != nil {
		return false, err
	}
	read, err := e.store.Acknowledged(ctx, a.user, n.Version)
	return !read, err
}

// informed refuses who must read the notice first.
func (e *enforcer) informed(ctx context.Context, a *access) error {
	must, err := e.uninformed(ctx, a)
	if must {
		return apperr.New(codePrivacyNotice, "请先阅读隐私政策，确认已阅读后继续使用；内容有变化时会再次请您阅读。")
	}
	return err
}

// GetPrivacyNotice tells everybody, signed in or not, what the system keeps about people,
// what for and how long.
func (s *server) GetPrivacyNotice(ctx context.Context, _ gen.GetPrivacyNoticeRequestObject) (gen.GetPrivacyNoticeResponseObject, error) {
	n, err := s.access.notice.now(ctx)
	return gen.GetPrivacyNotice200JSONResponse(noticeFor(n)), err
}

func noticeFor(n privacy.Notice) gen.PrivacyNotice {
	return gen.PrivacyNotice{
		Version: n.Version, Intro: n.Intro, Rights: n.Rights, Contact: n.Contact,
		Classes: convert(n.Classes, func(c privacy.NoticeData) gen.PrivacyClass {
			return gen.PrivacyClass{
				Title: c.Title, Category: c.Category, Purpose: c.Purpose, Basis: c.Basis, SeenBy: c.SeenBy, Mask: c.Mask,
				Retention: c.Retention, Fate: c.Fate, Why: c.Why,
			}
		}),
		Rules: convert(n.Rules, func(r privacy.NoticeRule) gen.PrivacyRule {
			return gen.PrivacyRule{Title: r.Title, From: r.From, Months: r.Months, Basis: r.Basis}
		}),
	}
}

// Acknowledge notes that the caller has read the notice: the one in force, not one before.
func (s *server) Acknowledge(ctx context.Context, r gen.AcknowledgeRequestObject) (gen.AcknowledgeResponseObject, error) {
	n, err := s.access.notice.now(ctx)
	if err != nil {
		return nil, err
	}
	if r.Body.Version != n.Version {
		return nil, apperr.New(apperr.Stale, "隐私政策刚刚有更新，请阅读最新的内容后再确认。").On("version")
	}
	return gen.Acknowledge204Response{}, s.store.Acknowledge(ctx, accessOf(ctx).user.ID, n.Version)
}
