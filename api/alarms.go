package api

import (
	"context"

	"zhengxiao/api/gen"
	"zhengxiao/models"
)

// alarmNames say what kind of trouble an alarm is.
var alarmNames = map[string]string{
	models.AlarmDecision: "办理出错", models.AlarmUnreadable: "消息无法识别", models.AlarmOrphan: "流程与数据不一致",
	models.AlarmOutbox: "后续处理失败", models.AlarmStuck: "流程受阻", models.AlarmInfected: "发现病毒文件",
	models.AlarmRegistry: "学时报送受阻",
	models.AlarmAudit:    "审计日志异常",
	models.AlarmDelivery: "通知发送失败",
}

// ListAlarms lists what an operator must look at, or has dealt with.
func (s *server) ListAlarms(ctx context.Context, r gen.ListAlarmsRequestObject) (gen.ListAlarmsResponseObject, error) {
	f := models.AlarmFilter{Kind: r.Params.Kind, CaseID: r.Params.CaseId}
	if r.Params.State != gen.ListAlarmsParamsStateAll {
		open := r.Params.State == gen.ListAlarmsParamsStateOpen
		f.Open = &open
	}
	p := page(r.Params.Cursor, r.Params.Limit)
	p.Sort = r.Params.Sort
	rows, next, err := s.store.Alarms(ctx, f, p)
	return gen.ListAlarms200JSONResponse{Items: convert(rows, alarmOf), Next: next}, err
}

func alarmOf(a models.AlarmView) gen.Alarm {
	return gen.Alarm{
		Id: a.ID, Kind: a.Kind, KindName: alarmNames[a.Kind], CaseId: a.CaseID, School: a.SchoolName, WorkflowId: a.WorkflowID, RunId: a.RunID,
		Detail: a.Detail, CreatedAt: a.CreatedAt, ClearedAt: at(a.ClearedAt), ClearedBy: a.ClosedBy, Note: a.ClearedNote,
	}
}

// CloseAlarm notes that an alarm was dealt with, and how.
func (s *server) CloseAlarm(ctx context.Context, r gen.CloseAlarmRequestObject) (gen.CloseAlarmResponseObject, error) {
	a, err := s.store.CloseAlarm(ctx, r.AlarmId, accessOf(ctx).user.ID, r.Body.Note)
	if err != nil {
		return nil, err
	}
	return gen.CloseAlarm200JSONResponse(alarmOf(*a)), nil
}
