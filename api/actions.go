package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/telemetry"
	"zhengxiao/models"
	"zhengxiao/workflows"
)

// signalTimeout bounds putting a message into a mailbox. It does not depend on the
// client: one that hangs up must not leave an action half received.
const signalTimeout = 5 * time.Second

// TakeAction sends a decision to its case and waits for what becomes of it. The same key
// with the same body always gets the same answer.
func (s *server) TakeAction(ctx context.Context, r gen.TakeActionRequestObject) (gen.TakeActionResponseObject, error) {
	a := accessOf(ctx)
	e, err := envelope(a, r, s.store.Now())
	if err != nil {
		return nil, err
	}
	row, err := s.receive(ctx, a, e)
	if err != nil {
		return nil, err
	}
	if row.Status == models.ActionPending && !prefersAsync(r.Params.Prefer) {
		if row, err = s.await(ctx, row); err != nil {
			return nil, err
		}
	}
	return s.answer(ctx, a, row)
}

// prefersAsync reports whether a client would rather follow the link than wait (RFC 7240).
func prefersAsync(prefer string) bool {
	for preference := range strings.SplitSeq(prefer, ",") {
		name, _, _ := strings.Cut(preference, ";")
		if strings.EqualFold(strings.TrimSpace(name), "respond-async") {
			return true
		}
	}
	return false
}

// envelope is what the case will get. The body never names the actor; the session does.
func envelope(a *access, r gen.TakeActionRequestObject, now time.Time) (workflows.Envelope, error) {
	b := r.Body
	e := workflows.Envelope{
		ID: domain.ActionID(a.user.ID, a.c.ID, r.Kind, r.Params.IdempotencyKey), Kind: r.Kind, Actor: a.actorFor(r.Kind, b.Visit), Visit: b.Visit, At: now,
		Body: domain.Body{
			To: b.To, Comment: b.Comment, Revision: b.Revision, Draft: b.Draft, Experts: b.Experts, Dismiss: b.Dismiss,
			Conflict: b.Conflict, Request: b.Request, RosterStatus: b.RosterStatus,
			User: b.User, Users: b.Users,
			Scores: b.Scores, Notes: b.Notes, Verdict: b.Verdict, Year: b.Year, Receipt: b.Receipt,
		},
	}
	for _, reason := range b.Reasons {
		e.Body.Reasons = append(e.Body.Reasons, domain.Reason{Part: reason.Part, Text: reason.Text})
	}
	if b.Until != nil {
		until := b.Until.UTC()
		e.Body.Until = &until
	}
	// The decoded body, encoded again: neither key order nor white space tells requests apart.
	canonical, err := json.Marshal(struct {
		Visit int         `json:"visit"`
		Body  domain.Body `json:"body"`
	}{e.Visit, e.Body})
	if err != nil {
		return e, fmt.Errorf("encode action: %w", err)
	}
	sum := sha256.Sum256(canonical)
	e.BodySHA256 = hex.EncodeToString(sum[:])
	return e, nil
}

// receive returns the action's row: the one there is, or a new one that is in the case's
// mailbox. What the rules refuse at once is not received at all.
func (s *server) receive(ctx context.Context, a *access, e workflows.Envelope) (models.ActionRow, error) {
	row, err := s.known(ctx, a, e)
	if err == nil || !apperr.Is(err, apperr.NotFound) {
		return row, err
	}
	preview, err := s.store.Preview(ctx, a.c.ID, domain.Action{ID: e.ID, Kind: e.Kind, Actor: e.Actor, Visit: e.Visit, Body: e.Body, At: e.At})
	if err != nil {
		return row, err
	}
	if !preview.Accepted() {
		// The same request may have been decided while this one was judged.
		if row, err = s.known(ctx, a, e); apperr.Is(err, apperr.NotFound) {
			return row, preview.Err()
		}
		return row, err
	}
	message, err := json.Marshal(e)
	if err != nil {
		return row, fmt.Errorf("encode message: %w", err)
	}
	kept := string(message)
	row, fresh, err := s.store.Intake(ctx, models.ActionRow{
		ID: e.ID, CaseID: a.c.ID, ActorID: a.user.ID, Kind: e.Kind, BodySHA256: e.BodySHA256, ReceivedAt: e.At, Envelope: &kept,
	})
	if err != nil {
		return row, err
	}
	if !fresh {
		return s.resume(ctx, a, e, row)
	}
	if err := s.deliver(ctx, a, e); err != nil {
		return s.undelivered(ctx, a, e, err)
	}
	return row, nil
}

// known finds the action if it was received before.
func (s *server) known(ctx context.Context, a *access, e workflows.Envelope) (models.ActionRow, error) {
	row, err := s.store.ActionByID(ctx, e.ID)
	if err != nil {
		return row, err
	}
	return s.resume(ctx, a, e, row)
}

// resume goes on with an action that was received before. One without an outcome is sent
// again: whoever received it may have died before sending, and the case takes it once.
func (s *server) resume(ctx context.Context, a *access, e workflows.Envelope, row models.ActionRow) (models.ActionRow, error) {
	if row.BodySHA256 != e.BodySHA256 {
		return row, errKeyReused
	}
	if row.Status != models.ActionPending {
		return row, nil
	}
	err := s.deliver(ctx, a, e)
	if apperr.Is(err, apperr.NotFound) {
		return s.undelivered(ctx, a, e, err)
	}
	if err != nil {
		return row, unconfirmed(err)
	}
	return row, nil
}

var errKeyReused = apperr.New(apperr.KeyReused, "同一个 Idempotency-Key 已用于内容不同的请求，请换一个新的键再提交。").On("Idempotency-Key")

// unconfirmed: after a signal without an answer nobody knows whether it arrived.
func unconfirmed(cause error) error {
	return apperr.Wrap(cause, apperr.Unavailable, "流程引擎暂时无法访问，未确认是否生效，请用同一请求（同一 Idempotency-Key）重试。")
}

func (s *server) deliver(ctx context.Context, a *access, e workflows.Envelope) error {
	ctx, span := telemetry.Start(ctx, "signal case")
	defer span.End()
	e.Trace = telemetry.Carry(ctx)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), signalTimeout)
	defer cancel()
	return s.engine.SignalCase(ctx, a.c.WorkflowID, e)
}

// undelivered answers for an action whose signal failed; it is no longer noted as
// received. Should the message have arrived after all, the case stores its outcome anyway.
func (s *server) undelivered(ctx context.Context, a *access, e workflows.Envelope, cause error) (models.ActionRow, error) {
	ctx = context.WithoutCancel(ctx)
	if err := s.store.DropIntake(ctx, e.ID); err != nil {
		s.log.ErrorContext(ctx, "drop action", "action", e.ID, "error", err)
		return models.ActionRow{}, unconfirmed(errors.Join(cause, err)) // it will be sent again
	}
	if !apperr.Is(cause, apperr.NotFound) {
		return models.ActionRow{}, unconfirmed(cause)
	}
	// The engine knows no such running case: it has ended, by this very action perhaps, or
	// something is wrong.
	row, err := s.store.ActionByID(ctx, e.ID)
	if err == nil && row.Status != models.ActionPending && row.BodySHA256 == e.BodySHA256 {
		return row, nil
	}
	c, err := s.store.CaseByID(ctx, a.c.ID)
	if err != nil {
		return row, err
	}
	if c.ClosedAt != nil {
		return row, apperr.New(apperr.CaseClosed, "该项目已办结，不能再操作；如需查看，请打开全程记录。")
	}
	if err := s.store.Raise(ctx, models.MissingRun(c)); err != nil {
		s.log.ErrorContext(ctx, "raise alarm", "case", c.ID, "error", err)
	}
	return row, apperr.Wrap(cause, apperr.Unavailable, "该项目的流程没有在运行，本次操作没有生效；已通知系统管理员，请稍后重试。")
}

// The pace of looking for an outcome.
const (
	firstPoll = 5 * time.Millisecond
	lastPoll  = 100 * time.Millisecond
)

// await looks for the outcome until the wait is over; a pending row is then returned.
func (s *server) await(ctx context.Context, row models.ActionRow) (models.ActionRow, error) {
	patience := time.NewTimer(s.config.DecisionWait)
	defer patience.Stop()
	for pause := firstPoll; ; pause = min(pause*3/2, lastPoll) {
		tick := time.NewTimer(pause)
		select {
		case <-tick.C:
		case <-patience.C:
			tick.Stop()
			return row, nil
		case <-ctx.Done():
			tick.Stop()
			return row, nil
		}
		now, err := s.store.ActionByID(ctx, row.ID)
		switch {
		case apperr.Is(err, apperr.NotFound), apperr.Is(err, apperr.Unavailable):
			continue // dropped by a twin that could not signal, or SQL is away: the action is in the mailbox
		case err != nil:
			return row, err
		case now.Status == models.ActionPending:
			continue
		case now.BodySHA256 != row.BodySHA256:
			// The row of the same key's first request was dropped though its message had arrived.
			return now, errKeyReused
		default:
			return now, nil
		}
	}
}

// answer turns a row into 200 with the case as it is now, the refusal, or 202.
func (s *server) answer(ctx context.Context, a *access, row models.ActionRow) (gen.TakeActionResponseObject, error) {
	switch row.Status {
	case models.ActionRefused:
		return nil, &apperr.Error{Code: apperr.Code(row.Code), Message: row.Message, Field: row.Field}
	case models.ActionAccepted:
		c, err := s.store.CaseByID(ctx, a.c.ID)
		if err != nil {
			return nil, err
		}
		a.c, a.admitted = &c, a.near // the case as GetCase shows it, for all of the caller's roles
		if a.state, err = c.Decode(); err != nil {
			return nil, err
		}
		view, err := s.caseView(ctx, a)
		return gen.TakeAction200JSONResponse{ActionId: row.ID, Status: gen.ActionResultStatusAccepted, Seq: row.Seq, Case: view}, err
	}
	href := "/api/v1/actions/" + row.ID
	return gen.TakeAction202JSONResponse{
		Headers: gen.TakeAction202ResponseHeaders{Location: href},
		Body:    gen.ActionAccepted{ActionId: row.ID, Href: href, Message: "已受理，正在办理；结果稍后可查，请勿重复提交。"},
	}, nil
}

// GetAction tells the actor, and nobody else, what became of an action.
func (s *server) GetAction(ctx context.Context, r gen.GetActionRequestObject) (gen.GetActionResponseObject, error) {
	row, err := s.store.ActionByID(ctx, r.ActionId)
	if err != nil {
		return nil, err
	}
	if row.ActorID != accessOf(ctx).user.ID {
		return nil, apperr.New(apperr.NotFound, "找不到该操作：可能已被删除，或不在您的管理范围内。")
	}
	return gen.GetAction200JSONResponse{
		ActionId: row.ID, CaseId: row.CaseID, Kind: row.Kind, Status: gen.ActionStatusStatus(row.Status), Seq: row.Seq,
		Code: row.Code, Message: row.Message, Field: row.Field, ReceivedAt: row.ReceivedAt, DecidedAt: at(row.DecidedAt),
	}, nil
}
