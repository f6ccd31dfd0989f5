package api

import (
	"strings"

	"zhengxiao/api/gen"
)

// privacySheets are the lists about personal data.
var privacySheets = map[string]sheet{
	"listPersonalData": workbook(
		"个人信息清单",
		col("表", 16, func(v gen.PersonalDatum) any { return v.TableTitle }),
		col("表名", 20, func(v gen.PersonalDatum) any { return v.Table }),
		col("列名", 20, func(v gen.PersonalDatum) any { return v.Column }),
		col("类别", 18, func(v gen.PersonalDatum) any { return v.Class }),
		col("性质", 18, func(v gen.PersonalDatum) any { return v.CategoryName }),
		col("目的", 36, func(v gen.PersonalDatum) any { return v.Purpose }),
		col("依据", 50, func(v gen.PersonalDatum) any { return v.Basis }),
		col("可见范围", 40, func(v gen.PersonalDatum) any { return v.SeenBy }),
		col("掩码", 20, func(v gen.PersonalDatum) any { return v.Mask }),
		col("保存期限", 30, func(v gen.PersonalDatum) any { return v.Retention }),
		col("清理时", 12, func(v gen.PersonalDatum) any { return v.FateName }),
		col("保留理由", 50, func(v gen.PersonalDatum) any { return v.Why }),
	),
	"listReads":   readSheet,
	"listMyReads": readSheet,

	"listMyDataRequests": dataRequestSheet,
	"listDataRequests":   dataRequestSheet,

	"listPrivacyVersions": workbook(
		"隐私政策各版本",
		col("版本", 16, func(v gen.PrivacyVersion) any { return v.Version }),
		col("首次施行", 18, func(v gen.PrivacyVersion) any { return v.Since }),
		col("现行", 8, func(v gen.PrivacyVersion) any { return v.InForce }),
		col("读过的人数", 12, func(v gen.PrivacyVersion) any { return v.Readers }),
	),
	"listAcknowledgements": workbook(
		"隐私政策阅读情况",
		col("姓名", 14, func(v gen.Acknowledgement) any { return v.Name }),
		col("账号", 20, func(v gen.Acknowledgement) any { return v.Login }),
		col("单位", 28, func(v gen.Acknowledgement) any { return v.Org.Name }),
		col("已阅读", 8, func(v gen.Acknowledgement) any { return v.Read }),
		col("阅读时间", 18, func(v gen.Acknowledgement) any { return v.At }),
		col("最近阅读的版本", 16, func(v gen.Acknowledgement) any { return v.Version }),
	),
	"listAcknowledgedOrgs": workbook(
		"各单位隐私政策阅读情况",
		col("单位", 28, func(v gen.AcknowledgedOrg) any { return v.Org.Name }),
		col("只计本级", 8, func(v gen.AcknowledgedOrg) any { return v.Own }),
		col("在用账号", 10, func(v gen.AcknowledgedOrg) any { return v.Accounts }),
		col("已阅读", 10, func(v gen.AcknowledgedOrg) any { return v.Read }),
		col("未阅读", 10, func(v gen.AcknowledgedOrg) any { return v.Unread }),
	),

	"listRetention":    retentionSheet,
	"listErasures":     erasureSheet,
	"listErasureItems": erasureItemSheet,
	"listHolds":        holdSheet,
}

var retentionSheet = workbook(
	"保存期限",
	col("内容", 28, func(v gen.Retention) any { return v.Title }),
	col("起算", 20, func(v gen.Retention) any { return v.From }),
	col("保存（月）", 10, func(v gen.Retention) any { return v.Months }),
	col("最短（月）", 10, func(v gen.Retention) any { return v.Floor }),
	col("依据", 60, func(v gen.Retention) any { return v.Basis }),
	col("调整理由", 40, func(v gen.Retention) any { return v.Reason }),
	col("调整人", 14, func(v gen.Retention) any { return v.UpdatedBy }),
	col("调整时间", 18, func(v gen.Retention) any { return v.UpdatedAt }),
)

// erasureSheet is what was erased, who proposed it and who approved it.
var erasureSheet = workbook(
	"个人信息清理",
	col("列出时间", 18, func(v gen.Erasure) any { return v.PreparedAt }),
	col("种类", 12, func(v gen.Erasure) any { return v.KindName }),
	col("单位", 28, func(v gen.Erasure) any { return v.Org.Name }),
	col("内容", 50, func(v gen.Erasure) any { return strings.Join(v.Classes, "、") }),
	col("项数", 8, func(v gen.Erasure) any { return v.Items }),
	col("状态", 12, func(v gen.Erasure) any { return v.StatusName }),
	col("理由", 40, func(v gen.Erasure) any { return v.Reason }),
	col("提出人", 14, func(v gen.Erasure) any { return v.ProposedBy }),
	col("决定人", 14, func(v gen.Erasure) any { return v.DecidedBy }),
	col("意见", 40, func(v gen.Erasure) any { return v.Comment }),
	col("完成时间", 18, func(v gen.Erasure) any { return v.FinishedAt }),
	col("清单摘要", 66, func(v gen.Erasure) any { return v.Sha256 }),
)

var erasureItemSheet = workbook(
	"清理明细",
	col("序号", 8, func(v gen.ErasureItem) any { return v.No }),
	col("内容", 28, func(v gen.ErasureItem) any { return v.ClassName }),
	col("种类", 18, func(v gen.ErasureItem) any { return v.KindName }),
	col("对象", 28, func(v gen.ErasureItem) any { return v.What }),
	col("单位", 28, func(v gen.ErasureItem) any { return v.Org }),
	col("数量", 10, func(v gen.ErasureItem) any { return v.Amount }),
	col("已清理", 10, func(v gen.ErasureItem) any { return v.Done }),
	col("起算或早于", 18, func(v gen.ErasureItem) any { return v.Since }),
	col("结果", 14, func(v gen.ErasureItem) any { return v.StateName }),
	col("说明", 40, func(v gen.ErasureItem) any { return v.Note }),
)

var holdSheet = workbook(
	"保全",
	col("种类", 8, func(v gen.Hold) any { return v.KindName }),
	col("对象", 28, func(v gen.Hold) any { return v.Subject }),
	col("单位", 28, func(v gen.Hold) any { return v.Org }),
	col("理由", 40, func(v gen.Hold) any { return v.Reason }),
	col("状态", 8, func(v gen.Hold) any { return v.StatusName }),
	col("设置人", 14, func(v gen.Hold) any { return v.SetBy }),
	col("设置时间", 18, func(v gen.Hold) any { return v.SetAt }),
	col("解除人", 14, func(v gen.Hold) any { return v.LiftedBy }),
	col("解除时间", 18, func(v gen.Hold) any { return v.LiftedAt }),
	col("解除理由", 40, func(v gen.Hold) any { return v.LiftReason }),
)

// readSheet is who saw personal data in clear.
var readSheet = workbook(
	"个人信息查看记录",
	col("时间", 18, func(v gen.PersonalRead) any { return v.At }),
	col("方式", 8, func(v gen.PersonalRead) any { return v.KindName }),
	col("查看人", 14, func(v gen.PersonalRead) any { return v.Viewer }),
	col("查看人单位", 28, func(v gen.PersonalRead) any { return v.ViewerOrg }),
	col("被查看的人", 14, func(v gen.PersonalRead) any { return v.Subject }),
	col("单位", 28, func(v gen.PersonalRead) any { return v.SubjectOrg }),
	col("文件中的人数", 12, func(v gen.PersonalRead) any { return v.People }),
	col("数据项", 12, func(v gen.PersonalRead) any { return v.FieldName }),
	col("用途", 14, func(v gen.PersonalRead) any { return v.PurposeName }),
	col("事由", 40, func(v gen.PersonalRead) any { return v.Words }),
	col("已复核", 8, func(v gen.PersonalRead) any { return v.Reviewed }),
	col("复核人", 14, func(v gen.PersonalRead) any { return v.ReviewedBy }),
	col("复核结论", 40, func(v gen.PersonalRead) any { return v.ReviewNote }),
)

// dataRequestSheet is what people asked about their own data.
var dataRequestSheet = workbook(
	"个人信息申请",
	col("提出时间", 18, func(v gen.DataRequest) any { return v.AskedAt }),
	col("申请人", 14, func(v gen.DataRequest) any { return v.Person }),
	col("单位", 28, func(v gen.DataRequest) any { return v.Org }),
	col("种类", 8, func(v gen.DataRequest) any { return v.KindName }),
	col("要求", 40, func(v gen.DataRequest) any { return v.Words }),
	col("更正项", 14, func(v gen.DataRequest) any { return v.FieldName }),
	col("更正为", 20, func(v gen.DataRequest) any { return v.Value }),
	col("答复期限", 18, func(v gen.DataRequest) any { return v.DueAt }),
	col("状态", 10, func(v gen.DataRequest) any { return v.StatusName }),
	col("逾期", 8, func(v gen.DataRequest) any { return v.Overdue }),
	col("答复人", 14, func(v gen.DataRequest) any { return v.AnsweredBy }),
	col("答复", 40, func(v gen.DataRequest) any { return v.Answer }),
)
