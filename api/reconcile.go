package api

import (
	"cmp"
	"context"

	"zhengxiao/api/gen"
	"zhengxiao/internal/reconcile"
	"zhengxiao/models"
)

// Reconciler starts comparing SQL with the engine in the background; *reconcile.Jobs is
// one. Another comparison that runs is a conflict.
type Reconciler interface {
	Start(ctx context.Context, repair bool, by string) (*models.ReconcileRun, error)
}

var runStatusNames = map[string]string{
	models.ReconcileRunning: "进行中", models.ReconcileDone: "已完成", models.ReconcileFailed: "失败", models.ReconcileLost: "中断",
}

func reconcileRunOf(r models.ReconcileView) gen.ReconcileRun {
	return gen.ReconcileRun{
		Id: r.ID, Repair: r.Repair, StartedBy: cmp.Or(r.Starter, commandLine), StartedAt: r.StartedAt, FinishedAt: at(r.FinishedAt),
		Status: gen.ReconcileRunStatus(r.Status), StatusName: runStatusNames[r.Status], Checked: r.Checked, Total: r.Total,
		Workflows: r.Workflows, Found: r.Found, Repaired: r.Repaired, Left: r.Found - r.Repaired, Message: r.Message,
	}
}

// ListReconcileRuns lists the comparisons of SQL with the engine.
func (s *server) ListReconcileRuns(ctx context.Context, r gen.ListReconcileRunsRequestObject) (gen.ListReconcileRunsResponseObject, error) {
	rows, next, err := s.store.ReconcileRuns(ctx, page(r.Params.Cursor, r.Params.Limit))
	if err != nil {
		return nil, err
	}
	newest := rows
	if r.Params.Cursor != "" {
		newest, _, err = s.store.ReconcileRuns(ctx, models.Page{Limit: 1})
	}
	running := len(newest) > 0 && newest[0].Status == models.ReconcileRunning
	return gen.ListReconcileRuns200JSONResponse{Running: running, Items: convert(rows, reconcileRunOf), Next: next}, err
}

// StartReconcile begins a comparison and answers at once.
func (s *server) StartReconcile(ctx context.Context, r gen.StartReconcileRequestObject) (gen.StartReconcileResponseObject, error) {
	run, err := s.reconciler.Start(ctx, r.Body.Repair, accessOf(ctx).user.ID)
	if err != nil {
		return nil, err
	}
	view := models.ReconcileView{ReconcileRun: *run, Starter: accessOf(ctx).user.Name}
	return gen.StartReconcile202JSONResponse(reconcileRunOf(view)), nil
}

// GetReconcileRun shows how far a comparison is, or what came of it.
func (s *server) GetReconcileRun(ctx context.Context, r gen.GetReconcileRunRequestObject) (gen.GetReconcileRunResponseObject, error) {
	run, err := s.store.ReconcileRun(ctx, r.RunId)
	if err != nil {
		return nil, err
	}
	return gen.GetReconcileRun200JSONResponse(reconcileRunOf(*run)), nil
}

// ListReconcileFindings lists the differences that a comparison saw.
func (s *server) ListReconcileFindings(
	ctx context.Context, r gen.ListReconcileFindingsRequestObject,
) (gen.ListReconcileFindingsResponseObject, error) {
	if _, err := s.store.ReconcileRun(ctx, r.RunId); err != nil {
		return nil, err
	}
	f := models.FindingFilter{Kind: string(r.Params.Kind), Repaired: r.Params.Repaired}
	rows, next, err := s.store.ReconcileFindings(ctx, r.RunId, f, page(r.Params.Cursor, r.Params.Limit))
	return gen.ListReconcileFindings200JSONResponse{Next: next, Items: convert(rows, func(v models.FindingView) gen.Finding {
		kind := reconcile.Kind(v.Kind)
		return gen.Finding{
			N: v.N, Kind: kind, KindName: kind.Name(), CaseId: v.CaseID, School: v.SchoolName, WorkflowId: v.WorkflowID,
			Detail: v.Detail, Repaired: v.Repaired,
		}
	})}, err
}
