package api

import (
	"context"

	"zhengxiao/api/gen"
	"zhengxiao/internal/domain"
	"zhengxiao/internal/registry"
	"zhengxiao/models"
)

// ListRegistryCandidates lists a case's rows that wait to be sent, with what is wrong.
func (s *server) ListRegistryCandidates(
	ctx context.Context, r gen.ListRegistryCandidatesRequestObject,
) (gen.ListRegistryCandidatesResponseObject, error) {
	rows, next, err := s.store.RegistryCandidates(ctx, accessOf(ctx).c, r.Params.Year, page(r.Params.Cursor, r.Params.Limit))
	return gen.ListRegistryCandidates200JSONResponse{Next: next, Items: convert(rows, func(v models.RegistryCandidate) gen.RegistryCandidate {
		return gen.RegistryCandidate{
			UserId: v.UserID, Name: v.Name, IdNumber: v.IDNumberMask, Year: v.Year, Hours: v.Hours, Problems: convert(v.Problems, problemToFix),
		}
	})}, err
}

// ListRegistryBalances compares ledger and registry by case.
func (s *server) ListRegistryBalances(
	ctx context.Context, r gen.ListRegistryBalancesRequestObject,
) (gen.ListRegistryBalancesResponseObject, error) {
	f := models.RegistryBalanceFilter{CohortID: r.Params.CohortId, Stage: domain.Stage(r.Params.Stage), Text: r.Params.Q}
	rows, next, err := s.store.RegistryBalances(ctx, accessOf(ctx).scope, f, sorted(r.Params.Cursor, r.Params.Limit, r.Params.Sort))
	return gen.ListRegistryBalances200JSONResponse{Items: convert(rows, balanceOf), Next: next}, err
}

func balanceOf(b models.RegistryBalance) gen.RegistryBalance {
	sum := func(s models.RegistrySum) gen.RegistrySum { return gen.RegistrySum{Rows: s.Rows, Hours: s.Hours} }
	return gen.RegistryBalance{
		CaseId: b.ID, School: b.SchoolName, Cohort: b.CohortName, StageName: b.Stage.Name(), Due: sum(b.Due),
		Booked: sum(b.ByState[registry.Acknowledged]), Sent: sum(b.ByState[registry.Sent]), Refused: sum(b.ByState[registry.Refused]),
		Disputed: sum(b.ByState[registry.Disputed]), Waiting: b.Waiting, Reversals: b.Reversals, Balanced: b.Balanced(),
	}
}

// ListRegistryBatches lists what was handed in.
func (s *server) ListRegistryBatches(ctx context.Context, r gen.ListRegistryBatchesRequestObject) (gen.ListRegistryBatchesResponseObject, error) {
	p := page(r.Params.Cursor, r.Params.Limit)
	p.Sort = r.Params.Sort
	rows, next, err := s.store.RegistryBatches(ctx, accessOf(ctx).scope, r.Params.State, p)
	return gen.ListRegistryBatches200JSONResponse{Items: convert(rows, registryBatchOf), Next: next}, err
}

func registryBatchOf(v models.RegistryBatchView) gen.RegistryBatch {
	out := gen.RegistryBatch{
		Id: v.ID, Office: v.Office, Mode: v.Mode, State: v.State, StateName: v.State.Name(), Records: v.Records, Counts: []gen.RegistryCount{},
		Trouble: v.Trouble, Attempts: v.Attempts, Sha256: v.SHA256, CreatedBy: v.Creator, CreatedAt: v.CreatedAt,
		SentAt: at(v.SentAt), ConcludedAt: at(v.ConcludedAt),
	}
	if v.Attempts > 0 {
		out.DueAt = v.DueAt
	}
	for _, state := range registry.States() {
		if n := v.Counts[state]; n > 0 {
			out.Counts = append(out.Counts, gen.RegistryCount{State: state, StateName: state.Name(), Rows: n})
		}
	}
	return out
}

// ListRegistryRecords lists records by school.
func (s *server) ListRegistryRecords(ctx context.Context, r gen.ListRegistryRecordsRequestObject) (gen.ListRegistryRecordsResponseObject, error) {
	p := r.Params
	f := models.RegistryRecordFilter{State: p.State, CaseID: p.CaseId, BatchID: p.BatchId, Year: p.Year, Text: p.Q}
	part := page(p.Cursor, p.Limit)
	part.Sort = p.Sort
	rows, next, err := s.store.RegistryRecords(ctx, accessOf(ctx).scope, f, part)
	return gen.ListRegistryRecords200JSONResponse{Items: convert(rows, recordOf), Next: next}, err
}

func recordOf(v models.RegistryRecordView) gen.RegistryRecord {
	return gen.RegistryRecord{
		No: v.No, CaseId: v.CaseID, BatchId: v.BatchID, School: v.SchoolName, Name: v.Name, IdNumber: v.IDNumberMask, Year: v.Year, Hours: v.Hours,
		Reverses: v.Reverses, State: v.State, StateName: v.State.Name(), Sends: v.Sends, Receipt: v.Receipt, Reason: v.Reason,
		Live: v.Holds && v.State == registry.Acknowledged, CreatedAt: v.CreatedAt, SentAt: at(v.SentAt), ConcludedAt: at(v.ConcludedAt),
	}
}

// ListRegistryJournal is what happened to a record.
func (s *server) ListRegistryJournal(ctx context.Context, r gen.ListRegistryJournalRequestObject) (gen.ListRegistryJournalResponseObject, error) {
	rows, err := s.store.RegistryJournal(ctx, accessOf(ctx).scope, r.RecordNo)
	return gen.ListRegistryJournal200JSONResponse{Items: convert(rows, func(e models.RegistryEntryView) gen.RegistryEntry {
		return gen.RegistryEntry{
			KindName: e.Kind.Name(), Hours: e.Hours, Receipt: e.Receipt, Reason: e.Reason, OutcomeName: e.Outcome.Name(), By: e.By, At: e.At,
		}
	})}, err
}

// ListRegistryReversals lists requests to take records back.
func (s *server) ListRegistryReversals(
	ctx context.Context, r gen.ListRegistryReversalsRequestObject,
) (gen.ListRegistryReversalsResponseObject, error) {
	me := accessOf(ctx)
	rows, next, err := s.store.RegistryReversals(ctx, me.scope, r.Params.State, sorted(r.Params.Cursor, r.Params.Limit, r.Params.Sort))
	return gen.ListRegistryReversals200JSONResponse{Next: next, Items: convert(rows, func(v models.RegistryReversalView) gen.RegistryReversal {
		return gen.RegistryReversal{
			Id: v.ID, No: v.No, CaseId: v.CaseID, School: v.SchoolName, Name: v.Name, Year: v.Year, Hours: v.Hours, Reason: v.Reason,
			State: v.State, StateName: v.State.Name(), AskedBy: v.Asker, AskedAt: v.AskedAt, DecidedBy: v.Decider, DecidedAt: at(v.DecidedAt),
			Note: v.Note, Mine: v.AskedBy == me.user.ID,
		}
	})}, err
}

// ListRegistryStrays lists answers that fit nothing.
func (s *server) ListRegistryStrays(ctx context.Context, r gen.ListRegistryStraysRequestObject) (gen.ListRegistryStraysResponseObject, error) {
	rows, next, err := s.store.RegistryStrays(ctx, accessOf(ctx).scope, sorted(r.Params.Cursor, r.Params.Limit, r.Params.Sort))
	return gen.ListRegistryStrays200JSONResponse{Next: next, Items: convert(rows, func(v models.RegistryStray) gen.RegistryStray {
		return gen.RegistryStray{
			No: v.No, KindName: v.Kind.Name(), Hours: v.Hours, Receipt: v.Receipt, Reason: v.Reason, Problem: v.Problem, At: v.At,
		}
	})}, err
}
