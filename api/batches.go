package api

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"sync"

	"zhengxiao/api/gen"
	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
	"zhengxiao/models"
)

// batchable are the actions that can be taken on many cases at once: what is the same for
// each of them and needs no reading of its own.
var batchable = []domain.Kind{domain.ApprovePlan, domain.Urge, domain.Extend, domain.HandOver, domain.ClaimTask}

// batchWidth is how many actions of one batch are under way at once.
const batchWidth = 4

// TakeActions takes one action on many cases. Every row goes the way of a single action,
// with its right and its rules; what one row is refused for does not stop the others.
func (s *server) TakeActions(ctx context.Context, r gen.TakeActionsRequestObject) (gen.TakeActionsResponseObject, error) {
	if !slices.Contains(batchable, r.Kind) {
		return nil, apperr.Newf(apperr.Invalid, "“%s”不能批量办理，请逐个办理。", r.Kind.Name()).On("kind")
	}
	seen := map[gen.BatchItem]bool{}
	for _, item := range r.Body.Items {
		if seen[item] {
			return nil, apperr.Field("items", "同一待办在列表中出现了两次，请去掉重复的行。")
		}
		seen[item] = true
	}
	caller := accessOf(ctx)
	outcomes := make([]gen.BatchOutcome, len(r.Body.Items))
	var wg sync.WaitGroup
	slots := make(chan struct{}, batchWidth)
	for i, item := range r.Body.Items {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			outcomes[i] = s.takeOne(ctx, caller, r, item)
		})
	}
	wg.Wait()
	return gen.TakeActions200JSONResponse(summed(outcomes)), nil
}

// takeOne is one row. The caller's rights are looked up anew for its case: a batch gives
// no more of them than the single action does.
func (s *server) takeOne(ctx context.Context, caller *access, r gen.TakeActionsRequestObject, item gen.BatchItem) gen.BatchOutcome {
	out := gen.BatchOutcome{CaseId: item.CaseId, Status: gen.BatchOutcomeStatusRefused}
	a := &access{user: caller.user, tokenHash: caller.tokenHash, grants: caller.grants}
	row, err := s.tryRow(ctx, a, r, item)
	if a.c != nil {
		out.School = a.c.SchoolName
	}
	out.ActionId = row.ID
	switch {
	case err != nil:
		if statusOf(apperr.CodeOf(err)) >= http.StatusInternalServerError {
			s.log.ErrorContext(ctx, "batch row", "case", item.CaseId, "kind", r.Kind, "error", err)
		}
		out.Code, out.Message, out.Field = string(apperr.CodeOf(err)), apperr.MessageOf(err), apperr.FieldOf(err)
		s.enterRefusedRow(ctx, item.CaseId, out.Code)
	case row.Status == models.ActionRefused:
		out.Code, out.Message, out.Field = row.Code, row.Message, row.Field
	case row.Status == models.ActionPending:
		out.Status = gen.BatchOutcomeStatusPending
	default:
		out.Status = gen.BatchOutcomeStatusAccepted
	}
	return out
}

// enterRefusedRow enters in the log that a row was out of the caller's reach or rights, as
// the single action's refusal is: the batch as a whole is not refused.
func (s *server) enterRefusedRow(ctx context.Context, caseID, code string) {
	if status := statusOf(apperr.Code(code)); status != http.StatusForbidden && status != http.StatusNotFound {
		return
	}
	of := models.OriginOf(ctx)
	o := &models.Origin{
		ActorID: of.ActorID, ActorRole: of.ActorRole, ActorOrg: of.ActorOrg, Session: of.Session, IP: of.IP, Request: of.Request,
		Action: of.Action, SubjectKind: "case", SubjectID: caseID,
	}
	if err := s.refusals.note(models.WithOrigin(ctx, o), s.store, o, code); err != nil {
		s.log.ErrorContext(ctx, "write audit log", "operation", o.Request, "error", err)
		s.seen.AuditLost(1)
	}
}

// tryRow turns a panic into the refusal of its row: rows are outside the request's own
// goroutine, where a panic would end the process.
func (s *server) tryRow(ctx context.Context, a *access, r gen.TakeActionsRequestObject, item gen.BatchItem) (row models.ActionRow, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: %v\n%s", errPanic, v, debug.Stack())
		}
	}()
	return s.takeRow(ctx, a, r, item)
}

// takeRow has a key of its own for each task: a batch may have several of one case.
func (s *server) takeRow(ctx context.Context, a *access, r gen.TakeActionsRequestObject, item gen.BatchItem) (models.ActionRow, error) {
	params := map[string]string{"caseId": item.CaseId, "kind": string(r.Kind)}
	if err := s.access.admitTo(ctx, a, "takeAction", func(name string) string { return params[name] }); err != nil {
		return models.ActionRow{}, err
	}
	e, err := envelope(a, gen.TakeActionRequestObject{
		CaseId: item.CaseId, Kind: r.Kind, Params: gen.TakeActionParams{IdempotencyKey: fmt.Sprintf("%s/%d", r.Params.IdempotencyKey, item.Visit)},
		Body: &gen.ActionRequest{Visit: item.Visit, Revision: item.Revision, Comment: r.Body.Comment, Until: r.Body.Until, User: r.Body.User},
	}, s.store.Now())
	if err != nil {
		return models.ActionRow{}, err
	}
	row, err := s.receive(ctx, a, e)
	if err != nil || row.Status != models.ActionPending {
		return row, err
	}
	return s.await(ctx, row)
}

func summed(outcomes []gen.BatchOutcome) gen.BatchResult {
	sum := gen.BatchResult{Items: outcomes}
	for _, o := range outcomes {
		switch o.Status {
		case gen.BatchOutcomeStatusAccepted:
			sum.Accepted++
		case gen.BatchOutcomeStatusPending:
			sum.Pending++
		case gen.BatchOutcomeStatusRefused:
			sum.Refused++
		}
	}
	return sum
}
